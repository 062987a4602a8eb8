#include "sidetone/spelling.h"

#include "sidetone/mem.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 1024, WORDS_STEP = 64, AHEAD_MAX = 12 };

void st_spelling_fini(struct st_spelling *spelling)
{
    free(spelling->words);
    free(spelling->text);
    *spelling = (struct st_spelling){0};
}

/* ---- the text's words ---- */

static void add_word(struct st_spelling *spelling, size_t index, const char *text)
{
    if (index == spelling->words_cap) {
        spelling->words_cap += WORDS_STEP;
        spelling->words =
            st_mem_realloc(spelling->words, spelling->words_cap * sizeof(spelling->words[0]));
    }
    spelling->words[index] = (struct st_word){.text = text, .confidence = ST_CONFIDENCE_ABSENT};
}

/* One more than WORDS_MAX when there are more. */
static size_t split(struct st_spelling *spelling, const char *text)
{
    size_t bytes = strlen(text) + 1, count = 0;
    if (bytes > spelling->text_cap) {
        free(spelling->text);
        spelling->text = st_mem_alloc(bytes);
        spelling->text_cap = bytes;
    }
    char *at = memcpy(spelling->text, text, bytes);
    while (*(at += strspn(at, " \t\r\n")) && count <= WORDS_MAX) {
        add_word(spelling, count++, at);
        at += strcspn(at, " \t\r\n");
        if (*at)
            *at++ = '\0';
    }
    return count;
}

/* ---- which is which ---- */

static bool is_mark(char c)
{
    return (unsigned char)c < 0x80 && !isalnum((unsigned char)c);
}

/* But for case and the marks around them. */
static bool is_same(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    for (; a_len > 0 && is_mark(*a); a_len--)
        a++;
    for (; b_len > 0 && is_mark(*b); b_len--)
        b++;
    while (a_len > 0 && is_mark(a[a_len - 1]))
        a_len--;
    while (b_len > 0 && is_mark(b[b_len - 1]))
        b_len--;
    return a_len == b_len && a_len > 0 && strncasecmp(a, b, a_len) == 0;
}

/* Some words in a row and the spoken ones they stand for. */
struct stretch {
    size_t written, spoken;
};

/* How far both differ before the next words that are the same, a little ahead; else the rest. */
static struct stretch difference(const struct st_word *written, size_t written_count,
                                 const struct st_word *spoken, size_t spoken_count)
{
    for (size_t sum = 0; sum <= AHEAD_MAX; sum++)
        for (size_t w = 0; w <= sum; w++)
            if (w < written_count && sum - w < spoken_count &&
                is_same(written[w].text, spoken[sum - w].text))
                return (struct stretch){w, sum - w};
    return (struct stretch){written_count, spoken_count};
}

static float least_confidence(const struct st_word *spoken, size_t count)
{
    float least = count > 0 ? spoken[0].confidence : ST_CONFIDENCE_ABSENT;
    for (size_t i = 1; i < count; i++)
        least = spoken[i].confidence < least ? spoken[i].confidence : least;
    return least;
}

/* Where nothing was spoken, the words stand on the border, which is `spoken` less one's end. */
static void share_time(struct st_word *written, const struct st_word *spoken,
                       struct stretch stretch, int64_t border_us)
{
    int64_t start_us = stretch.spoken > 0 ? spoken[0].start_us : border_us;
    int64_t end_us = stretch.spoken > 0 ? spoken[stretch.spoken - 1].end_us : border_us;
    int64_t length_us = end_us > start_us ? end_us - start_us : 0;
    for (size_t i = 0; i < stretch.written; i++) {
        written[i].start_us = start_us + length_us * (int64_t)i / (int64_t)stretch.written;
        written[i].end_us = start_us + length_us * (int64_t)(i + 1) / (int64_t)stretch.written;
        written[i].confidence = least_confidence(spoken, stretch.spoken);
    }
}

size_t st_spelling_words(struct st_spelling *spelling, const char *text,
                         const struct st_word *spoken, size_t count)
{
    if (count == 0 || count > WORDS_MAX)
        return 0;
    size_t written_count = split(spelling, text), w = 0, s = 0;
    written_count = written_count > WORDS_MAX ? WORDS_MAX : written_count;
    while (w < written_count) {
        struct stretch stretch = {1, 1};
        if (s == count || !is_same(spelling->words[w].text, spoken[s].text))
            stretch = difference(spelling->words + w, written_count - w, spoken + s, count - s);
        share_time(spelling->words + w, spoken + s, stretch,
                   s > 0 ? spoken[s - 1].end_us : spoken[0].start_us);
        w += stretch.written;
        s += stretch.spoken;
    }
    return written_count;
}

/* ---- a text alone ---- */

void st_spelling_spread(struct st_spelling *spelling, struct st_segment *segment)
{
    size_t count = split(spelling, segment->text);
    int64_t span_us = segment->end_us - segment->start_us, bytes = 0, said = 0;
    if (count == 0 || count > WORDS_MAX)
        return;
    for (size_t i = 0; i < count; i++)
        bytes += (int64_t)strlen(spelling->words[i].text);
    for (size_t i = 0; i < count; i++) {
        struct st_word *word = spelling->words + i;
        word->start_us = segment->start_us + span_us * said / bytes;
        said += (int64_t)strlen(word->text);
        word->end_us = segment->start_us + span_us * said / bytes;
    }
    segment->words = spelling->words;
    segment->word_count = count;
    segment->word_times = ST_WORD_TIMES_ESTIMATED;
}
