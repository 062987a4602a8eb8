#include "kept.h"

#include "reply.h"

#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void st_kept_fini(struct st_kept *kept)
{
    free(kept->text);
    free(kept->words);
    free(kept->word_texts);
    *kept = (struct st_kept){0};
}

void st_kept_reset(struct st_kept *kept)
{
    kept->segment = (struct st_segment){.text = "", .confidence = ST_CONFIDENCE_ABSENT};
    kept->text_len = kept->word_texts_len = 0;
    kept->is_used = kept->has_holes = false;
}

/* With a NUL behind it. */
static void add_text(struct st_kept *kept, const char *text)
{
    size_t bytes = strlen(text);
    if (bytes == 0)
        return;
    if (kept->text_len + bytes + 2 > kept->text_cap) {
        kept->text_cap = 2 * (kept->text_len + bytes + 2);
        kept->text = st_mem_realloc(kept->text, kept->text_cap);
    }
    if (kept->text_len > 0)
        kept->text[kept->text_len++] = ' ';
    memcpy(kept->text + kept->text_len, text, bytes + 1);
    kept->text_len += bytes;
    kept->segment.text = kept->text;
}

static void reserve_words(struct st_kept *kept, const struct st_segment *piece)
{
    size_t count = kept->segment.word_count + piece->word_count, bytes = kept->word_texts_len;
    for (size_t i = 0; i < piece->word_count; i++)
        bytes += strlen(piece->words[i].text) + 1;
    if (count > kept->words_cap) {
        kept->words_cap = 2 * count;
        kept->words = st_mem_realloc(kept->words, kept->words_cap * sizeof(kept->words[0]));
    }
    if (bytes > kept->word_texts_cap) {
        char *before = kept->word_texts;
        kept->word_texts_cap = 2 * bytes;
        kept->word_texts = st_mem_alloc(kept->word_texts_cap);
        if (before)
            memcpy(kept->word_texts, before, kept->word_texts_len);
        for (size_t i = 0; i < kept->segment.word_count; i++)
            kept->words[i].text = kept->word_texts + (kept->words[i].text - before);
        free(before);
    }
}

static void add_words(struct st_kept *kept, const struct st_segment *piece)
{
    reserve_words(kept, piece);
    for (size_t i = 0; i < piece->word_count; i++) {
        struct st_word *word = kept->words + kept->segment.word_count++;
        size_t bytes = strlen(piece->words[i].text) + 1;
        *word = piece->words[i];
        word->text = memcpy(kept->word_texts + kept->word_texts_len, word->text, bytes);
        kept->word_texts_len += bytes;
    }
    kept->segment.words = kept->words;
}

static void put_first(struct st_kept *kept, const struct st_segment *piece)
{
    kept->segment.id = piece->id;
    kept->segment.is_final = piece->is_final;
    kept->segment.text = "";
    kept->segment.start_us = piece->start_us;
    kept->segment.end_us = piece->end_us;
    kept->segment.word_times = piece->word_times;
    kept->is_used = true;
}

void st_kept_put(struct st_kept *kept, const struct st_segment *piece)
{
    struct st_segment *segment = &kept->segment;
    bool is_first = !kept->is_used;
    if (is_first)
        put_first(kept, piece);
    if (piece->end_us > segment->end_us)
        segment->end_us = piece->end_us;
    if (piece->start_us < segment->start_us)
        segment->start_us = piece->start_us;
    segment->is_unsure = segment->is_unsure || piece->is_unsure;
    if (!segment->language && piece->language) {
        snprintf(kept->language, sizeof(kept->language), "%s", piece->language);
        segment->language = kept->language;
    }
    add_text(kept, piece->text);
    kept->has_holes = kept->has_holes || (piece->text[0] && piece->word_count == 0);
    if (kept->has_holes) {
        segment->word_count = 0;
        segment->word_times = ST_WORD_TIMES_NONE;
    } else {
        add_words(kept, piece);
        segment->word_times = piece->word_count > 0 ? piece->word_times : segment->word_times;
    }
    segment->confidence = is_first || segment->word_count == 0
                              ? piece->confidence
                              : st_reply_mean_confidence(segment->words, segment->word_count);
}
