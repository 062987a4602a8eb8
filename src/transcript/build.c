#include "build.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct st_transcript_options no_options = {0};

void st_build_init(struct st_transcript_build *build, const struct st_transcript_options *options)
{
    *build = (struct st_transcript_build){.options = options ? options : &no_options};
}

void st_build_fini(struct st_transcript_build *build)
{
    for (size_t i = 0; i < build->count; i++)
        free(build->calls[i].segments);
    for (size_t i = 0; i < build->facts_count; i++)
        st_call_facts_unref(build->facts[i]);
    free(build->facts);
    free(build->calls);
    free(build->words);
    st_arena_fini(&build->arena);
    *build = (struct st_transcript_build){0};
}

bool st_build_fail(struct st_transcript_build *build, int err, const char *format, ...)
{
    va_list args;
    if (build->err)
        return false;
    build->err = err;
    va_start(args, format);
    vsnprintf(build->why, sizeof(build->why), format, args);
    va_end(args);
    return false;
}

static bool fail_memory(struct st_transcript_build *build)
{
    return st_build_fail(build, -ENOMEM, "there is not enough memory for it");
}

/* ---- calls ---- */

static struct st_call_facts *keep_facts(struct st_transcript_build *build,
                                        struct st_call_facts *take_facts)
{
    if (build->facts_count == build->facts_cap) {
        build->facts_cap = build->facts_cap * 2 + 8;
        build->facts = st_mem_realloc(build->facts, build->facts_cap * sizeof(build->facts[0]));
    }
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (build->options->roles[i])
            take_facts->roles[i] = build->options->roles[i];
    build->facts[build->facts_count++] = take_facts;
    return take_facts;
}

struct st_build_call *st_build_add_call(struct st_transcript_build *build)
{
    if (build->count == ST_TRANSCRIPT_CALLS_MAX) {
        st_build_fail(build, -ENOBUFS, "more than %d calls in one file: split it",
                      ST_TRANSCRIPT_CALLS_MAX);
        return NULL;
    }
    if (build->count == build->cap) {
        build->cap = build->cap * 2 + 4;
        build->calls = st_mem_realloc(build->calls, build->cap * sizeof(build->calls[0]));
    }
    struct st_call_facts *facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    struct st_build_call *call = &build->calls[build->count++];
    *call = (struct st_build_call){.facts = keep_facts(build, facts), .end_reason = "stopped"};
    call->has_ranks = true;
    call->first_facts = facts;
    return call;
}

struct st_build_call *st_build_find_call(struct st_transcript_build *build, const char *call_id)
{
    for (size_t i = build->count; i > 0; i--)
        if (strcmp(build->calls[i - 1].facts->call_id, call_id) == 0)
            return &build->calls[i - 1];
    return NULL;
}

void st_build_set_attribute(struct st_call_facts *facts, const char *key, const char *value)
{
    for (size_t i = 0; i < facts->attribute_count; i++)
        if (strcmp(facts->attributes[i].key, key) == 0) {
            st_call_facts_set(&facts->attributes[i].value, value);
            return;
        }
    st_call_facts_add_attribute(facts, key, value);
}

void st_build_drop_call(struct st_transcript_build *build, struct st_build_call *call)
{
    size_t behind = (size_t)(build->calls + build->count - (call + 1));
    free(call->segments);
    memmove(call, call + 1, behind * sizeof(*call));
    build->count--;
}

struct st_call_facts *st_build_facts(struct st_transcript_build *build, struct st_build_call *call)
{
    if (call->is_shared)
        call->facts = keep_facts(build, st_call_facts_copy(call->facts));
    call->is_shared = false;
    return call->facts;
}

/* ---- segments ---- */

char *st_build_text(struct st_transcript_build *build, size_t bytes)
{
    char *text = st_arena_get(&build->arena, bytes);
    if (!text)
        fail_memory(build);
    return text;
}

bool st_build_word(struct st_transcript_build *build, const struct st_word *word)
{
    if (build->word_count == ST_TRANSCRIPT_WORDS_MAX)
        return st_build_fail(build, -ENOBUFS, "more than %d words in one segment",
                             ST_TRANSCRIPT_WORDS_MAX);
    if (build->word_count == build->word_cap) {
        build->word_cap = build->word_cap * 2 + 64;
        build->words = st_mem_realloc(build->words, build->word_cap * sizeof(build->words[0]));
    }
    build->words[build->word_count++] = *word;
    return true;
}

static bool take_words(struct st_transcript_build *build, struct st_segment *segment)
{
    size_t bytes = build->word_count * sizeof(build->words[0]);
    segment->words = NULL;
    segment->word_count = build->word_count;
    build->word_count = 0;
    if (bytes == 0) {
        segment->word_times = ST_WORD_TIMES_NONE;
        return true;
    }
    struct st_word *words = st_arena_get(&build->arena, bytes);
    if (!words)
        return fail_memory(build);
    memcpy(words, build->words, bytes);
    segment->words = words;
    return true;
}

static bool has_room(struct st_transcript_build *build, struct st_build_call *call)
{
    if (call->count == ST_TRANSCRIPT_SEGMENTS_MAX)
        return st_build_fail(build, -ENOBUFS, "more than %d segments in one call",
                             ST_TRANSCRIPT_SEGMENTS_MAX);
    if (call->count == call->cap) {
        call->cap = call->cap * 2 + 64;
        call->segments = st_mem_realloc(call->segments, call->cap * sizeof(call->segments[0]));
    }
    return true;
}

bool st_build_segment(struct st_transcript_build *build, struct st_build_call *call,
                      unsigned channel, struct st_segment segment, uint64_t rank)
{
    if (!take_words(build, &segment) || !has_room(build, call))
        return false;
    if (segment.id == 0)
        segment.id = call->last_ids[channel] + 1;
    call->last_ids[channel] = segment.id;
    segment.is_final = true;
    if (segment.end_us > call->duration_us)
        call->duration_us = segment.end_us;
    call->is_shared = true;
    call->segments[call->count] = (struct st_build_segment){
        .line = {.channel = channel, .facts = call->facts, .segment = segment},
        .rank = rank,
        .number = call->count,
    };
    call->has_ranks &= rank > 0;
    call->count++;
    return true;
}

bool st_build_pause(struct st_transcript_build *build, struct st_build_call *call,
                    const struct st_transcript_pause *pause)
{
    if (call->pause_count == ST_TRANSCRIPT_PAUSES_MAX)
        return st_build_fail(build, -ENOBUFS, "more than %d pauses in one call",
                             ST_TRANSCRIPT_PAUSES_MAX);
    if (!call->pauses)
        call->pauses =
            st_arena_get(&build->arena, ST_TRANSCRIPT_PAUSES_MAX * sizeof(call->pauses[0]));
    if (!call->pauses)
        return fail_memory(build);
    call->pauses[call->pause_count++] = *pause;
    return true;
}

/* ---- speakers ---- */

static enum st_role role_of(const struct st_transcript_build *build, const char *name)
{
    for (size_t i = 0; i < build->options->speaker_count; i++)
        if (strcasecmp(build->options->speakers[i].name, name) == 0)
            return build->options->speakers[i].role;
    if (strcasecmp(name, "agent") == 0)
        return ST_ROLE_AGENT;
    return strcasecmp(name, "customer") == 0 ? ST_ROLE_CUSTOMER : ST_ROLE_UNKNOWN;
}

bool st_build_speaker(struct st_transcript_build *build, struct st_build_call *call,
                      const char *name, unsigned *ret_channel)
{
    enum st_role role = role_of(build, name);
    for (unsigned i = 0; i < ST_CHANNELS_MAX && role; i++)
        if (call->facts->roles[i] == role) {
            call->speakers[i] = call->speakers[i] ? call->speakers[i] : name;
            *ret_channel = i;
            return true;
        }
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (!call->speakers[i] || strcmp(call->speakers[i], name) == 0) {
            call->speakers[i] = name;
            *ret_channel = i;
            return true;
        }
    return st_build_fail(build, -EBADMSG,
                         "'%.40s' speaks, and so do '%.40s' and '%.40s': calls have two sides. Say "
                         "who is who, such as --speaker '%.40s=customer'",
                         name, call->speakers[0], call->speakers[1], name);
}

/* ---- the end ---- */

static int compare_numbers(const struct st_build_segment *a, const struct st_build_segment *b)
{
    return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_ranks(const void *left, const void *right)
{
    const struct st_build_segment *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return compare_numbers(a, b);
}

static int compare_ends(const void *left, const void *right)
{
    const struct st_build_segment *a = left, *b = right;
    if (a->line.segment.end_us != b->line.segment.end_us)
        return a->line.segment.end_us < b->line.segment.end_us ? -1 : 1;
    return compare_numbers(a, b);
}

static void put_in_order(struct st_build_call *call)
{
    if (call->count > 1)
        qsort(call->segments, call->count, sizeof(call->segments[0]),
              call->has_ranks ? compare_ranks : compare_ends);
}

static void complete(char **string, const char *given, const char *otherwise)
{
    if (given)
        st_call_facts_set(string, given);
    else if (otherwise && (*string)[0] == '\0')
        st_call_facts_set(string, otherwise);
}

static void apply_options(const struct st_transcript_options *options, struct st_call_facts *facts)
{
    const struct st_transcript_names *given = &options->given, *otherwise = &options->otherwise;
    complete(&facts->call_id, given->call_id, otherwise->call_id);
    complete(&facts->tenant, given->tenant, otherwise->tenant);
    complete(&facts->route, given->route, otherwise->route);
    complete(&facts->language, given->language, otherwise->language);
    complete(&facts->agent_id, given->agent_id, otherwise->agent_id);
    complete(&facts->queue, given->queue, otherwise->queue);
    complete(&facts->caller, given->caller, otherwise->caller);
    for (size_t i = 0; i < options->attribute_count; i++)
        st_build_set_attribute(facts, options->attributes[i].key, options->attributes[i].value);
}

/* What is handed out: the transcript, and what keeps its texts and facts. */
struct whole {
    struct st_transcript transcript;
    struct st_transcript_build build;
};

static int finish_call(struct st_transcript_call *out, struct st_build_call *call)
{
    put_in_order(call);
    *out = (struct st_transcript_call){
        .facts = call->first_facts,
        .segments = st_mem_try_alloc((call->count + 1) * sizeof(out->segments[0])),
        .count = call->count,
        .pauses = call->pauses,
        .pause_count = call->pause_count,
        .duration_us = call->duration_us,
        .shed_us = call->shed_us,
        .end_reason = call->end_reason,
    };
    if (!out->segments)
        return -ENOMEM;
    for (size_t i = 0; i < call->count; i++)
        out->segments[i] = call->segments[i].line;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        out->seconds[i] = call->seconds[i];
        out->second_counts[i] = call->second_counts[i];
    }
    free(call->segments);
    call->segments = NULL;
    return 0;
}

int st_build_finish(struct st_transcript_build *build, struct st_transcript **ret_transcript)
{
    if (build->count == 0)
        st_build_fail(build, -EBADMSG, "there is no call in it");
    if (build->err)
        return build->err;
    for (size_t i = 0; i < build->facts_count; i++)
        apply_options(build->options, build->facts[i]);
    struct whole *whole = st_mem_alloc(sizeof(*whole));
    struct st_transcript *transcript = &whole->transcript;
    transcript->calls = st_mem_alloc_array(build->count, sizeof(transcript->calls[0]));
    transcript->count = build->count;
    int err = 0;
    for (size_t i = 0; i < build->count && !err; i++)
        err = finish_call(&transcript->calls[i], &build->calls[i]);
    whole->build = *build;
    *build = (struct st_transcript_build){0};
    if (err) {
        st_transcript_free(transcript);
        return err;
    }
    *ret_transcript = transcript;
    return 0;
}

void st_transcript_free(struct st_transcript *transcript)
{
    struct whole *whole = (struct whole *)transcript;
    if (!whole)
        return;
    for (size_t i = 0; i < transcript->count; i++)
        free(transcript->calls[i].segments);
    free(transcript->calls);
    st_build_fini(&whole->build);
    free(whole);
}

/* ---- for others ---- */

struct st_transcript_build *st_transcript_build_create(const struct st_transcript_options *options)
{
    struct st_transcript_build *build = st_mem_alloc(sizeof(*build));
    st_build_init(build, options);
    return build;
}

static const char *copy_text(struct st_transcript_build *build, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = st_build_text(build, bytes);
    return copy ? memcpy(copy, text, bytes) : "";
}

int st_transcript_build_call(struct st_transcript_build *build, struct st_call_facts *take_facts)
{
    struct st_build_call *call = st_build_add_call(build);
    if (!call) {
        st_call_facts_unref(take_facts);
        return build->err;
    }
    take_facts->engine = copy_text(build, take_facts->engine);
    take_facts->engine_quality = copy_text(build, take_facts->engine_quality);
    call->facts = keep_facts(build, take_facts);
    call->first_facts = take_facts;
    return build->err;
}

int st_transcript_build_seconds(struct st_transcript_build *build, unsigned channel,
                                const struct st_audio_second *seconds, size_t count)
{
    struct st_build_call *call = &build->calls[build->count - 1];
    struct st_audio_second *copy = st_arena_get(&build->arena, count * sizeof(*copy));
    if (!copy) {
        fail_memory(build);
        return build->err;
    }
    if (count > 0)
        memcpy(copy, seconds, count * sizeof(*copy));
    call->seconds[channel] = copy;
    call->second_counts[channel] = count;
    return 0;
}

void st_transcript_build_duration(struct st_transcript_build *build, int64_t duration_us)
{
    struct st_build_call *call = &build->calls[build->count - 1];
    if (duration_us > call->duration_us)
        call->duration_us = duration_us;
}

int st_transcript_build_segment(struct st_transcript_build *build, unsigned channel,
                                const struct st_segment *segment)
{
    struct st_segment copy = *segment;
    copy.text = copy_text(build, segment->text);
    for (size_t i = 0; i < segment->word_count; i++) {
        struct st_word word = segment->words[i];
        word.text = copy_text(build, word.text);
        st_build_word(build, &word);
    }
    if (!build->err)
        st_build_segment(build, &build->calls[build->count - 1], channel, copy, 0);
    return build->err;
}

int st_transcript_build_finish(struct st_transcript **ret_transcript,
                               struct st_transcript_build *take_build)
{
    int err = st_build_finish(take_build, ret_transcript);
    st_build_fini(take_build);
    free(take_build);
    return err;
}
