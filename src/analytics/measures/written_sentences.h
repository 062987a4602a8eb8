/*
 * Sentences as they are written: the unit in which quarters of sentiment are counted. What a
 * speaker states, pauses and bare words minded, is in statements.h.
 *
 * A sentence ends with a word that ends in ".", "!" or "?" (quotes and brackets behind it aside),
 * unless the word is an abbreviation or a single letter. Where an engine writes no punctuation, a
 * segment is one sentence.
 */
#ifndef SIDETONE_ANALYTICS_WRITTEN_SENTENCES_H
#define SIDETONE_ANALYTICS_WRITTEN_SENTENCES_H

#include "sidetone/segment.h"

enum { ST_WRITTEN_SENTENCES_MAX = 64 }; /* of one segment; the last one has the rest */

struct st_written_sentence {
    const char *text; /* in the segment's */
    size_t bytes;
    int64_t start_us; /* of its first word; in proportion to the text when words have no times */
};

/* Returns how many; 0 for a segment without words. */
size_t st_written_sentences_split(const struct st_segment *segment,
                                  struct st_written_sentence sentences[ST_WRITTEN_SENTENCES_MAX]);

#endif
