#include "answer.h"

#include "sidetone/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float unsure_below = -0.9F; /* mean log-probability */

static size_t text_bytes(const struct st_words *words)
{
    size_t bytes = strlen(words->text) + 1;
    for (size_t i = 0; i < words->count; i++)
        bytes += strlen(words->words[i].text) + 1;
    return bytes;
}

static char *append_text(char **end, const char *text)
{
    char *start = *end;
    size_t bytes = strlen(text) + 1;
    memcpy(start, text, bytes);
    *end += bytes;
    return start;
}

static int64_t time_us(int64_t position, uint32_t rate_hz)
{
    return position * 1000000 / (int64_t)rate_hz;
}

/* Words may begin before, or end after, what the voice detector took for speech. */
static void fill_words(struct st_segment *segment, struct st_word *words, char **end,
                       int64_t clip_us, const struct st_recognition *recognition)
{
    for (size_t i = 0; i < recognition->words.count; i++) {
        struct st_word *word = &words[i];
        *word = recognition->words.words[i];
        word->text = append_text(end, word->text);
        word->start_us += clip_us;
        word->end_us += clip_us;
        if (word->start_us < segment->start_us)
            segment->start_us = word->start_us;
        if (word->end_us > segment->end_us)
            segment->end_us = word->end_us;
    }
    segment->words = words;
    segment->word_count = recognition->words.count;
    segment->word_times = recognition->word_times;
}

struct st_answer *st_answer_create(uint64_t id, bool is_final, const struct st_utterance *utterance,
                                   uint32_t rate_hz, const struct st_recognition *recognition)
{
    bool has_text = recognition && !recognition->is_rejected;
    bool has_words = has_text && is_final && recognition->word_times != ST_WORD_TIMES_NONE;
    size_t words_bytes = has_words ? recognition->words.count * sizeof(struct st_word) : 0;
    size_t bytes = has_text ? text_bytes(&recognition->words) : 1;
    struct st_answer *answer = st_mem_alloc(sizeof(*answer) + words_bytes + bytes);
    struct st_word *words = (struct st_word *)(answer + 1);
    char *end = (char *)words + words_bytes;
    struct st_segment *segment = &answer->segment;
    *segment = (struct st_segment){
        .id = id,
        .is_final = is_final,
        .start_us = time_us(utterance->speech_start, rate_hz),
        .end_us = time_us(utterance->speech_end, rate_hz),
        .text = append_text(&end, has_text ? recognition->words.text : ""),
        .confidence = has_text ? expf(recognition->mean_log_prob) : ST_CONFIDENCE_ABSENT,
        .is_unsure = has_text && recognition->mean_log_prob < unsure_below,
        .word_times = ST_WORD_TIMES_NONE,
    };
    if (has_words)
        fill_words(segment, words, &end, time_us(utterance->start, rate_hz), recognition);
    return answer;
}

static void drop_last_partial(struct st_answer_list *list)
{
    struct st_answer *before = NULL;
    if (!list->last || list->last->segment.is_final)
        return;
    for (struct st_answer *at = list->first; at != list->last; at = at->next)
        before = at;
    free(list->last);
    list->last = before;
    if (before)
        before->next = NULL;
    else
        list->first = NULL;
}

void st_answer_list_add_take(struct st_answer_list *list, struct st_answer *answer)
{
    drop_last_partial(list);
    answer->next = NULL;
    if (list->last)
        list->last->next = answer;
    else
        list->first = answer;
    list->last = answer;
}

void st_answer_list_clear(struct st_answer_list *list)
{
    while (list->first) {
        struct st_answer *next = list->first->next;
        free(list->first);
        list->first = next;
    }
    list->last = NULL;
}
