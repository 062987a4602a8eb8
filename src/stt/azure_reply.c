#include "azure_reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TICKS_PER_US = 10 };

struct word {
    struct st_word *word;
    int64_t duration_us;
};

void st_azure_reply_fini(struct st_azure_reply *result)
{
    st_reply_fini(&result->reply);
    st_spelling_fini(&result->spelling);
    *result = (struct st_azure_reply){.kind = ST_AZURE_OTHER};
}

/* A time in ticks of 100 ns; -1 for one that cannot be. */
static bool read_ticks(struct st_reply *reply, int64_t *ret_us)
{
    int64_t ticks = -1;
    if (!st_reply_int(reply, &ticks))
        return false;
    *ret_us = ticks >= 0 && ticks / TICKS_PER_US <= reply->until_us ? ticks / TICKS_PER_US : -1;
    return true;
}

/* ---- the best alternative ---- */

static bool read_word_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct word *word = user;
    if (st_slice_is(key, "Word"))
        return st_reply_text(reply, &word->word->text);
    if (st_slice_is(key, "Offset"))
        return read_ticks(reply, &word->word->start_us);
    if (st_slice_is(key, "Duration"))
        return read_ticks(reply, &word->duration_us);
    if (st_slice_is(key, "Confidence"))
        return st_reply_confidence(reply, &word->word->confidence);
    return st_scan_skip(&reply->scan);
}

static bool read_words(struct st_reply *reply)
{
    reply->word_count = 0;
    if (st_scan_peek(&reply->scan) == ST_SCAN_NULL)
        return st_scan_skip(&reply->scan);
    if (!st_scan_enter_array(&reply->scan))
        return false;
    while (st_scan_next_element(&reply->scan)) {
        struct word word = {.word = st_reply_add_word(reply), .duration_us = -1};
        if (!word.word || !st_reply_object(reply, read_word_member, &word))
            return false;
        if (word.word->start_us >= 0 && word.duration_us >= 0)
            word.word->end_us = word.word->start_us + word.duration_us;
        if (word.word->end_us > reply->until_us)
            word.word->end_us = -1;
        if (!st_reply_end_word(reply))
            return false;
    }
    return true;
}

static bool read_best_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct st_azure_reply *result = user;
    if (st_slice_is(key, "Display"))
        return st_reply_text(reply, &result->text);
    if (st_slice_is(key, "Confidence"))
        return st_reply_confidence(reply, &result->confidence);
    if (st_slice_is(key, "Words"))
        return read_words(reply);
    return st_scan_skip(&reply->scan);
}

/* The first counts. */
static bool read_alternatives(struct st_azure_reply *result)
{
    struct st_reply *reply = &result->reply;
    if (st_scan_peek(&reply->scan) == ST_SCAN_NULL)
        return st_scan_skip(&reply->scan);
    if (!st_scan_enter_array(&reply->scan))
        return false;
    while (st_scan_next_element(&reply->scan)) {
        if (!(result->has_best ? st_scan_skip(&reply->scan)
                               : st_reply_object(reply, read_best_member, result)))
            return false;
        result->has_best = true;
    }
    return true;
}

/* ---- the body ---- */

static bool read_status(struct st_azure_reply *result)
{
    static const struct {
        const char *name;
        enum st_azure_status status;
    } rows[] = {
        {"Success", ST_AZURE_SUCCESS},          {"Error", ST_AZURE_ERROR},
        {"TooManyRequests", ST_AZURE_TOO_MANY}, {"BadRequest", ST_AZURE_BAD_REQUEST},
        {"Forbidden", ST_AZURE_FORBIDDEN},
    };
    const char *name = "";
    if (!st_reply_text(&result->reply, &name))
        return false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(name, rows[i].name) == 0)
            result->status = rows[i].status;
    return true;
}

static bool read_language_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct st_azure_reply *result = user;
    const char *language = "";
    if (!st_slice_is(key, "Language"))
        return st_scan_skip(&reply->scan);
    if (!st_reply_text(reply, &language))
        return false;
    if (strlen(language) < sizeof(result->language))
        snprintf(result->language, sizeof(result->language), "%s", language);
    return true;
}

static bool read_member(struct st_azure_reply *result, struct st_slice key)
{
    struct st_reply *reply = &result->reply;
    if (st_slice_is(key, "Offset"))
        return read_ticks(reply, &result->start_us);
    if (st_slice_is(key, "Duration"))
        return read_ticks(reply, &result->duration_us);
    if (st_slice_is(key, "RecognitionStatus"))
        return read_status(result);
    if (st_slice_is(key, "Text") || (st_slice_is(key, "DisplayText") && !result->has_best))
        return st_reply_text(reply, &result->text);
    if (st_slice_is(key, "NBest"))
        return read_alternatives(result);
    if (st_slice_is(key, "PrimaryLanguage"))
        return st_reply_object(reply, read_language_member, result);
    return st_scan_skip(&reply->scan);
}

static enum st_azure_kind kind_of(const char *path)
{
    static const struct {
        const char *path;
        enum st_azure_kind kind;
    } rows[] = {
        {"speech.hypothesis", ST_AZURE_HYPOTHESIS}, {"speech.fragment", ST_AZURE_HYPOTHESIS},
        {"speech.phrase", ST_AZURE_PHRASE},         {"speech.enddetected", ST_AZURE_END_DETECTED},
        {"turn.start", ST_AZURE_TURN_START},        {"turn.end", ST_AZURE_TURN_END},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(path, rows[i].path) == 0)
            return rows[i].kind;
    return ST_AZURE_OTHER;
}

static int read_body(struct st_azure_reply *result, int64_t sent_us)
{
    struct st_slice key;
    int err = st_reply_start(&result->reply, result->frame.body, result->frame.body_bytes, sent_us);
    if (err)
        return err;
    while (st_scan_next_member(&result->reply.scan, &key))
        if (!read_member(result, key))
            return -EPROTO;
    return st_reply_finish(&result->reply);
}

/* Of what is to be shown, the times must be possible. */
static int judge_times(struct st_azure_reply *result)
{
    bool is_shown = result->kind == ST_AZURE_HYPOTHESIS ||
                    (result->kind == ST_AZURE_PHRASE && result->status == ST_AZURE_SUCCESS);
    if (result->start_us >= 0 && result->duration_us >= 0)
        result->end_us = result->start_us + result->duration_us;
    if (result->end_us > result->reply.until_us)
        result->end_us = -1;
    return is_shown && result->end_us < 0 ? -EPROTO : 0;
}

static void spell_words(struct st_azure_reply *result)
{
    const struct st_reply *reply = &result->reply;
    if (result->kind != ST_AZURE_PHRASE)
        return;
    result->word_count =
        st_spelling_words(&result->spelling, result->text, reply->words, reply->word_count);
    result->words = result->spelling.words;
}

static void start(struct st_azure_reply *result)
{
    struct st_azure_reply kept = *result;
    *result = (struct st_azure_reply){.reply = kept.reply,
                                      .spelling = kept.spelling,
                                      .status = ST_AZURE_NOTHING,
                                      .start_us = -1,
                                      .end_us = -1,
                                      .duration_us = -1,
                                      .text = "",
                                      .confidence = ST_CONFIDENCE_ABSENT};
}

int st_azure_reply_read(struct st_azure_reply *result, const void *data, size_t bytes,
                        bool is_binary, const char *request_id, int64_t sent_us)
{
    start(result);
    int err = st_azure_frame_read(&result->frame, data, bytes, is_binary);
    if (err)
        return err;
    if (result->frame.request_id[0] && strcmp(result->frame.request_id, request_id) != 0)
        return 0; /* of a turn that is over */
    result->kind = kind_of(result->frame.path);
    if (result->kind == ST_AZURE_OTHER || result->kind == ST_AZURE_TURN_START ||
        result->kind == ST_AZURE_TURN_END)
        return 0;
    err = read_body(result, sent_us);
    if (!err)
        err = judge_times(result);
    if (!err)
        spell_words(result);
    return err;
}
