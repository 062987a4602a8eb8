#include "sidetone/document.h"

#include "sidetone/mem.h"

#include "problems.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEMS_MAX = 100, TEXT_MAX = 1024, WORD_MAX = 64, SHOWN_MAX = 40 };

_Static_assert(SHOWN_MAX + 4 <= ST_PROBLEMS_SHOWN_MAX, "what is shown fits");

void st_problems_init(struct st_problems *problems, const char *name)
{
    memset(problems, 0, sizeof(*problems));
    st_problems_name(problems, name);
}

void st_problems_fini(struct st_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free(problems->items[i].text);
    for (unsigned i = 0; i < problems->name_count; i++)
        free(problems->names[i]);
    free(problems->items);
    free(problems->names);
    memset(problems, 0, sizeof(*problems));
}

void st_problems_name(struct st_problems *problems, const char *name)
{
    for (unsigned i = 0; i < problems->name_count; i++)
        if (strcmp(problems->names[i], name) == 0) {
            problems->part = i;
            return;
        }
    problems->part = problems->name_count++;
    problems->names =
        st_mem_realloc(problems->names, problems->name_count * sizeof(problems->names[0]));
    problems->names[problems->part] = st_mem_strdup(name);
}

bool st_problems_is_full(const struct st_problems *problems)
{
    return problems->count == PROBLEMS_MAX;
}

void st_problems_vadd(struct st_problems *problems, int line, const char *format, va_list args)
{
    char what[TEXT_MAX], text[2 * TEXT_MAX];
    const char *name = problems->names[problems->part];
    if (st_problems_is_full(problems))
        return;
    vsnprintf(what, sizeof(what), format, args);
    if (line == ST_LINE_ENVIRONMENT)
        snprintf(text, sizeof(text), "environment: %s", what);
    else if (line == ST_LINE_WHOLE)
        snprintf(text, sizeof(text), "%s: %s", name, what);
    else
        snprintf(text, sizeof(text), "%s:%d: %s", name, line, what);
    if (problems->count == problems->cap) {
        problems->cap = problems->cap * 2 + 8;
        problems->items =
            st_mem_realloc(problems->items, problems->cap * sizeof(problems->items[0]));
    }
    problems->items[problems->count++] =
        (struct st_problem){problems->part, line, st_mem_strdup(text)};
}

void st_problems_add(struct st_problems *problems, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    st_problems_vadd(problems, line, format, args);
    va_end(args);
}

static bool is_before(const struct st_problem *a, const struct st_problem *b)
{
    return a->part != b->part ? a->part < b->part : a->line < b->line;
}

/* Stable, so that problems of one line keep their order. */
static void sort_by_place(struct st_problem *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct st_problem moved = items[i];
        size_t at = i;
        for (; at > 0 && is_before(&moved, &items[at - 1]); at--)
            items[at] = items[at - 1];
        items[at] = moved;
    }
}

size_t st_problems_send(struct st_problems *problems, st_problem_fn tell, void *user)
{
    sort_by_place(problems->items, problems->count);
    for (size_t i = 0; tell && i < problems->count; i++)
        tell(user, problems->items[i].text);
    return problems->count;
}

const char *st_problems_shown(const char *text, char out[ST_PROBLEMS_SHOWN_MAX])
{
    size_t len = strlen(text);
    bool is_cut = len > SHOWN_MAX;
    for (len = is_cut ? SHOWN_MAX : len; is_cut && len > 0 && (text[len] & 0xc0) == 0x80;)
        len--;
    memcpy(out, text, len);
    memcpy(out + len, is_cut ? "..." : "", is_cut ? 4 : 1);
    for (char *at = out; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    return out;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edits (insert, delete, replace, swap neighbours) that turn one word into the other. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            now[j] = smallest(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_len];
}

const char *st_problems_closest(const char *word,
                                const char *(*candidate)(const void *from, unsigned i),
                                const void *from)
{
    const char *closest = NULL, *text;
    size_t len = strlen(word), best = len / 3 + 2;
    for (unsigned i = 0; (text = candidate(from, i)) != NULL; i++) {
        size_t distance = edit_distance(word, text);
        if (distance < best && distance < strlen(text)) {
            best = distance;
            closest = text;
        }
    }
    return closest;
}
