/* The words of `profanity`: our own, those of the configuration, those of its files. */
#include "call_internal.h"

#include "sidetone/document.h"
#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/profanity_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20 };

static int read_file(struct st_profanity_list *list, const char *path, struct st_problems *problems)
{
    char *text;
    size_t bytes;
    unsigned line;
    const char *why;
    st_problems_name(problems, path);
    int err = st_file_read(path, FILE_BYTES_MAX, &text, &bytes);
    if (err) {
        st_problems_add(problems, ST_LINE_WHOLE, "%s", st_err_text(err));
        return err;
    }
    err = st_profanity_list_read(list, text, bytes, &line, &why);
    if (err)
        st_problems_add(problems, (int)line, "the word %s", why);
    free(text);
    return err;
}

int settings_load_profanity(struct st_settings *settings, struct st_problems *problems)
{
    const struct st_config_profanity *config = &settings->config->profanity;
    char shown[ST_PROBLEMS_SHOWN_MAX];
    const char *why;
    int ret = 0;
    if (!config->has_own && config->word_count == 0 && config->file_count == 0)
        return 0;
    struct st_profanity_list *list = settings->analysis.profanity = st_profanity_list_create();
    if (config->has_own)
        st_profanity_list_add_own(list);
    st_problems_name(problems, settings->config->name);
    for (unsigned i = 0; i < config->word_count; i++)
        if (st_profanity_list_add(list, config->words[i], strlen(config->words[i]), &why) < 0) {
            st_problems_add(problems, ST_LINE_WHOLE, "'profanity.words': '%s' %s",
                            st_problems_shown(config->words[i], shown), why);
            ret = -EINVAL;
        }
    for (unsigned i = 0; i < config->file_count; i++)
        if (read_file(list, config->files[i], problems) < 0)
            ret = -EINVAL;
    return ret;
}
