#include "gateway_settings.h"

#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/embedder.h"
#include "sidetone/log.h"

#include <errno.h>
#include <string.h>

static const struct st_log serve_log = {.module = "serve"};

static void report_error(void *user, const char *text)
{
    ST_ERROR(&serve_log, "%s", text);
}

static void warn_of_rules(void *user, const char *text)
{
    ST_WARN(&serve_log, "%s", text);
}

static int check_safety(const struct st_config *config, bool is_dev)
{
    if (is_dev && !st_config_is_loopback(config->listen.address)) {
        ST_ERROR(&serve_log,
                 "--dev switches authentication off, so it needs a loopback address: "
                 "listen.address is %s",
                 config->listen.address);
        return -EINVAL;
    }
    if (!is_dev && !config->auth.secret[0]) {
        ST_ERROR(&serve_log, "no auth.secret: nobody could be let in. Set auth.secret_file (at "
                             "least 32 bytes, `openssl rand -base64 48`), or try --dev");
        return -EINVAL;
    }
    return 0;
}

static void apply_log(const struct st_config *config)
{
    st_log_clear_levels();
    st_log_set_json(strcmp(config->log.format, "json") == 0);
    st_log_set_level(NULL, (enum st_log_level)st_log_level_parse(config->log.level));
    for (unsigned i = 0; i < config->log.module_count; i++)
        st_log_set_level(config->log.modules[i].module,
                         (enum st_log_level)st_log_level_parse(config->log.modules[i].level));
}

static void load_embedder(struct st_embedder **embedder, const struct st_config *config)
{
    char why[4096 + 512];
    const char *dir = st_config_meaning_dir(config);
    if (*embedder || config->meaning.workers == 0)
        return;
    int err = st_embedder_create(embedder, dir, why, sizeof(why));
    if (!err)
        ST_INFO(&serve_log, "meaning: embedding model on ONNX Runtime %s, in %s",
                st_embedder_runtime(*embedder), dir);
    else if (err == -ENOENT)
        ST_INFO(&serve_log, "meaning: not installed (%s)", why);
    else
        ST_WARN(&serve_log, "meaning: off: %s", why);
}

static int load_config(struct st_config **ret_config, const struct gateway_options *options)
{
    struct st_config *config;
    int err = st_config_load(&config, options->config_path, report_error, NULL);
    if (err)
        return err;
    err = check_safety(config, options->is_dev);
    if (err) {
        st_config_free(config);
        return err;
    }
    if (options->port >= 0)
        config->listen.port = (uint16_t)options->port;
    if (options->operations_port >= 0)
        config->operations.port = (uint16_t)options->operations_port;
    *ret_config = config;
    return 0;
}

int gateway_settings_load(struct st_settings **ret_settings, struct st_embedder **embedder,
                          const struct gateway_options *options)
{
    struct st_config *config;
    char note[4096 + 512];
    int err = load_config(&config, options);
    if (!err)
        err = st_settings_create(ret_settings, config, report_error, NULL, note, sizeof(note));
    if (err)
        return err;
    apply_log(config);
    if (note[0])
        ST_WARN(&serve_log, "%s", note);
    load_embedder(embedder, config);
    if (*embedder)
        st_settings_learn(*ret_settings, *embedder);
    st_settings_notes(*ret_settings, warn_of_rules, NULL);
    return 0;
}
