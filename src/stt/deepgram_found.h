/* Entities that Deepgram found (detect_entities), until the final they belong to is told. */
#ifndef SIDETONE_STT_DEEPGRAM_FOUND_H
#define SIDETONE_STT_DEEPGRAM_FOUND_H

#include "reply.h"

enum { ST_DEEPGRAM_FOUND_MAX = 64 };

struct st_deepgram_entity {
    char label[ST_REPLY_CODE_BYTES];
    int64_t start_word, end_word; /* half open, in the result's words; -1: not said */
    int64_t start_us, end_us;
    float confidence;
};

/* One of zeroes is empty. More than the most are dropped. */
struct st_deepgram_found {
    struct st_deepgram_entity *items;
    size_t count, cap;
};

void st_deepgram_found_fini(struct st_deepgram_found *found);
void st_deepgram_found_add(struct st_deepgram_found *found,
                           const struct st_deepgram_entity *entity);
/* Moves all of them; `from` is empty then. */
void st_deepgram_found_move(struct st_deepgram_found *found, struct st_deepgram_found *from);

/* Reads the array; words and span are not known yet. */
bool st_deepgram_found_read(struct st_deepgram_found *found, struct st_reply *reply);
/* Times by the words, or where those do not say, the span. */
void st_deepgram_found_place(struct st_deepgram_found *found, const struct st_reply *reply,
                             int64_t start_us, int64_t end_us);

#endif
