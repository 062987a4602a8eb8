/* What makes no sense in the section `siprec`. */
#include "config_parts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_address(const char *text, unsigned *ret_bits)
{
    struct in6_addr any;
    bool is_v4 = inet_pton(AF_INET, text, &any) == 1;
    *ret_bits = is_v4 ? 32 : 128;
    return is_v4 || inet_pton(AF_INET6, text, &any) == 1;
}

/* "192.0.2.1", "10.0.0.0/8" */
static bool is_prefix(const char *text)
{
    char address[64], *end;
    unsigned bits;
    size_t chars = strcspn(text, "/");
    snprintf(address, sizeof(address), "%.*s", (int)chars, text);
    if (chars >= sizeof(address) || !is_address(address, &bits))
        return false;
    if (!text[chars])
        return true;
    const char *given = text + chars + 1;
    unsigned long wanted = strtoul(given, &end, 10);
    return *given >= '0' && *given <= '9' && !*end && wanted <= bits;
}

static void check_listeners(const struct st_config_siprec *siprec, struct st_config_report *report)
{
    for (unsigned i = 0; i < siprec->listen_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        unsigned bits;
        const struct st_config_siprec_listen *listen = &siprec->listen[i];
        snprintf(path, sizeof(path), "siprec.listen[%u].address", i);
        if (!is_address(listen->address, &bits))
            st_config_report_at(report, path, "'%s' must be an IP address, not '%.40s'", path,
                                listen->address);
        snprintf(path, sizeof(path), "siprec.listen[%u].transport", i);
        if (listen->transport == ST_CONFIG_SIPREC_TLS &&
            (!siprec->tls.certificate_file || !siprec->tls.key_file))
            st_config_report_at(report, path,
                                "'%s' tls needs 'siprec.tls.certificate_file' and "
                                "'siprec.tls.key_file'",
                                path);
    }
}

/* Contact names it: peers would send what follows an INVITE to themselves. */
static void check_reachable(const struct st_config_siprec *siprec, struct st_config_report *report)
{
    static const char path[] = "siprec.listen[0].address";
    if (siprec->listen_count == 0 || *siprec->advertised)
        return;
    const char *address = siprec->listen[0].address;
    if (st_config_is_every_address(address))
        st_config_report_at(report, path,
                            "'%s' is every address of this machine: 'siprec.advertised' must say "
                            "by which peers reach it",
                            path);
}

static void check_roles(const struct st_config_siprec *siprec, struct st_config_report *report)
{
    for (unsigned i = 0; i < siprec->role_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        const struct st_config_siprec_role *role = &siprec->roles[i];
        snprintf(path, sizeof(path), "siprec.roles[%u].header", i);
        if (*role->header && (!strchr(role->header, ':') || strcspn(role->header, ":") >= 64))
            st_config_report_at(report, path, "'%s' must be written as Name: value", path);
    }
}

static void check_route(const struct st_config *config, struct st_config_report *report)
{
    const struct st_config_siprec *siprec = &config->siprec;
    const struct st_config_tenant *tenant =
        st_config_tenant_find(config, siprec->tenant, strlen(siprec->tenant));
    if (!tenant)
        st_config_report_at(report, "siprec.tenant", "there is no tenant '%.64s'", siprec->tenant);
    else if (!st_config_route_find(tenant, siprec->route, strlen(siprec->route)))
        st_config_report_at(report, "siprec.route", "tenant '%.64s' has no route '%.64s'",
                            siprec->tenant, siprec->route);
}

void st_config_check_siprec(const struct st_config *config, struct st_config_report *report)
{
    const struct st_config_siprec *siprec = &config->siprec;
    if (strpbrk(siprec->realm, "\"\\\r\n"))
        st_config_report_at(report, "siprec.realm",
                            "'siprec.realm' cannot have quotes or backslashes in it");
    check_listeners(siprec, report);
    check_reachable(siprec, report);
    for (unsigned i = 0; i < siprec->source_count; i++) {
        char path[ST_CONFIG_PATH_MAX];
        snprintf(path, sizeof(path), "siprec.sources[%u]", i);
        if (!is_prefix(siprec->sources[i]))
            st_config_report_at(report, path,
                                "'%s' must be an IP address or a prefix such as 10.0.0.0/8", path);
    }
    check_roles(siprec, report);
    if (siprec->listen_count > 0)
        check_route(config, report);
}
