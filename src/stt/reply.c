#include "reply.h"

#include "sidetone/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_MAX_BYTES = 65536, WORDS_STEP = 64, MS_US = 1000, SECOND_US = 1000 * MS_US };

void st_reply_fini(struct st_reply *reply)
{
    free(reply->words);
    free(reply->text);
    *reply = (struct st_reply){0};
}

int st_reply_start(struct st_reply *reply, const void *data, size_t bytes, int64_t sent_us)
{
    if (bytes > MESSAGE_MAX_BYTES)
        return -EPROTO;
    reply->word_count = 0;
    reply->text_len = 0;
    reply->until_us = sent_us + SECOND_US;
    reply->has_bad_time = false;
    if (bytes >= reply->text_cap) {
        reply->text_cap = bytes + 1;
        free(reply->text);
        reply->text = st_mem_alloc(reply->text_cap);
    }
    st_scan_init(&reply->scan, data, bytes);
    return st_scan_enter_object(&reply->scan) ? 0 : -EPROTO;
}

static bool is_null(struct st_reply *reply)
{
    return st_scan_peek(&reply->scan) == ST_SCAN_NULL;
}

/* Unescaped, with its NUL, a string is never longer than it was between its quotes with one of
 * them, so all of a message's strings fit memory of the message's size. */
bool st_reply_text(struct st_reply *reply, const char **ret_text)
{
    struct st_slice slice;
    if (is_null(reply))
        return st_scan_skip(&reply->scan);
    if (!st_scan_string(&reply->scan, &slice))
        return false;
    char *text = reply->text + reply->text_len;
    reply->text_len += st_scan_unescape(slice, text, reply->text_cap - reply->text_len) + 1;
    *ret_text = text;
    return true;
}

bool st_reply_bool(struct st_reply *reply, bool *ret_value)
{
    return is_null(reply) ? st_scan_skip(&reply->scan) : st_scan_bool(&reply->scan, ret_value);
}

bool st_reply_int(struct st_reply *reply, int64_t *ret_value)
{
    return is_null(reply) ? st_scan_skip(&reply->scan) : st_scan_int(&reply->scan, ret_value);
}

static bool read_time(struct st_reply *reply, int64_t unit_us, int64_t *ret_us)
{
    double value;
    if (is_null(reply))
        return st_scan_skip(&reply->scan);
    if (!st_scan_number(&reply->scan, &value))
        return false;
    bool is_sane = value >= 0 && value * (double)unit_us <= (double)reply->until_us;
    *ret_us = is_sane ? (int64_t)(value * (double)unit_us + 0.5) : -1;
    return true;
}

bool st_reply_seconds(struct st_reply *reply, int64_t *ret_us)
{
    return read_time(reply, SECOND_US, ret_us);
}

bool st_reply_milliseconds(struct st_reply *reply, int64_t *ret_us)
{
    return read_time(reply, MS_US, ret_us);
}

bool st_reply_confidence(struct st_reply *reply, float *ret_confidence)
{
    double value;
    if (is_null(reply))
        return st_scan_skip(&reply->scan);
    if (!st_scan_number(&reply->scan, &value))
        return false;
    *ret_confidence = value >= 0 && value <= 1 ? (float)value : ST_CONFIDENCE_ABSENT;
    return true;
}

static void take_code(struct st_slice slice, char *out)
{
    char text[ST_REPLY_CODE_BYTES];
    size_t len = st_scan_unescape(slice, text, sizeof(text)), kept = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x80 && (isalnum(c) || strchr("_-. ", c)))
            out[kept++] = text[i];
    }
    out[kept] = '\0';
}

bool st_reply_code(struct st_reply *reply, char ret_code[ST_REPLY_CODE_BYTES])
{
    struct st_slice slice;
    double value;
    switch (st_scan_peek(&reply->scan)) {
    case ST_SCAN_STRING:
        if (!st_scan_string(&reply->scan, &slice))
            return false;
        take_code(slice, ret_code);
        return true;
    case ST_SCAN_NUMBER:
        if (!st_scan_number(&reply->scan, &value))
            return false;
        snprintf(ret_code, ST_REPLY_CODE_BYTES, "%.0f", value > -1e9 && value < 1e9 ? value : 0);
        return true;
    default:
        return st_scan_skip(&reply->scan);
    }
}

static bool read_members(struct st_reply *reply, st_reply_member_fn member, void *user)
{
    struct st_slice key;
    if (!st_scan_enter_object(&reply->scan))
        return false;
    while (st_scan_next_member(&reply->scan, &key))
        if (!member(reply, key, user))
            return false;
    return reply->scan.err == 0;
}

bool st_reply_object(struct st_reply *reply, st_reply_member_fn member, void *user)
{
    return is_null(reply) ? st_scan_skip(&reply->scan) : read_members(reply, member, user);
}

struct st_word *st_reply_add_word(struct st_reply *reply)
{
    if (reply->word_count == ST_REPLY_WORDS_MAX)
        return NULL;
    if (reply->word_count == reply->words_cap) {
        reply->words_cap += WORDS_STEP;
        reply->words = st_mem_realloc(reply->words, reply->words_cap * sizeof(reply->words[0]));
    }
    struct st_word *word = reply->words + reply->word_count++;
    *word = (struct st_word){.start_us = -1, .end_us = -1, .confidence = ST_CONFIDENCE_ABSENT};
    return word;
}

bool st_reply_end_word(struct st_reply *reply)
{
    const struct st_word *word = reply->words + reply->word_count - 1;
    bool is_first = reply->word_count == 1;
    if (word->start_us < 0 || word->end_us < word->start_us ||
        (!is_first && word->start_us < word[-1].start_us))
        reply->has_bad_time = true;
    return word->text != NULL;
}

bool st_reply_words(struct st_reply *reply, st_reply_member_fn member)
{
    reply->word_count = 0;
    reply->has_bad_time = false;
    if (!st_scan_enter_array(&reply->scan))
        return false;
    while (st_scan_next_element(&reply->scan)) {
        struct st_word *word = st_reply_add_word(reply);
        if (!word || !st_reply_object(reply, member, word) || !st_reply_end_word(reply))
            return false;
    }
    return true;
}

int st_reply_finish(struct st_reply *reply)
{
    if (st_scan_finish(&reply->scan) != 0)
        return -EPROTO;
    if (reply->has_bad_time)
        reply->word_count = 0;
    return 0;
}

float st_reply_mean_confidence(const struct st_word *words, size_t count)
{
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (words[i].confidence < 0)
            return ST_CONFIDENCE_ABSENT;
        sum += words[i].confidence;
    }
    return count > 0 ? sum / (float)count : ST_CONFIDENCE_ABSENT;
}

struct st_segment st_reply_segment(const struct st_reply *reply, int64_t start_us, int64_t end_us)
{
    size_t count = reply->word_count;
    struct st_segment segment = {
        .start_us = count > 0 ? reply->words[0].start_us : start_us,
        .end_us = count > 0 ? reply->words[count - 1].end_us : end_us,
        .confidence = st_reply_mean_confidence(reply->words, count),
        .word_times = count > 0 ? ST_WORD_TIMES_MEASURED : ST_WORD_TIMES_NONE,
        .words = reply->words,
        .word_count = count,
    };
    if (segment.end_us < segment.start_us)
        segment.end_us = segment.start_us;
    return segment;
}
