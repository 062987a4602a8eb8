/* What holds for every reader of a service's messages: for that of the test which includes this. */
#ifndef SIDETONE_TESTS_REPLY_READER_H
#define SIDETONE_TESTS_REPLY_READER_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENT_US = 10000000, MAX_BYTES = 65536, MAX_WORDS = 1024 };

static int read_bytes(const char *data, size_t bytes); /* the test's own */

static inline int read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static inline void check_cuts(const char *message)
{
    for (size_t len = 0; len < strlen(message); len++) {
        char *copy = malloc(len ? len : 1); /* so that a sanitizer sees a read too far */
        memcpy(copy, message, len);
        ck_assert_int_eq(read_bytes(copy, len), -EPROTO);
        free(copy);
    }
    ck_assert_int_eq(read_text(message), 0);
}

/* A message of head, fillings and tail. */
static inline void check_size(const char *head, char filling, const char *tail)
{
    static char text[MAX_BYTES + 1];
    for (size_t bytes = sizeof(text); bytes >= MAX_BYTES; bytes--) {
        memset(text, filling, bytes);
        memcpy(text, head, strlen(head));
        memcpy(text + bytes - strlen(tail), tail, strlen(tail));
        ck_assert_int_eq(read_bytes(text, bytes), bytes > MAX_BYTES ? -EPROTO : 0);
    }
}

/* A message of head, words with commas between them, and tail. */
static inline void check_words(const char *head, const char *word, const char *tail)
{
    static char text[MAX_BYTES];
    int len = snprintf(text, sizeof(text), "%s%s", head, word);
    for (int i = 0; i < MAX_WORDS; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len, ",%s", word);
    ck_assert_uint_lt((size_t)len + strlen(tail), sizeof(text));
    memcpy(text + len, tail, strlen(tail) + 1);
    ck_assert_int_eq(read_text(text), -EPROTO);
}

#endif
