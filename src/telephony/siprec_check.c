/* What a configuration says of recorders that cannot be meant. */
#include "sidetone/siprec_calls.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static bool is_open(const struct st_config_siprec *config,
                    const struct st_config_siprec_listen *listen)
{
    bool is_known = listen->transport == ST_CONFIG_SIPREC_TLS && *config->client_ca_file;
    return config->source_count == 0 && config->user_count == 0 && !is_known;
}

struct refusal {
    st_config_error_fn report;
    void *user;
    unsigned count;
};

static void refuse(struct refusal *refusal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void refuse(struct refusal *refusal, const char *format, ...)
{
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    refusal->report(refusal->user, why);
    refusal->count++;
}

int st_siprec_calls_check(const struct st_config *whole, bool is_dev, st_config_error_fn report,
                          void *user)
{
    const struct st_config_siprec *config = &whole->siprec;
    struct refusal refusal = {.report = report, .user = user};
    if (config->listen_count == 0)
        return 0;
    for (unsigned i = 0; i < config->listen_count; i++) {
        const struct st_config_siprec_listen *listen = &config->listen[i];
        if (is_open(config, listen) && !(is_dev && st_config_is_loopback(listen->address)))
            refuse(&refusal,
                   "siprec.listen[%u] would take calls from anybody: set siprec.sources, "
                   "siprec.users or siprec.client_ca_file, or try --dev on a loopback address",
                   i);
    }
    for (unsigned i = 0; i < config->user_count; i++)
        if (!*config->users[i].password)
            refuse(&refusal, "siprec.users[%u] '%.64s' has no password", i, config->users[i].name);
    if (whole->rtp.first_port == 0)
        refuse(&refusal,
               "siprec.listen needs ports for the audio: rtp.first_port and rtp.last_port");
    return refusal.count > 0 ? -EINVAL : 0;
}
