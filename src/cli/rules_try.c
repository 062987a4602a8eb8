#include "rules_try.h"

#include "json_out.h"
#include "rules_load.h"
#include "rules_run.h"
#include "terminal.h"

#include "sidetone/call_facts.h"
#include "sidetone/config.h"
#include "sidetone/embedder.h"
#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/sentiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEXICON_BYTES_MAX = 8 << 20 };

static void tell(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "%s\n", text);
}

static bool load_lexicon(struct st_rules_try *trial, const char *given)
{
    char installed[4096], *text, why[200] = "";
    size_t bytes;
    struct st_config_engines engines = {0};
    snprintf(installed, sizeof(installed), "%s/vader_lexicon.txt", st_config_models_dir(&engines));
    const char *path = given ? given : installed;
    int err = st_file_read(path, LEXICON_BYTES_MAX, &text, &bytes);
    if (err && !given)
        return true; /* rules of sentiment do not hold */
    if (err) {
        fprintf(stderr, "sidetone %s: %s: %s\n", trial->verb, path, st_err_text(err));
        return false;
    }
    err = st_sentiment_lexicon_create(&trial->lexicon, text, bytes, why, sizeof(why));
    free(text);
    if (err)
        fprintf(stderr, "sidetone %s: %s: %s\n", trial->verb, path, why);
    trial->settings.lexicon = trial->lexicon;
    return err == 0;
}

bool st_rules_try_init(struct st_rules_try *trial, char *const *paths, size_t count,
                       const char *lexicon_path)
{
    trial->calls = json_array();
    trial->view.has_color = st_terminal_wants_color(stdout);
    if (st_rules_load(&trial->settings.rules, paths, count, tell, NULL) > 0)
        return false;
    trial->embedder = st_rules_teach(trial->settings.rules, tell, NULL);
    return load_lexicon(trial, lexicon_path);
}

void st_rules_try_fini(struct st_rules_try *trial)
{
    st_rules_unref(trial->settings.rules);
    st_sentiment_lexicon_destroy(trial->lexicon);
    st_embedder_unref(trial->embedder);
    json_decref(trial->calls);
}

static void show(const struct st_rules_try *trial, const struct st_rules_call *call,
                 const json_t *matches)
{
    struct st_text text = {0};
    if (json_array_size(trial->calls) > 1)
        st_text_add(&text, "\n");
    st_rules_view_call(&trial->view, call, matches, &text);
    fputs(text.data, stdout);
    st_text_fini(&text);
}

bool st_rules_try_call(struct st_rules_try *trial, json_t *state, const char *name)
{
    struct st_rules_call call;
    char why[200];
    if (st_rules_call_read(&call, state, why, sizeof(why)) < 0) {
        struct st_text text = {0};
        st_text_add_clean(&text, name);
        fprintf(stderr, "sidetone %s: %s: %s\n", trial->verb, text.data, why);
        st_text_fini(&text);
        return false;
    }
    json_t *matches = st_rules_run(&trial->settings, &call, trial->embedder);
    json_array_append_new(trial->calls,
                          json_pack("{s:s,s:I,s:o}", "call_id", call.facts->call_id, "duration_ms",
                                    (json_int_t)(call.duration_us / 1000), "matches", matches));
    if (!trial->is_json)
        show(trial, &call, matches);
    st_rules_call_fini(&call);
    return true;
}

static void print_json(const struct st_rules_try *trial, json_t *rows)
{
    json_t *all = json_pack("{s:O}", "calls", trial->calls);
    if (rows)
        json_object_set(all, "categories", rows);
    st_json_out(all);
    json_decref(all);
}

void st_rules_try_end(struct st_rules_try *trial, const struct st_rules_labels *labels)
{
    json_t *rows = labels ? st_rules_labels_compare(labels, trial->calls) : NULL;
    struct st_text text = {0};
    if (trial->is_json) {
        print_json(trial, rows);
    } else if (rows) {
        st_text_add(&text, "\n");
        st_rules_view_scores(rows, &text);
        fputs(text.data, stdout);
    }
    st_text_fini(&text);
    json_decref(rows);
}
