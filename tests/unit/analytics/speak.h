/* Says words with times, in ms, on a channel of a call's characteristics. */
#ifndef SIDETONE_TEST_SPEAK_H
#define SIDETONE_TEST_SPEAK_H

#include "measures/talk.h"

#include <check.h>
#include <string.h>

enum { SPEAK_WORDS_MAX = 64 };

struct said {
    const char *text;
    int64_t start_ms, end_ms;
};

/* The list ends with a text of NULL. */
static inline struct st_segment segment_of(const struct said *said, struct st_word *words)
{
    struct st_segment segment = {
        .id = 1, .is_final = true, .text = "words", .word_times = ST_WORD_TIMES_MEASURED};
    segment.words = words;
    for (; said[segment.word_count].text; segment.word_count++) {
        const struct said *word = &said[segment.word_count];
        ck_assert_uint_lt(segment.word_count, SPEAK_WORDS_MAX);
        words[segment.word_count] = (struct st_word){word->text, word->start_ms * 1000,
                                                     word->end_ms * 1000, ST_CONFIDENCE_ABSENT};
    }
    segment.start_us = words[0].start_us;
    segment.end_us = words[segment.word_count - 1].end_us;
    return segment;
}

static inline void speak(struct st_characteristics *spoken, unsigned channel,
                         const struct said *said)
{
    struct st_word words[SPEAK_WORDS_MAX];
    struct st_segment segment = segment_of(said, words);
    st_characteristics_put_final(spoken, channel, channel == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER,
                                 &segment);
}

/* One word of content from start to end. */
static inline void talk(struct st_characteristics *spoken, unsigned channel, int64_t start_ms,
                        int64_t end_ms)
{
    speak(spoken, channel, (struct said[]){{"words", start_ms, end_ms}, {NULL, 0, 0}});
}

/* A text without words of its own. */
static inline void utter(struct st_characteristics *spoken, unsigned channel, const char *text,
                         int64_t start_ms, int64_t end_ms)
{
    struct st_segment segment = {.id = 1,
                                 .is_final = true,
                                 .text = text,
                                 .start_us = start_ms * 1000,
                                 .end_us = end_ms * 1000};
    st_characteristics_put_final(spoken, channel, channel == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER,
                                 &segment);
}

#endif
