/*
 * One message of Azure's speech service, read in one pass.
 *
 *   turn.start          a turn begins: its times count from the audio behind the last WAV header
 *   speech.hypothesis   what is heard so far (speech.fragment: the same, in dictation)
 *   speech.phrase       a result, or why there is none
 *   speech.endDetected  the service hears no more of the turn's audio
 *   turn.end            the turn is over
 *
 * A phrase's text is that for people; its words are spelt likewise, timed by the spoken ones.
 * Tolerated: other paths and members, null for what may be missing, a phrase without alternatives.
 * Word times that are negative, run backwards or lie beyond the audio sent cost the words, not the
 * text. -EPROTO: frames that are none, bodies that are no JSON object, members of a wrong type, a
 * result whose times cannot be, more than 64 KiB or 1,024 words.
 */
#ifndef SIDETONE_STT_AZURE_REPLY_H
#define SIDETONE_STT_AZURE_REPLY_H

#include "azure_frame.h"
#include "kept.h"
#include "reply.h"

#include "sidetone/spelling.h"

enum st_azure_kind {
    ST_AZURE_OTHER,
    ST_AZURE_TURN_START,
    ST_AZURE_HYPOTHESIS,
    ST_AZURE_PHRASE,
    ST_AZURE_END_DETECTED,
    ST_AZURE_TURN_END,
};

enum st_azure_status {
    ST_AZURE_SUCCESS,
    ST_AZURE_NOTHING, /* NoMatch, InitialSilenceTimeout, BabbleTimeout, EndOfDictation, unknown */
    ST_AZURE_ERROR,
    ST_AZURE_TOO_MANY,
    ST_AZURE_BAD_REQUEST,
    ST_AZURE_FORBIDDEN,
};

/* One of zeroes is ready. */
struct st_azure_reply {
    struct st_reply reply;
    struct st_spelling spelling;
    struct st_azure_frame frame;
    enum st_azure_kind kind;
    enum st_azure_status status; /* of a phrase */
    int64_t start_us, end_us;    /* in the turn; -1: none */
    const char *text;            /* "" for none; valid until the next message, as are words */
    const struct st_word *words;
    size_t word_count;
    float confidence;
    char language[ST_KEPT_LANGUAGE_BYTES]; /* as it was recognised; "": it does not say */
    int64_t duration_us;                   /* internal from here on */
    bool has_best;
};

void st_azure_reply_fini(struct st_azure_reply *result);

/* `sent_us`: audio sent in this turn, which is `request_id`; of another turn it is
 * ST_AZURE_OTHER, its body unread. */
int st_azure_reply_read(struct st_azure_reply *result, const void *data, size_t bytes,
                        bool is_binary, const char *request_id, int64_t sent_us);

#endif
