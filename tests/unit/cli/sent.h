/* Takes down what a wire sends. */
#ifndef SIDETONE_TEST_SENT_H
#define SIDETONE_TEST_SENT_H

#include "wire.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

enum { SENT_MAX = 16 };

static struct {
    uint8_t data[4096];
    size_t bytes;
    bool is_binary;
} sent[SENT_MAX];
static size_t sent_count;

static inline void put(void *user, const void *data, size_t bytes, bool is_binary)
{
    (void)user;
    ck_assert(sent_count < SENT_MAX && bytes <= sizeof(sent[0].data));
    memcpy(sent[sent_count].data, data, bytes);
    sent[sent_count].bytes = bytes;
    sent[sent_count++].is_binary = is_binary;
}

static inline json_t *sent_json(size_t index)
{
    ck_assert(index < sent_count && !sent[index].is_binary);
    json_t *message =
        json_loadb((const char *)sent[index].data, sent[index].bytes, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(message);
    return message;
}

static inline void expect_equal(size_t index, const char *expected)
{
    json_t *got = sent_json(index), *wanted = json_loads(expected, 0, NULL);
    ck_assert_ptr_nonnull(wanted);
    ck_assert_msg(json_equal(got, wanted), "%.*s", (int)sent[index].bytes,
                  (const char *)sent[index].data);
    json_decref(got);
    json_decref(wanted);
}

#endif
