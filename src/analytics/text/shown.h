/*
 * Where the words of a cleared segment are in what was shown of it.
 *
 * Formatting (sidetone/transcript_format.h) changes what everybody sees of a segment and nothing
 * that stages read. A finding that says where something stands in the transcript speaks of the
 * shown text, so a stage asks here when it sees the segment and keeps the answer.
 */
#ifndef SIDETONE_ANALYTICS_SHOWN_H
#define SIDETONE_ANALYTICS_SHOWN_H

#include <stddef.h>
#include <stdint.h>

/* A stretch that is shown differently; bytes, half open. */
struct st_shown_edit {
    uint32_t begin, end;             /* of the cleared text */
    uint32_t shown_begin, shown_end; /* of the shown one */
};

/* Without edits both texts are the same. */
struct st_shown {
    const char *text;                  /* as shown */
    const struct st_shown_edit *edits; /* by place, none touching another */
    size_t count;
};

struct st_shown_place {
    uint32_t begin, end;           /* bytes of the shown text, half open */
    uint32_t begin_char, end_char; /* the same in Unicode characters */
};

struct st_shown_range {
    uint32_t begin, end; /* bytes of the shown text, half open */
};

/* Of cleared bytes begin … end. What is not shown has a range without length. */
struct st_shown_range st_shown_range(const struct st_shown *shown, size_t begin, size_t end);

/* The same with its characters: reads the text up to there. */
struct st_shown_place st_shown_find(const struct st_shown *shown, size_t begin, size_t end);

#endif
