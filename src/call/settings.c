#include "call_internal.h"

#include "sidetone/call_facts.h"
#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/mem.h"
#include "sidetone/profanity_list.h"
#include "sidetone/sentiment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEXICON_BYTES_MAX = 8 << 20 };

struct why {
    char path[256]; /* "": the text names it */
    char text[512];
};

/* The text of a file of word lists: `configured`, or `name` in the models directory. */
static char *read_words(const struct st_settings *settings, const char *configured,
                        const char *name, size_t *ret_bytes, struct why *why)
{
    char path[4096];
    char *text = NULL;
    if (configured[0])
        snprintf(path, sizeof(path), "%s", configured);
    else
        snprintf(path, sizeof(path), "%s/%s", st_config_models_dir(&settings->config->engines),
                 name);
    int err = st_file_read(path, LEXICON_BYTES_MAX, &text, ret_bytes);
    if (err)
        snprintf(why->text, sizeof(why->text), "%.240s: %s", path, st_err_text(err));
    else
        snprintf(why->path, sizeof(why->path), "%.240s", path);
    return text;
}

static void add_note(char *ret_note, size_t note_bytes, const char *what, const struct why *why)
{
    size_t used = strlen(ret_note);
    snprintf(ret_note + used, note_bytes - used, "%s%s: %s%s%s", used > 0 ? "; " : "", what,
             why->path, why->path[0] ? ": " : "", why->text);
}

static void load_lexicon(struct st_settings *settings, char *ret_note, size_t note_bytes)
{
    struct why why = {.text = ""};
    size_t bytes = 0;
    char *text = read_words(settings, settings->config->sentiment.lexicon_file, "vader_lexicon.txt",
                            &bytes, &why);
    if (!text || st_sentiment_lexicon_create(&settings->lexicon, text, bytes, why.text,
                                             sizeof(why.text)) < 0)
        add_note(ret_note, note_bytes, "sentiment is off", &why);
    free(text);
}

static bool wants_privacy(const struct st_config *config)
{
    for (unsigned t = 0; t < config->tenant_count; t++)
        for (unsigned r = 0; r < config->tenants[t].route_count; r++)
            if (config->tenants[t].routes[r].privacy.mode != ST_PII_OFF)
                return true;
    return false;
}

/* What the program knows by itself is always there. */
static void load_names(struct st_settings *settings, char *ret_note, size_t note_bytes)
{
    struct why why = {.text = ""};
    size_t bytes = 0;
    char *text = read_words(settings, settings->config->privacy.names_file, "personal_names.txt",
                            &bytes, &why);
    bool is_loaded = text && st_pii_lexicon_create(&settings->names, text, bytes, why.text,
                                                   sizeof(why.text)) == 0;
    free(text);
    if (is_loaded)
        return;
    st_pii_lexicon_create(&settings->names, NULL, 0, why.text, sizeof(why.text));
    if (wants_privacy(settings->config))
        add_note(ret_note, note_bytes, "names of people are found by context alone", &why);
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
    load_names(settings, ret_note, note_bytes);
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
    if (!settings->origin) {
        st_profanity_list_unref(settings->analysis.profanity);
        st_sentiment_lexicon_destroy(settings->lexicon);
        st_issue_model_destroy(settings->issues);
        st_embedder_unref(settings->embedder);
        st_pii_lexicon_destroy(settings->names);
        st_config_free(settings->config);
    }
    st_settings_unref(settings->origin);
    free(settings);
}

const struct st_config *st_settings_config(const struct st_settings *settings)
{
    return settings->config;
}

const struct st_config_route *settings_route(const struct st_settings *settings,
                                             const struct st_call_facts *facts)
{
    const struct st_config_tenant *tenant =
        st_config_tenant_find(settings->config, facts->tenant, strlen(facts->tenant));
    return tenant ? st_config_route_find(tenant, facts->route, strlen(facts->route)) : NULL;
}

bool st_settings_has_sentiment(const struct st_settings *settings)
{
    return settings->lexicon != NULL;
}
