/* Transcripts out of texts, for tests of readers. */
#ifndef TEST_TRANSCRIPT_READ_H
#define TEST_TRANSCRIPT_READ_H

#include "sidetone/call_facts.h"
#include "sidetone/transcript.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char why[512];

/* In memory that ends where the text does, so that a sanitizer sees a read past it. */
static inline int read_bytes(struct st_transcript **ret_transcript, const char *text, size_t bytes,
                             const struct st_transcript_options *options)
{
    char *exact = malloc(bytes ? bytes : 1);
    memcpy(exact, text, bytes);
    why[0] = '\0';
    int err = st_transcript_read(ret_transcript, NULL, exact, bytes, options, why, sizeof(why));
    free(exact);
    return err;
}

static inline struct st_transcript *read_with(const char *text,
                                              const struct st_transcript_options *options)
{
    struct st_transcript *transcript = NULL;
    int err = read_bytes(&transcript, text, strlen(text), options);
    ck_assert_msg(err == 0, "%s", why);
    return transcript;
}

static inline struct st_transcript *read_text(const char *text)
{
    return read_with(text, NULL);
}

/* The complaint about it. */
static inline const char *refuse(const char *text)
{
    struct st_transcript *transcript = NULL;
    ck_assert_int_lt(read_bytes(&transcript, text, strlen(text), NULL), 0);
    return why;
}

#define ck_assert_refused(text, expected)                                                          \
    do {                                                                                           \
        const char *told = refuse(text);                                                           \
        ck_assert_msg(strstr(told, expected) != NULL, "%s: %s", told, text);                       \
    } while (0)

/* Every beginning of it is read or refused, and nothing worse. */
static inline void read_truncated(const char *text)
{
    for (size_t bytes = 0; bytes < strlen(text); bytes++) {
        struct st_transcript *transcript = NULL;
        if (read_bytes(&transcript, text, bytes, NULL) == 0)
            st_transcript_free(transcript);
        else
            ck_assert_str_ne(why, "");
    }
}

static inline const struct st_transcript_segment *line_of(const struct st_transcript *transcript,
                                                          size_t number)
{
    ck_assert_uint_lt(number, transcript->calls[0].count);
    return &transcript->calls[0].segments[number];
}

static inline void check_line(const struct st_transcript *transcript, size_t number,
                              unsigned channel, int64_t start_ms, int64_t end_ms, const char *text)
{
    const struct st_transcript_segment *line = line_of(transcript, number);
    ck_assert_uint_eq(line->channel, channel);
    ck_assert_int_eq(line->segment.start_us, start_ms * 1000);
    ck_assert_int_eq(line->segment.end_us, end_ms * 1000);
    ck_assert_str_eq(line->segment.text, text);
    ck_assert(line->segment.is_final);
}

#endif
