/*
 * Transcripts that the platform brings: its segments become the call's, as an engine's would.
 *
 * The platform's ids name utterances; ours rise on each channel, and one utterance at a time is
 * unfinished there: of people who talk at once on one channel the first is shown while they talk,
 * and all of them when they have finished. Its clock is shifted so that its stream's beginning is
 * where the stream joined the call, or, when the clock has a beginning of its own, that the first
 * segment ended when it came. A jump of more than ten minutes is joined on, as with audio.
 *
 * Without audio nothing counts time, so the wall clock does: a little behind, because what is said
 * is told when it has been said.
 */
#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/vendor_finding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_US = 1000000,
    BEHIND_US = 15000000, /* longer than most utterances */
    JUMP_MAX_US = 600000000,
};

static int64_t elapsed_us(const struct call *call)
{
    return st_loop_now_us() - call->started_us;
}

static int64_t whole_ms(int64_t us)
{
    return us > 0 ? us / 1000 * 1000 : 0;
}

static int64_t later_of(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

/* ---- time ---- */

static bool is_timekeeper(const struct call *call)
{
    return call->told.clock && call->state == CALL_LIVE && call->channels[0].rate_hz == 0 &&
           call->channels[1].rate_hz == 0;
}

static void on_clock(void *user)
{
    struct call *call = user;
    struct told *told = &call->told;
    if (!is_timekeeper(call))
        return;
    told->media_us = later_of(told->media_us, elapsed_us(call));
    call_tick(call, whole_ms(later_of(told->heard_us, elapsed_us(call) - BEHIND_US)));
}

void told_begin(struct call *call, const struct st_ingest_start *start)
{
    struct told *told = &call->told;
    size_t bytes = sizeof(told->stream_id) - 1;
    told_withdraw(call); /* of a stream that this one takes over from */
    bool is_same = start->stream_id[0] && strncmp(start->stream_id, told->stream_id, bytes) == 0;
    snprintf(told->stream_id, sizeof(told->stream_id), "%s", start->stream_id);
    if (!is_same) {
        told->has_shift = false;
        told->began_us = elapsed_us(call);
    }
    if (!told->clock) {
        told->clock = st_timer_open(call->shard->loop, on_clock, call);
        st_timer_set(told->clock, TICK_US, TICK_US);
    }
}

static void find_shift(struct call *call, const struct st_ingest_transcript *transcript)
{
    struct told *told = &call->told;
    const struct st_segment *segment = &transcript->segment;
    int64_t now_us = later_of(elapsed_us(call), call_media_us(call));
    if (!told->has_shift)
        told->shift_us = transcript->is_since_start ? told->began_us
                                                    : later_of(elapsed_us(call) - segment->end_us,
                                                               told->began_us - segment->start_us);
    told->has_shift = true;
    int64_t ahead_us = segment->start_us + told->shift_us - now_us;
    if (ahead_us > JUMP_MAX_US || ahead_us < -JUMP_MAX_US)
        told->shift_us = now_us - segment->start_us;
}

/* ---- segments ---- */

static const struct st_word *shift_words(struct told *told, const struct st_segment *segment)
{
    if (segment->word_count > told->words_cap) {
        told->words_cap = segment->word_count;
        told->words = st_mem_realloc(told->words, told->words_cap * sizeof(told->words[0]));
    }
    for (size_t i = 0; i < segment->word_count; i++) {
        told->words[i] = segment->words[i];
        told->words[i].start_us = whole_ms(segment->words[i].start_us + told->shift_us);
        told->words[i].end_us = whole_ms(segment->words[i].end_us + told->shift_us);
    }
    return told->words;
}

/* What the platform makes of a final. */
static void tell_sentiment(struct call *call, unsigned channel, const struct st_segment *segment,
                           const char *sentiment)
{
    struct st_vendor_finding finding = {
        .type = ST_VENDOR_SENTIMENT,
        .segment_id = segment->id,
        .start_us = segment->start_us,
        .end_us = segment->end_us,
        .name = sentiment,
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    if (call->wants_findings && segment->is_final && sentiment)
        vendor_put(call, channel, call->story.facts->dialect, &finding);
}

static void pass_on(struct call *call, unsigned channel,
                    const struct st_ingest_transcript *transcript)
{
    const struct st_segment *segment = &transcript->segment;
    struct told *told = &call->told;
    struct st_segment mine = *segment;
    mine.id = told->channels[channel].last_id;
    mine.start_us = whole_ms(segment->start_us + told->shift_us);
    mine.end_us = later_of(mine.start_us, whole_ms(segment->end_us + told->shift_us));
    mine.confidence =
        segment->confidence < 0 ? segment->confidence : roundf(segment->confidence * 1000) / 1000;
    mine.words = shift_words(told, segment);
    told->heard_us = later_of(told->heard_us, mine.end_us);
    if (is_timekeeper(call))
        told->media_us = later_of(told->media_us, mine.end_us);
    if (mine.is_final)
        vendor_leave(call, channel, &mine, transcript->sentiment ? 1U << ST_VENDOR_SENTIMENT : 0);
    st_analysis_put_segment(call->story.analysis, channel, &mine);
    tell_sentiment(call, channel, &mine, transcript->sentiment);
}

static void withdraw(struct call *call, unsigned channel)
{
    struct told_channel *at = &call->told.channels[channel];
    struct st_segment nothing = {.id = at->last_id,
                                 .is_final = true,
                                 .start_us = whole_ms(call->told.heard_us),
                                 .end_us = whole_ms(call->told.heard_us),
                                 .text = "",
                                 .confidence = ST_CONFIDENCE_ABSENT};
    if (!at->open_key)
        return;
    at->open_key = 0;
    st_analysis_put_segment(call->story.analysis, channel, &nothing);
}

void told_withdraw(struct call *call)
{
    if (is_timekeeper(call))
        call->told.media_us = later_of(call->told.media_us, elapsed_us(call));
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        withdraw(call, i);
}

/* Whether the segment is for the call: not beside an engine's, and not while the call is paused. */
static bool is_wanted(struct call *call, uint64_t leg_id,
                      const struct st_ingest_transcript *transcript)
{
    const struct call_leg *leg = call_find_leg(call, leg_id);
    const struct channel *channel = &call->channels[transcript->channel];
    bool has_engine = channel->rate_hz > 0 && !channel->is_told;
    return leg && call->state == CALL_LIVE && leg->told_mask >> transcript->channel & 1 &&
           !has_engine && !call->is_paused;
}

void told_put(struct call *call, uint64_t leg_id, const struct st_ingest_transcript *transcript)
{
    const struct st_segment *segment = &transcript->segment;
    struct told_channel *at = &call->told.channels[transcript->channel];
    if (!is_wanted(call, leg_id, transcript)) {
        st_counter_add(call->shard->service->metrics.ignored, 1);
        withdraw(call, transcript->channel);
        return;
    }
    bool is_other = at->open_key && at->open_key != segment->id;
    bool is_empty = !at->open_key && segment->text[0] == '\0';
    if (is_empty || (is_other && !segment->is_final))
        return;
    at->last_id += !at->open_key;
    at->open_key = segment->is_final ? 0 : segment->id;
    find_shift(call, transcript);
    pass_on(call, transcript->channel, transcript);
}

void told_close(struct call *call)
{
    if (call->told.clock)
        st_timer_close(call->told.clock);
    free(call->told.words);
    call->told.clock = NULL;
    call->told.words = NULL;
    call->told.words_cap = 0;
}

/* ---- for another loop ---- */

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *put_text(char **at, const char *text)
{
    size_t bytes = text_bytes(text);
    if (bytes == 0)
        return NULL;
    char *copy = memcpy(*at, text, bytes);
    *at += bytes;
    return copy;
}

struct st_ingest_transcript *told_copy(const struct st_ingest_transcript *transcript)
{
    const struct st_segment *from = &transcript->segment;
    size_t words_bytes = from->word_count * sizeof(from->words[0]);
    size_t bytes =
        text_bytes(from->text) + text_bytes(from->language) + text_bytes(transcript->sentiment);
    for (size_t i = 0; i < from->word_count; i++)
        bytes += text_bytes(from->words[i].text);
    struct st_ingest_transcript *copy = st_mem_alloc(sizeof(*copy) + words_bytes + bytes);
    struct st_word *words = (struct st_word *)(copy + 1);
    char *at = (char *)words + words_bytes;
    *copy = *transcript;
    for (size_t i = 0; i < from->word_count; i++) {
        words[i] = from->words[i];
        words[i].text = put_text(&at, from->words[i].text);
    }
    copy->segment.words = words;
    copy->segment.text = put_text(&at, from->text);
    copy->segment.language = put_text(&at, from->language);
    copy->sentiment = put_text(&at, transcript->sentiment);
    return copy;
}
