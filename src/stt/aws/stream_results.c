/* Results in. */
#include "stream_private.h"

#include "sidetone/mem.h"

#include <errno.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    LATE_MAX_US = 4 * SECOND_US, /* no word is told of later than this after it was said */
};

/* A final comes when the speaker has paused: how far it is behind its end says little. */
static void note_lag(struct st_engine_stream *stream, bool is_partial, int64_t end_us)
{
    int64_t lag_us = stream->given_us - end_us;
    if (lag_us < 0)
        lag_us = 0;
    if (!is_partial && lag_us >= stream->told_lag_us)
        return;
    stream->told_lag_us = lag_us;
    stream->config.sink->lag(stream->config.user, lag_us);
}

static int64_t start_of(const struct st_engine_stream *stream, int64_t us)
{
    return st_rebase_start_us(&stream->clock, us);
}

static int64_t end_of(const struct st_engine_stream *stream, int64_t us)
{
    return st_rebase_end_us(&stream->clock, us);
}

static const struct st_word *rebase_words(struct st_engine_stream *stream,
                                          const struct st_aws_result *result)
{
    if (result->word_count > stream->words_cap) {
        stream->words_cap = result->word_count * 2;
        stream->words = st_mem_realloc(stream->words, stream->words_cap * sizeof(stream->words[0]));
    }
    for (size_t i = 0; i < result->word_count; i++) {
        stream->words[i] = result->words[i];
        stream->words[i].start_us = start_of(stream, result->words[i].start_us);
        stream->words[i].end_us = end_of(stream, result->words[i].end_us);
    }
    return stream->words;
}

static void tell_segment(struct st_engine_stream *stream, uint64_t number,
                         const struct st_aws_result *result)
{
    struct st_segment segment = {
        .id = number,
        .is_final = !result->is_partial,
        .start_us = start_of(stream, result->start_us),
        .end_us = end_of(stream, result->end_us),
        .text = result->text,
        .confidence = result->is_partial ? ST_CONFIDENCE_ABSENT : result->confidence,
        .language = result->language ? result->language : stream->language,
    };
    if (segment.end_us < segment.start_us)
        segment.end_us = segment.start_us;
    if (!result->is_partial && result->word_count > 0) {
        segment.word_times = ST_WORD_TIMES_MEASURED;
        segment.words = rebase_words(stream, result);
        segment.word_count = result->word_count;
    }
    stream->config.sink->segment(stream->config.user, stream->telling, &segment);
}

static void tell_finding(struct st_engine_stream *stream, const struct st_vendor_finding *finding)
{
    if (!stream->has_failed)
        stream->config.sink->finding(stream->config.user, stream->telling, finding);
}

static void tell_findings(struct st_engine_stream *stream, uint64_t number,
                          const struct st_aws_result *result)
{
    struct st_vendor_finding finding = {
        .segment_id = number,
        .start_us = start_of(stream, result->start_us),
        .end_us = end_of(stream, result->end_us),
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    if (result->sentiment) {
        finding.type = ST_VENDOR_SENTIMENT;
        finding.name = result->sentiment;
        tell_finding(stream, &finding);
    }
    finding.name = NULL;
    finding.type = ST_VENDOR_ISSUE;
    for (size_t i = 0; i < result->issue_count; i++) {
        finding.begin = result->issues[i].begin;
        finding.end = result->issues[i].end;
        tell_finding(stream, &finding);
    }
    finding.begin = finding.end = 0;
    finding.type = ST_VENDOR_ENTITY;
    for (size_t i = 0; i < result->entity_count; i++) {
        finding.start_us = start_of(stream, result->entities[i].start_us);
        finding.end_us = end_of(stream, result->entities[i].end_us);
        finding.name = result->entities[i].type;
        finding.content = result->entities[i].content;
        finding.confidence = result->entities[i].confidence;
        tell_finding(stream, &finding);
    }
}

static void on_result(void *user, uint64_t number, const struct st_aws_result *result)
{
    struct st_engine_stream *stream = user;
    if (stream->has_failed)
        return;
    note_lag(stream, result->is_partial, end_of(stream, result->end_us));
    if (!result->is_partial) {
        tell_segment(stream, number, result);
        if (stream->config.wants_findings)
            tell_findings(stream, number, result);
    } else if (stream->config.wants_partials && !stream->engine->parameters.withholds_partials) {
        tell_segment(stream, number, result);
    }
}

static const struct st_aws_track_events track_events = {.result = on_result};

static unsigned channel_of(const struct st_engine_stream *stream,
                           const struct st_aws_result *result)
{
    unsigned channels = stream->config.channels;
    if (result->channel >= 0 && (unsigned)result->channel < channels)
        return (unsigned)result->channel;
    for (unsigned i = 0; i < channels; i++)
        if (result->role != ST_ROLE_UNKNOWN && stream->roles[i] == result->role)
            return i;
    return 0;
}

/* Who says nothing while the other one's words come back has said nothing that is still to come. */
static void tell_settled(struct st_engine_stream *stream, int64_t end_us)
{
    int64_t until_us = end_of(stream, end_us) - LATE_MAX_US;
    for (unsigned i = 0; i < stream->config.channels && until_us > 0; i++)
        if (!st_aws_track_is_open(&stream->tracks[i]))
            stream->config.sink->settled(stream->config.user, i, until_us);
}

static int take_result(void *user)
{
    struct st_engine_stream *stream = user;
    const struct st_aws_result *result = &stream->reply.result;
    unsigned channel = channel_of(stream, result);
    stream->telling = channel;
    int err =
        st_aws_track_put(&stream->tracks[channel], result, stream->sent_us, &track_events, stream);
    if (!err && result->end_us >= 0)
        tell_settled(stream, result->end_us);
    return err;
}

static int handle_utterance(struct st_engine_stream *stream, const struct st_event_message *message)
{
    int err = st_aws_reply_utterance(&stream->reply, message->payload, message->payload_bytes);
    return err ? err : take_result(stream);
}

static int handle_transcript(struct st_engine_stream *stream,
                             const struct st_event_message *message)
{
    return st_aws_reply_transcript(&stream->reply, message->payload, message->payload_bytes,
                                   take_result, stream);
}

static int handle_category(struct st_engine_stream *stream, const struct st_event_message *message)
{
    int err = st_aws_reply_category(&stream->reply, message->payload, message->payload_bytes);
    if (err || !stream->config.wants_findings)
        return err;
    stream->telling = 0;
    for (size_t i = 0; i < stream->reply.category_count; i++) {
        const struct st_aws_category *category = &stream->reply.categories[i];
        bool has_times = category->start_us >= 0;
        struct st_vendor_finding finding = {
            .type = ST_VENDOR_CATEGORY,
            .start_us = has_times ? start_of(stream, category->start_us) : stream->given_us,
            .end_us = has_times ? end_of(stream, category->end_us) : stream->given_us,
            .name = category->name,
            .confidence = ST_CONFIDENCE_ABSENT,
        };
        tell_finding(stream, &finding);
    }
    return 0;
}

int st_aws_stream_take_event(struct st_engine_stream *stream,
                             const struct st_event_message *message)
{
    if (st_event_is(message, ":event-type", "UtteranceEvent"))
        return handle_utterance(stream, message);
    if (st_event_is(message, ":event-type", "TranscriptEvent"))
        return handle_transcript(stream, message);
    if (st_event_is(message, ":event-type", "CategoryEvent"))
        return handle_category(stream, message);
    return 0;
}
