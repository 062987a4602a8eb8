#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <string.h>

static uint64_t count_category(struct call *call, const struct st_category_match *match)
{
    for (size_t i = 0; i < call->category_count; i++)
        if (strcmp(call->categories[i].name, match->category) == 0)
            return ++call->categories[i].count;
    size_t n = call->category_count++;
    call->categories = st_mem_realloc(call->categories, (n + 1) * sizeof(call->categories[0]));
    call->categories[n] = (struct call_category){
        .name = st_mem_strdup(match->category), .severity = match->severity, .count = 1};
    return 1;
}

static void on_match(void *user, const struct st_category_match *match)
{
    struct call *call = user;
    uint64_t count = count_category(call, match);
    struct st_event event = {
        .type = ST_EVENT_CATEGORY_MATCHED,
        .channel = match->channel,
        .role = match->role,
        .media_us = match->end_us,
        .category = {.match = match, .count = count},
    };
    call_emit(call, &event);
    if (match->severity == ST_SEVERITY_NONE)
        return;
    call->alerts++;
    st_counter_add(call->shard->service->metrics.alerts, 1);
    event.type = ST_EVENT_ALERT_RAISED;
    call_emit(call, &event);
}

static size_t count_words(const char *text)
{
    size_t words = 0;
    for (bool was_space = true; *text; text++) {
        bool is_space = *text == ' ';
        words += was_space && !is_space;
        was_space = is_space;
    }
    return words;
}

static void put_sentiment(struct channel *channel, const struct st_segment *segment)
{
    struct call *call = channel->call;
    const struct st_sentiment_lexicon *lexicon = call->shard->settings->lexicon;
    if (!lexicon)
        return;
    struct st_sentiment_scores scores = st_sentiment_score(lexicon, segment->text);
    st_sentiment_course_put(&channel->course, scores.compound, count_words(segment->text),
                            segment->end_us);
    channel->has_sentiment = true;
    channel->sentiment = (struct st_sentiment_finding){
        .compound = scores.compound,
        .label = st_sentiment_label(scores.compound),
        .rolling = channel->course.rolling,
        .trend = channel->course.trend,
    };
    struct st_event event = {
        .type = ST_EVENT_SENTIMENT_UPDATED,
        .channel = channel->index,
        .role = call->facts->roles[channel->index],
        .media_us = segment->end_us,
        .sentiment = {.finding = &channel->sentiment,
                      .segment_id = segment->id,
                      .start_us = segment->start_us,
                      .end_us = segment->end_us},
    };
    call_emit(call, &event);
}

void findings_from_segment(struct channel *channel, const struct st_segment *segment)
{
    struct call *call = channel->call;
    if (!segment->is_final || segment->is_unsure || segment->text[0] == '\0')
        return;
    st_category_matcher_put(call->matcher, channel->index, call->facts->roles[channel->index],
                            segment, on_match, call);
    put_sentiment(channel, segment);
}
