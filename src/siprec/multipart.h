/*
 * Bodies of several parts (RFC 2046), as vendors write them: without a last boundary, without a
 * first one, with bare line feeds, with any order and number of parts, with parts that have parts
 * themselves. Nothing is copied.
 */
#ifndef SIDETONE_SIPREC_MULTIPART_H
#define SIDETONE_SIPREC_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

enum { MULTIPART_BOUNDARY_MAX = 128 };

struct body_part {
    const char *type; /* of its Content-Type, without parameters */
    size_t type_chars;
    const char *data;
    size_t bytes;
};

/* What a message carries that we read; .data NULL: nothing. The first of each counts. */
struct sip_bodies {
    struct body_part sdp;
    struct body_part metadata;
    bool is_known; /* the type itself is one that we take, whatever is in it */
    unsigned parts;
};

void sip_bodies_read(struct sip_bodies *ret_bodies, const char *content_type, const char *body,
                     size_t bytes);

#endif
