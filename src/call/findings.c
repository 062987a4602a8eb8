#include "story.h"

#include "sidetone/mem.h"
#include "sidetone/question.h"
#include "sidetone/topic.h"

#include <errno.h>
#include <string.h>

static void count_category(struct story *story, const struct st_category_match *match)
{
    for (size_t i = 0; i < story->category_count; i++)
        if (strcmp(story->categories[i].name, match->category) == 0) {
            story->categories[i].count++;
            return;
        }
    size_t n = story->category_count++;
    story->categories = st_mem_realloc(story->categories, (n + 1) * sizeof(story->categories[0]));
    story->categories[n] = (struct story_category){
        .name = st_mem_strdup(match->category), .severity = match->severity, .count = 1};
}

static struct st_event event_of(enum st_event_type type, const struct st_finding *finding)
{
    return (struct st_event){
        .type = type,
        .channel = finding->channel,
        .role = finding->role,
        .media_us = finding->end_us,
        .finding = finding,
    };
}

static void on_category(struct story *story, const struct st_finding *finding)
{
    count_category(story, finding->category);
    struct st_event event = event_of(ST_EVENT_CATEGORY_MATCHED, finding);
    story_emit(story, &event);
    story_alerts_put(story, finding->category);
}

static void on_provisional(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_CATEGORY_PROVISIONAL, finding);
    story_emit(story, &event);
}

static void on_withdrawn(struct story *story, const struct st_finding *finding)
{
    const struct st_category_match *match = finding->category;
    for (size_t i = 0; match->reason == ST_WITHDRAWN_REFUTED && i < story->category_count; i++)
        if (strcmp(story->categories[i].name, match->category) == 0)
            story->categories[i].count -= story->categories[i].count > 0;
    struct st_event event = event_of(ST_EVENT_CATEGORY_WITHDRAWN, finding);
    story_emit(story, &event);
}

static void on_sentiment(struct story *story, const struct st_finding *finding)
{
    struct story_channel *channel = &story->channels[finding->channel];
    channel->has_sentiment = true;
    channel->sentiment = *finding->sentiment;
    struct st_event event = event_of(ST_EVENT_SENTIMENT_UPDATED, finding);
    story_emit(story, &event);
}

static void on_question(struct story *story, const struct st_finding *finding)
{
    bool is_answered = finding->question->is_answered;
    struct st_event event =
        event_of(is_answered ? ST_EVENT_QUESTION_ANSWERED : ST_EVENT_QUESTION_UNANSWERED, finding);
    event.media_us = finding->question->decided_us;
    story_emit(story, &event);
}

static void on_profanity(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_PROFANITY_DETECTED, finding);
    story_emit(story, &event);
}

static void on_language(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_LANGUAGE_SUSPECT, finding);
    story_emit(story, &event);
}

static void on_shift(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_SENTIMENT_SHIFTED, finding);
    story_emit(story, &event);
}

static void on_characteristics(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_CHARACTERISTICS_UPDATED, finding);
    story_emit(story, &event);
}

static void on_silence(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_SILENCE_DETECTED, finding);
    story_emit(story, &event);
}

static void on_script(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_SCRIPT_UPDATED, finding);
    story_emit(story, &event);
}

/* At the end it is told when that is, not when the topic came up. */
static void on_topic(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_TOPIC_DETECTED, finding);
    if (finding->topic->is_final)
        event.media_us = 0;
    story_emit(story, &event);
}

static void on_issue(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_ISSUE_DETECTED, finding);
    story_emit(story, &event);
}

static void on_summary(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_CALL_SUMMARY, finding);
    story_emit(story, &event);
}

static void on_pii(struct story *story, const struct st_finding *finding)
{
    struct st_event event = event_of(ST_EVENT_PII_DETECTED, finding);
    story_emit(story, &event);
}

static void (*const handlers[ST_FINDING_TYPES])(struct story *story,
                                                const struct st_finding *finding) = {
    [ST_FINDING_PII] = on_pii,
    [ST_FINDING_CATEGORY] = on_category,
    [ST_FINDING_CATEGORY_PROVISIONAL] = on_provisional,
    [ST_FINDING_CATEGORY_WITHDRAWN] = on_withdrawn,
    [ST_FINDING_SENTIMENT] = on_sentiment,
    [ST_FINDING_SENTIMENT_SHIFT] = on_shift,
    [ST_FINDING_CHARACTERISTICS] = on_characteristics,
    [ST_FINDING_SILENCE] = on_silence,
    [ST_FINDING_LANGUAGE] = on_language,
    [ST_FINDING_PROFANITY] = on_profanity,
    [ST_FINDING_QUESTION] = on_question,
    [ST_FINDING_SCRIPT] = on_script,
    [ST_FINDING_TOPIC] = on_topic,
    [ST_FINDING_ISSUE] = on_issue,
    [ST_FINDING_SUMMARY] = on_summary,
};

static void on_finding(void *user, const struct st_finding *finding)
{
    if (!story_is_left_to_vendor(user, finding))
        handlers[finding->type](user, finding);
}

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *cleared)
{
    struct story *story = user;
    const struct st_segment *segment = &cleared->segment;
    struct st_event event = {
        .type = segment->is_final ? ST_EVENT_TRANSCRIPT_FINAL : ST_EVENT_TRANSCRIPT_PARTIAL,
        .channel = channel,
        .role = story->facts->roles[channel],
        .media_us = segment->end_us,
        .segment = cleared,
    };
    if (segment->is_final && segment->text[0])
        story->segments++;
    story_emit(story, &event);
}

int story_ask_vector(void *user, uint64_t ticket, const char *text, float *ret_vector)
{
    const struct story *story = user;
    if (!story->ops->ask_vector)
        return -ENOENT;
    return story->ops->ask_vector(story->owner, ticket, text, ret_vector);
}

const struct st_analysis_events story_analysis_events = {
    .segment = on_segment,
    .finding = on_finding,
};
