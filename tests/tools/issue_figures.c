/* How well issues, outcomes and action items are found: issue_figures FILE [--misses] */
#include "labelled_calls.h"

#include "issue_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_line(const char *line)
{
    printf("    %s\n", line);
}

static double share(unsigned part, unsigned whole)
{
    return whole > 0 ? (double)part / whole : 0;
}

static void print_figures(const char *scheme, const struct labelled_figures *figures)
{
    printf("%-24s issue %.2f", scheme, share(figures->issue_hits, figures->calls));
    for (enum st_issue_kind kind = ST_ISSUE_OUTCOME; kind < ST_ISSUE_KINDS; kind++)
        printf("   %s precision %.2f recall %.2f", st_issue_kind_name(kind),
               share(figures->right[kind], figures->told[kind]),
               share(figures->found[kind], figures->marked[kind]));
    printf("   told %.1f a call\n", share(figures->changes, figures->calls));
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    bool wants_misses = argc > 2 && strcmp(argv[2], "--misses") == 0;
    struct labelled_calls *calls = labelled_calls_read(argv[1]);
    struct st_issue_model *model = st_issue_model_create();
    struct st_analysis_settings settings = {.issues = model};
    printf("%zu calls\n", calls->count);
    printf("%-24s issue %.2f\n", "first long segment",
           share(labelled_calls_first_long(calls), (unsigned)calls->count));
    printf("%-24s issue %.2f\n", "longest of first six",
           share(labelled_calls_longest(calls), (unsigned)calls->count));
    struct labelled_figures figures =
        labelled_calls_measure(calls, &settings, NULL, wants_misses ? print_line : NULL);
    print_figures("rules", &figures);
    st_issue_model_destroy(model);
    free(calls);
    return 0;
}
