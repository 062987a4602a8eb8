/* A call as `GET /v1/calls/{id}` gives it, also inside a snapshot. */
#include "own.h"

#include <string.h>

static void read_ended(struct input *input, struct st_build_call *call)
{
    struct st_slice key;
    if (!input_enter_object(input, "ended"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "reason"))
            input_text(input, "reason", &call->end_reason);
        else if (st_slice_is(key, "duration_ms"))
            input_ms(input, "duration_ms", &call->duration_us);
        else
            input_skip(input);
    call->is_over = true;
}

static void read_pause(struct input *input, struct st_build_call *call)
{
    struct st_transcript_pause pause = {0};
    struct st_slice key;
    if (!input_enter_object(input, "a pause"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "media_ms"))
            input_ms(input, "media_ms", &pause.media_us);
        else if (st_slice_is(key, "paused"))
            input_bool(input, "paused", &pause.is_paused);
        else
            input_skip(input);
    st_build_pause(input->build, call, &pause);
}

static void read_pauses(struct input *input, struct st_build_call *call)
{
    if (!input_enter_array(input, "pauses"))
        return;
    while (input_element(input))
        read_pause(input, call);
}

static void read_transcript(struct input *input, struct st_build_call *call)
{
    if (!input_enter_array(input, "transcript"))
        return;
    while (input_element(input))
        own_read_segment(input, call, 0);
}

/* The transcript may come before the facts it belongs to: those are read first. */
static void read_facts(struct input input, struct st_build_call *call)
{
    struct st_slice key;
    int64_t media_us = 0;
    if (!input_enter_object(&input, "the call"))
        return;
    while (input_member(&input, &key))
        if (st_slice_is(key, "media_ms"))
            input_ms(&input, "media_ms", &media_us);
        else if (st_slice_is(key, "ended"))
            read_ended(&input, call);
        else if (!own_read_fact(&input, key, call->facts))
            input_skip(&input);
    if (media_us > call->duration_us)
        call->duration_us = media_us;
}

static struct st_build_call *add_call(struct input *input)
{
    struct st_transcript_build *build = input->build;
    struct st_build_call *call = st_build_add_call(build);
    if (!call)
        return NULL;
    read_facts(*input, call);
    for (size_t i = 0; i + 1 < build->count; i++)
        if (!build->calls[i].is_over &&
            strcmp(build->calls[i].facts->call_id, call->facts->call_id) == 0) {
            st_build_drop_call(build, &build->calls[i]);
            break;
        }
    return &build->calls[build->count - 1];
}

void own_read_state(struct input *input)
{
    struct st_slice key;
    struct st_build_call *call = add_call(input);
    if (!call)
        return;
    if (!input_enter_object(input, "the call"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "transcript"))
            read_transcript(input, call);
        else if (st_slice_is(key, "pauses"))
            read_pauses(input, call);
        else
            input_skip(input);
}

static bool is_it(const char *text, size_t bytes)
{
    static const struct input_sign bare[] = {{"call_id", ST_SCAN_STRING},
                                             {"transcript", ST_SCAN_ARRAY}};
    return input_has(text, bytes, bare, 2);
}

static bool read(struct st_transcript_build *build, const char *text, size_t bytes)
{
    struct input input;
    input_init(&input, build, text, text, text + bytes);
    own_read_state(&input);
    return input_finish(&input);
}

const struct st_transcript_reader st_transcript_call_state = {
    .name = "call",
    .summary = "a call as GET /v1/calls/{id} gives it",
    .is_it = is_it,
    .read = read,
};
