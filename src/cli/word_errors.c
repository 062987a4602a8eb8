#include "word_errors.h"

#include "sidetone/mem.h"
#include "sidetone/utf8.h"

#include <errno.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

enum {
    WORDS_MAX = 16000,
    WORD_BYTES_MAX = 256,
    /* The fewest errors, and among those the most words that are right. */
    COST_ERROR = 1 << 16,
    COST_SUBSTITUTED = COST_ERROR + 1,
};

const char *st_word_error_name(enum st_word_error_kind kind)
{
    static const char *const names[] = {"substituted", "missing", "added"};
    return names[kind];
}

/* ---- words ---- */

/* Of the characters, whatever the user's locale is. */
static locale_t characters(void)
{
    static locale_t locale;
    if (!locale)
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return locale;
}

static uint32_t decode(const uint8_t *text, size_t bytes, size_t *ret_used)
{
    size_t used = text[0] < 0x80 ? 1 : st_utf8_sequence(text, bytes);
    uint32_t code = used <= 1 ? text[0] : text[0] & (0x7fU >> used);
    *ret_used = used ? used : 1;
    for (size_t i = 1; i < used; i++)
        code = code << 6 | (text[i] & 0x3fU);
    return used ? code : ' ';
}

static size_t encode(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = bytes - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(0xf00 >> bytes | code);
    return bytes;
}

/* 0: it is no part of a word. */
static uint32_t fold(uint32_t code)
{
    static const struct {
        uint32_t from, to; /* letters and marks that the C library does not take for such */
    } marks[] = {{0x300, 0x36f}, {0x900, 0x97f}, {0xe00, 0xe7f}};
    if (code == 0x2019 || code == '\'')
        return '\'';
    if (characters() && iswalnum_l((wint_t)code, characters()))
        return (uint32_t)towlower_l((wint_t)code, characters());
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (code >= marks[i].from && code <= marks[i].to)
            return code;
    return 0;
}

static void add_word(struct st_words *words, const char *text, size_t bytes)
{
    while (bytes > 0 && text[0] == '\'') {
        text++;
        bytes--;
    }
    while (bytes > 0 && text[bytes - 1] == '\'')
        bytes--;
    if (bytes == 0)
        return;
    if (words->count == words->cap) {
        words->cap = words->cap ? words->cap * 2 : 64;
        words->words = st_mem_realloc(words->words, words->cap * sizeof(words->words[0]));
    }
    char *word = st_mem_alloc(bytes + 1);
    memcpy(word, text, bytes);
    words->words[words->count++] = word;
}

void st_words_add(struct st_words *words, const char *text)
{
    char word[WORD_BYTES_MAX];
    size_t bytes = 0, left = strlen(text), used;
    for (const uint8_t *at = (const uint8_t *)text; left > 0; at += used, left -= used) {
        uint32_t code = fold(decode(at, left, &used));
        if (code && bytes + 4 < sizeof(word)) {
            bytes += encode(word + bytes, code);
            continue;
        }
        add_word(words, word, bytes);
        bytes = 0;
    }
    add_word(words, word, bytes);
}

void st_words_fini(struct st_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->words[i]);
    free(words->words);
    *words = (struct st_words){0};
}

/* ---- alignment ---- */

enum step { STEP_SAME, STEP_SUBSTITUTED, STEP_MISSING, STEP_ADDED };

struct grid {
    const struct st_words *said, *heard;
    unsigned char *steps; /* how each cell is reached best */
    uint32_t *costs;      /* of one row */
};

static enum step step_at(const struct grid *grid, size_t said, size_t heard)
{
    return (enum step)grid->steps[said * (grid->heard->count + 1) + heard];
}

static void set_step(struct grid *grid, size_t said, size_t heard, enum step step)
{
    grid->steps[said * (grid->heard->count + 1) + heard] = (unsigned char)step;
}

static void fill_row(struct grid *grid, size_t row)
{
    uint32_t diagonal = grid->costs[0]; /* of the cell before, one row up */
    grid->costs[0] += COST_ERROR;
    set_step(grid, row, 0, STEP_MISSING);
    for (size_t i = 1; i <= grid->heard->count; i++) {
        bool is_same = strcmp(grid->said->words[row - 1], grid->heard->words[i - 1]) == 0;
        uint32_t best = diagonal + (is_same ? 0 : COST_SUBSTITUTED);
        enum step step = is_same ? STEP_SAME : STEP_SUBSTITUTED;
        diagonal = grid->costs[i];
        if (grid->costs[i] + COST_ERROR < best) {
            best = grid->costs[i] + COST_ERROR;
            step = STEP_MISSING;
        }
        if (grid->costs[i - 1] + COST_ERROR < best) {
            best = grid->costs[i - 1] + COST_ERROR;
            step = STEP_ADDED;
        }
        grid->costs[i] = best;
        set_step(grid, row, i, step);
    }
}

static void fill(struct grid *grid)
{
    for (size_t i = 0; i <= grid->heard->count; i++) {
        grid->costs[i] = (uint32_t)i * COST_ERROR;
        set_step(grid, 0, i, STEP_ADDED);
    }
    for (size_t row = 1; row <= grid->said->count; row++)
        fill_row(grid, row);
}

static void note(struct st_word_errors *errors, enum st_word_error_kind kind, const char *said,
                 const char *heard, size_t at)
{
    errors->counts[kind]++;
    errors->list[errors->count++] = (struct st_word_error){kind, said, heard, at};
}

/* From the end to the beginning. */
static void trace(const struct grid *grid, struct st_word_errors *errors)
{
    size_t said = grid->said->count, heard = grid->heard->count;
    while (said > 0 || heard > 0) {
        enum step step = step_at(grid, said, heard);
        said -= step != STEP_ADDED;
        heard -= step != STEP_MISSING;
        if (step == STEP_SUBSTITUTED)
            note(errors, ST_WORD_SUBSTITUTED, grid->said->words[said], grid->heard->words[heard],
                 said);
        else if (step == STEP_MISSING)
            note(errors, ST_WORD_MISSING, grid->said->words[said], NULL, said);
        else if (step == STEP_ADDED)
            note(errors, ST_WORD_ADDED, NULL, grid->heard->words[heard], said);
    }
}

static void reverse(struct st_word_errors *errors)
{
    for (size_t i = 0; i < errors->count / 2; i++) {
        struct st_word_error other = errors->list[errors->count - 1 - i];
        errors->list[errors->count - 1 - i] = errors->list[i];
        errors->list[i] = other;
    }
}

int st_word_errors_find(struct st_word_errors *ret_errors, const struct st_words *said,
                        const struct st_words *heard)
{
    struct grid grid = {.said = said, .heard = heard};
    if (said->count > WORDS_MAX || heard->count > WORDS_MAX)
        return -ENOBUFS;
    *ret_errors = (struct st_word_errors){.said = said->count};
    ret_errors->list =
        st_mem_alloc_array(said->count + heard->count + 1, sizeof(ret_errors->list[0]));
    grid.steps = st_mem_alloc((said->count + 1) * (heard->count + 1));
    grid.costs = st_mem_alloc_array(heard->count + 1, sizeof(grid.costs[0]));
    fill(&grid);
    trace(&grid, ret_errors);
    reverse(ret_errors);
    free(grid.steps);
    free(grid.costs);
    return 0;
}

void st_word_errors_fini(struct st_word_errors *errors)
{
    free(errors->list);
    *errors = (struct st_word_errors){0};
}

double st_word_errors_rate(const struct st_word_errors *errors)
{
    if (errors->said == 0)
        return errors->count > 0 ? 1 : 0;
    return (double)errors->count / (double)errors->said;
}
