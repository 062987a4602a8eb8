/*
 * Personal data in what is said: found, named, and, where a route asks for it, taken out.
 *
 * The first stage of the analysis. Everything behind it takes `struct st_cleared_segment`, which
 * this stage alone makes; in mode redact the original is in none of them. Methods and limits of
 * each type: proto/privacy.md. Pure: no I/O, no clock, no logging. One thread at a time; a lexicon
 * is immutable and shared.
 */
#ifndef SIDETONE_PII_H
#define SIDETONE_PII_H

#include "sidetone/frame.h"
#include "sidetone/pii_entity.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Everything but dates, ages and web addresses, which conversations need and which name nobody. */
#define ST_PII_TYPES_USUAL                                                                         \
    ((1U << ST_PII_TYPES) - 1U - (1U << ST_PII_DATE) - (1U << ST_PII_AGE) - (1U << ST_PII_URL))
#define ST_PII_TYPES_ALL ((1U << ST_PII_TYPES) - 1U)

struct st_pii_lexicon;

/* The words the program knows by itself, and those of `text` (NULL: none): lines of a class
 * ("given", "surname", "city"), a tab and a name. -EBADMSG with the line in `ret_why`. */
int st_pii_lexicon_create(struct st_pii_lexicon **ret_lexicon, const char *text, size_t bytes,
                          char *ret_why, size_t why_bytes);
void st_pii_lexicon_destroy(struct st_pii_lexicon *lexicon); /* NULL is fine */

struct st_pii_settings {
    enum st_pii_mode mode;
    enum st_pii_style style;
    uint32_t types;                       /* bits 1 << type; 0: ST_PII_TYPES_USUAL */
    const struct st_pii_lexicon *lexicon; /* required unless off; outlives the stage */
    uint64_t key[2];                      /* of the hash style: secret, of this call alone */
};

/* The state of one call: less than 4 kB, wiped when destroyed. */
struct st_pii;

/* Never fails. Off: NULL, with which everything below works. */
struct st_pii *st_pii_create(const struct st_pii_settings *settings);
void st_pii_destroy(struct st_pii *pii);

/* From the next segment on; what is known of the call stays known. */
void st_pii_set_settings(struct st_pii **pii, const struct st_pii_settings *settings);

/* A cleared segment with what it borrows; fini it. */
struct st_pii_clearing {
    struct st_cleared_segment cleared;
    struct st_pii_finding finding; /* of finals */
    void *memory;                  /* internal */
};

/* Costs time in proportion to the text up to 16 kB of it; what is beyond is hidden in mode redact
 * and not looked at otherwise. Partials change nothing that later segments see: what finals show
 * does not depend on them. In mode redact a partial ends before the first word that may yet become
 * personal data. */
void st_pii_clear(struct st_pii *pii, unsigned channel, const struct st_segment *segment,
                  struct st_pii_clearing *ret_clearing);
void st_pii_clearing_fini(struct st_pii_clearing *clearing);

#endif
