#include "pii_scan.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 8 << 20, CUES_MAX = 1024, WORDS_MAX = 1024 };

struct entry {
    uint32_t hash;
    uint32_t at; /* in text */
    uint32_t classes;
    uint16_t word;
    uint8_t value;
    uint8_t bytes; /* 0: a free place */
};

struct cue {
    uint16_t words[ST_PII_CUE_WORDS_MAX];
    uint8_t count;
    uint8_t kind;
    bool is_strong;
};

struct st_pii_lexicon {
    char *text;
    size_t text_bytes, text_cap;
    struct entry *entries; /* open addressing */
    size_t count, mask;
    struct cue cues[CUES_MAX]; /* by first word, then the longer first */
    unsigned cue_count;
    uint16_t first_cue[WORDS_MAX + 1]; /* by first word; where the next word's begin is the end */
    unsigned word_count;               /* of cues; from 1 */
};

uint32_t st_pii_lexicon_hash(const char *word, size_t bytes)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)word[i]) * 16777619U;
    return hash ^ (hash >> 15);
}

static struct entry *find_place(const struct st_pii_lexicon *lexicon, const char *word,
                                size_t bytes, uint32_t hash)
{
    for (size_t place = hash & lexicon->mask;; place = (place + 1) & lexicon->mask) {
        struct entry *entry = &lexicon->entries[place];
        if (entry->bytes == 0 || (entry->hash == hash && entry->bytes == bytes &&
                                  memcmp(lexicon->text + entry->at, word, bytes) == 0))
            return entry;
    }
}

struct st_pii_lexeme st_pii_lexicon_find(const struct st_pii_lexicon *lexicon, const char *word,
                                         size_t bytes, uint32_t hash)
{
    if (bytes == 0 || bytes > ST_PII_WORD_BYTES_MAX)
        return (struct st_pii_lexeme){0};
    const struct entry *entry = find_place(lexicon, word, bytes, hash);
    return (struct st_pii_lexeme){
        .classes = entry->classes, .word = entry->word, .value = entry->value};
}

static void grow(struct st_pii_lexicon *lexicon)
{
    struct entry *old = lexicon->entries;
    size_t places = lexicon->mask + 1;
    lexicon->entries = st_mem_alloc_array(2 * places, sizeof(*old));
    lexicon->mask = 2 * places - 1;
    for (size_t i = 0; i < places; i++)
        if (old[i].bytes > 0)
            *find_place(lexicon, lexicon->text + old[i].at, old[i].bytes, old[i].hash) = old[i];
    free(old);
}

static uint32_t keep_text(struct st_pii_lexicon *lexicon, const char *word, size_t bytes)
{
    if (lexicon->text_bytes + bytes > lexicon->text_cap) {
        lexicon->text_cap = 2 * lexicon->text_cap + bytes;
        lexicon->text = st_mem_realloc(lexicon->text, lexicon->text_cap);
    }
    memcpy(lexicon->text + lexicon->text_bytes, word, bytes);
    lexicon->text_bytes += bytes;
    return (uint32_t)(lexicon->text_bytes - bytes);
}

static struct entry *put_word(struct st_pii_lexicon *lexicon, const char *word, size_t bytes)
{
    uint32_t hash = st_pii_lexicon_hash(word, bytes);
    if (2 * (lexicon->count + 1) > lexicon->mask)
        grow(lexicon);
    struct entry *entry = find_place(lexicon, word, bytes, hash);
    if (entry->bytes > 0)
        return entry;
    lexicon->count++;
    *entry = (struct entry){
        .hash = hash, .at = keep_text(lexicon, word, bytes), .bytes = (uint8_t)bytes};
    return entry;
}

static const char *next_word(const char **rest, size_t *ret_bytes)
{
    const char *word = *rest + strspn(*rest, " ");
    *ret_bytes = strcspn(word, " ");
    *rest = word + *ret_bytes;
    return *ret_bytes > 0 ? word : NULL;
}

static void put_groups(struct st_pii_lexicon *lexicon)
{
    for (const struct st_pii_word_group *group = st_pii_word_groups; group->words; group++) {
        const char *rest = group->words, *word;
        size_t bytes;
        uint8_t value = group->value;
        for (; (word = next_word(&rest, &bytes)) != NULL; value = (uint8_t)(value + group->step)) {
            struct entry *entry = put_word(lexicon, word, bytes);
            entry->classes |= group->classes;
            if (value > 0)
                entry->value = value;
        }
    }
}

static int compare_cues(const void *a, const void *b)
{
    const struct cue *one = a, *other = b;
    if (one->words[0] != other->words[0])
        return one->words[0] < other->words[0] ? -1 : 1;
    return (int)other->count - (int)one->count;
}

static void put_cues(struct st_pii_lexicon *lexicon)
{
    for (const struct st_pii_cue_phrase *phrase = st_pii_cue_phrases; phrase->words; phrase++) {
        const char *rest = phrase->words, *word;
        size_t bytes;
        assert(lexicon->cue_count < CUES_MAX);
        struct cue *cue = &lexicon->cues[lexicon->cue_count++];
        *cue = (struct cue){.kind = (uint8_t)phrase->kind, .is_strong = phrase->is_strong};
        while ((word = next_word(&rest, &bytes)) != NULL) {
            struct entry *entry = put_word(lexicon, word, bytes);
            if (entry->word == 0)
                entry->word = (uint16_t)++lexicon->word_count;
            assert(cue->count < ST_PII_CUE_WORDS_MAX && lexicon->word_count < WORDS_MAX);
            cue->words[cue->count++] = entry->word;
        }
    }
    qsort(lexicon->cues, lexicon->cue_count, sizeof(lexicon->cues[0]), compare_cues);
    unsigned cue = 0;
    for (unsigned word = 0; word <= lexicon->word_count; word++) {
        while (cue < lexicon->cue_count && lexicon->cues[cue].words[0] < word)
            cue++;
        lexicon->first_cue[word] = (uint16_t)cue;
    }
    lexicon->first_cue[lexicon->word_count + 1] = (uint16_t)lexicon->cue_count;
}

static const uint16_t *word_at(const uint16_t *words, size_t stride, size_t i)
{
    return (const uint16_t *)(const void *)((const char *)words + i * stride);
}

bool st_pii_lexicon_match_cue(const struct st_pii_lexicon *lexicon, const uint16_t *words,
                              size_t count, size_t stride, struct st_pii_cue_match *ret_match)
{
    if (words[0] == 0)
        return false;
    for (unsigned c = lexicon->first_cue[words[0]]; c < lexicon->first_cue[words[0] + 1]; c++) {
        const struct cue *cue = &lexicon->cues[c];
        unsigned i = 1;
        while (i < cue->count && i < count && *word_at(words, stride, i) == cue->words[i])
            i++;
        if (i < cue->count)
            continue;
        *ret_match = (struct st_pii_cue_match){
            .kind = cue->kind, .is_strong = cue->is_strong, .words = cue->count};
        return true;
    }
    return false;
}

static uint32_t class_of(const char *name, size_t bytes)
{
    static const struct {
        const char *name;
        uint32_t class;
    } classes[] = {
        {"given", ST_PII_W_GIVEN}, {"surname", ST_PII_W_SURNAME}, {"city", ST_PII_W_CITY}};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strlen(classes[i].name) == bytes && memcmp(classes[i].name, name, bytes) == 0)
            return classes[i].class;
    return 0;
}

/* Names of several words count word by word: what is asked of them is whether a word may be part
 * of one. */
static void put_name(struct st_pii_lexicon *lexicon, uint32_t class, const char *name, size_t bytes)
{
    char word[ST_PII_WORD_BYTES_MAX];
    size_t len = 0;
    for (size_t i = 0; i <= bytes; i++) {
        char c = i < bytes ? name[i] : ' ';
        if (c == ' ' || c == '-' || c == '.') {
            if (len > 1)
                put_word(lexicon, word, len)->classes |= class;
            len = 0;
        } else if (len < sizeof(word)) {
            word[len++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
    }
}

static const char *put_line(struct st_pii_lexicon *lexicon, const char *line, size_t bytes)
{
    if (bytes > 0 && line[bytes - 1] == '\r')
        bytes--;
    if (bytes == 0 || line[0] == '#')
        return NULL;
    const char *tab = memchr(line, '\t', bytes);
    if (!tab || tab + 1 == line + bytes)
        return "no class and name separated by a tab";
    uint32_t class = class_of(line, (size_t)(tab - line));
    if (class == 0)
        return "the class is none of given, surname, city";
    put_name(lexicon, class, tab + 1, bytes - (size_t)(tab + 1 - line));
    return NULL;
}

static int put_file(struct st_pii_lexicon *lexicon, const char *text, size_t bytes, char *ret_why,
                    size_t why_bytes)
{
    size_t number = 1;
    if (bytes > FILE_BYTES_MAX) {
        snprintf(ret_why, why_bytes, "larger than 8 MiB");
        return -EBADMSG;
    }
    for (size_t at = 0; at < bytes; number++) {
        const char *end = memchr(text + at, '\n', bytes - at);
        size_t line_bytes = end ? (size_t)(end - text) - at : bytes - at;
        const char *problem = put_line(lexicon, text + at, line_bytes);
        if (problem) {
            snprintf(ret_why, why_bytes, "line %zu: %s", number, problem);
            return -EBADMSG;
        }
        at += line_bytes + 1;
    }
    return 0;
}

int st_pii_lexicon_create(struct st_pii_lexicon **ret_lexicon, const char *text, size_t bytes,
                          char *ret_why, size_t why_bytes)
{
    struct st_pii_lexicon *lexicon = st_mem_alloc(sizeof(*lexicon));
    lexicon->mask = 8191;
    lexicon->entries = st_mem_alloc_array(lexicon->mask + 1, sizeof(*lexicon->entries));
    put_groups(lexicon);
    put_cues(lexicon);
    int err = text ? put_file(lexicon, text, bytes, ret_why, why_bytes) : 0;
    if (err) {
        st_pii_lexicon_destroy(lexicon);
        return err;
    }
    *ret_lexicon = lexicon;
    return 0;
}

void st_pii_lexicon_destroy(struct st_pii_lexicon *lexicon)
{
    if (!lexicon)
        return;
    free(lexicon->text);
    free(lexicon->entries);
    free(lexicon);
}
