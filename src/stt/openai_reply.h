/*
 * One event of an OpenAI-style realtime transcription session, read in one pass.
 *
 * Tolerated: other types and members, null for what may be missing. -EPROTO: no JSON object,
 * invalid UTF-8, members of a wrong type, more than 64 KiB, an event of an item without its id or
 * with one of more than 63 bytes. Times that cannot be are -1.
 */
#ifndef SIDETONE_STT_OPENAI_REPLY_H
#define SIDETONE_STT_OPENAI_REPLY_H

#include "kept.h"
#include "reply.h"

enum { ST_OPENAI_ID_BYTES = 64 };

enum st_openai_kind {
    ST_OPENAI_OTHER,
    ST_OPENAI_UPDATED,   /* the session has been set up */
    ST_OPENAI_STARTED,   /* speech; with an item and a time */
    ST_OPENAI_STOPPED,   /* likewise */
    ST_OPENAI_COMMITTED, /* an item, and which is before it */
    ST_OPENAI_DELTA,     /* more text of an item */
    ST_OPENAI_COMPLETED, /* all of it */
    ST_OPENAI_FAILED,    /* an item will have no text */
    ST_OPENAI_ERROR,
};

/* One of zeroes is ready. */
struct st_openai_reply {
    struct st_reply reply;
    enum st_openai_kind kind;
    char item[ST_OPENAI_ID_BYTES];
    char previous[ST_OPENAI_ID_BYTES]; /* "": none */
    int64_t at_us;                     /* of started and stopped; -1: it does not say */
    const char *text;                  /* of delta and completed */
    bool is_text_wrong;                /* it was no string */
    char language[ST_KEPT_LANGUAGE_BYTES];
    char code[ST_REPLY_CODE_BYTES]; /* of errors */
    char type[ST_REPLY_CODE_BYTES];
};

void st_openai_reply_fini(struct st_openai_reply *event);
int st_openai_reply_read(struct st_openai_reply *event, const void *data, size_t bytes,
                         int64_t sent_us);

#endif
