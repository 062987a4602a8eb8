#include "config_parts.h"

#include "problems.h"

#include "sidetone/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void st_config_report_init(struct st_config_report *report, const char *file)
{
    memset(report, 0, sizeof(*report));
    st_problems_init(&report->problems, file);
}

void st_config_report_fini(struct st_config_report *report)
{
    for (size_t i = 0; i < report->place_count; i++)
        free(report->places[i].path);
    free(report->places);
    st_problems_fini(&report->problems);
    memset(report, 0, sizeof(*report));
}

void st_config_report_add(struct st_config_report *report, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    st_problems_vadd(&report->problems, line, format, args);
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
    if (st_problems_is_full(&report->problems))
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
    st_problems_vadd(&report->problems, place ? place->line : ST_LINE_WHOLE, format, args);
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
