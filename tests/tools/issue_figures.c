/* How well issues, outcomes and action items are found: issue_figures FILE [MODELS [misses]] */
#include "labelled_calls.h"

#include "issues/issue_model.h"

#include "sidetone/embedder.h"

#include <errno.h>
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

static struct st_embedder *embedder;

static int on_ask(void *user, uint64_t ticket, const char *text, float *ret_vector)
{
    (void)user;
    (void)ticket;
    return st_embedder_embed(embedder, text, ret_vector) == 0 ? 1 : -EIO;
}

static void measure_with_meaning(const struct labelled_calls *calls, bool wants_misses)
{
    struct st_issue_model *model = st_issue_model_create(embedder);
    struct st_analysis_settings settings = {.issues = model};
    struct st_cue_set *cues = model->cues;
    model->cues = NULL;
    struct labelled_figures figures = labelled_calls_measure(calls, &settings, on_ask, NULL);
    print_figures("meaning and position", &figures);
    model->cues = cues;
    figures = labelled_calls_measure(calls, &settings, on_ask, wants_misses ? print_line : NULL);
    print_figures("both", &figures);
    st_issue_model_destroy(model);
}

int main(int argc, char **argv)
{
    char why[512];
    if (argc < 2)
        return 2;
    bool wants_misses = argc > 3;
    struct labelled_calls *calls = labelled_calls_read(argv[1]);
    struct st_issue_model *model = st_issue_model_create(NULL);
    struct st_analysis_settings settings = {.issues = model};
    printf("%zu calls\n", calls->count);
    printf("%-24s issue %.2f\n", "first long segment",
           share(labelled_calls_first_long(calls), (unsigned)calls->count));
    printf("%-24s issue %.2f\n", "longest of first six",
           share(labelled_calls_longest(calls), (unsigned)calls->count));
    struct labelled_figures figures =
        labelled_calls_measure(calls, &settings, NULL, wants_misses ? print_line : NULL);
    print_figures("cues and position", &figures);
    if (argc > 2 && st_embedder_create(&embedder, argv[2], why, sizeof(why)) == 0)
        measure_with_meaning(calls, wants_misses);
    st_embedder_unref(embedder);
    st_issue_model_destroy(model);
    free(calls);
    return 0;
}
