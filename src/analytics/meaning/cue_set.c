/*
 * Patterns are sorted by the first two letters of the words they may begin with, so a sentence's
 * word is compared with the few patterns that could begin there; the rest of a pattern is walked as
 * it is written.
 */
#include "cue_set.h"

#include "text/fold.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 27, BUCKETS = LETTERS * LETTERS, GAP_WORDS = 4 };

/* A pattern and one of the words that it may begin with. */
struct entry {
    const char *first; /* in the pattern */
    size_t first_bytes;
    const char *rest; /* behind the first element; "" */
    unsigned group;
    bool is_prefix;
    bool is_anchored;
};

struct st_cue_set {
    size_t starts[BUCKETS + 1];
    struct entry entries[];
};

/* ---- words ---- */

static void add_word(struct st_cue_words *words, const char *text, size_t bytes)
{
    if (words->count == ST_CUE_WORDS_MAX || words->used + bytes + 1 > sizeof(words->text))
        return;
    char *word = words->text + words->used;
    memcpy(word, text, bytes);
    word[bytes] = '\0';
    words->words[words->count++] = word;
    words->used += bytes + 1;
}

static bool is_word(const char *text, size_t bytes, const char *word)
{
    return bytes == strlen(word) && memcmp(text, word, bytes) == 0;
}

static bool takes_is(const char *text, size_t bytes)
{
    static const char *const words[] = {"it",      "that",  "there", "he",         "she",
                                        "what",    "who",   "here",  "everything", "something",
                                        "nothing", "where", "how"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (is_word(text, bytes, words[i]))
            return true;
    return false;
}

/* "not" contracted: "can't", "won't", and the regular ones. */
static bool add_negated(struct st_cue_words *words, const char *text, size_t bytes)
{
    bool is_negated =
        bytes > 3 && (memcmp(text + bytes - 3, "n't", 3) == 0 || is_word(text, bytes, "cannot"));
    if (!is_negated)
        return false;
    if (is_word(text, bytes, "can't") || is_word(text, bytes, "cannot"))
        add_word(words, "can", 3);
    else if (is_word(text, bytes, "won't"))
        add_word(words, "will", 4);
    else
        add_word(words, text, bytes - 3);
    add_word(words, "not", 3);
    return true;
}

static void on_word(void *user, const struct st_fold_word *word)
{
    static const struct {
        const char *ending, *full;
    } endings[] = {{"'m", "am"}, {"'ve", "have"}, {"'ll", "will"}, {"'re", "are"}, {"'d", "would"}};
    struct st_cue_words *words = user;
    size_t bytes = word->bytes;
    if (add_negated(words, word->text, bytes))
        return;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending_bytes = strlen(endings[i].ending);
        if (bytes <= ending_bytes ||
            memcmp(word->text + bytes - ending_bytes, endings[i].ending, ending_bytes) != 0)
            continue;
        add_word(words, word->text, bytes - ending_bytes);
        add_word(words, endings[i].full, strlen(endings[i].full));
        return;
    }
    bool is_short = bytes > 2 && memcmp(word->text + bytes - 2, "'s", 2) == 0;
    add_word(words, word->text, is_short ? bytes - 2 : bytes);
    if (is_short && is_word(word->text, bytes - 2, "let"))
        add_word(words, "us", 2);
    else if (is_short && takes_is(word->text, bytes - 2))
        add_word(words, "is", 2);
}

void st_cue_words_read(struct st_cue_words *words, const char *text, size_t bytes)
{
    words->count = words->used = 0;
    st_fold_words(text, bytes, on_word, words);
}

/* ---- compiling ---- */

static size_t letter_of(char c)
{
    return c >= 'a' && c <= 'z' ? (size_t)(c - 'a') + 1 : 0;
}

static size_t bucket_of(const char *word, size_t bytes)
{
    return bytes == 0 ? 0 : letter_of(word[0]) * LETTERS + (bytes > 1 ? letter_of(word[1]) : 0);
}

static size_t element_bytes(const char *pattern)
{
    return strcspn(pattern, " ");
}

static const char *next_element(const char *pattern)
{
    pattern += element_bytes(pattern);
    return pattern + (*pattern == ' ');
}

/* Calls `add` for every word that the pattern may begin with. */
static void for_each_first(const struct st_cue *cue,
                           void (*add)(struct st_cue_set *set, const struct entry *entry),
                           struct st_cue_set *set)
{
    const char *element = cue->pattern;
    struct entry entry = {.group = cue->group, .is_anchored = strncmp(element, "^ ", 2) == 0};
    if (entry.is_anchored)
        element = next_element(element);
    assert(cue->group < ST_CUE_GROUPS_MAX && *element && !strchr("?.*", *element));
    entry.rest = next_element(element);
    for (const char *at = element, *end = element + element_bytes(element); at < end;) {
        size_t bytes = strcspn(at, "| ");
        entry.first = at;
        entry.is_prefix = at[bytes - 1] == '*';
        entry.first_bytes = bytes - entry.is_prefix;
        assert(entry.first_bytes >= 2 || !entry.is_prefix);
        add(set, &entry);
        at += bytes + 1;
    }
}

static void count_entry(struct st_cue_set *set, const struct entry *entry)
{
    set->starts[bucket_of(entry->first, entry->first_bytes) + 1]++;
}

/* Before, starts[b] is where bucket b begins; afterwards, where it ends. */
static void place_entry(struct st_cue_set *set, const struct entry *entry)
{
    set->entries[set->starts[bucket_of(entry->first, entry->first_bytes)]++] = *entry;
}

struct st_cue_set *st_cue_set_create(const struct st_cue *cues, size_t count)
{
    struct st_cue_set *set = st_mem_alloc(sizeof(*set));
    for (size_t i = 0; i < count; i++)
        for_each_first(&cues[i], count_entry, set);
    for (size_t i = 0; i < BUCKETS; i++)
        set->starts[i + 1] += set->starts[i];
    set = st_mem_realloc(set, sizeof(*set) + set->starts[BUCKETS] * sizeof(set->entries[0]));
    for (size_t i = 0; i < count; i++)
        for_each_first(&cues[i], place_entry, set);
    memmove(set->starts + 1, set->starts, BUCKETS * sizeof(set->starts[0]));
    set->starts[0] = 0;
    return set;
}

void st_cue_set_destroy(struct st_cue_set *set)
{
    free(set);
}

/* ---- matching ---- */

static bool fits_word(const char *wanted, size_t bytes, const char *word)
{
    size_t word_bytes = strlen(word);
    if (wanted[bytes - 1] == '*')
        return strncmp(word, wanted, bytes - 1) == 0;
    if (wanted[0] == '*')
        return word_bytes >= bytes &&
               memcmp(word + word_bytes - (bytes - 1), wanted + 1, bytes - 1) == 0;
    return strncmp(word, wanted, bytes) == 0 && word[bytes] == '\0';
}

/* One of the element's alternatives. */
static bool fits_element(const char *element, size_t element_len, const char *word)
{
    for (const char *at = element, *end = element + element_len; at < end;) {
        size_t bytes = strcspn(at, "| ");
        if (fits_word(at, bytes, word))
            return true;
        at += bytes + 1;
    }
    return false;
}

static bool fits_rest(const char *pattern, const struct st_cue_words *words, size_t at)
{
    if (!*pattern)
        return true;
    size_t bytes = element_bytes(pattern);
    const char *rest = next_element(pattern);
    if (*pattern == '$')
        return at == words->count;
    if (strncmp(pattern, "...", 3) == 0) {
        for (size_t skip = 0; skip <= GAP_WORDS && at + skip <= words->count; skip++)
            if (fits_rest(rest, words, at + skip))
                return true;
        return false;
    }
    if (*pattern == '?') {
        if (fits_rest(rest, words, at))
            return true;
        pattern++;
        bytes--;
    }
    return at < words->count && fits_element(pattern, bytes, words->words[at]) &&
           fits_rest(rest, words, at + 1);
}

static bool begins_with(const struct entry *entry, const char *word)
{
    return strncmp(word, entry->first, entry->first_bytes) == 0 &&
           (entry->is_prefix || word[entry->first_bytes] == '\0');
}

uint32_t st_cue_set_find(const struct st_cue_set *set, const struct st_cue_words *words)
{
    uint32_t found = 0;
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->words[i];
        size_t bucket = bucket_of(word, strlen(word));
        for (size_t k = set->starts[bucket]; k < set->starts[bucket + 1]; k++) {
            const struct entry *entry = &set->entries[k];
            if (found >> entry->group & 1 || (entry->is_anchored && i > 0))
                continue;
            if (begins_with(entry, word) && fits_rest(entry->rest, words, i + 1))
                found |= 1U << entry->group;
        }
    }
    return found;
}
