#include "openai_reply.h"

#include <errno.h>
#include <stdio.h>

void st_openai_reply_fini(struct st_openai_reply *event)
{
    st_reply_fini(&event->reply);
    *event = (struct st_openai_reply){0};
}

static bool read_kind(struct st_openai_reply *event)
{
    static const struct {
        const char *name;
        enum st_openai_kind kind;
    } kinds[] = {
        {"session.updated", ST_OPENAI_UPDATED},
        {"transcription_session.updated", ST_OPENAI_UPDATED},
        {"input_audio_buffer.speech_started", ST_OPENAI_STARTED},
        {"input_audio_buffer.speech_stopped", ST_OPENAI_STOPPED},
        {"input_audio_buffer.committed", ST_OPENAI_COMMITTED},
        {"conversation.item.input_audio_transcription.delta", ST_OPENAI_DELTA},
        {"conversation.item.input_audio_transcription.completed", ST_OPENAI_COMPLETED},
        {"conversation.item.input_audio_transcription.failed", ST_OPENAI_FAILED},
        {"error", ST_OPENAI_ERROR},
    };
    const char *type = "";
    if (!st_reply_text(&event->reply, &type))
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].name) == 0)
            event->kind = kinds[i].kind;
    return true;
}

static bool read_id(struct st_openai_reply *event, char out[ST_OPENAI_ID_BYTES])
{
    const char *id = "";
    if (!st_reply_text(&event->reply, &id) || strlen(id) >= ST_OPENAI_ID_BYTES)
        return false;
    snprintf(out, ST_OPENAI_ID_BYTES, "%s", id);
    return true;
}

static bool read_error_member(struct st_reply *reply, struct st_slice key, void *user)
{
    struct st_openai_reply *event = user;
    if (st_slice_is(key, "code"))
        return st_reply_code(reply, event->code);
    if (st_slice_is(key, "type"))
        return st_reply_code(reply, event->type);
    return st_scan_skip(&reply->scan);
}

static bool read_language(struct st_openai_reply *event)
{
    const char *language = "";
    if (st_scan_peek(&event->reply.scan) != ST_SCAN_STRING)
        return st_scan_skip(&event->reply.scan);
    if (!st_reply_text(&event->reply, &language))
        return false;
    if (!event->language[0])
        snprintf(event->language, sizeof(event->language), "%s", language);
    return true;
}

/* The first counts. */
static bool read_languages(struct st_openai_reply *event)
{
    struct st_scan *scan = &event->reply.scan;
    if (st_scan_peek(scan) != ST_SCAN_ARRAY)
        return st_scan_skip(scan);
    if (!st_scan_enter_array(scan))
        return false;
    while (st_scan_next_element(scan))
        if (!read_language(event))
            return false;
    return true;
}

/* Other events have members of these names and of other types. */
static bool read_text(struct st_openai_reply *event)
{
    enum st_scan_type type = st_scan_peek(&event->reply.scan);
    if (type == ST_SCAN_STRING || type == ST_SCAN_NULL)
        return st_reply_text(&event->reply, &event->text);
    event->is_text_wrong = true;
    return st_scan_skip(&event->reply.scan);
}

static bool read_member(struct st_openai_reply *event, struct st_slice key)
{
    struct st_reply *reply = &event->reply;
    if (st_slice_is(key, "type"))
        return read_kind(event);
    if (st_slice_is(key, "item_id"))
        return read_id(event, event->item);
    if (st_slice_is(key, "previous_item_id"))
        return read_id(event, event->previous);
    if (st_slice_is(key, "audio_start_ms") || st_slice_is(key, "audio_end_ms"))
        return st_reply_milliseconds(reply, &event->at_us);
    if (st_slice_is(key, "delta") || st_slice_is(key, "transcript"))
        return read_text(event);
    if (st_slice_is(key, "language"))
        return read_language(event);
    if (st_slice_is(key, "languages"))
        return read_languages(event);
    if (st_slice_is(key, "error") && st_scan_peek(&reply->scan) == ST_SCAN_OBJECT)
        return st_reply_object(reply, read_error_member, event);
    return st_scan_skip(&reply->scan);
}

int st_openai_reply_read(struct st_openai_reply *event, const void *data, size_t bytes,
                         int64_t sent_us)
{
    struct st_reply reply = event->reply;
    struct st_slice key;
    *event = (struct st_openai_reply){.reply = reply, .text = "", .at_us = -1};
    int err = st_reply_start(&event->reply, data, bytes, sent_us);
    if (err)
        return err;
    while (st_scan_next_member(&event->reply.scan, &key))
        if (!read_member(event, key))
            return -EPROTO;
    err = st_reply_finish(&event->reply);
    bool has_text = event->kind == ST_OPENAI_DELTA || event->kind == ST_OPENAI_COMPLETED;
    bool has_item = event->kind >= ST_OPENAI_STARTED && event->kind <= ST_OPENAI_FAILED;
    if ((has_item && !event->item[0]) || (has_text && event->is_text_wrong))
        return -EPROTO;
    return err;
}
