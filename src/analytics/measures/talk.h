/*
 * What the files behind characteristics.h share: one call's talk, loudness and holds, and how they
 * are measured.
 */
#ifndef SIDETONE_ANALYTICS_TALK_H
#define SIDETONE_ANALYTICS_TALK_H

#include "cells.h"
#include "stretches.h"

#include "sidetone/characteristics.h"

enum {
    ST_TALK_NON_TALK_MS = 2000,
    ST_TALK_INTERRUPTION_MS = 2000,
    ST_TALK_MONOLOGUE_BREAK_MS = 1000,
    ST_TALK_PATIENCE_MS = 20000, /* for words of what is heard */
    ST_TALK_TAIL_MS = 400,       /* of speech in the audio behind its last word */
    ST_TALK_TALKS_MAX = 512,     /* per channel, one by one */
    ST_TALK_SECONDS_MAX = 2048,
    ST_TALK_PAUSES = 4,  /* of the platform, remembered with their times */
    ST_TALK_ANSWERS = 4, /* remembered until something changes: rules ask the same */

    ST_TALK_LOUDEST = 200, /* in half points; from here on marks */
    ST_TALK_TONE = 254,
    ST_TALK_QUIET = 255,
};

struct st_talk_channel {
    struct st_stretches talks;
    uint8_t *seconds; /* from folded_ms on: half points, tone or quiet */
    size_t second_count, second_cap;
    bool has_partial;
    uint32_t partial_start_ms, partial_end_ms;
};

struct st_talk_answers {
    struct {
        uint32_t from_ms, until_ms; /* as asked; both 0: none */
        struct st_characteristics_window window;
    } list[ST_TALK_ANSWERS];
    unsigned next;
};

struct st_characteristics {
    struct st_talk_channel channels[ST_CHANNELS_MAX];
    enum st_role roles[ST_CHANNELS_MAX];
    uint32_t media_ms; /* how far the call has come */
    uint32_t known_ms;
    bool is_over; /* all words are in */

    struct st_talk_answers *answers; /* a memory, not a state: asking changes it */

    struct st_cells cells; /* until folded_ms */
    uint32_t folded_ms;
    uint32_t folded_cover_ms; /* the end of the last stretch that is no longer listed */
    uint32_t folded_non_talk_ms, folded_monologue_ms[ST_CHANNELS_MAX]; /* longest, across cells */
    int64_t response_ms; /* once it was folded; negative: not known */

    struct {
        uint32_t start_ms, end_ms;
    } pauses[ST_TALK_PAUSES];
    unsigned pause_count; /* ever */
    bool is_paused;
    int64_t hold_ms;   /* of pauses that are over */
    uint32_t asked_ms; /* the end of the agent's words that asked for patience */
    bool has_asked;
};

struct st_characteristics *st_characteristics_create(void);
void st_characteristics_destroy(struct st_characteristics *spoken);

void st_characteristics_put_final(struct st_characteristics *spoken, unsigned channel,
                                  enum st_role role, const struct st_segment *segment);
/* One without a text withdraws what it said before. */
void st_characteristics_put_partial(struct st_characteristics *spoken, unsigned channel,
                                    const struct st_segment *segment);
void st_characteristics_put_audio(struct st_characteristics *spoken, unsigned channel,
                                  const struct st_audio_second *second);
void st_characteristics_set_paused(struct st_characteristics *spoken, bool is_paused,
                                   int64_t media_us);
void st_characteristics_advance(struct st_characteristics *spoken, int64_t media_us);
void st_characteristics_end(struct st_characteristics *spoken, int64_t media_us);

/* From the customer's first contribution to the agent's answer; negative: none yet. */
int64_t st_characteristics_response_us(const struct st_characteristics *spoken);
int64_t st_characteristics_hold_us(const struct st_characteristics *spoken); /* as told */
int64_t st_characteristics_conversation_us(const struct st_characteristics *spoken);
/* Why nobody talks. */
enum st_silence_reason st_characteristics_reason(const struct st_characteristics *spoken,
                                                 uint32_t from_ms, uint32_t until_ms);
/* Whether the platform paused the call at some time in it. */
bool st_characteristics_was_paused(const struct st_characteristics *spoken, uint32_t from_ms,
                                   uint32_t until_ms);

/* ---- spoken_walk.c: over the stretches that are kept one by one ---- */

struct st_talk_gap {
    uint32_t start_ms, end_ms;
    bool is_open; /* nobody has talked since, as far as is known */
};

/* The first stretch of `least_ms` or more without talk that ends after `from_ms`. */
bool st_talk_next_gap(const struct st_characteristics *spoken, uint32_t from_ms, uint32_t least_ms,
                      struct st_talk_gap *ret_gap);

typedef void (*st_talk_fn)(void *user, const struct st_measured_span *span);
/* Interruptions that begin in [from_ms, until_ms), by time for each channel. */
void st_talk_each_interruption(const struct st_characteristics *spoken, uint32_t from_ms,
                               uint32_t until_ms, st_talk_fn emit, void *user);

/* What [from_ms, until_ms), not before folded_ms, holds. */
void st_talk_measure(const struct st_characteristics *spoken, uint32_t from_ms, uint32_t until_ms,
                     struct st_cell *ret_cell);

/* The share of [from_ms, until_ms) in which audio is heard on `channel`, in percent. */
unsigned st_talk_heard_pct(const struct st_characteristics *spoken, unsigned channel,
                           uint32_t from_ms, uint32_t until_ms);

#endif
