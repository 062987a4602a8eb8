#include "sidetone/config.h"

#include "config_parts.h"
#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { FILE_MAX_BYTES = 1 << 20 };

static const cyaml_config_t cyaml_config = {.mem_fn = cyaml_mem,
                                            .flags = CYAML_CFG_DEFAULT | CYAML_CFG_NO_ALIAS};

static void wipe(char *secret)
{
    if (secret)
        OPENSSL_cleanse(secret, strlen(secret));
}

static void drop_empty(char **text)
{
    if (!*text || **text)
        return;
    free(*text);
    *text = NULL;
}

static int build(struct st_config **ret_config, yaml_document_t *take_document,
                 struct st_config_report *report)
{
    struct st_config *config = NULL;
    struct st_json_writer yaml;
    cyaml_err_t refused = CYAML_ERR_INTERNAL_ERROR;
    st_json_init_secret(&yaml);
    if (st_config_defaults_fill(take_document, &yaml) == 0)
        refused = cyaml_load_data((const uint8_t *)yaml.data, yaml.len, &cyaml_config,
                                  st_config_schema(), (cyaml_data_t **)&config, NULL);
    st_json_fini(&yaml);
    if (refused != CYAML_OK) {
        st_config_report_add(report, ST_LINE_WHOLE, "cannot be loaded: %s",
                             cyaml_strerror(refused));
        return -EINVAL;
    }
    drop_empty(&config->listen.tls.certificate_file);
    drop_empty(&config->listen.tls.key_file);
    *ret_config = config;
    return 0;
}

static void start_empty(yaml_document_t *ret_document)
{
    if (!yaml_document_initialize(ret_document, NULL, NULL, NULL, 1, 1) ||
        !yaml_document_add_mapping(ret_document, NULL, YAML_ANY_MAPPING_STYLE))
        abort();
}

int st_config_load_text(struct st_config **ret_config, struct st_config_report *report,
                        const char *text, size_t bytes)
{
    struct st_config *config;
    struct st_document *categories = NULL;
    yaml_document_t document;
    int ret = text ? st_config_document_read(&document, text, bytes, report) : 0;
    if (ret < 0)
        return ret;
    if (ret == 0)
        start_empty(&document);
    st_config_document_categories(&categories, &document, report);
    ret = build(&config, &document, report);
    if (ret < 0) {
        st_document_destroy(categories);
        return ret;
    }
    config->name = st_mem_strdup(report->problems.names[0]);
    config->categories = categories;
    st_config_secrets_read(config, report);
    st_config_check(config, report);
    if (report->problems.count > 0) {
        st_config_free(config);
        return -EINVAL;
    }
    *ret_config = config;
    return 0;
}

static int load_file(struct st_config **ret_config, struct st_config_report *report,
                     const char *path)
{
    char *text;
    size_t bytes;
    int err = st_file_read(path, FILE_MAX_BYTES, &text, &bytes);
    if (err) {
        st_config_report_add(report, ST_LINE_WHOLE, "%s",
                             err == -EFBIG    ? "is larger than a configuration may be (1 MiB)"
                             : err == -EINVAL ? "is not a file"
                                              : st_err_text(err));
        return err;
    }
    err = st_config_load_text(ret_config, report, text, bytes);
    OPENSSL_cleanse(text, bytes);
    free(text);
    return err;
}

int st_config_load(struct st_config **ret_config, const char *path, st_config_error_fn report,
                   void *user)
{
    struct st_config_report problems;
    st_config_report_init(&problems, path ? path : "defaults");
    int err = path ? load_file(ret_config, &problems, path)
                   : st_config_load_text(ret_config, &problems, NULL, 0);
    st_problems_send(&problems.problems, report, user);
    st_config_report_fini(&problems);
    return err;
}

void st_config_free(struct st_config *config)
{
    if (!config)
        return;
    st_document_destroy(config->categories);
    free(config->name);
    wipe(config->auth.secret);
    for (unsigned t = 0; t < config->tenant_count; t++)
        for (unsigned r = 0; r < config->tenants[t].route_count; r++) {
            wipe(config->tenants[t].routes[r].twilio.auth_token);
            free(config->tenants[t].routes[r].acs.jwks);
        }
    for (unsigned i = 0; i < config->engines.remote_count; i++)
        wipe(config->engines.remote[i].key);
    cyaml_free(&cyaml_config, st_config_schema(), config, 0);
}

static bool is_named(const char *have, const char *name, size_t bytes)
{
    return strlen(have) == bytes && memcmp(have, name, bytes) == 0;
}

bool st_config_is_loopback(const char *address)
{
    struct in_addr v4;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(address, "::1") == 0 || strcmp(address, "localhost") == 0;
}

bool st_config_is_every_address(const char *address)
{
    static const struct in6_addr every;
    struct in6_addr given;
    int family = strchr(address, ':') ? AF_INET6 : AF_INET;
    size_t bytes = family == AF_INET6 ? sizeof(every) : sizeof(struct in_addr);
    return inet_pton(family, address, &given) == 1 && memcmp(&given, &every, bytes) == 0;
}

static void default_name(const char **name, size_t *bytes)
{
    if (*name && *bytes > 0)
        return;
    *name = "default";
    *bytes = strlen(*name);
}

const struct st_config_tenant *st_config_tenant_find(const struct st_config *config,
                                                     const char *name, size_t bytes)
{
    default_name(&name, &bytes);
    for (unsigned i = 0; i < config->tenant_count; i++)
        if (is_named(config->tenants[i].name, name, bytes))
            return &config->tenants[i];
    return NULL;
}

const struct st_config_route *st_config_route_find(const struct st_config_tenant *tenant,
                                                   const char *name, size_t bytes)
{
    default_name(&name, &bytes);
    for (unsigned i = 0; i < tenant->route_count; i++)
        if (is_named(tenant->routes[i].name, name, bytes))
            return &tenant->routes[i];
    return NULL;
}

const struct st_config_route_language *st_config_language_find(const struct st_config_route *route,
                                                               const char *language)
{
    const struct st_config_route_language *found = NULL;
    size_t primary = strcspn(language, "-");
    for (unsigned i = 0; i < route->language_count; i++) {
        const char *have = route->languages[i].language;
        if (strcasecmp(have, language) == 0)
            return &route->languages[i];
        if (!found && strlen(have) == primary && strncasecmp(have, language, primary) == 0)
            found = &route->languages[i];
    }
    return found;
}

size_t st_config_hints(const struct st_config_route *route, const char *language,
                       const char ***ret_hints)
{
    const struct st_config_route_language *special = st_config_language_find(route, language);
    size_t more = special ? special->hint_count : 0, count = 0;
    const char **hints = st_mem_alloc_array(route->hint_count + more + 1, sizeof(hints[0]));
    for (unsigned i = 0; i < route->hint_count; i++)
        hints[count++] = route->hints[i];
    for (size_t i = 0; i < more; i++)
        hints[count++] = special->hints[i];
    *ret_hints = hints;
    return count;
}

const char *st_config_team_of(const struct st_config *config, const char *agent_id)
{
    for (unsigned t = 0; t < config->team_count; t++)
        for (unsigned a = 0; a < config->teams[t].agent_count; a++)
            if (strcmp(config->teams[t].agents[a], agent_id) == 0)
                return config->teams[t].name;
    return "";
}

const struct st_config_remote_engine *st_config_remote_find(const struct st_config_engines *engines,
                                                            const char *name)
{
    for (unsigned i = 0; i < engines->remote_count; i++)
        if (strcmp(engines->remote[i].name, name) == 0)
            return &engines->remote[i];
    return NULL;
}

const char *st_config_models_dir(const struct st_config_engines *engines)
{
    static const char local[] = "./.sidetone/models";
    const char *from_environment = getenv("SIDETONE_MODELS");
    struct stat folder;
    if (engines->moonshine.models_dir && *engines->moonshine.models_dir)
        return engines->moonshine.models_dir;
    if (from_environment && *from_environment)
        return from_environment;
    if (stat(local, &folder) == 0 && S_ISDIR(folder.st_mode))
        return local;
    return "/usr/share/sidetone/models";
}

const char *st_config_meaning_dir(const struct st_config *config)
{
    if (config->meaning.models_dir && *config->meaning.models_dir)
        return config->meaning.models_dir;
    return st_config_models_dir(&config->engines);
}
