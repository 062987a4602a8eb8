/*
 * One pattern. Taken or refused with a reason; taken verbatim, it is found in its own text: what a
 * search would find is found.
 */
#include "analytics/phrases/phrase_stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void on_hit(void *user, const struct st_phrase_hit *hit)
{
    size_t *count = user;
    if (hit->last_word < hit->first_word || hit->end_us < hit->start_us || hit->words[0] == '\0')
        abort();
    ++*count;
}

static size_t listen(struct st_phrase_set *set, const char *text)
{
    size_t count = 0;
    struct st_segment segment = {.text = text, .end_us = 1000000};
    struct st_phrase_stream *stream = st_phrase_stream_create(set);
    st_phrase_stream_put_final(stream, 0, &segment, on_hit, &count);
    st_phrase_stream_destroy(stream);
    return count;
}

static void try_pattern(const uint8_t *data, size_t bytes, bool is_verbatim)
{
    struct st_phrase_set *set;
    struct st_phrase_problem problem = {0};
    struct st_phrase_pattern pattern = {
        .text = (const char *)data, .bytes = bytes, .is_verbatim = is_verbatim};
    if (st_phrase_set_create(&set, &pattern, 1, &problem) < 0) {
        if (problem.text[0] == '\0')
            abort();
        return;
    }
    char *text = malloc(bytes + 1);
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    if (listen(set, text) == 0 && is_verbatim && strlen(text) == bytes)
        abort();
    free(text);
    st_phrase_set_unref(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    try_pattern(data, bytes, false);
    try_pattern(data, bytes, true);
    return 0;
}
