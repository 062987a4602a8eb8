/*
 * One message of AssemblyAI's streaming API v3, read in one pass.
 *
 *   Begin        the session is there, and until when
 *   Turn         what has been said since the last turn ended; comes again and again until it ends
 *   Termination  the session is over
 *   Error        and older servers' {"error": …}
 *
 * Tolerated: other types and members, null for what may be missing. Word times that are negative,
 * run backwards or lie beyond the audio sent cost the words, not the text. -EPROTO: no JSON object,
 * invalid UTF-8, members of a wrong type, more than 64 KiB or 1,024 words, a turn without a number.
 */
#ifndef SIDETONE_STT_ASSEMBLYAI_REPLY_H
#define SIDETONE_STT_ASSEMBLYAI_REPLY_H

#include "kept.h"
#include "reply.h"

enum st_assemblyai_kind {
    ST_ASSEMBLYAI_OTHER,
    ST_ASSEMBLYAI_BEGIN,
    ST_ASSEMBLYAI_TURN,
    ST_ASSEMBLYAI_TERMINATION,
    ST_ASSEMBLYAI_ERROR,
};

/* One of zeroes is ready. */
struct st_assemblyai_reply {
    struct st_reply reply; /* its words are those of the turn, not final ones too */
    enum st_assemblyai_kind kind;
    int64_t expires_at_s; /* Unix time; 0: it does not say */
    int64_t turn;         /* its number */
    bool is_end;
    bool is_formatted;
    const char *text; /* the words that are final; valid until the next message */
    char language[ST_KEPT_LANGUAGE_BYTES]; /* "": it does not say */
    int64_t error_code;                    /* 0: none */
    bool has_error;
};

void st_assemblyai_reply_fini(struct st_assemblyai_reply *message);
int st_assemblyai_reply_read(struct st_assemblyai_reply *message, const void *data, size_t bytes,
                             int64_t sent_us);

#endif
