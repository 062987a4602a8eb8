#include "hint_trial.h"

#include "transcriber.h"

#include "sidetone/call_facts.h"
#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- comparing ---- */

static bool is_same(const struct st_word *a, const struct st_word *b)
{
    return strcmp(a->text, b->text) == 0;
}

static struct st_hint_change make_change(const struct st_transcript_segment *before,
                                         const struct st_transcript_segment *after)
{
    static const struct st_word no_word;
    static const struct st_segment nothing = {.words = &no_word};
    const struct st_transcript_segment *either = before ? before : after;
    const struct st_segment *a = before ? &before->segment : &nothing;
    const struct st_segment *b = after ? &after->segment : &nothing;
    size_t start = 0, end = 0,
           least = a->word_count < b->word_count ? a->word_count : b->word_count;
    while (start < least && is_same(&a->words[start], &b->words[start]))
        start++;
    while (end < least - start &&
           is_same(&a->words[a->word_count - 1 - end], &b->words[b->word_count - 1 - end]))
        end++;
    return (struct st_hint_change){
        .start_us = either->segment.start_us,
        .channel = either->channel,
        .before = a->words + start,
        .after = b->words + start,
        .before_count = a->word_count - start - end,
        .after_count = b->word_count - start - end,
    };
}

static int compare_places(const struct st_transcript_segment *a,
                          const struct st_transcript_segment *b)
{
    if (a->segment.start_us != b->segment.start_us)
        return a->segment.start_us < b->segment.start_us ? -1 : 1;
    return a->channel < b->channel ? -1 : a->channel > b->channel;
}

static int compare_pointers(const void *a, const void *b)
{
    return compare_places(*(const struct st_transcript_segment *const *)a,
                          *(const struct st_transcript_segment *const *)b);
}

/* They come as they became final. */
static const struct st_transcript_segment **sort(const struct st_transcript_call *call)
{
    const struct st_transcript_segment **sorted =
        st_mem_alloc_array(call->count + 1, sizeof(*sorted));
    for (size_t i = 0; i < call->count; i++)
        sorted[i] = &call->segments[i];
    qsort(sorted, call->count, sizeof(*sorted), compare_pointers);
    return sorted;
}

/* An utterance in which one run heard no words is not there at all. */
size_t st_hint_trial_compare(const struct st_transcript_call *before,
                             const struct st_transcript_call *after,
                             struct st_hint_change *ret_changes, size_t max)
{
    const struct st_transcript_segment **a = sort(before), **b = sort(after);
    size_t count = 0;
    for (size_t i = 0, k = 0; i < before->count || k < after->count;) {
        int order = i == before->count ? 1 : k == after->count ? -1 : compare_places(a[i], b[k]);
        struct st_hint_change change =
            make_change(order <= 0 ? a[i] : NULL, order >= 0 ? b[k] : NULL);
        i += order <= 0;
        k += order >= 0;
        if (change.before_count + change.after_count > 0 && count++ < max)
            ret_changes[count - 1] = change;
    }
    free(a);
    free(b);
    return count;
}

/* ---- recognising ---- */

static int recognise(struct st_hint_trial *trial, struct st_transcriber *transcriber,
                     struct st_recording *recording, char *ret_why, size_t why_bytes)
{
    size_t hint_count = recording->hint_count;
    recording->hint_count = 0;
    int err = st_transcriber_run(transcriber, recording, &trial->before, ret_why, why_bytes);
    recording->hint_count = hint_count;
    return err ? err
               : st_transcriber_run(transcriber, recording, &trial->after, ret_why, why_bytes);
}

int st_hint_trial_run(struct st_hint_trial *trial, const struct st_config *config,
                      const struct st_config_route *route, const char *recording, char *ret_why,
                      size_t why_bytes)
{
    const char **hints;
    struct st_transcriber *transcriber;
    struct st_transcript_options options = {0};
    struct st_audio_files files = {.both = recording};
    struct st_recording both = {.files = &files, .language = route->language, .options = &options};
    *trial = (struct st_hint_trial){
        .hint_count = st_config_hints(route, route->language, &hints),
    };
    both.hints = hints;
    both.hint_count = trial->hint_count;
    int err = trial->hint_count > 0 ? 0 : -ENOENT;
    if (err)
        snprintf(ret_why, why_bytes, "route '%s' has no hints to try", route->name);
    else
        err = st_transcriber_create(&transcriber, config, route->engines[0], ret_why, why_bytes);
    if (!err) {
        err = recognise(trial, transcriber, &both, ret_why, why_bytes);
        st_transcriber_destroy(transcriber);
    }
    if (err)
        st_hint_trial_fini(trial);
    free(hints);
    return err;
}

void st_hint_trial_fini(struct st_hint_trial *trial)
{
    st_transcript_free(trial->before);
    st_transcript_free(trial->after);
    *trial = (struct st_hint_trial){0};
}
