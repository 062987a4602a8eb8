#include "rules_call.h"

#include "fields.h"

#include "sidetone/call_facts.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t us_of(const json_t *object, const char *key)
{
    json_int_t ms = json_integer_value(json_object_get(object, key));
    return ms < 0 ? 0 : ms > INT64_MAX / 1000 ? INT64_MAX / 1000 * 1000 : ms * 1000;
}

/* ---- facts ---- */

static enum st_role role_of(const char *name)
{
    return strcmp(name, "agent") == 0      ? ST_ROLE_AGENT
           : strcmp(name, "customer") == 0 ? ST_ROLE_CUSTOMER
                                           : ST_ROLE_UNKNOWN;
}

static void take_role(struct st_call_facts *facts, const json_t *channel)
{
    json_int_t number = json_integer_value(json_object_get(channel, "channel"));
    if (json_is_object(channel) && number >= 0 && number < ST_CHANNELS_MAX)
        facts->roles[number] = role_of(st_fields_text(channel, "role"));
}

static struct st_call_facts *read_facts(const json_t *state)
{
    struct st_call_facts *facts = st_call_facts_create();
    const json_t *agent = json_object_get(state, "agent");
    const json_t *channels = json_object_get(state, "channels");
    const char *key;
    json_t *value;
    st_call_facts_set(&facts->call_id, st_fields_text(state, "call_id"));
    st_call_facts_set(&facts->tenant, st_fields_text(state, "tenant"));
    st_call_facts_set(&facts->route, st_fields_text(state, "route"));
    st_call_facts_set(&facts->queue, st_fields_text(state, "queue"));
    st_call_facts_set(&facts->caller, st_fields_text(state, "caller"));
    st_call_facts_set(&facts->language, st_fields_text(state, "language"));
    st_call_facts_set(&facts->agent_id, st_fields_text(agent, "id"));
    st_call_facts_set(&facts->agent_name, st_fields_text(agent, "name"));
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    for (size_t i = 0; i < json_array_size(channels); i++)
        take_role(facts, json_array_get(channels, i));
    json_object_foreach(json_object_get(state, "attributes"), key, value) if (json_is_string(value))
        st_call_facts_add_attribute(facts, key, json_string_value(value));
    return facts;
}

/* ---- what was said ---- */

static void read_words(struct st_rules_line *line, const json_t *words)
{
    size_t count = json_array_size(words);
    line->words = st_mem_alloc_array(count + 1, sizeof(line->words[0]));
    line->segment.words = line->words;
    for (size_t i = 0; i < count; i++) {
        const json_t *word = json_array_get(words, i);
        if (!st_fields_text(word, "text")[0])
            continue;
        line->words[line->segment.word_count++] =
            (struct st_word){.text = st_fields_text(word, "text"),
                             .start_us = us_of(word, "start_ms"),
                             .end_us = us_of(word, "end_ms"),
                             .confidence = ST_CONFIDENCE_ABSENT};
    }
    if (line->segment.word_count > 0)
        line->segment.word_times = ST_WORD_TIMES_MEASURED;
}

static int read_line(struct st_rules_line *line, const json_t *from, const char **ret_problem)
{
    json_int_t channel = json_integer_value(json_object_get(from, "channel"));
    *ret_problem = !json_is_object(from)                                 ? "is no object"
                   : !json_is_string(json_object_get(from, "text"))      ? "has no text"
                   : !json_is_integer(json_object_get(from, "start_ms")) ? "has no start_ms"
                   : !json_is_integer(json_object_get(from, "end_ms"))   ? "has no end_ms"
                   : channel < 0 || channel >= ST_CHANNELS_MAX ? "has a channel other than 0 and 1"
                                                               : NULL;
    if (*ret_problem)
        return -EINVAL;
    line->channel = (unsigned)channel;
    line->segment = (struct st_segment){
        .id = (uint64_t)json_integer_value(json_object_get(from, "id")),
        .is_final = true,
        .is_unsure = json_is_true(json_object_get(from, "unsure")),
        .start_us = us_of(from, "start_ms"),
        .end_us = us_of(from, "end_ms"),
        .text = st_fields_text(from, "text"),
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    read_words(line, json_object_get(from, "words"));
    return 0;
}

static int compare_lines(const void *left, const void *right)
{
    const struct st_rules_line *a = left, *b = right;
    if (a->segment.end_us != b->segment.end_us)
        return a->segment.end_us < b->segment.end_us ? -1 : 1;
    if (a->segment.start_us != b->segment.start_us)
        return a->segment.start_us < b->segment.start_us ? -1 : 1;
    return a->segment.id < b->segment.id ? -1 : a->segment.id > b->segment.id;
}

static void set_duration(struct st_rules_call *call)
{
    const json_t *ended = json_object_get(call->state, "ended");
    call->duration_us = ended ? us_of(ended, "duration_ms") : us_of(call->state, "media_ms");
    for (size_t i = 0; i < call->count; i++)
        if (call->lines[i].segment.end_us > call->duration_us)
            call->duration_us = call->lines[i].segment.end_us;
}

int st_rules_call_read(struct st_rules_call *ret_call, json_t *state, char *ret_why,
                       size_t why_bytes)
{
    const json_t *transcript = json_object_get(state, "transcript");
    struct st_rules_call call = {.state = json_incref(state)};
    if (!json_is_array(transcript) || !st_fields_text(state, "call_id")[0]) {
        snprintf(ret_why, why_bytes, "is no call: it has no %s",
                 json_is_array(transcript) ? "call_id" : "list 'transcript'");
        json_decref(state);
        return -EINVAL;
    }
    call.facts = read_facts(state);
    call.lines = st_mem_alloc_array(json_array_size(transcript) + 1, sizeof(call.lines[0]));
    for (; call.count < json_array_size(transcript); call.count++) {
        const char *problem;
        if (read_line(&call.lines[call.count], json_array_get(transcript, call.count), &problem) <
            0) {
            snprintf(ret_why, why_bytes, "segment %zu of the transcript %s", call.count + 1,
                     problem);
            st_rules_call_fini(&call);
            return -EINVAL;
        }
    }
    qsort(call.lines, call.count, sizeof(call.lines[0]), compare_lines);
    set_duration(&call);
    *ret_call = call;
    return 0;
}

void st_rules_call_fini(struct st_rules_call *call)
{
    for (size_t i = 0; i < call->count; i++)
        free(call->lines[i].words);
    free(call->lines);
    st_call_facts_unref(call->facts);
    json_decref(call->state);
    memset(call, 0, sizeof(*call));
}
