/*
 * One reply of a vosk server, read in one pass.
 *
 *   {"partial" : "…"}
 *   {"text" : "…", "result" : [{"word", "start", "end", "conf"}, …]}
 *   {"alternatives" : [{"text", "confidence", "result"}, …]}   the first counts; its confidence is
 *                                                             a score without bounds: not used
 *
 * Tolerated: other members; an object with none of the three (ST_VOSK_OTHER); words without
 * confidence or with one outside 0…1 (absent); null in a word for what may be missing. Word times
 * that are negative, run backwards or lie beyond the audio sent cost the words, not the text.
 * Everything else is -EPROTO: no JSON object, invalid UTF-8, members or words of a wrong type, more
 * than 64 KiB or 1,024 words.
 */
#ifndef SIDETONE_STT_VOSK_REPLY_H
#define SIDETONE_STT_VOSK_REPLY_H

#include "reply.h"

enum st_vosk_kind {
    ST_VOSK_OTHER,
    ST_VOSK_PARTIAL,
    ST_VOSK_FINAL,
};

/* One of zeroes is ready. */
struct st_vosk_reply {
    struct st_reply reply; /* its words are those of the final */
    enum st_vosk_kind kind;
    const char *text; /* valid until the next message */
};

void st_vosk_reply_fini(struct st_vosk_reply *result);

/* `sent_us`: audio sent so far, the latest a word can end (give or take a second). */
int st_vosk_reply_read(struct st_vosk_reply *result, const void *data, size_t bytes,
                       int64_t sent_us);

#endif
