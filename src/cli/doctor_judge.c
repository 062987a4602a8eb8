#include "doctor_judge.h"

#include "sidetone/certificate.h"
#include "sidetone/config.h"
#include "sidetone/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FILES_LEAST = 256, /* fewer cannot serve anybody */
    YEAR_LEAST = 2024,
    YEAR_MOST = 2100,
    DRIFT_US_MAX = 20000,
};

/* ---- open files ---- */

void st_doctor_judge_files(struct st_doctor_report *report, uint64_t allowed, uint64_t needed)
{
    static const char check[] = "open files";
    if (allowed >= needed) {
        st_doctor_report_add(report, check, ST_DOCTOR_OK, "%" PRIu64 " allowed, %" PRIu64 " needed",
                             allowed, needed);
        return;
    }
    st_doctor_report_add(report, check, allowed < FILES_LEAST ? ST_DOCTOR_FAIL : ST_DOCTOR_WARN,
                         "%" PRIu64 " allowed, but limits.connections and limits.calls need "
                         "%" PRIu64,
                         allowed, needed);
    st_doctor_report_fix(report,
                         "raise the hard limit (LimitNOFILE=%" PRIu64
                         " in the systemd unit, `ulimit -Hn`), or lower those",
                         needed);
}

/* ---- clock ---- */

static struct tm split_time(int64_t unix_s)
{
    struct tm parts = {0};
    time_t time = (time_t)unix_s;
    gmtime_r(&time, &parts);
    return parts;
}

void st_doctor_judge_clock(struct st_doctor_report *report, const struct st_doctor_clock *clock)
{
    static const char check[] = "clock";
    static const char set_it[] = "set it, and keep it set: `timedatectl set-ntp true`, or chrony";
    char now[64];
    struct tm parts = split_time(clock->unix_ms / 1000);
    int year = parts.tm_year + 1900;
    int64_t drift_us = clock->wall_us - clock->monotonic_us;
    strftime(now, sizeof(now), "%Y-%m-%d %H:%M:%S UTC", &parts);
    if (year < YEAR_LEAST || year > YEAR_MOST) {
        st_doctor_report_add(report, check, ST_DOCTOR_FAIL,
                             "%s: tokens and certificates will be refused", now);
        st_doctor_report_fix(report, set_it);
    } else if (llabs(drift_us) > DRIFT_US_MAX) {
        st_doctor_report_add(report, check, ST_DOCTOR_WARN,
                             "%s, but it moved %+" PRId64 " ms against the time that passed", now,
                             drift_us / 1000);
        st_doctor_report_fix(report, "something is setting it: let one time service do so, slowly");
    } else if (!clock->is_synchronised) {
        st_doctor_report_add(report, check, ST_DOCTOR_WARN, "%s, not known to be synchronised",
                             now);
        st_doctor_report_fix(report, set_it);
    } else {
        st_doctor_report_add(report, check, ST_DOCTOR_OK, "%s, synchronised", now);
    }
}

/* ---- ports ---- */

bool st_doctor_port_is_gateways(const struct st_doctor_port *port)
{
    return strcmp(port->program, "sidetone") == 0;
}

static void judge_taken(struct st_doctor_report *report, const struct st_doctor_port *port)
{
    if (st_doctor_port_is_gateways(port)) {
        st_doctor_report_add(report, port->check, ST_DOCTOR_OK,
                             "%s:%u is served by a running gateway (process %ld)", port->address,
                             port->port, port->holder);
    } else if (port->holder > 0) {
        st_doctor_report_add(report, port->check, ST_DOCTOR_FAIL,
                             "%s:%u is taken by %s (process %ld)", port->address, port->port,
                             port->program, port->holder);
        st_doctor_report_fix(report, "stop it, or choose another %s", port->option);
    } else {
        st_doctor_report_add(report, port->check, ST_DOCTOR_WARN,
                             "%s:%u is taken by a program of another user", port->address,
                             port->port);
        st_doctor_report_fix(report,
                             "run doctor as root to see which; unless it is the gateway, choose "
                             "another %s",
                             port->option);
    }
}

void st_doctor_judge_port(struct st_doctor_report *report, const struct st_doctor_port *port)
{
    if (port->err == -EADDRINUSE) {
        judge_taken(report, port);
        return;
    }
    if (port->err == 0) {
        if (port->port)
            st_doctor_report_add(report, port->check, ST_DOCTOR_OK, "%s:%u is free", port->address,
                                 port->port);
        else
            st_doctor_report_add(report, port->check, ST_DOCTOR_OK, "%s, any free port",
                                 port->address);
        return;
    }
    st_doctor_report_add(report, port->check, ST_DOCTOR_FAIL, "%s:%u cannot be had: %s",
                         port->address, port->port, st_err_text(port->err));
    if (port->err == -EACCES)
        st_doctor_report_fix(report, "ports below 1024 need CAP_NET_BIND_SERVICE "
                                     "(AmbientCapabilities= in the systemd unit)");
    else if (port->err == -EADDRNOTAVAIL)
        st_doctor_report_fix(report, "this machine has no such address: `ip address` lists them");
    else
        st_doctor_report_fix(report, "correct the address");
}

/* ---- certificate ---- */

static void judge_validity(struct st_doctor_report *report, const char *check,
                           const struct st_certificate *certificate, int64_t now_unix_s)
{
    char until[32];
    int64_t left_s = certificate->not_after_unix_s - now_unix_s;
    struct tm parts = split_time(certificate->not_after_unix_s);
    strftime(until, sizeof(until), "%Y-%m-%d", &parts);
    if (certificate->not_before_unix_s > now_unix_s) {
        st_doctor_report_add(report, check, ST_DOCTOR_FAIL, "%s is not valid yet",
                             certificate->subject);
        st_doctor_report_fix(report, "check the clock, or wait");
    } else if (left_s <= 0) {
        st_doctor_report_add(report, check, ST_DOCTOR_FAIL, "%s expired on %s",
                             certificate->subject, until);
        st_doctor_report_fix(report, "renew it, then send the gateway SIGHUP");
    } else {
        st_doctor_report_add(
            report, check, left_s < ST_DOCTOR_EXPIRY_S ? ST_DOCTOR_WARN : ST_DOCTOR_OK,
            "%s, by %s, until %s (%" PRId64 " days)%s", certificate->subject,
            certificate->is_self_signed ? "itself" : certificate->issuer, until, left_s / 86400,
            certificate->is_self_signed ? "; clients must be told to trust it" : "");
        if (left_s < ST_DOCTOR_EXPIRY_S)
            st_doctor_report_fix(report, "renew it, then send the gateway SIGHUP");
    }
}

void st_doctor_judge_certificate(struct st_doctor_report *report,
                                 const struct st_doctor_tls_checks *checks,
                                 const struct st_certificate *certificate, int64_t now_unix_s)
{
    judge_validity(report, checks->certificate, certificate, now_unix_s);
    if (certificate->names[0]) {
        st_doctor_report_add(report, checks->names, ST_DOCTOR_OK, "%s", certificate->names);
        return;
    }
    st_doctor_report_add(report, checks->names, ST_DOCTOR_WARN,
                         "none: browsers and most clients refuse it");
    st_doctor_report_fix(report, "have it issued with subjectAltName entries");
}

/* ---- secrets ---- */

void st_doctor_judge_secret_file(struct st_doctor_report *report, const char *check,
                                 const char *path, unsigned mode)
{
    if ((mode & 07) == 0) {
        st_doctor_report_add(report, check, ST_DOCTOR_OK, "%s, mode %03o", path, mode & 0777);
        return;
    }
    st_doctor_report_add(report, check, ST_DOCTOR_FAIL, "%s: every user of this machine can %s it",
                         path,
                         mode & 04   ? "read"
                         : mode & 02 ? "change"
                                     : "run");
    st_doctor_report_fix(report, "chmod o= %s, then change the secret: it may have been read",
                         path);
}

/* ---- engines ---- */

void st_doctor_judge_engine(struct st_doctor_report *report, const struct st_doctor_engine *engine)
{
    bool is_low = engine->quality && strcmp(engine->quality, "low") == 0;
    const char *unused = engine->need == ST_DOCTOR_UNUSED ? " (no route uses it)" : "";
    if (engine->err == 0) {
        bool is_poor = is_low && engine->need != ST_DOCTOR_UNUSED;
        st_doctor_report_add(report, "engine", is_poor ? ST_DOCTOR_WARN : ST_DOCTOR_OK,
                             "%s: %s%s%s", engine->name, engine->text,
                             is_poor ? "; recognition will be poor" : "", unused);
        if (is_poor)
            st_doctor_report_fix(report, "install Moonshine's models: deploy/quickstart does");
        return;
    }
    enum st_doctor_status status = engine->need == ST_DOCTOR_NEEDED   ? ST_DOCTOR_FAIL
                                   : engine->need == ST_DOCTOR_WANTED ? ST_DOCTOR_WARN
                                                                      : ST_DOCTOR_OK;
    st_doctor_report_add(report, "engine", status, "%s: %s%s", engine->name, engine->text, unused);
    if (status == ST_DOCTOR_WARN)
        st_doctor_report_fix(report, "without it, calls get the next engine that `auto` tries");
    else if (status == ST_DOCTOR_FAIL)
        st_doctor_report_fix(report, "%s",
                             engine->fix ? engine->fix
                                         : "make it available, or give the route another engine");
}
