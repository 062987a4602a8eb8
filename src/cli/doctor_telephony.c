#include "doctor_telephony.h"

#include "doctor_files.h"
#include "doctor_judge_telephony.h"
#include "doctor_look.h"
#include "loop_count.h"

#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/siprec_calls.h"

#include <stdio.h>
#include <string.h>

/* ---- RTP ---- */

static bool comes_from_afar(const struct st_config *config)
{
    bool is_far = !st_config_is_loopback(config->listen.address);
    for (unsigned i = 0; i < config->siprec.listen_count; i++)
        is_far |= !st_config_is_loopback(config->siprec.listen[i].address);
    return is_far;
}

static bool is_here(const char *address)
{
    struct st_doctor_port port = {.address = address, .is_datagram = true};
    st_doctor_look_port(&port);
    return port.err == 0;
}

static void check_rtp(struct st_doctor_report *report, const struct st_config *config)
{
    const struct st_config_rtp *rtp = &config->rtp;
    if (rtp->first_port == 0) {
        st_doctor_report_add(report, "rtp ports", ST_DOCTOR_OK, "off: rtp.first_port is 0");
        return;
    }
    struct st_doctor_range range = {.address = rtp->address,
                                    .first = rtp->first_port,
                                    .last = rtp->last_port,
                                    .loops = loop_count(config)};
    struct st_doctor_told told = {.address = rtp->address,
                                  .told = rtp->advertised[0] ? rtp->advertised : rtp->address,
                                  .comes_from_afar = comes_from_afar(config)};
    st_doctor_look_range(&range);
    st_doctor_judge_range(report, &range);
    told.is_here = is_here(told.told);
    if (!range.err)
        st_doctor_judge_told(report, &told);
}

/* ---- SIPREC ---- */

static void check_listeners(struct st_doctor_report *report, const struct st_config_siprec *siprec)
{
    static const char *const checks[] = {[ST_CONFIG_SIPREC_UDP] = "siprec udp",
                                         [ST_CONFIG_SIPREC_TCP] = "siprec tcp",
                                         [ST_CONFIG_SIPREC_TLS] = "siprec tls"};
    for (unsigned i = 0; i < siprec->listen_count; i++) {
        const struct st_config_siprec_listen *listen = &siprec->listen[i];
        char option[48];
        snprintf(option, sizeof(option), "siprec.listen[%u].port", i);
        struct st_doctor_port port = {.check = checks[listen->transport],
                                      .option = option,
                                      .address = listen->address,
                                      .port = listen->port,
                                      .is_datagram = listen->transport == ST_CONFIG_SIPREC_UDP};
        st_doctor_look_port(&port);
        st_doctor_judge_port(report, &port);
    }
}

static bool is_everybodys(const struct st_config_siprec *siprec)
{
    bool lets_all_in = false, is_anonymous = false;
    for (unsigned i = 0; i < siprec->source_count; i++) {
        const char *bits = strchr(siprec->sources[i], '/');
        lets_all_in |= bits && strspn(bits + 1, "0") == strlen(bits + 1);
    }
    for (unsigned i = 0; i < siprec->listen_count; i++)
        is_anonymous |=
            siprec->listen[i].transport != ST_CONFIG_SIPREC_TLS || !*siprec->client_ca_file;
    return lets_all_in && is_anonymous && siprec->user_count == 0;
}

static void add_refusal(void *user, const char *why)
{
    st_doctor_judge_refusal(user, why);
}

static void check_access(struct st_doctor_report *report, const struct st_config *config,
                         bool is_dev)
{
    const struct st_config_siprec *siprec = &config->siprec;
    struct st_doctor_access access = {.sources = siprec->source_count,
                                      .users = siprec->user_count,
                                      .has_client_ca = *siprec->client_ca_file != '\0',
                                      .is_everybodys = is_everybodys(siprec)};
    if (st_siprec_calls_check(config, is_dev, add_refusal, report) == 0)
        st_doctor_judge_access(report, &access);
    for (unsigned i = 0; i < siprec->user_count; i++)
        if (siprec->users[i].password_file[0])
            st_doctor_files_secret(report, "siprec password", siprec->users[i].password_file);
}

static void on_authority(void *user, const struct st_certificate *certificate)
{
    st_doctor_authorities_add(user, certificate);
}

static void check_authorities(struct st_doctor_report *report, const char *path)
{
    struct st_doctor_authorities authorities = {.now_unix_s = st_loop_wall_unix_ms() / 1000};
    char why[640];
    if (st_certificate_each(path, on_authority, &authorities, why, sizeof(why)) > 0) {
        st_doctor_judge_authorities(report, &authorities);
        return;
    }
    st_doctor_report_add(report, "siprec authorities", ST_DOCTOR_FAIL, "%s", why);
    st_doctor_report_fix(report, "the gateway's user must be able to read siprec.client_ca_file, "
                                 "certificates one behind the other");
}

static void check_tls(struct st_doctor_report *report, const struct st_config_siprec *siprec)
{
    static const struct st_doctor_tls_checks checks = {"siprec certificate", "siprec names",
                                                       "siprec key"};
    bool has_tls = false;
    for (unsigned i = 0; i < siprec->listen_count; i++)
        has_tls |= siprec->listen[i].transport == ST_CONFIG_SIPREC_TLS;
    if (!has_tls)
        return;
    st_doctor_files_tls(report, &checks, &siprec->tls);
    if (*siprec->client_ca_file)
        check_authorities(report, siprec->client_ca_file);
}

void st_doctor_telephony(struct st_doctor_report *report, const struct st_config *config,
                         bool is_dev)
{
    check_rtp(report, config);
    if (config->siprec.listen_count == 0) {
        st_doctor_report_add(report, "siprec", ST_DOCTOR_OK, "off: siprec.listen is empty");
        return;
    }
    check_listeners(report, &config->siprec);
    check_access(report, config, is_dev);
    check_tls(report, &config->siprec);
}
