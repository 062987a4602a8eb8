/*
 * TranscriptionData of Azure Communication Services: one segment.
 *
 * Times are ticks of 100 ns. Small offsets count from the stream's beginning; large ones have a
 * beginning of their own, which nobody says, so that only differences count; and those that look
 * like Azure's "reverse ticks" (what is left until the year 9999) count down. Words without times,
 * or with times that cannot be, are spread over the segment. They are given as the text spells
 * them.
 */
#ifndef SIDETONE_INGEST_ACS_TRANSCRIPT_H
#define SIDETONE_INGEST_ACS_TRANSCRIPT_H

#include "dialect_common.h"

#include "sidetone/spelling.h"

/* One of zeroes is ready; its memory is kept from message to message. */
struct st_acs_transcript {
    struct st_segment segment; /* without an id; valid until the next */
    bool is_since_start;
    struct st_slice participant; /* borrows the message */
    const char *sentiment;       /* "POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED"; NULL */
    struct st_spelling spelling; /* internal from here on */
    struct st_word *words;
    size_t words_cap;
    char *text;
    size_t text_len, text_cap;
};

void st_acs_transcript_fini(struct st_acs_transcript *transcript);

/* `body`: a valid object of a message of `bytes`. NULL, or what is wrong, for people. */
const char *st_acs_transcript_read(struct st_acs_transcript *transcript, struct st_scan body,
                                   size_t bytes);

#endif
