#include "call_internal.h"

#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/mem.h"
#include "sidetone/profanity_list.h"
#include "sidetone/sentiment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEXICON_BYTES_MAX = 8 << 20 };

static void load_lexicon(struct st_settings *settings, char *ret_note, size_t note_bytes)
{
    char path[4096];
    const struct st_config *config = settings->config;
    if (config->sentiment.lexicon_file[0])
        snprintf(path, sizeof(path), "%s", config->sentiment.lexicon_file);
    else
        snprintf(path, sizeof(path), "%s/vader_lexicon.txt",
                 st_config_models_dir(&config->engines));
    char *text = NULL;
    size_t bytes = 0;
    int err = st_file_read(path, LEXICON_BYTES_MAX, &text, &bytes);
    if (err) {
        snprintf(ret_note, note_bytes, "sentiment is off: %s: %s", path, st_err_text(err));
        return;
    }
    char why[256] = "";
    if (st_sentiment_lexicon_create(&settings->lexicon, text, bytes, why, sizeof(why)) < 0)
        snprintf(ret_note, note_bytes, "sentiment is off: %s: %s", path, why);
    free(text);
}

int st_settings_create(struct st_settings **ret_settings, struct st_config *take_config,
                       st_config_error_fn report, void *user, char *ret_note, size_t note_bytes)
{
    struct st_settings *settings = st_mem_alloc(sizeof(*settings));
    struct st_problems problems;
    atomic_init(&settings->refs, 1);
    settings->config = take_config;
    ret_note[0] = '\0';
    st_problems_init(&problems, take_config->name);
    int err = settings_load_rules(settings, &problems);
    if (settings_load_profanity(settings, &problems) < 0)
        err = -EINVAL;
    st_problems_send(&problems, report, user);
    st_problems_fini(&problems);
    if (err) {
        st_settings_unref(settings);
        return err;
    }
    load_lexicon(settings, ret_note, note_bytes);
    settings->analysis.lexicon = settings->lexicon;
    settings->issues = st_issue_model_create(NULL);
    settings->analysis.issues = settings->issues;
    settings->analysis.silence_us = (int64_t)take_config->characteristics.silence_s * 1000000;
    *ret_settings = settings;
    return 0;
}

void st_settings_learn(struct st_settings *settings, struct st_embedder *embedder)
{
    st_issue_model_destroy(settings->issues);
    settings->embedder = st_embedder_ref(embedder);
    settings->issues = st_issue_model_create(embedder);
    settings->analysis.issues = settings->issues;
    for (size_t i = 0; i < settings->rules_count; i++)
        st_rules_learn(settings->rules[i].rules, embedder);
}

void st_settings_notes(const struct st_settings *settings, st_config_error_fn tell, void *user)
{
    for (size_t i = 0; i < settings->rules_count; i++)
        st_rules_notes(settings->rules[i].rules, tell, user);
}

struct st_settings *st_settings_ref(struct st_settings *settings)
{
    atomic_fetch_add_explicit(&settings->refs, 1, memory_order_relaxed);
    return settings;
}

void st_settings_unref(struct st_settings *settings)
{
    if (!settings || atomic_fetch_sub_explicit(&settings->refs, 1, memory_order_acq_rel) != 1)
        return;
    settings_free_rules(settings);
    st_profanity_list_unref(settings->analysis.profanity);
    st_sentiment_lexicon_destroy(settings->lexicon);
    st_issue_model_destroy(settings->issues);
    st_embedder_unref(settings->embedder);
    st_config_free(settings->config);
    free(settings);
}

const struct st_config *st_settings_config(const struct st_settings *settings)
{
    return settings->config;
}

bool st_settings_has_sentiment(const struct st_settings *settings)
{
    return settings->lexicon != NULL;
}
