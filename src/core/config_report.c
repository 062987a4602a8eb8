#include "config_parts.h"

#include "sidetone/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEMS_MAX = 100, TEXT_MAX = 1024, WORD_MAX = 64 };

void st_config_report_init(struct st_config_report *report, const char *file)
{
    memset(report, 0, sizeof(*report));
    report->file = file;
}

void st_config_report_fini(struct st_config_report *report)
{
    for (size_t i = 0; i < report->problem_count; i++)
        free(report->problems[i].text);
    for (size_t i = 0; i < report->place_count; i++)
        free(report->places[i].path);
    free(report->problems);
    free(report->places);
    memset(report, 0, sizeof(*report));
}

bool st_config_report_is_full(const struct st_config_report *report)
{
    return report->problem_count == PROBLEMS_MAX;
}

__attribute__((format(printf, 3, 0))) static void add(struct st_config_report *report, int line,
                                                      const char *format, va_list args)
{
    char what[TEXT_MAX], text[2 * TEXT_MAX];
    if (st_config_report_is_full(report))
        return;
    vsnprintf(what, sizeof(what), format, args);
    if (line == ST_CONFIG_ENVIRONMENT)
        snprintf(text, sizeof(text), "environment: %s", what);
    else if (line == ST_CONFIG_WHOLE_FILE)
        snprintf(text, sizeof(text), "%s: %s", report->file, what);
    else
        snprintf(text, sizeof(text), "%s:%d: %s", report->file, line, what);
    if (report->problem_count == report->problem_cap) {
        report->problem_cap = report->problem_cap * 2 + 8;
        report->problems =
            st_mem_realloc(report->problems, report->problem_cap * sizeof(report->problems[0]));
    }
    report->problems[report->problem_count++] =
        (struct st_config_problem){line, st_mem_strdup(text)};
}

void st_config_report_add(struct st_config_report *report, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(report, line, format, args);
    va_end(args);
}

void st_config_report_place(struct st_config_report *report, const char *path, int line,
                            bool is_broken)
{
    if (report->place_count == report->place_cap) {
        report->place_cap = report->place_cap * 2 + 64;
        report->places =
            st_mem_realloc(report->places, report->place_cap * sizeof(report->places[0]));
    }
    report->places[report->place_count++] =
        (struct st_config_place){st_mem_strdup(path), line, is_broken};
}

static struct st_config_place *find_place(struct st_config_report *report, const char *path)
{
    for (size_t i = 0; i < report->place_count; i++)
        if (strcmp(report->places[i].path, path) == 0)
            return &report->places[i];
    return NULL;
}

/* "a.b[3]" to "a.b", "a.b" to "a", "a" to "". */
static void cut_last(char *path)
{
    size_t len = strlen(path);
    while (len > 0 && path[len] != '.' && path[len] != '[')
        len--;
    path[len] = '\0';
}

void st_config_report_at(struct st_config_report *report, const char *path, const char *format, ...)
{
    char above[ST_CONFIG_PATH_MAX];
    if (st_config_report_is_full(report))
        return;
    snprintf(above, sizeof(above), "%s", path);
    struct st_config_place *place = find_place(report, above);
    cut_last(above);
    struct st_config_place *parent = find_place(report, above);
    if ((place && place->is_broken) || (parent && parent->is_broken))
        return;
    while (!place && *above) {
        place = find_place(report, above);
        cut_last(above);
    }
    va_list args;
    va_start(args, format);
    add(report, place ? place->line : ST_CONFIG_WHOLE_FILE, format, args);
    va_end(args);
}

void st_config_report_break(struct st_config_report *report, const char *path)
{
    struct st_config_place *place = find_place(report, path);
    if (place)
        place->is_broken = true;
    else
        st_config_report_place(report, path, 1, true);
}

/* Stable, so that problems of one line keep their order. */
static void sort_by_line(struct st_config_problem *problems, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct st_config_problem moved = problems[i];
        size_t at = i;
        for (; at > 0 && problems[at - 1].line > moved.line; at--)
            problems[at] = problems[at - 1];
        problems[at] = moved;
    }
}

size_t st_config_report_send(struct st_config_report *report, st_config_error_fn tell, void *user)
{
    sort_by_line(report->problems, report->problem_count);
    for (size_t i = 0; tell && i < report->problem_count; i++)
        tell(user, report->problems[i].text);
    return report->problem_count;
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

const char *st_config_closest(const char *word,
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
