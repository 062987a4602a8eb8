/*
 * Recording metadata (RFC 7865): who takes part, and whose voice each stream carries.
 *
 * Names of elements count, their namespaces and case do not: drafts and vendors differ in those,
 * in attributes' names, and in where they put what a participant sends. A document with a DOCTYPE
 * is refused whole; a broken one counts as far as it could be read. All within fixed bounds.
 */
#ifndef SIDETONE_SIPREC_METADATA_H
#define SIDETONE_SIPREC_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    METADATA_BYTES_MAX = 262144,
    METADATA_DEPTH_MAX = 32,
    METADATA_PARTICIPANTS_MAX = 8,
    METADATA_STREAMS_MAX = 8,
    METADATA_SENDS_MAX = 4,
    METADATA_ID_MAX = 64,    /* longer ones end in a code over the whole */
    METADATA_TEXT_MAX = 128, /* longer ones are cut off */
};

enum metadata_party { METADATA_PARTY_UNKNOWN, METADATA_PARTY_CALLER, METADATA_PARTY_CALLED };

struct metadata_participant {
    char id[METADATA_ID_MAX];
    char aor[METADATA_TEXT_MAX]; /* without scheme */
    char name[METADATA_TEXT_MAX];
    enum metadata_party party; /* as an extension says */
    bool has_left;
    bool is_silent; /* it is told to send nothing any more */
    unsigned send_count;
    char sends[METADATA_SENDS_MAX][METADATA_ID_MAX]; /* stream ids */
};

struct metadata_stream {
    char id[METADATA_ID_MAX];
    char label[METADATA_ID_MAX];
};

struct metadata {
    bool is_partial;
    bool is_empty; /* nothing was ever read */
    char group[METADATA_ID_MAX];
    char session[METADATA_ID_MAX];
    char sip_session[METADATA_TEXT_MAX];
    char tracking[METADATA_TEXT_MAX]; /* a vendor's id of the whole call */
    char caller[METADATA_TEXT_MAX];   /* numbers or addresses, as extensions say */
    char called[METADATA_TEXT_MAX];
    char user[METADATA_TEXT_MAX]; /* whose line is recorded */
    unsigned participant_count;
    struct metadata_participant participants[METADATA_PARTICIPANTS_MAX];
    unsigned stream_count;
    struct metadata_stream streams[METADATA_STREAMS_MAX];
};

void metadata_init(struct metadata *metadata);

/* Takes over what a document says: a partial one by ids, any other instead of what there was.
 * 0; -EPROTO for a DOCTYPE, -EMSGSIZE for its size or depth: nothing is taken; -EBADMSG: broken,
 * what came before was taken. */
int metadata_read(struct metadata *metadata, const char *text, size_t bytes);

/* The stream of a label, and who sends it; -1 without. */
int metadata_find_label(const struct metadata *metadata, const char *label);
int metadata_find_sender(const struct metadata *metadata, const char *stream_id);

#endif
