/*
 * The utterances of a realtime transcription session: OpenAI calls them items.
 *
 * An item begins with speech, is committed when it ends, and is transcribed afterwards; of several,
 * the transcripts may come in any order. Here they stand in the order in which they were said, and
 * the first is the next to be told.
 */
#ifndef SIDETONE_STT_OPENAI_ITEMS_H
#define SIDETONE_STT_OPENAI_ITEMS_H

#include "openai_reply.h"

#include "sidetone/json_writer.h"

enum { ST_OPENAI_ITEMS_MAX = 8, ST_OPENAI_TOLD_MAX = 16 };

struct st_openai_item {
    char id[ST_OPENAI_ID_BYTES];
    char language[ST_KEPT_LANGUAGE_BYTES];
    int64_t start_us;     /* -1: not known */
    int64_t end_us;       /* -1: not known */
    int64_t committed_us; /* audio sent by then */
    bool is_committed;
    bool is_complete;
    struct st_json_writer text; /* what came of it, or all of it when it is complete */
};

/* One of zeroes is ready. */
struct st_openai_items {
    struct st_openai_item items[ST_OPENAI_ITEMS_MAX];
    unsigned order[ST_OPENAI_ITEMS_MAX]; /* indices into items; those not in use last */
    unsigned count;
    uint64_t told[ST_OPENAI_TOLD_MAX]; /* hashes of ids, a ring */
    unsigned told_next;
    bool is_ready;
};

void st_openai_items_fini(struct st_openai_items *items);

/* The i-th in order; i < count. */
struct st_openai_item *st_openai_items_at(struct st_openai_items *items, unsigned i);
/* The one of that id, added last when it is new. NULL when it has been told, or does not fit
 * (is_told says which). */
struct st_openai_item *st_openai_items_get(struct st_openai_items *items, const char *id);
bool st_openai_items_is_told(const struct st_openai_items *items, const char *id);

/* It is committed behind `previous`: it goes there, and those before it that never were committed
 * come to nothing. */
void st_openai_items_commit(struct st_openai_items *items, struct st_openai_item *item,
                            const char *previous);
/* The first has been told. */
void st_openai_items_pop(struct st_openai_items *items);

/* -EPROTO beyond 64 KiB. */
int st_openai_item_add_text(struct st_openai_item *item, const char *text);
void st_openai_item_clear_text(struct st_openai_item *item);
const char *st_openai_item_text(struct st_openai_item *item);

#endif
