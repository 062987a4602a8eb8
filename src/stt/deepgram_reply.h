/*
 * One message of Deepgram's live API, read in one pass.
 *
 *   Results       one channel's span of audio: is_final, speech_final, its best alternative,
 *                 entities
 *   UtteranceEnd  nobody talks on the channel any more
 *   Metadata      the stream is over, behind CloseStream
 *   Error         a failure
 *
 * Tolerated: other types and members, null for what may be missing, words without confidence or
 * language. Word times that are negative, run backwards or lie beyond the audio sent cost the
 * words, not the text. -EPROTO: no JSON object, invalid UTF-8, members of a wrong type, a span that
 * is no time or lies beyond the audio sent, more than 64 KiB or 1,024 words.
 */
#ifndef SIDETONE_STT_DEEPGRAM_REPLY_H
#define SIDETONE_STT_DEEPGRAM_REPLY_H

#include "deepgram_found.h"
#include "kept.h"
#include "reply.h"

enum st_deepgram_kind {
    ST_DEEPGRAM_OTHER,
    ST_DEEPGRAM_RESULTS,
    ST_DEEPGRAM_UTTERANCE_END,
    ST_DEEPGRAM_METADATA,
    ST_DEEPGRAM_ERROR,
};

/* One of zeroes is ready. */
struct st_deepgram_reply {
    struct st_reply reply; /* its words are those of the result */
    enum st_deepgram_kind kind;
    int64_t channel;
    int64_t start_us, end_us; /* of the span; -1: none */
    bool is_final;
    bool is_speech_final; /* or flushed by Finalize */
    const char *text;     /* "" for none; valid until the next message */
    float confidence;
    char language[ST_KEPT_LANGUAGE_BYTES]; /* of most words; "": it does not say */
    char code[ST_REPLY_CODE_BYTES];        /* of an error */
    struct st_deepgram_found found;        /* in a final */
    int64_t duration_us;
    bool has_alternative;
};

void st_deepgram_reply_fini(struct st_deepgram_reply *result);
int st_deepgram_reply_read(struct st_deepgram_reply *result, const void *data, size_t bytes,
                           int64_t sent_us);

#endif
