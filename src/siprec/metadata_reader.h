/* A document on its way into a struct: what the files of the metadata's reader share. */
#ifndef SIDETONE_SIPREC_METADATA_READER_H
#define SIDETONE_SIPREC_METADATA_READER_H

#include "metadata.h"

enum { METADATA_NAME_MAX = 32 };

#define METADATA_CODE_BEGIN UINT64_C(14695981039346656037)

struct metadata_reader {
    struct metadata *out;
    unsigned depth;
    char text[METADATA_TEXT_MAX]; /* of the element that is open */
    size_t text_bytes;
    bool is_cut;                                         /* there was more */
    uint64_t code;                                       /* over all of it */
    char parents[METADATA_DEPTH_MAX][METADATA_NAME_MAX]; /* local names, in lower case */
    struct metadata_participant *participant;            /* being spoken of; NULL: none */
    struct metadata_stream *stream;
    /* of an association of a participant with streams */
    unsigned sends_before;
    bool is_over;
};

/* Goes on with a code over bytes. */
static inline uint64_t metadata_code(uint64_t code, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        code = (code ^ (uint8_t)text[i]) * UINT64_C(1099511628211);
    return code;
}

/* ---- metadata_elements.c: what elements mean ---- */

/* `depth` is that of the element itself, whose name is the last of the parents; attributes as names
 * and values in turn, NULL behind them. */
void metadata_element_begin(struct metadata_reader *reader, const char *const *attributes);
void metadata_element_end(struct metadata_reader *reader);
const char *metadata_local_name(const char *name);

/* ---- metadata_merge.c: what is known already, and a document ---- */

void metadata_merge(struct metadata *into, const struct metadata *from, bool is_broken);

#endif
