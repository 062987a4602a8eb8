/*
 * What the readers of vendors' JSON messages share: one pass in place, memory kept from message to
 * message, and little trust.
 *
 * Texts and words are valid until the next start. Tolerated everywhere: null where a value may be
 * missing. Everything else of a wrong type is an error of the scan, which is sticky, so a reader
 * checks once, at the end.
 */
#ifndef SIDETONE_STT_REPLY_H
#define SIDETONE_STT_REPLY_H

#include "sidetone/json_scan.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_REPLY_CODE_BYTES = 48, ST_REPLY_WORDS_MAX = 1024 };

/* One of zeroes is ready. */
struct st_reply {
    struct st_scan scan;
    struct st_word *words;
    size_t word_count;
    size_t words_cap;
    char *text;
    size_t text_len;
    size_t text_cap;
    int64_t until_us;  /* no time lies beyond */
    bool has_bad_time; /* one was negative, ran backwards or lay beyond */
};

void st_reply_fini(struct st_reply *reply);

/* Enters the message's object. `sent_us`: audio sent so far; a second more is tolerated. -EPROTO
 * for more than 64 KiB and for what is no object. */
int st_reply_start(struct st_reply *reply, const void *data, size_t bytes, int64_t sent_us);

/* The value about to be read; false: an error. null leaves the result as it is. */
bool st_reply_text(struct st_reply *reply, const char **ret_text);
bool st_reply_bool(struct st_reply *reply, bool *ret_value);
bool st_reply_int(struct st_reply *reply, int64_t *ret_value);
/* A time in seconds, or in milliseconds; -1 for one that cannot be. */
bool st_reply_seconds(struct st_reply *reply, int64_t *ret_us);
bool st_reply_milliseconds(struct st_reply *reply, int64_t *ret_us);
/* Outside 0…1: absent. */
bool st_reply_confidence(struct st_reply *reply, float *ret_confidence);
/* A vendor's code or name for a log: letters, digits, `_ - .` and blanks, cut at 47 characters. A
 * number is taken too; what is neither is passed over. */
bool st_reply_code(struct st_reply *reply, char ret_code[ST_REPLY_CODE_BYTES]);

/* Calls `member` for each member of an object, which reads its value; null is as good as an empty
 * one. False: an error, also from `member`. */
typedef bool (*st_reply_member_fn)(struct st_reply *reply, struct st_slice key, void *user);
bool st_reply_object(struct st_reply *reply, st_reply_member_fn member, void *user);

/* NULL when there are too many. Without times and confidence as yet. */
struct st_word *st_reply_add_word(struct st_reply *reply);
/* To be called behind each word's members: its times are sane and in order, and it has a text. */
bool st_reply_end_word(struct st_reply *reply);

/* All of an array, in the place of those there are; `member` reads one of the st_word it is given.
 */
bool st_reply_words(struct st_reply *reply, st_reply_member_fn member);

/* 0 when the message was one valid object, else -EPROTO. Words with bad times are dropped. */
int st_reply_finish(struct st_reply *reply);

/* The mean of the words' confidences; absent unless every one has its own. */
float st_reply_mean_confidence(const struct st_word *words, size_t count);

/* A segment of its words, with their mean confidence; of that time when there are none. The text
 * and the language are the caller's to set. */
struct st_segment st_reply_segment(const struct st_reply *reply, int64_t start_us, int64_t end_us);

#endif
