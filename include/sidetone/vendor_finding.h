/*
 * What a speech-to-text vendor found in a call by itself: told beside our own findings, or instead.
 *
 * Borrowed for the duration of the call it is passed to. Of the texts, `content` may be personal
 * data and is shown to nobody where a route redacts.
 */
#ifndef SIDETONE_VENDOR_FINDING_H
#define SIDETONE_VENDOR_FINDING_H

#include <stdint.h>

enum st_vendor_finding_type {
    ST_VENDOR_CATEGORY,
    ST_VENDOR_ISSUE,
    ST_VENDOR_SENTIMENT,
    ST_VENDOR_ENTITY,
};

struct st_vendor_finding {
    enum st_vendor_finding_type type;
    uint64_t segment_id; /* of the final it belongs to, as the engine numbers them; 0: none */
    int64_t start_us;
    int64_t end_us;
    const char *name;    /* category; "POSITIVE" …; the entity's type; NULL for issues */
    uint32_t begin, end; /* issues: Unicode characters of the segment's text, half open */
    const char *content; /* entities; else NULL */
    float confidence;    /* entities: 0…1 or ST_CONFIDENCE_ABSENT */
};

#endif
