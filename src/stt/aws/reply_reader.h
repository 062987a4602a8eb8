/*
 * What all of reply's parts read with. Readers return false for what makes no sense; a null is
 * taken for what is not there.
 */
#ifndef SIDETONE_STT_AWS_REPLY_READER_H
#define SIDETONE_STT_AWS_REPLY_READER_H

#include "reply.h"

#include "sidetone/json_scan.h"

struct st_aws_reader {
    struct st_scan scan;
    struct st_aws_reply *reply;
    bool are_times_bad;
    bool is_last_a_word; /* what was written last into the text memory */
};

/* -EPROTO when it is longer than an event may be. */
int st_aws_reader_begin(struct st_aws_reader *reader, struct st_aws_reply *reply, const void *data,
                        size_t bytes);
/* Borrowed from the reply, until the next begins. */
const char *st_aws_reader_keep(struct st_aws_reader *reader, struct st_slice slice);
bool st_aws_reader_skip_null(struct st_aws_reader *reader);
bool st_aws_reader_text(struct st_aws_reader *reader, const char **ret_text);
bool st_aws_reader_bool(struct st_aws_reader *reader, bool *ret_value);
/* -1 for a time that cannot be right. */
bool st_aws_reader_time(struct st_aws_reader *reader, double unit_us, int64_t *ret_us);
bool st_aws_reader_confidence(struct st_aws_reader *reader, float *ret_confidence);
/* "BeginOffsetMillis" of Call Analytics, "StartTime" of the standard operation. */
bool st_aws_reader_is_time(struct st_slice key, bool *ret_is_start, double *ret_unit_us);

/* ---- reply_items.c: words and punctuation ---- */

bool st_aws_reader_items(struct st_aws_reader *reader);

/* ---- reply_entities.c ---- */

bool st_aws_reader_entities(struct st_aws_reader *reader);
bool st_aws_reader_issues(struct st_aws_reader *reader);

#endif
