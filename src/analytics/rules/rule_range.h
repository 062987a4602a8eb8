/* When something must happen in a call to count: a stretch of its media time. */
#ifndef SIDETONE_ANALYTICS_RULE_RANGE_H
#define SIDETONE_ANALYTICS_RULE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct st_json_writer;
struct st_node;
struct st_rule_reader;

enum st_range_type {
    ST_RANGE_WHOLE,
    ST_RANGE_TIMES,  /* from, until: microseconds of media time */
    ST_RANGE_LAST,   /* from: microseconds before the end of the call */
    ST_RANGE_SHARES, /* from, until: of the call's length, in parts of ST_RANGE_SHARE_ALL */
};

enum { ST_RANGE_SHARE_ALL = 100000 }; /* thousandths of a per cent */

/* Half open: what begins at `from` is in it, what begins at `until` is not. */
struct st_rule_range {
    enum st_range_type type;
    int64_t from;
    int64_t until; /* INT64_MAX: no end */
};

enum st_range_answer {
    ST_RANGE_NO,
    ST_RANGE_YES,
    ST_RANGE_OPEN, /* depends on how long the call will be */
};

/* Whether something that began at `at_us` is in the range, when the call has come to `media_us`
 * and, unless `is_ended`, goes on. */
enum st_range_answer st_rule_range_test(const struct st_rule_range *range, int64_t at_us,
                                        int64_t media_us, bool is_ended);

/* Whether nothing that begins from `known_us` on can be in it, however long the call. */
bool st_rule_range_is_over(const struct st_rule_range *range, int64_t known_us);

/* Where it lies in a call of that length. */
void st_rule_range_resolve(const struct st_rule_range *range, int64_t length_us,
                           int64_t *ret_from_us, int64_t *ret_until_us);

void st_rule_range_read(struct st_rule_reader *reader, const struct st_node *node,
                        struct st_rule_range *ret_range);
void st_rule_range_write(const struct st_rule_range *range, struct st_json_writer *json);

#endif
