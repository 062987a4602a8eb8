/* Words whose full stop ends no sentence. */
#ifndef SIDETONE_ANALYTICS_ABBREVIATION_H
#define SIDETONE_ANALYTICS_ABBREVIATION_H

#include <stdbool.h>
#include <stddef.h>

/* A word without its last full stop, in any case: "Mr", "e.g", "U.S", "J". */
bool st_abbreviation_is(const char *word, size_t bytes);

#endif
