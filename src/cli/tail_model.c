#include "tail_model.h"

#include "fields.h"
#include "quality_words.h"

#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_call(struct st_tail_call *call)
{
    for (size_t i = 0; i < ST_TAIL_CHANNELS; i++)
        free(call->channels[i].partial);
    free(call->call_id);
}

void st_tail_model_fini(struct st_tail_model *model)
{
    for (size_t i = 0; i < model->count; i++)
        free_call(&model->calls[i]);
    free(model->calls);
    memset(model, 0, sizeof(*model));
}

struct st_tail_call *st_tail_model_find(const struct st_tail_model *model, const char *call_id)
{
    for (size_t i = 0; i < model->count; i++)
        if (strcmp(model->calls[i].call_id, call_id) == 0)
            return &model->calls[i];
    return NULL;
}

static void drop(struct st_tail_model *model, const char *call_id)
{
    struct st_tail_call *call = st_tail_model_find(model, call_id);
    if (!call)
        return;
    free_call(call);
    size_t after = model->count - (size_t)(call - model->calls) - 1;
    memmove(call, call + 1, after * sizeof(*call));
    model->count--;
}

/* NULL when there are too many. */
static struct st_tail_call *find_or_add(struct st_tail_model *model, const char *call_id)
{
    struct st_tail_call *call = st_tail_model_find(model, call_id);
    if (call || model->count == ST_TAIL_CALLS_MAX)
        return call;
    if (!model->calls)
        model->calls = st_mem_alloc_array(ST_TAIL_CALLS_MAX, sizeof(*model->calls));
    model->seen++;
    call = &model->calls[model->count++];
    *call = (struct st_tail_call){.call_id = st_mem_strdup(call_id)};
    return call;
}

static struct st_tail_channel *channel_of(struct st_tail_call *call, const json_t *body)
{
    const json_t *number = json_object_get(body, "channel");
    json_int_t channel = json_integer_value(number);
    if (!number || channel < 0 || channel >= ST_TAIL_CHANNELS)
        return NULL;
    struct st_tail_channel *found = &call->channels[channel];
    if (st_fields_text(body, "role")[0])
        snprintf(found->role, sizeof(found->role), "%s", st_fields_text(body, "role"));
    return found;
}

static void set_partial(struct st_tail_channel *channel, const char *text)
{
    free(channel->partial);
    channel->partial = text[0] ? st_mem_strdup(text) : NULL;
}

static void take_partial(struct st_tail_call *call, const json_t *segment)
{
    struct st_tail_channel *channel = channel_of(call, segment);
    if (!channel)
        return;
    set_partial(channel, st_fields_text(segment, "text"));
    channel->partial_id = st_fields_number(segment, "id");
    channel->partial_start_ms = st_fields_number(segment, "start_ms");
}

static void take_final(struct st_tail_call *call, const json_t *segment)
{
    struct st_tail_channel *channel = channel_of(call, segment);
    if (channel && st_fields_number(segment, "id") >= channel->partial_id)
        set_partial(channel, "");
}

static void take_sentiment(struct st_tail_channel *channel, const json_t *body)
{
    const char *trend = st_fields_text(body, "trend");
    if (!json_is_number(json_object_get(body, "rolling")))
        return;
    channel->has_sentiment = true;
    channel->rolling = json_number_value(json_object_get(body, "rolling"));
    channel->trend = strcmp(trend, "up") == 0 ? '+' : strcmp(trend, "down") == 0 ? '-' : '=';
}

static void take_characteristics(struct st_tail_call *call, const json_t *figures)
{
    const json_t *channels = json_object_get(figures, "channels");
    for (size_t i = 0; i < json_array_size(channels); i++) {
        const json_t *body = json_array_get(channels, i);
        const json_t *share = json_object_get(body, "talk_share");
        struct st_tail_channel *channel = channel_of(call, body);
        if (!channel || !json_is_number(share))
            continue;
        channel->has_talk = true;
        channel->talk_share = json_number_value(share);
    }
}

static void take_quality(struct st_tail_call *call, const json_t *quality)
{
    for (size_t i = 0; i < json_array_size(quality); i++) {
        const json_t *body = json_array_get(quality, i);
        struct st_tail_channel *channel = channel_of(call, body);
        unsigned troubles = st_quality_words_troubles(body);
        if (!channel)
            continue;
        channel->is_line_news = troubles != channel->line_troubles;
        channel->line_troubles = troubles;
    }
}

static void take_doubt(struct st_tail_call *call, const json_t *attributes)
{
    bool was_in_doubt = call->is_in_doubt;
    const char *suspect = st_fields_text(attributes, "channel_mapping_suspect");
    call->is_in_doubt |= strcmp(suspect, "true") == 0;
    call->is_doubt_news = call->is_in_doubt && !was_in_doubt;
}

static void take_facts(struct st_tail_call *call, const json_t *facts)
{
    const json_t *channels = json_object_get(facts, "channels");
    for (size_t i = 0; i < json_array_size(channels); i++)
        channel_of(call, json_array_get(channels, i));
    if (json_object_get(facts, "lag_ms"))
        call->lag_ms = st_fields_number(facts, "lag_ms");
    if (json_object_get(facts, "paused"))
        call->is_paused = json_is_true(json_object_get(facts, "paused"));
    take_quality(call, json_object_get(facts, "quality"));
    take_doubt(call, json_object_get(facts, "attributes"));
}

static void take_time(struct st_tail_call *call, const json_t *body)
{
    int64_t media_ms = st_fields_number(body, "media_ms");
    if (media_ms > call->media_ms)
        call->media_ms = media_ms;
}

static size_t count_open(const json_t *alerts)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(alerts); i++)
        count += strcmp(st_fields_text(json_array_get(alerts, i), "state"), "cleared") != 0;
    return count;
}

void st_tail_model_snapshot(struct st_tail_model *model, const json_t *state)
{
    const char *call_id = st_fields_text(state, "call_id");
    if (strcmp(st_fields_text(state, "state"), "ended") == 0) {
        drop(model, call_id);
        return;
    }
    struct st_tail_call *call = call_id[0] ? find_or_add(model, call_id) : NULL;
    if (!call)
        return;
    take_facts(call, state);
    take_time(call, state);
    call->is_paused = strcmp(st_fields_text(state, "state"), "paused") == 0;
    call->is_degraded = json_is_true(json_object_get(state, "degraded"));
    call->alerts = count_open(json_object_get(state, "alerts"));
    const json_t *sentiment = json_object_get(state, "sentiment");
    for (size_t i = 0; i < ST_TAIL_CHANNELS; i++)
        take_sentiment(&call->channels[i], json_object_get(sentiment, i == 0 ? "0" : "1"));
    take_characteristics(call, json_object_get(state, "characteristics"));
    const json_t *partials = json_object_get(state, "partials");
    for (size_t i = 0; i < json_array_size(partials); i++)
        take_partial(call, json_array_get(partials, i));
}

static void take_event(struct st_tail_call *call, const char *type, const json_t *event)
{
    if (strcmp(type, "transcript.partial") == 0) {
        take_partial(call, json_object_get(event, "segment"));
    } else if (strcmp(type, "transcript.final") == 0) {
        take_final(call, json_object_get(event, "segment"));
    } else if (strcmp(type, "sentiment.updated") == 0) {
        struct st_tail_channel *channel = channel_of(call, event);
        if (channel)
            take_sentiment(channel, event);
    } else if (strcmp(type, "characteristics.updated") == 0) {
        take_characteristics(call, json_object_get(event, "characteristics"));
    } else if (strcmp(type, "alert.raised") == 0) {
        call->alerts++;
    } else if (strcmp(type, "alert.cleared") == 0) {
        call->alerts -= call->alerts > 0;
    } else if (strncmp(type, "stt.", 4) == 0) {
        call->is_degraded = strcmp(type, "stt.degraded") == 0;
    } else if (strncmp(type, "call.", 5) == 0) {
        take_facts(call, event);
    }
}

void st_tail_model_event(struct st_tail_model *model, const json_t *event)
{
    const char *call_id = st_fields_text(event, "call_id"), *type = st_fields_text(event, "type");
    if (strcmp(type, "call.ended") == 0) {
        drop(model, call_id);
        return;
    }
    /* Alerts are seen to after their call, too; that does not bring it back. */
    bool is_known = strncmp(type, "alert.", 6) == 0 && strcmp(type, "alert.raised") != 0;
    struct st_tail_call *call = call_id[0] == '\0' ? NULL
                                : is_known         ? st_tail_model_find(model, call_id)
                                                   : find_or_add(model, call_id);
    if (!call)
        return;
    take_time(call, event);
    take_event(call, type, event);
}

void st_tail_model_drop_partials(struct st_tail_model *model)
{
    for (size_t i = 0; i < model->count; i++)
        for (size_t k = 0; k < ST_TAIL_CHANNELS; k++)
            set_partial(&model->calls[i].channels[k], "");
}
