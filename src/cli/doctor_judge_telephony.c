#include "doctor_judge_telephony.h"

#include "sidetone/config.h"
#include "sidetone/err.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { PORTS_PER_STREAM = 2, STREAMS_PER_CALL = 2 };

/* ---- ports ---- */

static void judge_range_taken(struct st_doctor_report *report, const struct st_doctor_range *range)
{
    const struct st_doctor_port *seen = &range->seen;
    bool is_all = range->taken == range->last - range->first + 1;
    enum st_doctor_status status = is_all ? ST_DOCTOR_FAIL : ST_DOCTOR_WARN;
    if (seen->holder > 0)
        st_doctor_report_add(report, "rtp ports", status,
                             "%u of %u to %u are taken, %u by %s (process %ld)", range->taken,
                             range->first, range->last, seen->port, seen->program, seen->holder);
    else
        st_doctor_report_add(report, "rtp ports", status,
                             "%u of %u to %u are taken, %u by a program of another user",
                             range->taken, range->first, range->last, seen->port);
    st_doctor_report_fix(report,
                         "unless it is the gateway, choose another range with rtp.first_port and "
                         "rtp.last_port, and keep it free with net.ipv4.ip_local_reserved_ports");
}

static void judge_range_share(struct st_doctor_report *report, const struct st_doctor_range *range,
                              unsigned streams)
{
    bool is_none = streams == 0;
    st_doctor_report_add(report, "rtp ports", is_none ? ST_DOCTOR_FAIL : ST_DOCTOR_WARN,
                         "%u to %u: %s for each of %u loop threads%s", range->first, range->last,
                         is_none ? "fewer than two" : "two", range->loops,
                         is_none ? ", so `serve` does not start" : "");
    st_doctor_report_fix(report, "widen rtp.first_port to rtp.last_port: a call of two streams "
                                 "takes four ports of its thread");
}

void st_doctor_judge_range(struct st_doctor_report *report, const struct st_doctor_range *range)
{
    unsigned ports = range->last - range->first + 1;
    unsigned streams = ports / PORTS_PER_STREAM / range->loops; /* of one loop */
    if (range->err) {
        st_doctor_report_add(report, "rtp ports", ST_DOCTOR_FAIL, "%s cannot be had: %s",
                             range->address, st_err_text(range->err));
        st_doctor_report_fix(report, range->err == -EADDRNOTAVAIL
                                         ? "rtp.address must be of this machine: `ip address` "
                                           "lists them"
                                         : "correct rtp.address");
    } else if (streams == 0) {
        judge_range_share(report, range, streams);
    } else if (range->taken > 0 && !st_doctor_port_is_gateways(&range->seen)) {
        judge_range_taken(report, range);
    } else if (streams < STREAMS_PER_CALL) {
        judge_range_share(report, range, streams);
    } else if (range->taken > 0) {
        st_doctor_report_add(report, "rtp ports", ST_DOCTOR_OK,
                             "%s, %u to %u, %u in use by a running gateway (process %ld)",
                             range->address, range->first, range->last, range->taken,
                             range->seen.holder);
    } else {
        st_doctor_report_add(report, "rtp ports", ST_DOCTOR_OK,
                             "%s, %u to %u are free: %u calls of two streams", range->address,
                             range->first, range->last, streams / STREAMS_PER_CALL * range->loops);
    }
}

/* ---- address ---- */

static bool is_v6(const char *address)
{
    return strchr(address, ':') != NULL;
}

void st_doctor_judge_told(struct st_doctor_report *report, const struct st_doctor_told *told)
{
    static const char check[] = "rtp address";
    bool is_every = st_config_is_every_address(told->address);
    bool takes_kind =
        is_v6(told->told) == is_v6(told->address) || (is_every && is_v6(told->address));
    bool is_local = st_config_is_loopback(told->told);
    bool is_same = is_every || strcmp(told->address, told->told) == 0;
    if (!takes_kind) {
        st_doctor_report_add(
            report, check, ST_DOCTOR_FAIL,
            "senders are told %s, but the ports are on %s, of the other kind of IP", told->told,
            told->address);
        st_doctor_report_fix(report, "rtp.address \"::\" takes both kinds");
    } else if (is_local && told->comes_from_afar) {
        st_doctor_report_add(report, check, ST_DOCTOR_WARN,
                             "senders are told %s: from other machines they would send to "
                             "themselves",
                             told->told);
        st_doctor_report_fix(report, "set rtp.address, and behind NAT rtp.advertised, to what they "
                                     "can reach");
    } else if (!is_same && (told->is_here || st_config_is_loopback(told->address))) {
        st_doctor_report_add(report, check, ST_DOCTOR_FAIL,
                             "senders are told %s, but the ports are on %s alone", told->told,
                             told->address);
        st_doctor_report_fix(report, "set rtp.address to %s, or to every address (\"::\")",
                             told->is_here ? told->told : "what that is passed on to");
    } else {
        st_doctor_report_add(report, check, ST_DOCTOR_OK, "senders are told %s%s", told->told,
                             told->is_here ? ""
                                           : ", not of this machine: a NAT must pass on these very "
                                             "ports");
    }
}

/* ---- access ---- */

void st_doctor_judge_refusal(struct st_doctor_report *report, const char *why)
{
    st_doctor_report_add(report, "siprec", ST_DOCTOR_FAIL, "%s", why);
    st_doctor_report_fix(report, "`serve` does not start until that is done");
}

static void add_access(struct st_doctor_report *report, const struct st_doctor_access *access)
{
    st_doctor_report_add(report, "siprec access", ST_DOCTOR_OK, "%u source%s, %u user%s%s",
                         access->sources, access->sources == 1 ? "" : "s", access->users,
                         access->users == 1 ? "" : "s",
                         access->has_client_ca ? ", client certificates" : "");
}

void st_doctor_judge_access(struct st_doctor_report *report, const struct st_doctor_access *access)
{
    bool asks_nothing = access->sources == 0 && access->users == 0 && !access->has_client_ca;
    if (access->is_everybodys) {
        st_doctor_report_add(report, "siprec access", ST_DOCTOR_WARN,
                             "siprec.sources lets every address in, and no password or "
                             "certificate is asked for");
        st_doctor_report_fix(report, "name the recorders' addresses, or set siprec.users or "
                                     "siprec.client_ca_file");
    } else if (asks_nothing) {
        st_doctor_report_add(report, "siprec access", ST_DOCTOR_OK,
                             "anybody on this machine, by --dev");
    } else {
        add_access(report, access);
    }
}

/* ---- authorities ---- */

void st_doctor_authorities_add(struct st_doctor_authorities *all,
                               const struct st_certificate *certificate)
{
    bool is_valid = certificate->not_before_unix_s <= all->now_unix_s &&
                    certificate->not_after_unix_s > all->now_unix_s;
    bool is_first = all->count == 0 || (is_valid && all->valid == 0) ||
                    certificate->not_after_unix_s < all->first.not_after_unix_s;
    if (is_first && (is_valid || all->valid == 0))
        all->first = *certificate;
    all->count++;
    all->valid += is_valid;
}

static void judge_no_authority(struct st_doctor_report *report,
                               const struct st_doctor_authorities *all, const char *until)
{
    bool is_early = all->first.not_before_unix_s > all->now_unix_s;
    st_doctor_report_add(report, "siprec authorities", ST_DOCTOR_FAIL,
                         "%s %s%s: every client is refused", all->first.subject,
                         is_early ? "is not valid yet" : "expired on ", is_early ? "" : until);
}

void st_doctor_judge_authorities(struct st_doctor_report *report,
                                 const struct st_doctor_authorities *all)
{
    static const char check[] = "siprec authorities";
    int64_t left_s = all->first.not_after_unix_s - all->now_unix_s;
    time_t not_after = (time_t)all->first.not_after_unix_s;
    struct tm parts = {0};
    char until[32];
    gmtime_r(&not_after, &parts);
    strftime(until, sizeof(until), "%Y-%m-%d", &parts);
    if (all->valid == 0)
        judge_no_authority(report, all, until);
    else if (all->valid < all->count)
        st_doctor_report_add(report, check, ST_DOCTOR_WARN,
                             "%u of %u are not valid now: their clients are refused",
                             all->count - all->valid, all->count);
    else
        st_doctor_report_add(report, check,
                             left_s < ST_DOCTOR_EXPIRY_S ? ST_DOCTOR_WARN : ST_DOCTOR_OK,
                             "%s, until %s (%" PRId64 " days)%s", all->first.subject, until,
                             left_s / 86400, all->count > 1 ? "; others for longer" : "");
    if (all->valid < all->count || left_s < ST_DOCTOR_EXPIRY_S)
        st_doctor_report_fix(report, "put what replaces it into siprec.client_ca_file, then send "
                                     "the gateway SIGHUP");
}
