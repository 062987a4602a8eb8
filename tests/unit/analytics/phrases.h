/* A stream whose hits are written down, for comparing. Patterns: "!x" is an exclusion of its group,
 * "=x" is verbatim; all are of group 0. */
#ifndef SIDETONE_TEST_PHRASES_H
#define SIDETONE_TEST_PHRASES_H

#include "phrases/phrase_stream.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { LISTENED_MAX = 16 };

static struct st_phrase_problem problem;
static char heard[16384];
static size_t heard_count, heard_left_out;
static int64_t clock_ms; /* where the next segment begins */
static uint64_t segment_id;

static inline int make_set(struct st_phrase_set **ret_set, const char *const *texts, size_t count)
{
    struct st_phrase_pattern patterns[LISTENED_MAX];
    ck_assert_uint_le(count, LISTENED_MAX);
    for (size_t i = 0; i < count; i++) {
        bool is_exclusion = texts[i][0] == '!', is_verbatim = texts[i][0] == '=';
        const char *text = texts[i] + (is_exclusion || is_verbatim);
        patterns[i] = (struct st_phrase_pattern){.text = text,
                                                 .bytes = strlen(text),
                                                 .is_exclusion = is_exclusion,
                                                 .is_verbatim = is_verbatim};
    }
    return st_phrase_set_create(ret_set, patterns, count, &problem);
}

static inline struct st_phrase_stream *listen_for(const char *const *texts, size_t count)
{
    struct st_phrase_set *set;
    ck_assert_msg(make_set(&set, texts, count) == 0, "%s", problem.text);
    struct st_phrase_stream *stream = st_phrase_stream_create(set);
    st_phrase_set_unref(set);
    clock_ms = 0;
    return stream;
}

#define LISTEN(...)                                                                                \
    listen_for((const char *const[]){__VA_ARGS__},                                                 \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static inline void on_hit(void *user, const struct st_phrase_hit *hit)
{
    size_t used = strlen(heard);
    (void)user;
    heard_count++;
    snprintf(heard + used, sizeof(heard) - used, "%s%zu[%s]%llu-%llu", used > 0 ? " " : "",
             hit->pattern, hit->words, (unsigned long long)hit->first_word,
             (unsigned long long)hit->last_word);
}

/* 100 ms a byte, one segment after the other. Returns the hits: "0[words]first-last". */
static inline const char *put(struct st_phrase_stream *stream, unsigned channel, const char *text,
                              bool is_final)
{
    int64_t end_ms = clock_ms + 100 * (int64_t)strlen(text);
    struct st_segment segment = {.id = ++segment_id,
                                 .is_final = is_final,
                                 .start_us = clock_ms * 1000,
                                 .end_us = end_ms * 1000,
                                 .text = text};
    heard[0] = '\0';
    heard_count = 0;
    if (is_final)
        clock_ms = end_ms;
    heard_left_out = (is_final ? st_phrase_stream_put_final : st_phrase_stream_put_partial)(
        stream, channel, &segment, on_hit, NULL);
    return heard;
}

static inline const char *hear(struct st_phrase_stream *stream, const char *text)
{
    return put(stream, 0, text, true);
}

/* True when `pattern` is found in `text`, from its first word to its last. */
static inline bool covers(const char *pattern, const char *text)
{
    char whole[600];
    struct st_phrase_stream *stream = LISTEN(pattern);
    hear(stream, text);
    st_phrase_stream_destroy(stream);
    snprintf(whole, sizeof(whole), "0[%s]", text);
    return strncmp(heard, whole, strlen(whole)) == 0;
}

static inline bool finds(const char *pattern, const char *text)
{
    struct st_phrase_stream *stream = LISTEN(pattern);
    hear(stream, text);
    st_phrase_stream_destroy(stream);
    return heard_count > 0;
}

#endif
