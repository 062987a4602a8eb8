/*
 * One channel's results: put in order, joined to segments, told.
 *
 * Deepgram settles a channel in pieces (is_final), each a span of its audio that begins where the
 * one before ended, and says where speech ends (speech_final, UtteranceEnd). A piece becomes a
 * final of its own as soon as it comes, unless it is a fragment: shorter than 3 s, with no end of a
 * sentence and no end of speech. A fragment is joined to the pieces behind it until one of the
 * three is there; meanwhile it is the unchanging beginning of the partial, under the id that the
 * final will have. So a final waits for 3 s of speech at the most, a sentence said in one breath is
 * one final, and a phrase of two words is not torn in two.
 *
 * Spans tell order: one that does not begin where the last one ended is held until the next message
 * of its channel, which may be the one that belongs before it. A span told twice is passed over;
 * one that overlaps what is settled otherwise is a broken protocol.
 */
#ifndef SIDETONE_STT_DEEPGRAM_CHANNEL_H
#define SIDETONE_STT_DEEPGRAM_CHANNEL_H

#include "deepgram_reply.h"
#include "kept.h"

#include "sidetone/engine.h"

struct st_deepgram_channel {
    const struct st_engine_stream_config *config;
    unsigned index;
    struct st_kept pieces;                      /* of the segment that is growing */
    struct st_kept shown;                       /* pieces and an interim result */
    struct st_kept held;                        /* out of order */
    struct st_deepgram_found found, held_found; /* in pieces; in held */
    int64_t held_start_us, held_end_us;
    bool is_held_last; /* of its speech */
    bool has_partial;
    uint64_t told_hash; /* of the partial's text */
    uint64_t id;        /* of the growing segment */
    int64_t last_start_us;
    int64_t done_us;     /* where the last final span ended */
    int64_t answered_us; /* where the last result ended */
};

/* What it tells goes to config's sink. */
void st_deepgram_channel_init(struct st_deepgram_channel *channel,
                              const struct st_engine_stream_config *config, unsigned index);
void st_deepgram_channel_fini(struct st_deepgram_channel *channel);

/* Takes what was found out of the reply. 0, or -EPROTO. */
int st_deepgram_channel_results(struct st_deepgram_channel *channel,
                                struct st_deepgram_reply *reply);
void st_deepgram_channel_utterance_end(struct st_deepgram_channel *channel);
/* Nothing more comes: tells what is there, unfinished or not. */
void st_deepgram_channel_end(struct st_deepgram_channel *channel);

#endif
