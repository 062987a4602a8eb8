/*
 * A call's analysis that is watched: whatever goes in, what is told stands in its text and runs
 * forward in time, nothing shows five digits in a row of a card that was dictated, and what is kept
 * of a call stays bounded. Aborts, after saying why.
 */
#ifndef SIDETONE_TEST_WATCHED_ANALYSIS_H
#define SIDETONE_TEST_WATCHED_ANALYSIS_H

#include "sidetone/analysis.h"
#include "sidetone/issues.h"
#include "sidetone/measures.h"
#include "sidetone/profanity.h"
#include "sidetone/question.h"
#include "sidetone/script.h"
#include "sidetone/summary.h"
#include "sidetone/topic.h"

#include <ctype.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCHED_CARD "4539148803436467"

enum {
    WATCHED_IDS_MAX = 4096, /* of a channel's segments, from 0 */
    WATCHED_DIGITS_MAX = 4, /* of the card, one after the other */
    WATCHED_STATE_BYTES = 400000,
    /* The newest segment is kept until the next: its text and a token for each word, bounded. */
    WATCHED_LAST_SEGMENT_FACTOR = 8,
};

struct watched {
    struct st_analysis *analysis;
    size_t heap_bytes; /* before there was one */
    size_t chars[ST_CHANNELS_MAX][WATCHED_IDS_MAX];
    uint64_t segments, findings;
};

static inline void watched_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "watched analysis: %s\n", what);
    abort();
}

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static inline size_t watched_heap_bytes(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* ---- no original ---- */

/* A digit for "seven", 0 for every other word. */
static inline char watched_digit_of(const char *word, size_t bytes)
{
    static const char *const words[] = {"zero", "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};
    for (int i = 0; i < 10; i++)
        if (strlen(words[i]) == bytes && strncasecmp(words[i], word, bytes) == 0)
            return (char)('0' + i);
    return '\0';
}

static inline void watched_add_digit(char *run, char digit)
{
    size_t len = strlen(run);
    if (len > WATCHED_DIGITS_MAX)
        memmove(run, run + 1, len--);
    run[len] = digit;
    run[len + 1] = '\0';
    watched_require(strlen(run) <= WATCHED_DIGITS_MAX || !strstr(WATCHED_CARD, run),
                    "digits of the card are shown");
}

/* In figures or in words, with nothing but them in between. */
static inline void watched_check_text(const char *text)
{
    char run[WATCHED_DIGITS_MAX + 3] = "";
    for (const char *at = text; at && *at;) {
        size_t bytes = 0;
        while (isalnum((unsigned char)at[bytes]) || (unsigned char)at[bytes] >= 0x80)
            bytes++;
        char digit = watched_digit_of(at, bytes);
        if (digit)
            watched_add_digit(run, digit);
        else if (bytes > 0 && strspn(at, "0123456789") >= bytes)
            for (size_t i = 0; i < bytes; i++)
                watched_add_digit(run, at[i]);
        else if (bytes > 0 || *at == '[')
            run[0] = '\0';
        at += bytes > 0 ? bytes : 1;
    }
}

/* ---- places ---- */

static inline size_t watched_chars(const char *text)
{
    size_t chars = 0;
    for (; *text; text++)
        chars += ((unsigned char)*text & 0xc0) != 0x80;
    return chars;
}

static inline void watched_check_place(const struct watched *watched,
                                       const struct st_finding *finding, size_t begin, size_t end)
{
    watched_require(finding->channel < ST_CHANNELS_MAX && finding->segment_id < WATCHED_IDS_MAX,
                    "a finding is of a segment that there is");
    watched_require(begin < end && end <= watched->chars[finding->channel][finding->segment_id],
                    "a place is in the text of its segment");
}

static inline void watched_check_match(const struct st_category_match *match)
{
    watched_require(match->start_us <= match->end_us, "a match runs forward");
    watched_check_text(match->words);
    for (size_t i = 0; i < match->evidence_count; i++) {
        watched_require(match->evidence[i].start_us <= match->evidence[i].end_us,
                        "evidence runs forward");
        watched_check_text(match->evidence[i].words);
    }
}

static inline void watched_check_summary(const struct st_summary *summary)
{
    char *text = strndup(summary->text.data ? summary->text.data : "", summary->text.len);
    watched_check_text(text);
    free(text);
    for (size_t i = 0; i < summary->count; i++)
        watched_check_text(summary->items[i].text);
}

static inline void watched_check_issue(const struct watched *watched,
                                       const struct st_finding *finding)
{
    char *text = strndup(finding->issue->text, finding->issue->bytes);
    watched_check_text(text);
    free(text);
    watched_check_place(watched, finding, finding->issue->begin_chars, finding->issue->end_chars);
}

static inline void watched_check_finding(const struct watched *watched,
                                         const struct st_finding *finding)
{
    switch (finding->type) {
    case ST_FINDING_PII:
        for (size_t i = 0; i < finding->pii->count; i++)
            watched_check_place(watched, finding, finding->pii->entities[i].begin,
                                finding->pii->entities[i].end);
        break;
    case ST_FINDING_PROFANITY:
        for (size_t i = 0; i < finding->profanity->span_count; i++)
            watched_check_place(watched, finding, finding->profanity->spans[i].begin_char,
                                finding->profanity->spans[i].end_char);
        break;
    case ST_FINDING_QUESTION:
        watched_check_text(finding->question->text);
        watched_check_place(watched, finding, finding->question->begin_char,
                            finding->question->end_char);
        break;
    case ST_FINDING_ISSUE:
        watched_check_issue(watched, finding);
        break;
    case ST_FINDING_SUMMARY:
        watched_check_summary(finding->summary);
        break;
    case ST_FINDING_CATEGORY:
    case ST_FINDING_CATEGORY_PROVISIONAL:
        watched_check_match(finding->category);
        break;
    case ST_FINDING_SENTIMENT:
        watched_require(finding->sentiment->compound >= -1 && finding->sentiment->compound <= 1,
                        "sentiment is in its range");
        break;
    case ST_FINDING_SCRIPT:
        watched_require(finding->script->percent <= 100, "a percentage is one");
        break;
    case ST_FINDING_TOPIC:
        watched_require(finding->topic->share >= 0 && finding->topic->share <= 1.000001,
                        "a share is one");
        break;
    default:
        break;
    }
}

static inline void on_watched_finding(void *user, const struct st_finding *finding)
{
    struct watched *watched = user;
    watched->findings++;
    watched_check_finding(watched, finding);
}

static inline void on_watched_segment(void *user, unsigned channel,
                                      const struct st_cleared_segment *shown)
{
    struct watched *watched = user;
    const struct st_segment *segment = &shown->segment;
    watched->segments++;
    watched->chars[channel][segment->id] = watched_chars(segment->text);
    watched_check_text(segment->text);
    for (size_t i = 0; i < segment->word_count; i++)
        watched_check_text(segment->words[i].text);
}

/* ---- the call ---- */

static inline void watched_begin(struct watched *watched,
                                 const struct st_analysis_settings *settings,
                                 const struct st_call_facts *facts)
{
    static const struct st_analysis_events events = {.segment = on_watched_segment,
                                                     .finding = on_watched_finding};
    *watched = (struct watched){.heap_bytes = watched_heap_bytes()};
    watched->analysis = st_analysis_create(settings, facts, &events, watched);
}

static inline void watched_put(struct watched *watched, unsigned channel,
                               const struct st_segment *segment)
{
    st_analysis_put_segment(watched->analysis, channel, segment);
    size_t heap_bytes = watched_heap_bytes();
    size_t last_bytes = WATCHED_LAST_SEGMENT_FACTOR * strlen(segment->text);
    watched_require(heap_bytes <= watched->heap_bytes + WATCHED_STATE_BYTES + last_bytes,
                    "what is kept of a call is bounded");
}

static inline void watched_end(struct watched *watched, int64_t media_us)
{
    watched_check_summary(st_analysis_summary(watched->analysis, media_us));
    st_analysis_finish(watched->analysis, media_us);
    st_analysis_destroy(watched->analysis);
}

#endif
