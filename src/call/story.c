#include "story.h"

#include "call_internal.h"

#include "sidetone/mem.h"

#include <stdlib.h>

static struct st_transcript_format format_of_route(const struct story *story)
{
    const struct st_config_route *route = settings_route(story->settings, story->facts);
    return route ? route->transcript : (struct st_transcript_format){false};
}

static struct st_analysis_settings analysis_settings(struct story *story)
{
    struct st_analysis_settings settings = settings_analysis(story->settings, story->facts->tenant);
    privacy_of_route(story->settings, story->facts, &story->privacy);
    settings.privacy = story->privacy;
    settings.format = format_of_route(story);
    return settings;
}

void story_init(struct story *story, const struct story_config *config)
{
    *story = (struct story){
        .ops = config->ops,
        .owner = config->owner,
        .settings = config->settings,
        .json = config->json,
        .facts = config->take_facts,
    };
    story_note_parties(story, 0);
    story_alerts_open(story);
    story->privacy.key[0] = config->privacy_key[0];
    story->privacy.key[1] = config->privacy_key[1];
    struct st_analysis_settings settings = analysis_settings(story);
    story->analysis = st_analysis_create(&settings, story->facts, &story_analysis_events, story);
    st_analysis_set_ask(story->analysis, story_ask_vector);
}

void story_fini(struct story *story)
{
    st_analysis_destroy(story->analysis);
    st_alerts_destroy(story->alerts);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        st_message_unref(story->channels[i].partial);
    st_message_unref(story->characteristics);
    for (unsigned i = 0; i < ST_SCRIPTS_OF_CALL_MAX; i++)
        st_message_unref(story->scripts[i]);
    for (unsigned i = 0; i < ST_TOPICS_OF_CALL_MAX; i++)
        st_message_unref(story->topics[i]);
    for (size_t i = 0; i < story->category_count; i++)
        free(story->categories[i].name);
    free(story->categories);
    free(story->pauses);
    story_forget_parties(story);
    free(story->vendor);
    history_fini(&story->history);
    story_forget_snapshots(story);
    st_call_facts_unref(story->facts);
    *story = (struct story){0};
}

void story_set_settings(struct story *story, struct st_settings *settings, bool is_over)
{
    story->settings = settings;
    if (is_over)
        return;
    struct st_analysis_settings analysis = analysis_settings(story);
    st_analysis_set_settings(story->analysis, &analysis);
}

struct st_call_facts *story_set_facts(struct story *story, struct st_call_facts *take_facts)
{
    struct st_call_facts *old = story->facts;
    struct story_time time;
    story->ops->get_time(story->owner, &time);
    story->facts = take_facts;
    story_note_parties(story, time.media_us);
    st_analysis_set_facts(story->analysis, take_facts);
    return old;
}

static struct st_message *number(struct story *story, struct st_event *event)
{
    struct story_time time;
    story->ops->get_time(story->owner, &time);
    event->seq = event->type == ST_EVENT_TRANSCRIPT_PARTIAL ? 0 : ++story->seq;
    event->at_unix_ms = time.unix_ms;
    event->call = story->facts;
    if (event->media_us == 0)
        event->media_us = time.media_us;
    return st_message_encode(event, story->json);
}

static void keep_partial(struct story *story, struct st_message *message)
{
    struct story_channel *channel = &story->channels[message->channel];
    if (message->type != ST_EVENT_TRANSCRIPT_PARTIAL && message->type != ST_EVENT_TRANSCRIPT_FINAL)
        return;
    st_message_unref(channel->partial);
    channel->partial =
        message->type == ST_EVENT_TRANSCRIPT_PARTIAL ? st_message_ref(message) : NULL;
}

static void send_out(struct story *story, const struct st_event *event, struct st_message *message)
{
    story_forget_snapshots(story);
    if (message->seq > 0)
        history_add(&story->history, message);
    for (unsigned form = 0; message->previous && form < ST_SNAPSHOT_FORMS; form++)
        message->snapshots[form] = story_snapshot(story, form);
    story->ops->publish(story->owner, event, message);
    st_message_unref(message);
}

/* What call states show the newest of. */
static void keep_newest(struct story *story, struct st_message *message)
{
    struct st_message **place = NULL;
    if (message->type == ST_EVENT_CHARACTERISTICS_UPDATED)
        place = &story->characteristics;
    else if (message->type == ST_EVENT_SCRIPT_UPDATED)
        place = &story->scripts[message->number];
    else if (message->type == ST_EVENT_TOPIC_DETECTED)
        place = &story->topics[message->number];
    else
        return;
    st_message_unref(*place);
    *place = st_message_ref(message);
}

void story_emit(struct story *story, struct st_event *event)
{
    struct st_message *message = number(story, event);
    keep_partial(story, message);
    keep_newest(story, message);
    send_out(story, event, message);
}

void story_emit_updated(struct story *story, struct st_event *event,
                        const struct st_call_facts *previous)
{
    struct st_message *message = number(story, event);
    if (previous)
        message->previous = st_call_facts_ref(previous);
    send_out(story, event, message);
}

static void keep_pause(struct story *story, bool is_paused, int64_t media_us)
{
    size_t n = story->pause_count;
    if (n == STORY_PAUSES_MAX)
        return;
    if (n % 8 == 0)
        story->pauses = st_mem_realloc(story->pauses, (n + 8) * sizeof(story->pauses[0]));
    story->pauses[n] = (struct story_pause){.media_us = media_us, .is_paused = is_paused};
    story->pause_count++;
}

void story_pause(struct story *story, bool is_paused, int64_t media_us)
{
    struct st_event event = {
        .type = ST_EVENT_CALL_UPDATED,
        .media_us = media_us,
        .updated = {.changes = ST_CALL_CHANGE_PAUSED, .is_paused = is_paused},
    };
    keep_pause(story, is_paused, media_us);
    st_analysis_set_paused(story->analysis, is_paused, media_us);
    story_emit_updated(story, &event, NULL);
}

void story_tick(struct story *story, int64_t media_us)
{
    st_analysis_tick(story->analysis, media_us);
}

void story_finish(struct story *story, int64_t media_us)
{
    st_analysis_finish(story->analysis, media_us);
    story_alerts_end(story);
}

void story_emit_ended(struct story *story, const char *reason, int64_t duration_us, int64_t shed_us)
{
    struct st_event event = {
        .type = ST_EVENT_CALL_ENDED,
        .ended = {.reason = reason,
                  .duration_us = duration_us,
                  .segments = story->segments,
                  .alerts = st_alerts_counts(story->alerts),
                  .shed_us = shed_us},
    };
    story_emit(story, &event);
}
