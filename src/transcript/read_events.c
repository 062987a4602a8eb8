/* Events and snapshots, one JSON object a line, as `sidetone tail --json` prints them. */
#include "own.h"

#include <string.h>

enum event {
    EVENT_OTHER,
    EVENT_SNAPSHOT,
    EVENT_STARTED,
    EVENT_UPDATED,
    EVENT_FINAL,
    EVENT_ENDED,
};

static enum event event_of(const char *name)
{
    static const char *const names[] = {
        [EVENT_SNAPSHOT] = "snapshot",    [EVENT_STARTED] = "call.started",
        [EVENT_UPDATED] = "call.updated", [EVENT_FINAL] = "transcript.final",
        [EVENT_ENDED] = "call.ended",
    };
    for (enum event event = EVENT_SNAPSHOT; event <= EVENT_ENDED; event++)
        if (strcmp(names[event], name) == 0)
            return event;
    return EVENT_OTHER;
}

struct head {
    const char *type, *call_id;
    int64_t seq;
};

/* What has to be known before the rest can be read, wherever in the object it is. */
static void read_head(struct input input, struct head *head)
{
    struct st_slice key;
    if (!input_enter_object(&input, "the line"))
        return;
    while (input_member(&input, &key))
        if (st_slice_is(key, "type"))
            input_text(&input, "type", &head->type);
        else if (st_slice_is(key, "call_id"))
            input_text(&input, "call_id", &head->call_id);
        else if (st_slice_is(key, "seq"))
            input_whole(&input, "seq", &head->seq);
        else
            input_skip(&input);
    input_finish(&input);
}

/* An id that begins anew after its end is another call. */
static struct st_build_call *call_of(struct input *input, const char *call_id, bool is_start)
{
    struct st_build_call *call = st_build_find_call(input->build, call_id);
    if (call && !(is_start && call->is_over))
        return call;
    call = st_build_add_call(input->build);
    if (call)
        st_call_facts_set(&call->facts->call_id, call_id);
    return call;
}

static void read_snapshot(struct input *input)
{
    struct st_slice key;
    if (!input_enter_object(input, "the snapshot"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "call"))
            own_read_state(input);
        else
            input_skip(input);
}

static void read_started(struct input *input, struct st_call_facts *facts)
{
    struct st_slice key;
    if (!input_enter_object(input, "the event"))
        return;
    while (input_member(input, &key))
        if (!own_read_fact(input, key, facts))
            input_skip(input);
}

/* Members that every event has are no news. */
static bool is_common(struct st_slice key)
{
    return st_slice_is(key, "call_id");
}

static void read_updated(struct input *input, struct st_build_call *call)
{
    struct st_transcript_build *build = input->build;
    struct st_transcript_pause pause = {0};
    struct st_slice key;
    bool has_pause = false;
    if (!input_enter_object(input, "the event"))
        return;
    while (input_member(input, &key)) {
        if (st_slice_is(key, "paused"))
            has_pause = input_bool(input, "paused", &pause.is_paused);
        else if (st_slice_is(key, "media_ms"))
            input_ms(input, "media_ms", &pause.media_us);
        else if (is_common(key) || !own_is_fact(key))
            input_skip(input);
        else
            own_read_fact(input, key, st_build_facts(build, call));
    }
    if (has_pause)
        st_build_pause(build, call, &pause);
}

static void read_final(struct input *input, struct st_build_call *call, int64_t seq)
{
    struct st_slice key;
    if (!input_enter_object(input, "the event"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "segment"))
            own_read_segment(input, call, seq);
        else
            input_skip(input);
}

static void read_ended(struct input *input, struct st_build_call *call)
{
    struct st_slice key;
    int64_t shed_us = 0;
    if (!input_enter_object(input, "the event"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "reason"))
            input_text(input, "reason", &call->end_reason);
        else if (st_slice_is(key, "duration_ms"))
            input_ms(input, "duration_ms", &call->duration_us);
        else if (st_slice_is(key, "shed_ms"))
            input_ms(input, "shed_ms", &shed_us);
        else
            input_skip(input);
    call->shed_us = shed_us;
    call->is_over = true;
}

static void read_event(struct input *input)
{
    struct head head = {.type = "", .call_id = ""};
    read_head(*input, &head);
    enum event event = event_of(head.type);
    if (input->build->err || event == EVENT_OTHER)
        return;
    if (event == EVENT_SNAPSHOT) {
        read_snapshot(input);
        return;
    }
    struct st_build_call *call = call_of(input, head.call_id, event == EVENT_STARTED);
    if (!call)
        return;
    if (event == EVENT_FINAL)
        read_final(input, call, head.seq);
    else if (event == EVENT_ENDED)
        read_ended(input, call);
    else if (event == EVENT_UPDATED)
        read_updated(input, call);
    else
        read_started(input, st_build_facts(input->build, call));
}

static bool read(struct st_transcript_build *build, const char *text, size_t bytes)
{
    const char *end = text + bytes;
    for (const char *line = text; line < end && !build->err;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline ? newline : end;
        size_t blank = 0;
        while (line + blank < line_end && strchr(" \t\r", line[blank]) && line[blank])
            blank++;
        if (line + blank < line_end) {
            struct input input;
            input_init(&input, build, text, line, line_end);
            read_event(&input);
        }
        line = newline ? newline + 1 : end;
    }
    return !build->err;
}

static bool is_it(const char *text, size_t bytes)
{
    static const struct input_sign event[] = {{"type", ST_SCAN_STRING}};
    const char *newline = memchr(text, '\n', bytes);
    return input_has(text, newline ? (size_t)(newline - text) : bytes, event, 1);
}

const struct st_transcript_reader st_transcript_events = {
    .name = "events",
    .summary = "events, one a line, as `sidetone tail --json` prints them",
    .is_it = is_it,
    .read = read,
};
