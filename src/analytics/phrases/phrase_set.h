/*
 * Many phrases, compiled once, found in what is said.
 *
 * A set is immutable and shared by reference between calls and threads. A stream (phrase_stream.h)
 * is one call's way through it. Compiling is pure computation and takes milliseconds for ten
 * thousand phrases; a caller on a loop thread hands large sets to a worker all the same.
 *
 * The language of patterns
 *
 *     speak to a manager          these words, one after the other
 *     speak ... manager           up to 5 other words between; `…` is the same
 *     speak ...{12} manager       up to 12 other words between (1 to 20)
 *     cancel*   *phone            a word that begins, or ends, so (at least 2 letters beside the *)
 *     (speak|talk) to (a|my) (manager|supervisor)
 *                                 one of these; an alternative may be several words or nothing
 *
 * Parentheses nest. A gap stands between words, outside of parentheses. Every other punctuation
 * mark only separates words, as it does in what is said. A verbatim pattern has no language: dots,
 * stars and parentheses separate words too.
 *
 * What counts as the same
 *
 *  - Words are compared whole and folded (fold.h): case, Unicode forms, kinds of apostrophe and
 *    hyphen.
 *  - Contractions: "I'm" is "I am", "can't" is "cannot" is "can not", "gonna" is "going to"
 *    (contraction.h has the list). Someone who says "don't" has not said "do".
 *  - Hyphens: "follow-up" is "follow up"; a written "e-mail" is "email", on either side.
 *  - Numbers: "45" is "forty five" is "forty-five"; "411" is "four one one", "four eleven", "4 1 1"
 *    and "four hundred and eleven"; "1st" is "first" (spoken_number.h says what is read). Words
 * that are said always match themselves: "one" is found in "four one one".
 *
 * A pattern occurs wherever its words do: an exact phrase is found whenever a search for it in the
 * transcript of the channel would find it.
 *
 * Groups and exclusions
 *
 * A group is what belongs together, a rule as a rule (any number the caller likes). Of two patterns
 * of one group that are the same after folding, the first reports. An exclusion reports nothing: it
 * takes back the hits of its group that share a word with it, as far as it was said by the end of
 * the segment in which they ended.
 */
#ifndef SIDETONE_ANALYTICS_PHRASE_SET_H
#define SIDETONE_ANALYTICS_PHRASE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_PHRASE_TEXT_BYTES_MAX = 8192,
    ST_PHRASE_WORDS_MAX = 64,    /* of a pattern, along any of its alternatives */
    ST_PHRASE_PARTS_MAX = 8,     /* stretches with gaps between */
    ST_PHRASE_PATHS_MAX = 4096,  /* ways to choose between the alternatives of a pattern */
    ST_PHRASE_GAP_DEFAULT = 5,   /* words */
    ST_PHRASE_GAP_MAX = 20,      /* words */
    ST_PHRASE_STEM_CHARS_MIN = 2 /* beside a star */
};

struct st_phrase_set;

struct st_phrase_pattern {
    const char *text; /* need not end in NUL; borrowed for the duration of create */
    size_t bytes;
    uint32_t group;
    bool is_exclusion;
    bool is_verbatim;
};

/* What is wrong with which pattern; `text` completes a sentence about it: "has no word in it". */
struct st_phrase_problem {
    size_t pattern; /* index */
    char text[120];
};

/* Returns 0; -EINVAL when a pattern is not one; -ENOBUFS when the set up to and with a pattern is
 * too large (about 2 million words in all); `ret_problem` is written then. Time and memory are
 * bounded by the size of the texts and ST_PHRASE_PATHS_MAX. No patterns are a set as well. */
int st_phrase_set_create(struct st_phrase_set **ret_set, const struct st_phrase_pattern *patterns,
                         size_t count, struct st_phrase_problem *ret_problem);
struct st_phrase_set *st_phrase_set_ref(struct st_phrase_set *set);
void st_phrase_set_unref(struct st_phrase_set *set); /* NULL is fine */

size_t st_phrase_set_bytes(const struct st_phrase_set *set); /* of memory */

#endif
