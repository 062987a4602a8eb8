/*
 * Phrases and what is said. Lines: patterns ("!" before an exclusion, "=" before a verbatim one,
 * then a character that is its group) up to an empty line, then segments. Their first byte chooses
 * the channel, whether it is a partial, whether it is given as words, whether a silence comes
 * before, and whether the phrases are set anew. Finals give the same hits when none of the partials
 * are seen.
 */
#include "analytics/phrases/phrase_stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERNS_MAX = 32, MEMORY_MAX = 2 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct heard {
    size_t count;
    uint64_t sum;
    uint64_t last_word[PATTERNS_MAX]; /* + 1, by pattern */
};

struct talk {
    struct st_phrase_set *set;
    struct st_phrase_stream *streams[2]; /* the second sees finals alone */
    struct heard heard[2][ST_CHANNELS_MAX];
    int64_t at_us;
};

static void on_final(void *user, const struct st_phrase_hit *hit)
{
    struct heard *heard = user;
    if (hit->last_word < hit->first_word || hit->end_us < hit->start_us || hit->words[0] == '\0' ||
        hit->pattern >= PATTERNS_MAX || hit->first_word < heard->last_word[hit->pattern])
        abort();
    heard->last_word[hit->pattern] = hit->last_word + 1;
    heard->count++;
    heard->sum = heard->sum * 31 + hit->pattern + 7 * hit->first_word + 11 * hit->last_word +
                 (uint64_t)hit->start_us + 3 * (uint64_t)hit->end_us + hit->first_segment_id;
}

static void on_partial(void *user, const struct st_phrase_hit *hit)
{
    const struct heard *heard = user;
    if (hit->last_word < hit->first_word || hit->end_us < hit->start_us || hit->words[0] == '\0' ||
        hit->first_word < heard->last_word[hit->pattern])
        abort();
}

static void say(struct talk *talk, const char *line)
{
    unsigned how = (unsigned char)line[0], channel = how & 1;
    const char *text = line[0] != '\0' ? line + 1 : line;
    if ((how & 8) != 0)
        talk->at_us += 10000001;
    if ((how & 16) != 0)
        st_phrase_stream_set_phrases(talk->streams[0], talk->set);
    const struct st_word word = {.text = text, .start_us = talk->at_us, .end_us = talk->at_us + 9};
    struct st_segment segment = {
        .text = text, .start_us = talk->at_us, .end_us = talk->at_us + (int64_t)strlen(text)};
    if ((how & 4) != 0) {
        segment.word_times = ST_WORD_TIMES_MEASURED;
        segment.words = &word;
        segment.word_count = 1;
    }
    if ((how & 2) != 0) {
        st_phrase_stream_put_partial(talk->streams[0], channel, &segment, on_partial,
                                     &talk->heard[0][channel]);
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        st_phrase_stream_put_final(talk->streams[i], channel, &segment, on_final,
                                   &talk->heard[i][channel]);
    if (memcmp(&talk->heard[0][channel], &talk->heard[1][channel], sizeof(struct heard)) != 0 ||
        st_phrase_stream_bytes(talk->streams[0]) > MEMORY_MAX)
        abort();
}

static void listen(struct st_phrase_set *set, char *rest)
{
    struct talk *talk = calloc(1, sizeof(*talk));
    talk->set = set;
    for (unsigned i = 0; i < 2; i++)
        talk->streams[i] = st_phrase_stream_create(set);
    while (rest)
        say(talk, strsep(&rest, "\n"));
    for (unsigned i = 0; i < 2; i++)
        st_phrase_stream_destroy(talk->streams[i]);
    free(talk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_phrase_pattern patterns[PATTERNS_MAX];
    struct st_phrase_problem problem;
    struct st_phrase_set *set;
    size_t count = 0;
    char *text = malloc(bytes + 1), *rest = text;
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    while (rest && count < PATTERNS_MAX) {
        char *line = strsep(&rest, "\n");
        if (line[0] == '\0')
            break;
        struct st_phrase_pattern pattern = {.is_exclusion = *line == '!',
                                            .is_verbatim = *line == '='};
        line += pattern.is_exclusion || pattern.is_verbatim;
        pattern.group = (unsigned char)*line;
        pattern.text = line + (*line != '\0');
        pattern.bytes = strlen(pattern.text);
        patterns[count++] = pattern;
    }
    if (st_phrase_set_create(&set, patterns, count, &problem) == 0) {
        listen(set, rest);
        st_phrase_set_unref(set);
    }
    free(text);
    return 0;
}
