/* Calls that are cleared line by line, for comparing. */
#ifndef SIDETONE_TEST_CLEAR_H
#define SIDETONE_TEST_CLEAR_H

#include "sidetone/pii.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGENT, CUSTOMER };

static inline struct st_pii_lexicon *load_names(void)
{
    char text[65536], why[200] = "";
    struct st_pii_lexicon *lexicon = NULL;
    FILE *file = fopen(ST_VECTORS "/../pii/names.txt", "rb");
    ck_assert_ptr_nonnull(file);
    size_t bytes = fread(text, 1, sizeof(text), file);
    fclose(file);
    ck_assert_msg(st_pii_lexicon_create(&lexicon, text, bytes, why, sizeof(why)) == 0, "%s", why);
    return lexicon;
}

static inline struct st_pii *begin_call(const struct st_pii_lexicon *lexicon, enum st_pii_mode mode)
{
    struct st_pii_settings settings = {
        .mode = mode, .types = ST_PII_TYPES_ALL, .lexicon = lexicon, .key = {1, 2}};
    return st_pii_create(&settings);
}

/* The cleared text; valid until the next call of it. */
static inline const char *clear(struct st_pii *pii, unsigned channel, const char *text,
                                bool is_final)
{
    static char cleared[65536];
    struct st_pii_clearing clearing;
    struct st_segment segment = {.id = 1, .is_final = is_final, .end_us = 1000000, .text = text};
    st_pii_clear(pii, channel, &segment, &clearing);
    snprintf(cleared, sizeof(cleared), "%s", clearing.cleared.segment.text);
    st_pii_clearing_fini(&clearing);
    return cleared;
}

#endif
