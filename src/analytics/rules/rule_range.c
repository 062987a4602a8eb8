#include "rule_range.h"

#include "rule_reader.h"

#include "sidetone/json_writer.h"

enum { PCT = ST_RANGE_SHARE_ALL / 100 };

/* Without overflow for any time a segment may claim. */
static int64_t share_of(int64_t share, int64_t length_us)
{
    return (int64_t)((double)length_us * ((double)share / ST_RANGE_SHARE_ALL));
}

void st_rule_range_resolve(const struct st_rule_range *range, int64_t length_us,
                           int64_t *ret_from_us, int64_t *ret_until_us)
{
    int64_t from_us = 0, until_us = INT64_MAX;
    switch (range->type) {
    case ST_RANGE_WHOLE:
        break;
    case ST_RANGE_TIMES:
        from_us = range->from;
        until_us = range->until;
        break;
    case ST_RANGE_LAST:
        from_us = length_us > range->from ? length_us - range->from : 0;
        break;
    case ST_RANGE_SHARES:
        from_us = share_of(range->from, length_us);
        if (range->until < ST_RANGE_SHARE_ALL)
            until_us = share_of(range->until, length_us);
        break;
    }
    *ret_from_us = from_us;
    *ret_until_us = until_us;
}

enum st_range_answer st_rule_range_test(const struct st_rule_range *range, int64_t at_us,
                                        int64_t media_us, bool is_ended)
{
    int64_t from_us, until_us;
    st_rule_range_resolve(range, media_us, &from_us, &until_us);
    bool is_in = at_us >= from_us && at_us < until_us;
    if (is_ended || range->type == ST_RANGE_WHOLE || range->type == ST_RANGE_TIMES)
        return is_in ? ST_RANGE_YES : ST_RANGE_NO;
    /* As the call goes on, both ends of such a range move on. */
    if (at_us < from_us)
        return ST_RANGE_NO;
    return is_in && range->type == ST_RANGE_SHARES && range->from == 0 ? ST_RANGE_YES
                                                                       : ST_RANGE_OPEN;
}

bool st_rule_range_is_over(const struct st_rule_range *range, int64_t known_us)
{
    return range->type == ST_RANGE_TIMES && known_us >= range->until;
}

/* ---- as written ---- */

struct written {
    int64_t from_us, until_us, first_us, last_us;
    double from_pct, until_pct, first_pct, last_pct;
    unsigned given; /* bits, in the order above */
};

enum { FROM_S = 1, UNTIL_S = 2, FIRST_S = 4, LAST_S = 8 };
enum { FROM_PCT = 16, UNTIL_PCT = 32, FIRST_PCT = 64, LAST_PCT = 128 };

#define KEY_SECONDS(name, bit, member)                                                             \
    static void read_##name(struct st_rule_reader *reader, const struct st_node *node, void *into) \
    {                                                                                              \
        struct written *written = into;                                                            \
        if (st_rule_read_seconds(reader, node, &written->member))                                  \
            written->given |= bit;                                                                 \
    }
#define KEY_PCT(name, bit)                                                                         \
    static void read_##name(struct st_rule_reader *reader, const struct st_node *node, void *into) \
    {                                                                                              \
        struct written *written = into;                                                            \
        if (st_rule_read_number(reader, node, 0, 100, &written->name))                             \
            written->given |= bit;                                                                 \
    }
KEY_SECONDS(from_s, FROM_S, from_us)
KEY_SECONDS(until_s, UNTIL_S, until_us)
KEY_SECONDS(first_s, FIRST_S, first_us)
KEY_SECONDS(last_s, LAST_S, last_us)
KEY_PCT(from_pct, FROM_PCT)
KEY_PCT(until_pct, UNTIL_PCT)
KEY_PCT(first_pct, FIRST_PCT)
KEY_PCT(last_pct, LAST_PCT)
#undef KEY_SECONDS
#undef KEY_PCT

static const struct st_rule_key keys[] = {
    {"from_s", read_from_s},       {"until_s", read_until_s},   {"first_s", read_first_s},
    {"last_s", read_last_s},       {"from_pct", read_from_pct}, {"until_pct", read_until_pct},
    {"first_pct", read_first_pct}, {"last_pct", read_last_pct}, {NULL, NULL},
};

static int64_t share(double pct)
{
    return (int64_t)(pct * PCT + 0.5);
}

static bool take_times(const struct written *written, struct st_rule_range *ret)
{
    *ret = (struct st_rule_range){ST_RANGE_TIMES, 0, INT64_MAX};
    switch (written->given) {
    case FROM_S:
        ret->from = written->from_us;
        return true;
    case UNTIL_S:
        ret->until = written->until_us;
        return true;
    case FROM_S | UNTIL_S:
        ret->from = written->from_us;
        ret->until = written->until_us;
        return true;
    case FIRST_S:
        ret->until = written->first_us;
        return true;
    case LAST_S:
        *ret = (struct st_rule_range){ST_RANGE_LAST, written->last_us, INT64_MAX};
        return true;
    default:
        return false;
    }
}

static bool take_shares(const struct written *written, struct st_rule_range *ret)
{
    *ret = (struct st_rule_range){ST_RANGE_SHARES, 0, ST_RANGE_SHARE_ALL};
    switch (written->given) {
    case FROM_PCT:
        ret->from = share(written->from_pct);
        return true;
    case UNTIL_PCT:
        ret->until = share(written->until_pct);
        return true;
    case FROM_PCT | UNTIL_PCT:
        ret->from = share(written->from_pct);
        ret->until = share(written->until_pct);
        return true;
    case FIRST_PCT:
        ret->until = share(written->first_pct);
        return true;
    case LAST_PCT:
        ret->from = ST_RANGE_SHARE_ALL - share(written->last_pct);
        return true;
    default:
        return false;
    }
}

static bool is_empty(const struct st_rule_range *range)
{
    return range->type == ST_RANGE_LAST ? range->from == 0 : range->from >= range->until;
}

void st_rule_range_read(struct st_rule_reader *reader, const struct st_node *node,
                        struct st_rule_range *ret_range)
{
    struct written written = {0};
    struct st_rule_range range;
    bool was_broken = reader->is_broken;
    reader->is_broken = false;
    bool is_section = st_rule_read_section(reader, node, "'range'", keys, &written);
    bool is_told = reader->is_broken;
    reader->is_broken |= was_broken;
    if (!is_section || is_told)
        return;
    if (!take_times(&written, &range) && !take_shares(&written, &range)) {
        st_rule_reader_refuse(reader, node->line,
                              "'range' takes from and until, or first, or last; in seconds (_s) or "
                              "in per cent of the call (_pct)");
        return;
    }
    if (is_empty(&range)) {
        st_rule_reader_refuse(reader, node->line,
                              "nothing can be in this 'range': it ends before "
                              "it begins");
        return;
    }
    *ret_range = range;
}

static void write_times(const struct st_rule_range *range, struct st_json_writer *json)
{
    if (range->from == 0 && range->until != INT64_MAX) {
        st_json_key(json, "first_s");
        st_rule_seconds_write(json, range->until);
        return;
    }
    st_json_key(json, "from_s");
    st_rule_seconds_write(json, range->from);
    if (range->until == INT64_MAX)
        return;
    st_json_key(json, "until_s");
    st_rule_seconds_write(json, range->until);
}

static void write_shares(const struct st_rule_range *range, struct st_json_writer *json)
{
    if (range->from == 0) {
        st_json_key(json, "first_pct");
        st_rule_number_write(json, (double)range->until / PCT);
    } else if (range->until == ST_RANGE_SHARE_ALL) {
        st_json_key(json, "last_pct");
        st_rule_number_write(json, (double)(ST_RANGE_SHARE_ALL - range->from) / PCT);
    } else {
        st_json_key(json, "from_pct");
        st_rule_number_write(json, (double)range->from / PCT);
        st_json_key(json, "until_pct");
        st_rule_number_write(json, (double)range->until / PCT);
    }
}

void st_rule_range_write(const struct st_rule_range *range, struct st_json_writer *json)
{
    st_json_begin_object(json);
    if (range->type == ST_RANGE_TIMES)
        write_times(range, json);
    else if (range->type == ST_RANGE_SHARES)
        write_shares(range, json);
    if (range->type == ST_RANGE_LAST) {
        st_json_key(json, "last_s");
        st_rule_seconds_write(json, range->from);
    }
    st_json_end_object(json);
}
