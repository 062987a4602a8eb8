#include "lexicon.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 4 * 1024 * 1024, DIGITS_MAX = 15 };

struct entry {
    uint32_t at; /* in text */
    uint32_t bytes;
    double valence;
};

struct st_sentiment_lexicon {
    char *text;
    struct entry *entries; /* open addressing; bytes 0: a free place */
    size_t mask;
};

static size_t hash_bytes(const char *text, size_t bytes)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619U;
    return hash ^ (hash >> 15);
}

static struct entry *find_place(const struct st_sentiment_lexicon *lexicon, const char *word,
                                size_t bytes)
{
    size_t place = hash_bytes(word, bytes) & lexicon->mask;
    for (;; place = (place + 1) & lexicon->mask) {
        struct entry *entry = &lexicon->entries[place];
        if (entry->bytes == 0 ||
            (entry->bytes == bytes && memcmp(lexicon->text + entry->at, word, bytes) == 0))
            return entry;
    }
}

bool st_lexicon_find(const struct st_sentiment_lexicon *lexicon, const char *word, size_t bytes,
                     double *ret_valence)
{
    if (bytes == 0)
        return false;
    const struct entry *entry = find_place(lexicon, word, bytes);
    if (entry->bytes == 0)
        return false;
    *ret_valence = entry->valence;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A decimal number that fills the text, in any locale. Few enough digits make it exact. */
static bool parse_number(const char *text, size_t bytes, double *ret_value)
{
    double mantissa = 0, scale = 1;
    size_t i = 0, digits = 0;
    bool is_negative = bytes > 0 && text[0] == '-', has_point = false;
    if (bytes > 0 && (text[0] == '-' || text[0] == '+'))
        i = 1;
    for (; i < bytes; i++) {
        if (text[i] == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || ++digits > DIGITS_MAX)
            return false;
        mantissa = mantissa * 10 + (text[i] - '0');
        scale *= has_point ? 10 : 1;
    }
    *ret_value = (is_negative ? -mantissa : mantissa) / scale;
    return digits > 0;
}

/* One line without its end: the word, a tab, its mean valence; what follows is ignored. NULL, or
 * what is wrong with it. */
static const char *put_line(struct st_sentiment_lexicon *lexicon, size_t at, size_t bytes)
{
    const char *line = lexicon->text + at;
    while (bytes > 0 && is_space(*line))
        line++, bytes--;
    while (bytes > 0 && is_space(line[bytes - 1]))
        bytes--;
    const char *tab = memchr(line, '\t', bytes);
    if (!tab || tab == line)
        return "no word and value separated by a tab";
    const char *number = tab + 1;
    size_t rest = bytes - (size_t)(number - line);
    const char *end = memchr(number, '\t', rest);
    size_t number_bytes = end ? (size_t)(end - number) : rest;
    while (number_bytes > 0 && is_space(*number))
        number++, number_bytes--;
    while (number_bytes > 0 && is_space(number[number_bytes - 1]))
        number_bytes--;
    double valence;
    if (!parse_number(number, number_bytes, &valence))
        return "the value is not a number";
    struct entry *entry = find_place(lexicon, line, (size_t)(tab - line));
    *entry = (struct entry){.at = (uint32_t)(line - lexicon->text),
                            .bytes = (uint32_t)(tab - line),
                            .valence = valence};
    return NULL;
}

static size_t count_tabs(const char *text, size_t bytes)
{
    size_t tabs = 0;
    for (size_t i = 0; i < bytes; i++)
        tabs += text[i] == '\t';
    return tabs;
}

static bool is_blank(const char *line, size_t bytes)
{
    return bytes == 0 || (bytes == 1 && line[0] == '\r');
}

static int fill(struct st_sentiment_lexicon *lexicon, size_t bytes, char *ret_why, size_t why_bytes)
{
    size_t number = 1, words = 0;
    for (size_t at = 0; at < bytes; number++) {
        const char *line = lexicon->text + at;
        const char *end = memchr(line, '\n', bytes - at);
        size_t line_bytes = end ? (size_t)(end - line) : bytes - at;
        if (!is_blank(line, line_bytes)) {
            const char *problem = put_line(lexicon, at, line_bytes);
            if (problem) {
                snprintf(ret_why, why_bytes, "line %zu: %s", number, problem);
                return -EBADMSG;
            }
            words++;
        }
        at += line_bytes + 1;
    }
    if (words == 0) {
        snprintf(ret_why, why_bytes, "line 1: the lexicon is empty");
        return -EBADMSG;
    }
    return 0;
}

int st_sentiment_lexicon_create(struct st_sentiment_lexicon **ret_lexicon, const char *text,
                                size_t bytes, char *ret_why, size_t why_bytes)
{
    if (bytes > TEXT_BYTES_MAX) {
        snprintf(ret_why, why_bytes, "larger than 4 MiB");
        return -EBADMSG;
    }
    size_t places = 16;
    while (places < 2 * count_tabs(text, bytes))
        places *= 2;
    struct st_sentiment_lexicon *lexicon = st_mem_alloc(sizeof(*lexicon));
    lexicon->text = st_mem_strndup(bytes > 0 ? text : "", bytes);
    lexicon->entries = st_mem_alloc_array(places, sizeof(*lexicon->entries));
    lexicon->mask = places - 1;
    int err = fill(lexicon, bytes, ret_why, why_bytes);
    if (err < 0) {
        st_sentiment_lexicon_destroy(lexicon);
        return err;
    }
    *ret_lexicon = lexicon;
    return 0;
}

void st_sentiment_lexicon_destroy(struct st_sentiment_lexicon *lexicon)
{
    if (!lexicon)
        return;
    free(lexicon->text);
    free(lexicon->entries);
    free(lexicon);
}
