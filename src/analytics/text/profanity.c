/*
 * One table of hashes for whole words and for beginnings. FNV-1a grows by a byte at a time, so all
 * beginnings of a word are tried in one pass over it.
 */
#include "sidetone/profanity_list.h"

#include "fold.h"
#include "tokens.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *word; /* folded, owned; NULL: free */
    uint32_t hash;
    uint8_t bytes;
    bool is_whole, is_beginning;
};

struct st_profanity_list {
    atomic_uint refs;
    struct entry *table; /* a power of two, at most half full */
    size_t places, count;
    uint64_t beginnings; /* bit n: one has n + 1 bytes */
};

static const char *const own[] = {
    "arsehole*", "ass",      "asshole*",    "bastard*", "bitch*",   "bollocks", "bullshit*",
    "crap",      "crappy",   "damn*",       "dammit",   "dumbass*", "fuck*",    "goddamn*",
    "hell",      "jackass*", "motherfuck*", "piss",     "pissed",   "pissing",  "shit*",
};

struct st_profanity_list *st_profanity_list_create(void)
{
    struct st_profanity_list *list = st_mem_alloc(sizeof(*list));
    atomic_init(&list->refs, 1);
    list->places = 64;
    list->table = st_mem_alloc_array(list->places, sizeof(*list->table));
    return list;
}

struct st_profanity_list *st_profanity_list_ref(struct st_profanity_list *list)
{
    atomic_fetch_add_explicit(&list->refs, 1, memory_order_relaxed);
    return list;
}

void st_profanity_list_unref(struct st_profanity_list *list)
{
    if (!list || atomic_fetch_sub_explicit(&list->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < list->places; i++)
        free(list->table[i].word);
    free(list->table);
    free(list);
}

/* Its place, or the free one where it belongs. */
static struct entry *find(const struct st_profanity_list *list, const char *word, size_t bytes,
                          uint32_t hash)
{
    for (size_t at = hash & (list->places - 1);; at = (at + 1) & (list->places - 1)) {
        struct entry *entry = &list->table[at];
        if (!entry->word ||
            (entry->hash == hash && entry->bytes == bytes && memcmp(entry->word, word, bytes) == 0))
            return entry;
    }
}

static void grow(struct st_profanity_list *list)
{
    struct entry *old = list->table;
    size_t old_places = list->places;
    list->places *= 2;
    list->table = st_mem_alloc_array(list->places, sizeof(*list->table));
    for (size_t i = 0; i < old_places; i++)
        if (old[i].word)
            *find(list, old[i].word, old[i].bytes, old[i].hash) = old[i];
    free(old);
}

struct folding {
    char text[ST_PROFANITY_BYTES_MAX];
    size_t bytes;
    unsigned words;
    bool is_long;
};

static void on_word(void *user, const struct st_fold_word *word)
{
    struct folding *folding = user;
    folding->words++;
    folding->is_long = word->bytes == 0 || word->bytes > sizeof(folding->text);
    if (folding->is_long)
        return;
    memcpy(folding->text, word->text, word->bytes);
    folding->bytes = word->bytes;
}

int st_profanity_list_add(struct st_profanity_list *list, const char *word, size_t bytes,
                          const char **ret_why)
{
    struct folding folding = {.bytes = 0};
    bool is_beginning = bytes > 0 && word[bytes - 1] == '*';
    if (is_beginning)
        bytes--;
    st_fold_words(word, bytes, on_word, &folding);
    *ret_why = !st_fold_is_utf8(word, bytes)           ? "is not UTF-8"
               : memchr(word, '*', bytes)              ? "has a * that is not at its end"
               : folding.words == 0                    ? "has no word in it"
               : folding.words > 1                     ? "is more than one word"
               : folding.is_long                       ? "is too long"
               : list->count >= ST_PROFANITY_WORDS_MAX ? "is one too many"
               : is_beginning && folding.bytes < 2     ? "is too short to stand before a *"
                                                       : NULL;
    if (*ret_why)
        return -EINVAL;
    if (2 * list->count >= list->places)
        grow(list);
    uint32_t hash = st_token_hash(folding.text, folding.bytes);
    struct entry *entry = find(list, folding.text, folding.bytes, hash);
    if (!entry->word) {
        list->count++;
        entry->word = st_mem_alloc(folding.bytes);
        memcpy(entry->word, folding.text, folding.bytes);
        entry->bytes = (uint8_t)folding.bytes;
        entry->hash = hash;
    }
    entry->is_whole = entry->is_whole || !is_beginning;
    entry->is_beginning = entry->is_beginning || is_beginning;
    if (is_beginning)
        list->beginnings |= (uint64_t)1 << (folding.bytes - 1);
    return 0;
}

static size_t trim(const char **line, size_t bytes)
{
    while (bytes > 0 && strchr(" \t\r", **line) && **line)
        (*line)++, bytes--;
    while (bytes > 0 && strchr(" \t\r", (*line)[bytes - 1]) && (*line)[bytes - 1])
        bytes--;
    return bytes;
}

int st_profanity_list_read(struct st_profanity_list *list, const char *text, size_t bytes,
                           unsigned *ret_line, const char **ret_why)
{
    const char *end = text + bytes;
    for (unsigned number = 1; text < end; number++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const char *line = text;
        size_t length = trim(&line, (size_t)((stop ? stop : end) - text));
        text = stop ? stop + 1 : end;
        if (length == 0 || *line == '#')
            continue;
        if (st_profanity_list_add(list, line, length, ret_why) < 0) {
            *ret_line = number;
            return -EINVAL;
        }
    }
    return 0;
}

void st_profanity_list_add_own(struct st_profanity_list *list)
{
    const char *why;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        st_profanity_list_add(list, own[i], strlen(own[i]), &why);
}

bool st_profanity_list_has(const struct st_profanity_list *list, const char *word, size_t bytes)
{
    uint32_t hash = st_token_hash(word, 0);
    for (size_t i = 0; i < bytes && i < ST_PROFANITY_BYTES_MAX; i++) {
        hash = st_token_hash_more(hash, word[i]);
        if (i + 1 < bytes && !(list->beginnings >> i & 1))
            continue;
        const struct entry *entry = find(list, word, i + 1, hash);
        if (entry->word && (entry->is_beginning || (entry->is_whole && i + 1 == bytes)))
            return true;
    }
    return false;
}
