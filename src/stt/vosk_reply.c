#include "vosk_reply.h"

#include "sidetone/json_scan.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { REPLY_MAX_BYTES = 65536, WORDS_MAX = 1024, WORDS_STEP = 64, SECOND_US = 1000000 };

struct reader {
    struct st_scan scan;
    struct st_vosk_reply *reply;
    int64_t end_max_us;
    bool are_times_bad;
};

void st_vosk_reply_fini(struct st_vosk_reply *reply)
{
    free(reply->word_memory);
    free(reply->text_memory);
    *reply = (struct st_vosk_reply){0};
}

/* Unescaped, with its NUL, a string is never longer than it was between its quotes with one of
 * them, so all of a reply's strings fit memory of the reply's size. */
static bool read_text(struct reader *reader, const char **ret_text)
{
    struct st_vosk_reply *reply = reader->reply;
    struct st_slice slice;
    if (!st_scan_string(&reader->scan, &slice))
        return false;
    char *text = reply->text_memory + reply->text_len;
    reply->text_len += st_scan_unescape(slice, text, reply->text_cap - reply->text_len) + 1;
    *ret_text = text;
    return true;
}

/* -1 for a time that cannot be right. */
static bool read_time(struct reader *reader, int64_t *ret_us)
{
    double seconds;
    if (!st_scan_number(&reader->scan, &seconds))
        return false;
    bool is_sane = seconds >= 0 && seconds * SECOND_US <= (double)reader->end_max_us;
    *ret_us = is_sane ? (int64_t)(seconds * SECOND_US + 0.5) : -1;
    return true;
}

static bool read_confidence(struct reader *reader, float *ret_confidence)
{
    double value;
    if (!st_scan_number(&reader->scan, &value))
        return false;
    *ret_confidence = value >= 0 && value <= 1 ? (float)value : ST_CONFIDENCE_ABSENT;
    return true;
}

static struct st_word *add_word(struct st_vosk_reply *reply)
{
    if (reply->word_count == WORDS_MAX)
        return NULL;
    if (reply->word_count == reply->words_cap) {
        reply->words_cap += WORDS_STEP;
        reply->word_memory =
            st_mem_realloc(reply->word_memory, reply->words_cap * sizeof(reply->word_memory[0]));
    }
    return reply->word_memory + reply->word_count++;
}

static void check_times(struct reader *reader, const struct st_word *word)
{
    const struct st_vosk_reply *reply = reader->reply;
    bool is_first = reply->word_count == 1;
    if (word->start_us < 0 || word->end_us < word->start_us ||
        (!is_first && word->start_us < word[-1].start_us))
        reader->are_times_bad = true;
}

static bool read_word_member(struct reader *reader, struct st_slice key, struct st_word *word)
{
    if (st_slice_is(key, "word"))
        return read_text(reader, &word->text);
    if (st_slice_is(key, "start"))
        return read_time(reader, &word->start_us);
    if (st_slice_is(key, "end"))
        return read_time(reader, &word->end_us);
    if (st_slice_is(key, "conf"))
        return read_confidence(reader, &word->confidence);
    return st_scan_skip(&reader->scan);
}

static bool read_word(struct reader *reader)
{
    struct st_slice key;
    struct st_word *word = add_word(reader->reply);
    if (!word || !st_scan_enter_object(&reader->scan))
        return false;
    *word = (struct st_word){.start_us = -1, .end_us = -1, .confidence = ST_CONFIDENCE_ABSENT};
    while (st_scan_next_member(&reader->scan, &key))
        if (!read_word_member(reader, key, word))
            return false;
    check_times(reader, word);
    return word->text != NULL;
}

static bool read_words(struct reader *reader)
{
    reader->reply->word_count = 0;
    reader->are_times_bad = false;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan))
        if (!read_word(reader))
            return false;
    return true;
}

static bool read_final(struct reader *reader)
{
    reader->reply->kind = ST_VOSK_FINAL;
    return read_text(reader, &reader->reply->text);
}

static bool read_alternative(struct reader *reader)
{
    struct st_slice key;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key)) {
        bool is_read = st_slice_is(key, "text")     ? read_final(reader)
                       : st_slice_is(key, "result") ? read_words(reader)
                                                    : st_scan_skip(&reader->scan);
        if (!is_read)
            return false;
    }
    return true;
}

static bool read_alternatives(struct reader *reader)
{
    bool is_first = true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    for (; st_scan_next_element(&reader->scan); is_first = false)
        if (!(is_first ? read_alternative(reader) : st_scan_skip(&reader->scan)))
            return false;
    return true;
}

static bool read_partial(struct reader *reader)
{
    if (reader->reply->kind == ST_VOSK_FINAL)
        return st_scan_skip(&reader->scan);
    reader->reply->kind = ST_VOSK_PARTIAL;
    return read_text(reader, &reader->reply->text);
}

static bool read_member(struct reader *reader, struct st_slice key)
{
    if (st_slice_is(key, "partial"))
        return read_partial(reader);
    if (st_slice_is(key, "text"))
        return read_final(reader);
    if (st_slice_is(key, "result"))
        return read_words(reader);
    if (st_slice_is(key, "alternatives"))
        return read_alternatives(reader);
    return st_scan_skip(&reader->scan);
}

static void judge_words(struct reader *reader)
{
    struct st_vosk_reply *reply = reader->reply;
    float sum = 0;
    bool has_all = reply->word_count > 0;
    if (reply->kind != ST_VOSK_FINAL || reader->are_times_bad)
        reply->word_count = 0;
    for (size_t i = 0; i < reply->word_count; i++) {
        has_all = has_all && reply->word_memory[i].confidence >= 0;
        sum += reply->word_memory[i].confidence;
    }
    if (has_all && reply->word_count > 0)
        reply->confidence = sum / (float)reply->word_count;
    reply->words = reply->word_memory;
}

static void start(struct reader *reader, size_t bytes)
{
    struct st_vosk_reply *reply = reader->reply;
    reply->kind = ST_VOSK_OTHER;
    reply->text = "";
    reply->word_count = 0;
    reply->confidence = ST_CONFIDENCE_ABSENT;
    reply->text_len = 0;
    if (bytes >= reply->text_cap) {
        reply->text_cap = bytes + 1;
        free(reply->text_memory);
        reply->text_memory = st_mem_alloc(reply->text_cap);
    }
}

int st_vosk_reply_read(struct st_vosk_reply *reply, const void *data, size_t bytes, int64_t sent_us)
{
    struct reader reader = {.reply = reply, .end_max_us = sent_us + SECOND_US};
    struct st_slice key;
    if (bytes > REPLY_MAX_BYTES)
        return -EPROTO;
    start(&reader, bytes);
    st_scan_init(&reader.scan, data, bytes);
    if (!st_scan_enter_object(&reader.scan))
        return -EPROTO;
    while (st_scan_next_member(&reader.scan, &key))
        if (!read_member(&reader, key))
            return -EPROTO;
    if (st_scan_finish(&reader.scan) != 0)
        return -EPROTO;
    judge_words(&reader);
    return 0;
}
