/* What is well-formed and still makes no sense. */
#include "config_parts.h"

#include "sidetone/err.h"
#include "sidetone/log.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *word_at(const void *words, unsigned i)
{
    return ((const char *const *)words)[i];
}

static const char *module_at(const void *from, unsigned i)
{
    return st_log_module_name(i);
}

static const char *level_at(const void *from, unsigned i)
{
    return i <= ST_LOG_OFF ? st_log_level_name((enum st_log_level)i) : NULL;
}

static void check_word(struct st_config_report *report, const char *path, const char *word,
                       const char *(*candidate)(const void *, unsigned), const void *from)
{
    const char *text;
    for (unsigned i = 0; (text = candidate(from, i)) != NULL; i++)
        if (strcmp(text, word) == 0)
            return;
    const char *meant = st_problems_closest(word, candidate, from);
    st_config_report_at(report, path, "'%s' cannot be '%.40s'%s%s%s", path, word,
                        meant ? ", did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

static void check_address(struct st_config_report *report, const char *path, const char *address)
{
    struct in6_addr any;
    if (inet_pton(AF_INET, address, &any) != 1 && inet_pton(AF_INET6, address, &any) != 1)
        st_config_report_at(report, path, "'%s' must be an IP address, not '%.40s'", path, address);
}

static bool has_only(const char *text, const char *more)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(more, *text))
            return false;
    return true;
}

/* The rest behind one of the schemes, which end with "://"; NULL when it is none of them. */
static const char *after_scheme(const char *url, const char *const *schemes)
{
    for (; *schemes; schemes++)
        if (strncmp(url, *schemes, strlen(*schemes)) == 0)
            return url + strlen(*schemes);
    return NULL;
}

static bool is_url_text(const char *rest)
{
    if (!rest || !*rest || strchr("/:?#@", *rest))
        return false;
    for (; *rest; rest++)
        if ((unsigned char)*rest <= 0x20 || (unsigned char)*rest >= 0x7f)
            return false;
    return true;
}

static void check_url(struct st_config_report *report, const char *path, const char *url,
                      const char *const *schemes)
{
    if (*url && !is_url_text(after_scheme(url, schemes)))
        st_config_report_at(report, path, "'%s' must be a URL beginning with %s or %s", path,
                            schemes[0], schemes[1]);
}

static void check_readable(struct st_config_report *report, const char *path, const char *file)
{
    struct stat info;
    if (!file || !*file)
        return;
    int err = stat(file, &info) != 0 || access(file, R_OK) != 0 ? -errno
              : S_ISDIR(info.st_mode)                           ? -EISDIR
                                                                : 0;
    if (err)
        st_config_report_at(report, path, "'%s': %.200s: %s", path, file, st_err_text(err));
}

static void check_listen(const struct st_config *config, struct st_config_report *report)
{
    static const char *const schemes[] = {"https://", "http://", "wss://", "ws://", NULL};
    const struct st_config_tls *tls = &config->listen.tls;
    const struct st_config_operations *operations = &config->operations;
    check_address(report, "listen.address", config->listen.address);
    check_url(report, "listen.public_url", config->listen.public_url, schemes);
    if (!tls->certificate_file != !tls->key_file)
        st_config_report_at(report,
                            tls->key_file ? "listen.tls.key_file" : "listen.tls.certificate_file",
                            "'listen.tls' needs both certificate_file and key_file");
    check_readable(report, "listen.tls.certificate_file", tls->certificate_file);
    check_readable(report, "listen.tls.key_file", tls->key_file);
    if (operations->is_off)
        return;
    check_address(report, "operations.address", operations->address);
    if (operations->port != 0 && operations->port == config->listen.port &&
        strcmp(operations->address, config->listen.address) == 0)
        st_config_report_at(report, "operations.port",
                            "'operations' and 'listen' cannot have the same address and port");
}

static void check_rtp(const struct st_config_rtp *rtp, struct st_config_report *report)
{
    check_address(report, "rtp.address", rtp->address);
    if (rtp->advertised[0])
        check_address(report, "rtp.advertised", rtp->advertised);
    if (rtp->first_port == 0)
        return;
    if (rtp->first_port < 1024 || rtp->first_port % 2 != 0)
        st_config_report_at(report, "rtp.first_port",
                            "'rtp.first_port' must be 0 or an even port from 1024");
    if (rtp->last_port <= rtp->first_port)
        st_config_report_at(report, "rtp.last_port",
                            "'rtp.last_port' must be more than 'rtp.first_port'");
    if (st_config_is_every_address(rtp->address) && !rtp->advertised[0])
        st_config_report_at(report, "rtp.address",
                            "'rtp.address' %s is every address of this machine: say with "
                            "'rtp.advertised' which of them senders are to send to",
                            rtp->address);
    if (st_config_is_every_address(rtp->advertised))
        st_config_report_at(report, "rtp.advertised",
                            "'rtp.advertised' must be an address that senders can send to, not %s",
                            rtp->advertised);
}

static void check_limits(const struct st_config *config, struct st_config_report *report)
{
    const struct st_config_limits *limits = &config->limits;
    if (limits->connections_per_address > limits->connections)
        st_config_report_at(report, "limits.connections_per_address",
                            "'limits.connections_per_address' is more than 'limits.connections'");
    if (limits->ping_interval_s >= limits->idle_timeout_s)
        st_config_report_at(report, "limits.ping_interval_s",
                            "'limits.ping_interval_s' must be less than 'limits.idle_timeout_s'");
    if (config->push.partial_bytes > config->push.queue_bytes)
        st_config_report_at(report, "push.partial_bytes",
                            "'push.partial_bytes' is more than 'push.queue_bytes'");
}

static void check_log(const struct st_config_log *log, struct st_config_report *report)
{
    static const char *const formats[] = {"human", "json", NULL};
    check_word(report, "log.format", log->format, word_at, formats);
    check_word(report, "log.level", log->level, level_at, NULL);
    for (unsigned i = 0; i < log->module_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        snprintf(path, sizeof(path), "log.modules[%u].module", i);
        check_word(report, path, log->modules[i].module, module_at, NULL);
        for (unsigned j = 0; j < i; j++)
            if (strcmp(log->modules[i].module, log->modules[j].module) == 0)
                st_config_report_at(report, path, "module '%.40s' is given twice",
                                    log->modules[i].module);
        snprintf(path, sizeof(path), "log.modules[%u].level", i);
        check_word(report, path, log->modules[i].level, level_at, NULL);
    }
}

/* As browsers send it: scheme, host and, when it is not the usual one, port. */
static bool is_origin(const char *origin)
{
    static const char *const schemes[] = {"https://", "http://", NULL};
    const char *rest = after_scheme(origin, schemes);
    if (!is_url_text(rest) || strpbrk(rest, "/?#@*"))
        return false;
    for (; *rest; rest++)
        if (isupper((unsigned char)*rest))
            return false;
    return true;
}

static void check_origins(const struct st_config_auth *auth, struct st_config_report *report)
{
    for (unsigned i = 0; i < auth->origin_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        snprintf(path, sizeof(path), "auth.origins[%u]", i);
        if (!is_origin(auth->origins[i]))
            st_config_report_at(report, path,
                                "'%s' must be an origin such as https://desk.example.com, in lower "
                                "case and without a path",
                                path);
    }
}

static void check_name(struct st_config_report *report, const char *path, const char *name)
{
    if (!has_only(name, "-_.") || name[0] == '.')
        st_config_report_at(report, path,
                            "'%s' stands in URLs: letters, digits, '-', '_' and '.' only", path);
}

static void check_language(struct st_config_report *report, const char *path, const char *language)
{
    if (!has_only(language, "-"))
        st_config_report_at(report, path, "'%s' must be a language such as en-US", path);
}

static const char *hint_problem(const char *hint)
{
    bool has_sound = false;
    for (; *hint; hint++) {
        unsigned char c = (unsigned char)*hint;
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)hint[1] < 0xa0))
            return "holds a control character";
        has_sound = has_sound || isalnum(c) || c >= 0x80;
    }
    return has_sound ? NULL : "holds no letter or digit";
}

/* That they are neither empty nor too long is seen before. */
static void check_hints(struct st_config_report *report, const char *above, char *const *hints,
                        unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        const char *problem = hint_problem(hints[i]);
        snprintf(path, sizeof(path), "%.140s[%u]", above, i);
        if (problem)
            st_config_report_at(report, path, "'%s' %s", path, problem);
    }
}

static void check_twice(struct st_config_report *report, const char *above, char *const *engines,
                        unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned other = 0; other < i; other++) {
            char path[ST_CONFIG_PATH_MAX];
            if (strcmp(engines[i], engines[other]) != 0)
                continue;
            snprintf(path, sizeof(path), "%.110s[%u]", above, i);
            st_config_report_at(report, path, "engine '%.64s' is given twice", engines[i]);
            break;
        }
}

static void check_route(const struct st_config_tenant *tenant, unsigned r, const char *tenant_path,
                        struct st_config_report *report)
{
    const struct st_config_route *route = &tenant->routes[r];
    char path[ST_CONFIG_PATH_MAX];
    snprintf(path, sizeof(path), "%.100s.routes[%u].name", tenant_path, r);
    check_name(report, path, route->name);
    for (unsigned other = 0; other < r; other++)
        if (strcmp(route->name, tenant->routes[other].name) == 0) {
            st_config_report_at(report, path, "route '%s' is given twice", route->name);
            break;
        }
    snprintf(path, sizeof(path), "%.100s.routes[%u].language", tenant_path, r);
    check_language(report, path, route->language);
    snprintf(path, sizeof(path), "%.100s.routes[%u].engines", tenant_path, r);
    check_twice(report, path, route->engines, route->engine_count);
    snprintf(path, sizeof(path), "%.100s.routes[%u].hints", tenant_path, r);
    check_hints(report, path, route->hints, route->hint_count);
    for (unsigned i = 0; i < route->language_count; i++) {
        const struct st_config_route_language *of = &route->languages[i];
        snprintf(path, sizeof(path), "%.80s.routes[%u].languages[%u].language", tenant_path, r, i);
        check_language(report, path, of->language);
        for (unsigned other = 0; other < i; other++)
            if (strcasecmp(of->language, route->languages[other].language) == 0)
                st_config_report_at(report, path, "language '%.40s' is given twice", of->language);
        snprintf(path, sizeof(path), "%.80s.routes[%u].languages[%u].engines", tenant_path, r, i);
        check_twice(report, path, of->engines, of->engine_count);
        snprintf(path, sizeof(path), "%.80s.routes[%u].languages[%u].hints", tenant_path, r, i);
        check_hints(report, path, of->hints, of->hint_count);
    }
}

static void check_files(const struct st_config_rules *rules, const char *above,
                        struct st_config_report *report)
{
    for (unsigned i = 0; i < rules->file_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        snprintf(path, sizeof(path), "%.100s.files[%u]", above, i);
        check_readable(report, path, rules->files[i]);
    }
}

static void check_tenants(const struct st_config *config, struct st_config_report *report)
{
    for (unsigned t = 0; t < config->tenant_count; t++) {
        const struct st_config_tenant *tenant = &config->tenants[t];
        char tenant_path[32], path[ST_CONFIG_PATH_MAX];
        snprintf(tenant_path, sizeof(tenant_path), "tenants[%u]", t);
        snprintf(path, sizeof(path), "%s.name", tenant_path);
        check_name(report, path, tenant->name);
        for (unsigned other = 0; other < t; other++)
            if (strcmp(tenant->name, config->tenants[other].name) == 0) {
                st_config_report_at(report, path, "tenant '%s' is given twice", tenant->name);
                break;
            }
        for (unsigned r = 0; r < tenant->route_count; r++)
            check_route(tenant, r, tenant_path, report);
        snprintf(path, sizeof(path), "%s.rules", tenant_path);
        check_files(&tenant->rules, path, report);
    }
}

static void check_alerts(const struct st_config_alerts *alerts, struct st_config_report *report)
{
    if (alerts->escalate_count == 1)
        st_config_report_at(report, "alerts.escalate_count",
                            "'alerts.escalate_count' is 0 (never) or at least 2");
    for (unsigned i = 0; i < alerts->category_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        const struct st_config_alert_category *category = &alerts->categories[i];
        snprintf(path, sizeof(path), "alerts.categories[%u].escalate_count", i);
        if (category->escalate_count == 1)
            st_config_report_at(report, path, "'%s' is 0 (never) or at least 2", path);
        snprintf(path, sizeof(path), "alerts.categories[%u].name", i);
        for (unsigned other = 0; other < i; other++)
            if (strcmp(category->name, alerts->categories[other].name) == 0) {
                st_config_report_at(report, path, "category '%.64s' is given twice",
                                    category->name);
                break;
            }
    }
}

static void check_teams(const struct st_config *config, struct st_config_report *report)
{
    for (unsigned t = 0; t < config->team_count; t++) {
        char path[ST_CONFIG_PATH_MAX];
        const struct st_config_team *team = &config->teams[t];
        snprintf(path, sizeof(path), "teams[%u].name", t);
        for (unsigned other = 0; other < t; other++)
            if (strcmp(team->name, config->teams[other].name) == 0) {
                st_config_report_at(report, path, "team '%.64s' is given twice", team->name);
                break;
            }
    }
}

static void check_engines(const struct st_config_engines *engines, struct st_config_report *report)
{
    static const char *const schemes[] = {"wss://", "https://", "ws://", "http://", NULL};
    for (unsigned i = 0; i < engines->remote_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        const struct st_config_remote_engine *engine = &engines->remote[i];
        snprintf(path, sizeof(path), "engines.remote[%u].name", i);
        check_name(report, path, engine->name);
        for (unsigned other = 0; other < i; other++)
            if (strcmp(engine->name, engines->remote[other].name) == 0) {
                st_config_report_at(report, path, "engine '%.64s' is given twice", engine->name);
                break;
            }
        snprintf(path, sizeof(path), "engines.remote[%u].url", i);
        check_url(report, path, engine->url, schemes);
        snprintf(path, sizeof(path), "engines.remote[%u].ca_file", i);
        check_readable(report, path, engine->ca_file);
        snprintf(path, sizeof(path), "engines.remote[%u].hints", i);
        check_hints(report, path, engine->hints, engine->hint_count);
        for (unsigned p = 0; p < engine->parameter_count; p++) {
            snprintf(path, sizeof(path), "engines.remote[%u].parameters[%u]", i, p);
            if (strcspn(engine->parameters[p], "=") == 0 || !strchr(engine->parameters[p], '='))
                st_config_report_at(report, path, "'%s' must be written as name=value", path);
        }
    }
}

void st_config_check(const struct st_config *config, struct st_config_report *report)
{
    check_listen(config, report);
    check_limits(config, report);
    check_rtp(&config->rtp, report);
    st_config_check_siprec(config, report);
    check_log(&config->log, report);
    check_origins(&config->auth, report);
    check_tenants(config, report);
    check_engines(&config->engines, report);
    check_readable(report, "sentiment.lexicon_file", config->sentiment.lexicon_file);
    check_alerts(&config->alerts, report);
    check_teams(config, report);
    for (unsigned i = 0; i < config->profanity.file_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        snprintf(path, sizeof(path), "profanity.files[%u]", i);
        check_readable(report, path, config->profanity.files[i]);
    }
    check_readable(report, "privacy.names_file", config->privacy.names_file);
    check_files(&config->rules, "rules", report);
}
