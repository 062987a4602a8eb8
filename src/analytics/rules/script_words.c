#include "script_words.h"

#include "text/tokens.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR_BYTES_MIN = 5, STEM_BYTES_MAX = 64 };

struct place {
    uint32_t hash;
    uint16_t word; /* 0: free */
};

struct table {
    struct place *places; /* a power of two of them, at most half full; or NULL */
    size_t size, used;
};

struct stem {
    char *text;
    uint8_t bytes;
};

struct st_script_words {
    struct stem *stems; /* of word n at n - 1 */
    size_t count;
    struct table whole;
    struct table nears; /* spellings with a byte left out, and whole ones */
};

struct st_script_words *st_script_words_create(void)
{
    return st_mem_alloc(sizeof(struct st_script_words));
}

void st_script_words_destroy(struct st_script_words *words)
{
    if (!words)
        return;
    for (size_t i = 0; i < words->count; i++)
        free(words->stems[i].text);
    free(words->stems);
    free(words->whole.places);
    free(words->nears.places);
    free(words);
}

/* ---- stems ---- */

static bool ends_with(const char *word, size_t bytes, const char *ending)
{
    size_t length = strlen(ending);
    return bytes >= length && memcmp(word + bytes - length, ending, length) == 0;
}

size_t st_script_stem(const char *word, size_t bytes)
{
    static const struct {
        const char *ending;
        uint8_t bytes_min;
    } endings[] = {{"'s", 3}, {"ies", 6}, {"ing", 6}, {"ed", 5},
                   {"es", 5}, {"s", 4},   {"e", 4},   {"y", 5}};
    if (ends_with(word, bytes, "ss"))
        return bytes;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (bytes >= endings[i].bytes_min && ends_with(word, bytes, endings[i].ending))
            return bytes - strlen(endings[i].ending);
    return bytes;
}

bool st_script_is_near(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    size_t same = 0;
    if (a_bytes > b_bytes)
        return st_script_is_near(b, b_bytes, a, a_bytes);
    if (b_bytes - a_bytes > 1)
        return false;
    while (same < a_bytes && a[same] == b[same])
        same++;
    const char *a_rest = a + same, *b_rest = b + same;
    size_t left = a_bytes - same;
    if (a_bytes < b_bytes)
        return memcmp(a_rest, b_rest + 1, left) == 0;
    if (left <= 1 || memcmp(a_rest + 1, b_rest + 1, left - 1) == 0)
        return true;
    return a_rest[0] == b_rest[1] && a_rest[1] == b_rest[0] &&
           memcmp(a_rest + 2, b_rest + 2, left - 2) == 0;
}

/* ---- tables ---- */

static void put(struct table *table, uint32_t hash, uint16_t word)
{
    size_t at = hash & (table->size - 1);
    while (table->places[at].word != 0)
        at = (at + 1) & (table->size - 1);
    table->places[at] = (struct place){hash, word};
}

static void add(struct table *table, uint32_t hash, uint16_t word)
{
    if (2 * (table->used + 1) > table->size) {
        struct table old = *table;
        table->size = old.size ? 2 * old.size : 64;
        table->places = st_mem_alloc_array(table->size, sizeof(table->places[0]));
        for (size_t i = 0; i < old.size; i++)
            if (old.places[i].word != 0)
                put(table, old.places[i].hash, old.places[i].word);
        free(old.places);
    }
    put(table, hash, word);
    table->used++;
}

static uint32_t hash_without(const char *text, size_t bytes, size_t left_out)
{
    uint32_t hash = st_token_hash(text, left_out);
    for (size_t i = left_out + 1; i < bytes; i++)
        hash = st_token_hash_more(hash, text[i]);
    return hash;
}

static uint16_t find_whole(const struct st_script_words *words, const char *text, size_t bytes)
{
    const struct table *table = &words->whole;
    uint32_t hash = st_token_hash(text, bytes);
    for (size_t at = hash; table->size > 0; at++) {
        const struct place *place = &table->places[at & (table->size - 1)];
        if (place->word == 0)
            return ST_SCRIPT_NO_WORD;
        const struct stem *stem = &words->stems[place->word - 1];
        if (place->hash == hash && stem->bytes == bytes && memcmp(stem->text, text, bytes) == 0)
            return place->word;
    }
    return ST_SCRIPT_NO_WORD;
}

static uint16_t find_near(const struct st_script_words *words, uint32_t hash, const char *text,
                          size_t bytes)
{
    const struct table *table = &words->nears;
    for (size_t at = hash;; at++) {
        const struct place *place = &table->places[at & (table->size - 1)];
        if (place->word == 0)
            return ST_SCRIPT_NO_WORD;
        const struct stem *stem = &words->stems[place->word - 1];
        if (place->hash == hash && st_script_is_near(stem->text, stem->bytes, text, bytes))
            return place->word;
    }
}

/* ---- words ---- */

static size_t stem_of(const char *word, size_t bytes)
{
    size_t stem = st_script_stem(word, bytes);
    return stem < STEM_BYTES_MAX ? stem : STEM_BYTES_MAX;
}

uint16_t st_script_words_add(struct st_script_words *words, const char *word, size_t bytes)
{
    bytes = stem_of(word, bytes);
    uint16_t number = find_whole(words, word, bytes);
    if (number != ST_SCRIPT_NO_WORD || words->count == ST_SCRIPT_WORDS_MAX || bytes == 0)
        return number;
    words->stems = st_mem_realloc(words->stems, (words->count + 1) * sizeof(words->stems[0]));
    words->stems[words->count] =
        (struct stem){.text = st_mem_strndup(word, bytes), .bytes = (uint8_t)bytes};
    number = (uint16_t)++words->count;
    add(&words->whole, st_token_hash(word, bytes), number);
    if (bytes < NEAR_BYTES_MIN)
        return number;
    add(&words->nears, st_token_hash(word, bytes), number);
    for (size_t i = 0; i < bytes; i++)
        if (i == 0 || word[i] != word[i - 1])
            add(&words->nears, hash_without(word, bytes, i), number);
    return number;
}

uint16_t st_script_words_find(const struct st_script_words *words, const char *word, size_t bytes)
{
    bytes = stem_of(word, bytes);
    uint16_t number = find_whole(words, word, bytes);
    if (number != ST_SCRIPT_NO_WORD || bytes < NEAR_BYTES_MIN - 1 || words->nears.size == 0)
        return number;
    number = find_near(words, st_token_hash(word, bytes), word, bytes);
    for (size_t i = 0; i < bytes && number == ST_SCRIPT_NO_WORD; i++)
        number = find_near(words, hash_without(word, bytes, i), word, bytes);
    return number;
}

size_t st_script_words_count(const struct st_script_words *words)
{
    return words->count;
}
