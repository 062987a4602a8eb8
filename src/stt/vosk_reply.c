#include "vosk_reply.h"

#include <errno.h>

void st_vosk_reply_fini(struct st_vosk_reply *result)
{
    st_reply_fini(&result->reply);
    *result = (struct st_vosk_reply){0};
}

static bool read_word_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct st_word *word = user;
    if (st_slice_is(key, "word"))
        return st_reply_text(reply, &word->text);
    if (st_slice_is(key, "start"))
        return st_reply_seconds(reply, &word->start_us);
    if (st_slice_is(key, "end"))
        return st_reply_seconds(reply, &word->end_us);
    if (st_slice_is(key, "conf"))
        return st_reply_confidence(reply, &word->confidence);
    return st_scan_skip(&reply->scan);
}

static bool read_text(struct st_vosk_reply *result, enum st_vosk_kind kind)
{
    struct st_scan *scan = &result->reply.scan;
    if (kind == ST_VOSK_PARTIAL && result->kind == ST_VOSK_FINAL)
        return st_scan_skip(scan);
    result->kind = kind;
    return st_scan_peek(scan) == ST_SCAN_STRING && st_reply_text(&result->reply, &result->text);
}

static bool read_alternative_member(struct st_reply *reply, struct st_slice key, void *user)
{
    if (st_slice_is(key, "text"))
        return read_text(user, ST_VOSK_FINAL);
    return st_slice_is(key, "result") ? st_reply_words(reply, read_word_member)
                                      : st_scan_skip(&reply->scan);
}

static bool read_alternatives(struct st_vosk_reply *result)
{
    struct st_reply *reply = &result->reply;
    bool is_first = true;
    if (!st_scan_enter_array(&reply->scan))
        return false;
    for (; st_scan_next_element(&reply->scan); is_first = false)
        if (!(is_first ? st_reply_object(reply, read_alternative_member, result)
                       : st_scan_skip(&reply->scan)))
            return false;
    return true;
}

static bool read_member(struct st_vosk_reply *result, struct st_slice key)
{
    if (st_slice_is(key, "partial"))
        return read_text(result, ST_VOSK_PARTIAL);
    if (st_slice_is(key, "alternatives"))
        return read_alternatives(result);
    return read_alternative_member(&result->reply, key, result);
}

int st_vosk_reply_read(struct st_vosk_reply *result, const void *data, size_t bytes,
                       int64_t sent_us)
{
    struct st_reply *reply = &result->reply;
    struct st_slice key;
    result->kind = ST_VOSK_OTHER;
    result->text = "";
    int err = st_reply_start(reply, data, bytes, sent_us);
    if (err)
        return err;
    while (st_scan_next_member(&reply->scan, &key))
        if (!read_member(result, key))
            return -EPROTO;
    err = st_reply_finish(reply);
    if (result->kind != ST_VOSK_FINAL)
        reply->word_count = 0;
    return err;
}
