#include "spread.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

static const char white_space[] = " \t\r\n";

void st_spread_fini(struct st_spread *spread)
{
    free(spread->words);
    free(spread->text);
    *spread = (struct st_spread){0};
}

static size_t count_words(const char *text, size_t *ret_bytes)
{
    size_t count = 0;
    *ret_bytes = 0;
    for (text += strspn(text, white_space); *text; count++) {
        size_t len = strcspn(text, white_space);
        *ret_bytes += len;
        text += len;
        text += strspn(text, white_space);
    }
    return count;
}

static void reserve(struct st_spread *spread, size_t count, size_t bytes)
{
    if (count > spread->words_cap) {
        spread->words_cap = 2 * count;
        spread->words = st_mem_realloc(spread->words, spread->words_cap * sizeof(spread->words[0]));
    }
    if (bytes > spread->text_cap) {
        spread->text_cap = 2 * bytes;
        free(spread->text);
        spread->text = st_mem_alloc(spread->text_cap);
    }
}

void st_spread_words(struct st_spread *spread, struct st_segment *segment)
{
    size_t bytes, count = count_words(segment->text, &bytes), said = 0;
    int64_t span_us = segment->end_us - segment->start_us;
    if (count == 0 || count > ST_SPREAD_WORDS_MAX)
        return;
    reserve(spread, count, bytes + count);
    char *out = spread->text;
    const char *text = segment->text;
    for (size_t i = 0; i < count; i++) {
        text += strspn(text, white_space);
        size_t len = strcspn(text, white_space);
        spread->words[i] = (struct st_word){
            .text = memcpy(out, text, len),
            .start_us = segment->start_us + span_us * (int64_t)said / (int64_t)bytes,
            .end_us = segment->start_us + span_us * (int64_t)(said + len) / (int64_t)bytes,
            .confidence = ST_CONFIDENCE_ABSENT,
        };
        out[len] = '\0';
        out += len + 1;
        text += len;
        said += len;
    }
    segment->words = spread->words;
    segment->word_count = count;
    segment->word_times = ST_WORD_TIMES_ESTIMATED;
}
