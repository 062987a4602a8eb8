/*
 * The ways in which a recogniser may write a hint.
 *
 * As it is given; "prior authorization" also as it stands at the beginning of a sentence and in a
 * title; "NORTHWIND", as lists from other systems have it, also as "Northwind"; "St. John" without
 * the dot, "co-pay" in two words. Nothing is written smaller than it was given otherwise: a name
 * keeps its capital letter.
 */
#ifndef SIDETONE_STT_MOONSHINE_HINT_FORMS_H
#define SIDETONE_STT_MOONSHINE_HINT_FORMS_H

#include <stddef.h>

enum { ST_HINT_BYTES_MAX = 128, ST_HINT_FORMS_MAX = 12 };

struct st_hint_forms {
    char texts[ST_HINT_FORMS_MAX][ST_HINT_BYTES_MAX + 1];
    size_t count; /* 0: there is nothing to say in it, or it is too long */
};

void st_hint_forms_make(struct st_hint_forms *forms, const char *hint);

#endif
