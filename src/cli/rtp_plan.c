#include "rtp_plan.h"

#include "client_options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DRIFT_MAX_PPM = 1000, JITTER_MAX_MS = 500, SECONDS_MAX = 86400, USER_MAX = 128 };

static const struct {
    const char *name;
    uint8_t payload_type;
    struct st_rtp_format format;
} codecs[] = {
    {"pcmu", 0, {ST_RTP_CODEC_PCMU, 8000, 1}},
    {"pcma", 8, {ST_RTP_CODEC_PCMA, 8000, 1}},
    {"g722", 9, {ST_RTP_CODEC_G722, 8000, 1}},
    {"opus", 111, {ST_RTP_CODEC_OPUS, 48000, 2}},
    {"l16", 97, {ST_RTP_CODEC_L16, 16000, 1}},
    {"l16/8000", 98, {ST_RTP_CODEC_L16, 8000, 1}},
    {"l16/44100", 11, {ST_RTP_CODEC_L16, 44100, 1}},
    {"l16/48000", 99, {ST_RTP_CODEC_L16, 48000, 1}},
};

static int refuse(struct st_rtp_plan *plan, const char *what, const char *value)
{
    return st_options_refuse(plan->verb, what, value);
}

static struct st_rtp_plan *note(void *user, const char *option)
{
    struct st_rtp_plan *plan = user;
    if (!plan->given)
        plan->given = option;
    return plan;
}

static bool read_number(const char *text, double least, double most, double *ret_number)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= least && number <= most))
        return false;
    *ret_number = number;
    return true;
}

static int take_share(struct st_rtp_plan *plan, const char *text, const char *what, double *ret_pct)
{
    return read_number(text, 0, 100, ret_pct) ? 0 : refuse(plan, what, text);
}

static int take_codec(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--codec");
    for (size_t i = 0; i < sizeof(codecs) / sizeof(*codecs); i++)
        if (strcasecmp(codecs[i].name, text) == 0) {
            plan->format = codecs[i].format;
            plan->payload_type = codecs[i].payload_type;
            return 0;
        }
    return refuse(plan, "--codec is pcmu, pcma, g722, opus or l16[/RATE], not", text);
}

static int take_ptime(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--ptime");
    double ms;
    if (!read_number(text, 10, ST_RTP_SENDER_PTIME_MAX_MS, &ms) || fmod(ms, 10) != 0)
        return refuse(plan, "--ptime is 10, 20, 30, 40, 50 or 60, not", text);
    plan->ptime_ms = (unsigned)ms;
    return 0;
}

static int take_loss(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--loss");
    return take_share(plan, text, "--loss is from 0 to 100, not", &plan->network.loss_pct);
}

static int take_burst(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--burst");
    double packets;
    if (!read_number(text, 1, 1000, &packets) || packets != floor(packets))
        return refuse(plan, "--burst is from 1 to 1000, not", text);
    plan->network.burst = (unsigned)packets;
    return 0;
}

static int take_jitter(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--jitter");
    double ms;
    if (!read_number(text, 0, JITTER_MAX_MS, &ms))
        return refuse(plan, "--jitter is from 0 to 500, not", text);
    plan->network.jitter_us = (int64_t)(ms * 1000);
    return 0;
}

static int take_reorder(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--reorder");
    return take_share(plan, text, "--reorder is from 0 to 100, not", &plan->network.reorder_pct);
}

static int take_dup(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--dup");
    return take_share(plan, text, "--dup is from 0 to 100, not", &plan->network.duplicate_pct);
}

static int take_drift(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--drift");
    return read_number(text, -DRIFT_MAX_PPM, DRIFT_MAX_PPM, &plan->drift_ppm)
               ? 0
               : refuse(plan, "--drift is from -1000 to 1000, not", text);
}

static int take_seed(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--seed");
    char *end;
    plan->network.seed = strtoull(text, &end, 10);
    return end != text && !*end ? 0 : refuse(plan, "--seed is a number, not", text);
}

static int take_dtmf(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--dtmf");
    size_t count = strspn(text, "0123456789*#ABCD");
    double s;
    if (count == 0 || count > ST_RTP_SENDER_PRESSES_MAX || text[count] != '@' ||
        !read_number(text + count + 1, 0, SECONDS_MAX, &s))
        return refuse(plan, "--dtmf is DIGITS@SECONDS of at most 64 of 0-9 * # A-D, not", text);
    plan->digits = text;
    plan->digit_count = count;
    plan->digits_us = (int64_t)(s * 1e6);
    return 0;
}

static int take_hold(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--hold");
    char from[32];
    double from_s, until_s;
    const char *dash = strchr(text, '-');
    bool is_good = dash && (size_t)(dash - text) < sizeof(from);
    snprintf(from, sizeof(from), "%.*s", is_good ? (int)(dash - text) : 0, text);
    if (!is_good || !read_number(from, 0, SECONDS_MAX, &from_s) ||
        !read_number(dash + 1, from_s, SECONDS_MAX, &until_s) || until_s == from_s)
        return refuse(plan, "--hold is FROM-UNTIL in seconds, not", text);
    if (plan->hold_count == ST_RTP_SENDER_HOLDS_MAX)
        return refuse(plan, "--hold: no more than eight, so not", text);
    plan->holds[plan->hold_count++] =
        (struct st_rtp_plan_hold){(int64_t)(from_s * 1e6), (int64_t)(until_s * 1e6)};
    return 0;
}

static int take_suite(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--srtp-suite");
    for (enum st_rtp_srtp_suite suite = 0; suite < ST_RTP_SRTP_SUITES; suite++)
        if (strcasecmp(st_rtp_srtp_suite_name(suite), text) == 0) {
            plan->suite = suite;
            plan->has_suite = true;
            return 0;
        }
    return refuse(plan,
                  "--srtp-suite is AES_CM_128_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32,\n"
                  "AEAD_AES_128_GCM or AEAD_AES_256_GCM, not",
                  text);
}

/* ---- the signalling of siprec ---- */

static int take_transport(void *user, const char *text)
{
    static const char *const transports[] = {"TCP", "UDP", "TLS"};
    struct st_rtp_plan *plan = note(user, "--transport");
    for (size_t i = 0; i < sizeof(transports) / sizeof(*transports); i++)
        if (strcasecmp(transports[i], text) == 0) {
            plan->transport = transports[i];
            return 0;
        }
    return refuse(plan, "--transport is tcp, udp or tls, not", text);
}

static int take_user(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--user");
    plan->user = text;
    bool is_good = *text && strlen(text) < USER_MAX;
    for (const char *at = text; *at; at++)
        is_good = is_good && *at >= ' ' && *at != '"' && *at != '\\' && *at != 127;
    return is_good ? 0 : refuse(plan, "--user is no name:", text);
}

static void drop_password(struct st_rtp_plan *plan)
{
    if (plan->password)
        explicit_bzero(plan->password, strlen(plan->password));
    free(plan->password);
    plan->password = NULL;
}

static int take_password_file(void *user, const char *path)
{
    struct st_rtp_plan *plan = note(user, "--password-file");
    drop_password(plan);
    plan->password = st_client_options_secret(path);
    return plan->password ? 0 : refuse(plan, path, strerror(errno));
}

static int take_certificate(void *user, const char *path)
{
    struct st_rtp_plan *plan = note(user, "--certificate");
    plan->certificate_file = path;
    return 0;
}

static int take_key(void *user, const char *path)
{
    struct st_rtp_plan *plan = note(user, "--key");
    plan->key_file = path;
    return 0;
}

/* ---- all ---- */

static int take_to(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--to");
    plan->to = text;
    return 0;
}

static int take_sdp(void *user, const char *text)
{
    struct st_rtp_plan *plan = note(user, "--sdp");
    plan->sdp_path = text;
    return 0;
}

const struct st_option st_rtp_plan_table[] = {
    {"to", "PLACE",
     "rtp, srtp: HOST:PORT,HOST:PORT for agent and customer, - for\nneither "
     "(default: asked of the gateway); siprec: the\ngateway's HOST:PORT",
     .take = take_to},
    {"codec", "NAME", "pcmu (default), pcma, g722, opus, l16 or l16/RATE", .take = take_codec},
    {"ptime", "MS", "10 to 60 in a packet (default 20)", .take = take_ptime},
    {"loss", "PCT", "of the packets are lost,", .take = take_loss},
    {"burst", "N", "so many at a time (default 1)", .take = take_burst},
    {"jitter", "MS", "packets are up to so late", .take = take_jitter},
    {"reorder", "PCT", "of the packets come behind their next", .take = take_reorder},
    {"dup", "PCT", "of the packets come twice", .take = take_dup},
    {"drift", "PPM", "the customer's clock runs so much faster", .take = take_drift},
    {"dtmf", "DIGITS@S", "the customer presses keys at that second", .take = take_dtmf},
    {"hold", "FROM-UNTIL", "nothing is sent in these seconds; several are possible",
     .take = take_hold},
    {"seed", "N", "another choice of packets to harm (default 1)", .take = take_seed},
    {"srtp-suite", "NAME", "(default AES_CM_128_HMAC_SHA1_80); with siprec, makes it SRTP",
     .take = take_suite},
    {"transport", "NAME", "siprec: of the signalling, tcp (default), udp or tls",
     .take = take_transport},
    {"user", "NAME", "siprec: who calls, where the gateway asks,", .take = take_user},
    {"password-file", "FILE", "and a file that holds the password", .take = take_password_file},
    {"certificate", "FILE", "siprec: our own, where the gateway asks for one (tls),",
     .take = take_certificate},
    {"key", "FILE", "and its key (default: in the same file)", .take = take_key},
    {"sdp", "FILE", "where to describe what is sent, with its keys, for others to\nreceive it",
     .take = take_sdp},
    {0},
};

void st_rtp_plan_init(struct st_rtp_plan *plan, const char *verb)
{
    *plan = (struct st_rtp_plan){
        .verb = verb,
        .format = codecs[0].format,
        .payload_type = codecs[0].payload_type,
        .ptime_ms = 20,
        .network = {.seed = 1},
        .transport = "TCP",
    };
}

void st_rtp_plan_fini(struct st_rtp_plan *plan)
{
    drop_password(plan);
}

int st_rtp_plan_check(const struct st_rtp_plan *plan)
{
    bool is_opus = plan->format.codec == ST_RTP_CODEC_OPUS;
    if (is_opus && (plan->ptime_ms == 30 || plan->ptime_ms == 50))
        return st_options_refuse(plan->verb, "--ptime", "Opus has packets of 10, 20, 40 or 60 ms");
    size_t bytes = (size_t)plan->format.clock_hz / 1000 * plan->ptime_ms * 2;
    if (plan->format.codec == ST_RTP_CODEC_L16 && bytes > ST_RTP_IMPAIR_BYTES_MAX - 100)
        return st_options_refuse(plan->verb, "--ptime", "too long for so high a rate");
    if (!plan->user != !plan->password)
        return st_options_refuse(plan->verb, "--user", "goes with --password-file");
    if (plan->key_file && !plan->certificate_file)
        return st_options_refuse(plan->verb, "--key", "goes with --certificate");
    return 0;
}

uint32_t st_rtp_plan_rate_hz(const struct st_rtp_plan *plan)
{
    bool is_wide =
        plan->format.codec == ST_RTP_CODEC_G722 || plan->format.codec == ST_RTP_CODEC_OPUS;
    return is_wide ? 16000 : plan->format.clock_hz;
}

int st_rtp_plan_place(const struct st_rtp_plan *plan, unsigned leg,
                      char ret_host[ST_RTP_PLAN_PLACE_MAX], char ret_port[8])
{
    const char *at = plan->to, *comma = strchr(plan->to, ',');
    if (leg > 0 && !comma)
        return -EINVAL;
    at = leg > 0 ? comma + 1 : at;
    size_t chars = strcspn(at, ",");
    if (chars == 1 && at[0] == '-')
        return -ENOENT;
    const char *colon = memrchr(at, ':', chars);
    if (!colon || colon == at || (leg > 0 && at[chars]))
        return -EINVAL;
    bool is_bracketed = at[0] == '[' && colon[-1] == ']';
    int host_chars = (int)(colon - at) - (is_bracketed ? 2 : 0);
    int port_chars = (int)(at + chars - colon) - 1;
    if (host_chars <= 0 || host_chars >= ST_RTP_PLAN_PLACE_MAX || port_chars <= 0 || port_chars > 5)
        return -EINVAL;
    snprintf(ret_host, ST_RTP_PLAN_PLACE_MAX, "%.*s", host_chars, at + is_bracketed);
    snprintf(ret_port, 8, "%.*s", port_chars, colon + 1);
    return strspn(ret_port, "0123456789") == strlen(ret_port) ? 0 : -EINVAL;
}
