#include "call_internal.h"

#include "sidetone/mem.h"
#include "sidetone/sentiment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEXICON_BYTES_MAX = 8 << 20 };

static int read_file(const char *path, char **ret_text, size_t *ret_bytes)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return -errno;
    char *text = st_mem_try_alloc(LEXICON_BYTES_MAX);
    size_t bytes = text ? fread(text, 1, LEXICON_BYTES_MAX, file) : 0;
    int err = !text ? -ENOMEM : ferror(file) ? -EIO : bytes == LEXICON_BYTES_MAX ? -EFBIG : 0;
    fclose(file);
    if (err) {
        free(text);
        return err;
    }
    *ret_text = text;
    *ret_bytes = bytes;
    return 0;
}

static void load_lexicon(struct st_settings *settings, char *ret_why, size_t why_bytes)
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
    int err = read_file(path, &text, &bytes);
    if (err) {
        snprintf(ret_why, why_bytes, "sentiment is off: %s: %s", path, strerror(-err));
        return;
    }
    char why[256] = "";
    if (st_sentiment_lexicon_create(&settings->lexicon, text, bytes, why, sizeof(why)) < 0)
        snprintf(ret_why, why_bytes, "sentiment is off: %s: %s", path, why);
    free(text);
}

int st_settings_create(struct st_settings **ret_settings, struct st_config *take_config,
                       char *ret_why, size_t why_bytes)
{
    struct st_settings *settings = st_mem_alloc(sizeof(*settings));
    atomic_init(&settings->refs, 1);
    settings->config = take_config;
    ret_why[0] = '\0';
    int err = st_rules_create(&settings->analysis.rules, take_config->categories,
                              take_config->category_count, ret_why, why_bytes);
    if (err) {
        st_settings_unref(settings);
        return err;
    }
    load_lexicon(settings, ret_why, why_bytes);
    settings->analysis.lexicon = settings->lexicon;
    *ret_settings = settings;
    return 0;
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
    st_rules_unref(settings->analysis.rules);
    st_sentiment_lexicon_destroy(settings->lexicon);
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
