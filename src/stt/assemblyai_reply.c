#include "assemblyai_reply.h"

#include <errno.h>
#include <stdio.h>

void st_assemblyai_reply_fini(struct st_assemblyai_reply *message)
{
    st_reply_fini(&message->reply);
    *message = (struct st_assemblyai_reply){0};
}

static bool read_word_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct st_word *word = user;
    if (st_slice_is(key, "text"))
        return st_reply_text(reply, &word->text);
    if (st_slice_is(key, "start"))
        return st_reply_milliseconds(reply, &word->start_us);
    if (st_slice_is(key, "end"))
        return st_reply_milliseconds(reply, &word->end_us);
    if (st_slice_is(key, "confidence"))
        return st_reply_confidence(reply, &word->confidence);
    return st_scan_skip(&reply->scan);
}

static bool read_kind(struct st_assemblyai_reply *message)
{
    static const struct {
        const char *name;
        enum st_assemblyai_kind kind;
    } kinds[] = {
        {"Begin", ST_ASSEMBLYAI_BEGIN},
        {"Turn", ST_ASSEMBLYAI_TURN},
        {"Termination", ST_ASSEMBLYAI_TERMINATION},
        {"Error", ST_ASSEMBLYAI_ERROR},
    };
    const char *type = "";
    if (!st_reply_text(&message->reply, &type))
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].name) == 0)
            message->kind = kinds[i].kind;
    return true;
}

static bool read_expiry(struct st_assemblyai_reply *message)
{
    struct st_scan *scan = &message->reply.scan;
    double seconds;
    if (st_scan_peek(scan) != ST_SCAN_NUMBER)
        return st_scan_skip(scan);
    if (!st_scan_number(scan, &seconds))
        return false;
    if (seconds > 0 && seconds < 1e11)
        message->expires_at_s = (int64_t)seconds;
    return true;
}

static bool read_language(struct st_assemblyai_reply *message)
{
    const char *language = "";
    if (!st_reply_text(&message->reply, &language))
        return false;
    snprintf(message->language, sizeof(message->language), "%s", language);
    return true;
}

static bool read_error_code(struct st_assemblyai_reply *message)
{
    struct st_scan *scan = &message->reply.scan;
    return st_scan_peek(scan) == ST_SCAN_NUMBER ? st_scan_int(scan, &message->error_code)
                                                : st_scan_skip(scan);
}

static bool read_turn_member(struct st_assemblyai_reply *message, struct st_slice key)
{
    struct st_reply *reply = &message->reply;
    if (st_slice_is(key, "turn_order"))
        return st_reply_int(reply, &message->turn);
    if (st_slice_is(key, "end_of_turn"))
        return st_reply_bool(reply, &message->is_end);
    if (st_slice_is(key, "turn_is_formatted"))
        return st_reply_bool(reply, &message->is_formatted);
    if (st_slice_is(key, "transcript"))
        return st_reply_text(reply, &message->text);
    if (st_slice_is(key, "words"))
        return st_reply_words(reply, read_word_member);
    if (st_slice_is(key, "language_code"))
        return read_language(message);
    return st_scan_skip(&reply->scan);
}

static bool read_member(struct st_assemblyai_reply *message, struct st_slice key)
{
    if (st_slice_is(key, "type"))
        return read_kind(message);
    if (st_slice_is(key, "expires_at"))
        return read_expiry(message);
    if (st_slice_is(key, "error_code"))
        return read_error_code(message);
    if (st_slice_is(key, "error")) {
        message->has_error = true;
        return st_scan_skip(&message->reply.scan);
    }
    return read_turn_member(message, key);
}

int st_assemblyai_reply_read(struct st_assemblyai_reply *message, const void *data, size_t bytes,
                             int64_t sent_us)
{
    struct st_reply reply = message->reply;
    struct st_slice key;
    *message = (struct st_assemblyai_reply){.reply = reply, .text = "", .turn = -1};
    int err = st_reply_start(&message->reply, data, bytes, sent_us);
    if (err)
        return err;
    while (st_scan_next_member(&message->reply.scan, &key))
        if (!read_member(message, key))
            return -EPROTO;
    err = st_reply_finish(&message->reply);
    if (message->kind == ST_ASSEMBLYAI_OTHER && message->has_error)
        message->kind = ST_ASSEMBLYAI_ERROR;
    return !err && message->kind == ST_ASSEMBLYAI_TURN && message->turn < 0 ? -EPROTO : err;
}
