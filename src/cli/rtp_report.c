#include "rtp_report.h"

#include "progress.h"
#include "verb.h"

#include "sidetone/json_writer.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void st_rtp_report_add_place(struct st_text *text, const struct sockaddr_storage *place)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    bool is_six = place->ss_family == AF_INET6;
    socklen_t bytes = is_six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (getnameinfo((const struct sockaddr *)place, bytes, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    st_text_addf(text, is_six ? "[%s]:%s" : "%s:%s", host, port);
}

/* ---- as JSON ---- */

static void put_heard(struct st_json_writer *json, const struct st_rtp_ledger *ledger,
                      uint32_t clock_hz)
{
    const struct st_rtp_rtcp_block *heard = &ledger->heard;
    st_json_key(json, "receiver");
    if (!ledger->was_heard) {
        st_json_null(json);
        return;
    }
    st_json_begin_object(json);
    st_json_set_int(json, "lost", heard->lost);
    st_json_set_real(json, "lost_pct_lately", heard->fraction_lost * 100.0 / 256, 3);
    st_json_set_real(json, "jitter_ms", heard->jitter_ticks * 1000.0 / clock_hz, 3);
    st_json_end_object(json);
}

static void put_stream(struct st_json_writer *json, const struct st_rtp_plan *plan,
                       const struct st_rtp_ledger *ledger)
{
    const struct st_rtp_impair_counts *network = &ledger->network;
    struct st_text to = {0};
    st_rtp_report_add_place(&to, &ledger->to);
    st_json_begin_object(json);
    st_json_set_string(json, "role", st_role_name(ledger->role));
    st_json_set_string(json, "to", to.data);
    st_json_set_int(json, "ssrc", ledger->ssrc);
    st_json_set_string(json, "codec", st_rtp_codec_name(plan->format.codec));
    st_json_set_int(json, "payload_type", plan->payload_type);
    st_json_set_int(json, "first_sequence", ledger->first_sequence);
    st_json_set_int(json, "last_sequence", ledger->sender.last_sequence);
    st_json_set_int(json, "packets", (int64_t)network->put);
    st_json_set_int(json, "sent", (int64_t)network->sent);
    st_json_set_int(json, "lost", (int64_t)network->lost);
    st_json_set_int(json, "lost_at_end", (int64_t)network->lost_at_end);
    st_json_set_int(json, "bursts", (int64_t)network->bursts);
    st_json_set_int(json, "duplicated", (int64_t)network->duplicated);
    st_json_set_int(json, "reordered", (int64_t)network->reordered);
    st_json_set_int(json, "refused", (int64_t)ledger->refused);
    st_json_set_int(json, "octets", (int64_t)ledger->sender.octets);
    st_json_set_int(json, "event_packets", (int64_t)ledger->sender.events);
    st_json_set_int(json, "digits", ledger->sender.digits);
    st_json_set_int(json, "holds", ledger->sender.holds);
    st_json_set_int(json, "reports", ledger->reports);
    st_json_set_real(json, "jitter_ms", (double)ledger->jitter_us / 1000, 3);
    st_json_set_real(json, "late_ms_max", (double)ledger->late_us / 1000, 3);
    put_heard(json, ledger, plan->format.clock_hz);
    st_json_end_object(json);
    st_text_fini(&to);
}

static void put_received(struct st_json_writer *json, const json_t *received)
{
    char *text = received ? json_dumps(received, JSON_COMPACT) : NULL;
    st_json_key(json, "received");
    if (text)
        st_json_raw(json, text, strlen(text));
    else
        st_json_null(json);
    free(text);
}

static void print_json(const struct st_rtp_report *report)
{
    const struct st_rtp_run *run = report->run;
    struct st_json_writer json;
    struct st_text text = {0};
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_bool(&json, "ok", report->exit_code == ST_EXIT_OK);
    st_json_set_string(&json, "call_id", report->call_id[0] ? report->call_id : NULL);
    st_json_set_string(&json, "as", run->send->ops->name);
    st_json_set_int(&json, "audio_ms", (int64_t)run->frames * ST_FRAME_US / 1000);
    st_json_set_int(&json, "elapsed_ms",
                    run->has_started ? (run->ended_us - run->started_us) / 1000 : 0);
    st_json_set_string(&json, "error", report->error);
    st_json_key(&json, "streams");
    st_json_begin_array(&json);
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
        if (!run->legs[i])
            continue;
        struct st_rtp_ledger ledger = st_rtp_leg_ledger(run->legs[i]);
        if (ledger.is_sent)
            put_stream(&json, &run->send->rtp, &ledger);
    }
    st_json_end_array(&json);
    put_received(&json, report->received);
    st_json_end_object(&json);
    st_text_add_clean_json(&text, json.data, json.len);
    puts(text.data);
    st_text_fini(&text);
    st_json_fini(&json);
}

/* ---- as text ---- */

static void add_stream(struct st_text *text, const struct st_rtp_plan *plan,
                       const struct st_rtp_ledger *ledger)
{
    const struct st_rtp_impair_counts *network = &ledger->network;
    st_text_addf(text, "  %-9s %s to ", st_role_name(ledger->role),
                 st_rtp_codec_name(plan->format.codec));
    st_rtp_report_add_place(text, &ledger->to);
    st_text_addf(text, ": %llu packets", (unsigned long long)network->put);
    const struct {
        uint64_t count;
        const char *what;
    } harms[] = {{network->lost, "lost"},
                 {network->duplicated, "sent twice"},
                 {network->reordered, "out of order"},
                 {ledger->refused, "not taken"},
                 {ledger->sender.digits, "keys pressed"}};
    for (size_t i = 0; i < sizeof(harms) / sizeof(*harms); i++)
        if (harms[i].count > 0)
            st_text_addf(text, ", %llu %s", (unsigned long long)harms[i].count, harms[i].what);
    if (ledger->was_heard)
        st_text_addf(text, "; the receiver misses %d, jitter %.1f ms", (int)ledger->heard.lost,
                     ledger->heard.jitter_ticks * 1000.0 / plan->format.clock_hz);
    st_text_add(text, "\n");
}

static void print_text(const struct st_rtp_report *report)
{
    const struct st_rtp_run *run = report->run;
    struct st_text text = {0};
    if (report->error) {
        st_text_add(&text, "sidetone send: ");
        st_text_add_clean(&text, report->error);
        fprintf(stderr, "%s\n", text.data);
        st_text_reset(&text);
    }
    if (run->has_started) {
        st_text_add(&text, report->call_id[0] ? "call " : "");
        st_text_add_clean(&text, report->call_id);
        st_text_add(&text, report->call_id[0] ? ": " : "");
        st_progress_add_time(&text, (int64_t)run->frames * ST_FRAME_US);
        st_text_add(&text, " of audio sent\n");
        for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
            struct st_rtp_ledger ledger = st_rtp_leg_ledger(run->legs[i]);
            if (ledger.is_sent)
                add_stream(&text, &run->send->rtp, &ledger);
        }
        fputs(text.data, stdout);
    }
    st_text_fini(&text);
}

void st_rtp_report_print(const struct st_rtp_report *report)
{
    if (report->run->send->is_json)
        print_json(report);
    else
        print_text(report);
}
