#include "deepgram_reply.h"

#include <errno.h>
#include <stdio.h>

struct word {
    struct st_word *word;
    const char *language;
    bool has_punctuated;
};

/* Which language has the most words, in one pass: right whenever one has more than half. */
struct vote {
    const char *language;
    size_t lead;
};

void st_deepgram_reply_fini(struct st_deepgram_reply *result)
{
    st_reply_fini(&result->reply);
    st_deepgram_found_fini(&result->found);
    *result = (struct st_deepgram_reply){0};
}

static void vote(struct vote *vote, const char *language)
{
    if (!language)
        return;
    if (vote->lead > 0 && strcmp(vote->language, language) != 0) {
        vote->lead--;
        return;
    }
    vote->language = language;
    vote->lead++;
}

static bool read_word_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct word *word = user;
    if (st_slice_is(key, "punctuated_word")) {
        word->has_punctuated = st_scan_peek(&reply->scan) == ST_SCAN_STRING;
        return st_reply_text(reply, &word->word->text);
    }
    if (st_slice_is(key, "word") && !word->has_punctuated)
        return st_reply_text(reply, &word->word->text);
    if (st_slice_is(key, "start"))
        return st_reply_seconds(reply, &word->word->start_us);
    if (st_slice_is(key, "end"))
        return st_reply_seconds(reply, &word->word->end_us);
    if (st_slice_is(key, "confidence"))
        return st_reply_confidence(reply, &word->word->confidence);
    if (st_slice_is(key, "language"))
        return st_reply_text(reply, &word->language);
    return st_scan_skip(&reply->scan);
}

static bool read_words(struct st_deepgram_reply *result)
{
    struct st_reply *reply = &result->reply;
    struct vote languages = {.language = NULL};
    reply->word_count = 0;
    if (!st_scan_enter_array(&reply->scan))
        return false;
    while (st_scan_next_element(&reply->scan)) {
        struct word word = {.word = st_reply_add_word(reply)};
        if (!word.word || !st_reply_object(reply, read_word_member, &word) ||
            !st_reply_end_word(reply))
            return false;
        vote(&languages, word.language);
    }
    if (languages.language)
        snprintf(result->language, sizeof(result->language), "%s", languages.language);
    return true;
}

static bool read_alternative_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct st_deepgram_reply *result = user;
    if (st_slice_is(key, "transcript"))
        return st_reply_text(reply, &result->text);
    if (st_slice_is(key, "confidence"))
        return st_reply_confidence(reply, &result->confidence);
    if (st_slice_is(key, "words"))
        return read_words(result);
    return st_scan_skip(&reply->scan);
}

/* The first counts. */
static bool read_alternatives(struct st_deepgram_reply *result)
{
    struct st_reply *reply = &result->reply;
    if (!st_scan_enter_array(&reply->scan))
        return false;
    while (st_scan_next_element(&reply->scan)) {
        bool is_read = result->has_alternative
                           ? st_scan_skip(&reply->scan)
                           : st_reply_object(reply, read_alternative_member, result);
        if (!is_read)
            return false;
        result->has_alternative = true;
    }
    return true;
}

static bool read_channel_member(struct st_reply *reply, struct st_slice key, void *user)
{
    return st_slice_is(key, "alternatives") ? read_alternatives(user) : st_scan_skip(&reply->scan);
}

/* [this, of how many] */
static bool read_channel_index(struct st_deepgram_reply *result)
{
    struct st_reply *reply = &result->reply;
    if (!st_scan_enter_array(&reply->scan))
        return false;
    for (bool is_first = true; st_scan_next_element(&reply->scan); is_first = false)
        if (!(is_first ? st_scan_int(&reply->scan, &result->channel) : st_scan_skip(&reply->scan)))
            return false;
    return true;
}

static bool read_kind(struct st_deepgram_reply *result)
{
    static const struct {
        const char *name;
        enum st_deepgram_kind kind;
    } kinds[] = {
        {"Results", ST_DEEPGRAM_RESULTS},
        {"UtteranceEnd", ST_DEEPGRAM_UTTERANCE_END},
        {"Metadata", ST_DEEPGRAM_METADATA},
        {"Error", ST_DEEPGRAM_ERROR},
    };
    const char *type = "";
    if (!st_reply_text(&result->reply, &type))
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].name) == 0)
            result->kind = kinds[i].kind;
    return true;
}

static bool read_span_member(struct st_deepgram_reply *result, struct st_slice key)
{
    struct st_reply *reply = &result->reply;
    if (st_slice_is(key, "start"))
        return st_reply_seconds(reply, &result->start_us);
    if (st_slice_is(key, "duration"))
        return st_reply_seconds(reply, &result->duration_us);
    if (st_slice_is(key, "is_final"))
        return st_reply_bool(reply, &result->is_final);
    if (st_slice_is(key, "speech_final") || st_slice_is(key, "from_finalize")) {
        bool is_last = false, is_read = st_reply_bool(reply, &is_last);
        result->is_speech_final = result->is_speech_final || is_last;
        return is_read;
    }
    return st_scan_skip(&reply->scan);
}

static bool read_member(struct st_deepgram_reply *result, struct st_slice key)
{
    struct st_reply *reply = &result->reply;
    if (st_slice_is(key, "type"))
        return read_kind(result);
    if (st_slice_is(key, "channel_index"))
        return read_channel_index(result);
    if (st_slice_is(key, "channel")) {
        enum st_scan_type type = st_scan_peek(&reply->scan);
        return type == ST_SCAN_ARRAY    ? read_channel_index(result)
               : type == ST_SCAN_OBJECT ? st_reply_object(reply, read_channel_member, result)
                                        : st_scan_skip(&reply->scan);
    }
    if (st_slice_is(key, "entities"))
        return st_deepgram_found_read(&result->found, reply);
    if (st_slice_is(key, "variant") || st_slice_is(key, "code") || st_slice_is(key, "err_code"))
        return st_reply_code(reply, result->code);
    return read_span_member(result, key);
}

static void start(struct st_deepgram_reply *result)
{
    struct st_reply reply = result->reply;
    struct st_deepgram_found found = result->found;
    found.count = 0;
    *result = (struct st_deepgram_reply){.reply = reply,
                                         .found = found,
                                         .text = "",
                                         .confidence = ST_CONFIDENCE_ABSENT,
                                         .start_us = -1,
                                         .duration_us = -1,
                                         .end_us = -1};
}

static int judge_span(struct st_deepgram_reply *result)
{
    if (result->kind != ST_DEEPGRAM_RESULTS)
        return 0;
    if (result->start_us < 0 || result->duration_us < 0)
        return -EPROTO;
    result->end_us = result->start_us + result->duration_us;
    st_deepgram_found_place(&result->found, &result->reply, result->start_us, result->end_us);
    return result->end_us <= result->reply.until_us ? 0 : -EPROTO;
}

int st_deepgram_reply_read(struct st_deepgram_reply *result, const void *data, size_t bytes,
                           int64_t sent_us)
{
    struct st_slice key;
    start(result);
    int err = st_reply_start(&result->reply, data, bytes, sent_us);
    if (err)
        return err;
    while (st_scan_next_member(&result->reply.scan, &key))
        if (!read_member(result, key))
            return -EPROTO;
    err = st_reply_finish(&result->reply);
    return err ? err : judge_span(result);
}
