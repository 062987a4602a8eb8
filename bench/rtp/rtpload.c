/*
 * rtpload: paced two-channel calls over RTP or SRTP, and the speech engine behind the gateway.
 *
 * Waits for a file with the port of each stream (two to a call, in order), then sends 20 ms of
 * every stream every 20 ms on an absolute schedule. "newest" is measured as callload does it; Opus
 * has no marks to measure it by. Prints one JSON line.
 */
#include "../clock.h"
#include "../load/marks.h"
#include "../load/poller.h"
#include "../load/samples.h"
#include "../load/sink.h"
#include "../load/usage.h"
#include "packets.h"

#include "sidetone/rtp_srtp.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
    FRAME_NS = 20000000,
    FRAMES_PER_S = PACKETS_PER_S,
    ENGINE_HZ = 16000,
    STREAMS_SPARE = 64,
    FILES_MAX = 65536,
    SLIP_MAX_MS = 15,
    FILTER_SAMPLES = 24, /* by which resamplers delay a mark, about */
    EDGE_SAMPLES = 16,
};

static struct {
    const char *ports;
    unsigned sink_port, calls, spread_ms, warm_s, measured_s;
    bool is_opus, is_secure, is_forwarded; /* the last: back to us */
    pid_t pid;
} options = {.calls = 50, .spread_ms = 1000, .warm_s = 4, .measured_s = 12};

struct sender {
    struct st_rtp_srtp *srtp; /* NULL: plain */
    struct sockaddr_in to;
    uint64_t first_frame; /* of the schedule */
    uint64_t frames;
    uint64_t *sent_ns;
};

static struct sender *senders;
static unsigned sender_count;
static int udp;
static uint64_t frames_max, slip_ns, sent;
static struct samples newest_ms;
static uint64_t unknown, returned;
static bool is_measuring;

/* ---- out ---- */

static void send_frame(unsigned index)
{
    struct sender *sender = &senders[index];
    _Alignas(8) uint8_t packet[PACKETS_BYTES_MAX];
    size_t bytes = packets_write(index, sender->frames, packet);
    if (sender->srtp && st_rtp_srtp_protect(sender->srtp, packet, &bytes, sizeof(packet)))
        return;
    sender->sent_ns[sender->frames++] = clock_now_ns();
    sent += sendto(udp, packet, bytes, 0, (struct sockaddr *)&sender->to, sizeof(sender->to)) ==
            (ssize_t)bytes;
}

static void send_due(unsigned index, uint64_t frame, uint64_t due_ns)
{
    poller_poll_until(due_ns);
    if (frame < senders[index].first_frame || senders[index].frames == frames_max)
        return;
    uint64_t late_ns = clock_now_ns() - due_ns;
    slip_ns = late_ns > slip_ns ? late_ns : slip_ns;
    send_frame(index);
}

/* Both streams of a call together; calls evenly over the 20 ms. */
static void run(uint64_t from, uint64_t frames, uint64_t base_ns)
{
    for (uint64_t frame = from; frame < from + frames; frame++)
        for (unsigned i = 0; i < sender_count; i++)
            send_due(i, frame,
                     base_ns + frame * FRAME_NS + (uint64_t)FRAME_NS * (i / 2) / options.calls);
    poller_poll_until(base_ns + (from + frames) * FRAME_NS);
}

/* ---- in ---- */

/* The mark says which second it is; the message, how much came behind it. A message that ends
 * within a millisecond of a packet's edge does not say which packet was its newest. */
static void on_mark(const struct mark *mark)
{
    uint64_t slot = ENGINE_HZ / FRAMES_PER_S, behind = mark->message_samples - mark->at_sample - 1;
    uint64_t into = (behind + FILTER_SAMPLES) % slot;
    uint64_t frame = (uint64_t)mark->second * MARK_PERIOD_FRAMES + (behind + FILTER_SAMPLES) / slot;
    if (options.is_opus)
        return;
    bool is_clear = into >= EDGE_SAMPLES && into < slot - EDGE_SAMPLES;
    if (mark->stream >= sender_count || (is_clear && frame >= senders[mark->stream].frames))
        unknown++;
    else if (is_measuring && is_clear)
        samples_add(&newest_ms,
                    ((double)mark->received_ns - (double)senders[mark->stream].sent_ns[frame]) /
                        1e6);
}

/* Forwarded packets, to where their sender is. */
static void on_returned(void *user, bool can_read, bool can_write)
{
    uint8_t packet[PACKETS_BYTES_MAX];
    while (recv(udp, packet, sizeof(packet), MSG_DONTWAIT) > 0)
        returned++;
}

/* ---- set-up ---- */

static void open_srtp(struct sender *sender)
{
    struct st_rtp_srtp_crypto crypto = {.tag = 1, .suite = ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_80};
    memcpy(crypto.key, packets_key, sizeof(packets_key));
    if (st_rtp_srtp_create(&sender->srtp, &crypto, false)) {
        fputs("rtpload: no SRTP\n", stderr);
        exit(1);
    }
}

static void read_ports(void)
{
    FILE *file;
    while (!(file = fopen(options.ports, "r")))
        poller_poll_until(clock_now_ns() + 10000000);
    unsigned port, frames = options.spread_ms * FRAMES_PER_S / 1000;
    frames_max = (uint64_t)(options.warm_s + options.measured_s + 1) * FRAMES_PER_S;
    senders = calloc(options.calls * 2, sizeof(*senders));
    while (sender_count < options.calls * 2 && fscanf(file, "%u", &port) == 1) {
        struct sender *sender = &senders[sender_count];
        unsigned call = sender_count++ / 2;
        sender->to = (struct sockaddr_in){.sin_family = AF_INET,
                                          .sin_port = htons((uint16_t)port),
                                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        sender->first_frame = frames ? ((uint64_t)call * 2654435761u >> 7) % frames : 0;
        sender->sent_ns = calloc(frames_max, sizeof(uint64_t));
        if (options.is_secure)
            open_srtp(sender);
    }
    fclose(file);
}

static bool read_options(int argc, char **argv)
{
    static const struct option table[] = {
        {"ports", 1, NULL, 'p'},     {"stt-port", 1, NULL, 's'}, {"calls", 1, NULL, 'n'},
        {"spread", 1, NULL, 'd'},    {"warm", 1, NULL, 'w'},     {"secs", 1, NULL, 't'},
        {"pid", 1, NULL, 'i'},       {"opus", 0, NULL, 'o'},     {"srtp", 0, NULL, 'r'},
        {"forwarded", 0, NULL, 'f'}, {NULL, 0, NULL, 0}};
    unsigned *const numbers[] = {['s'] = &options.sink_port,
                                 ['n'] = &options.calls,
                                 ['d'] = &options.spread_ms,
                                 ['w'] = &options.warm_s,
                                 ['t'] = &options.measured_s};
    for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;)
        if (c == 'p')
            options.ports = optarg;
        else if (c == 'i')
            options.pid = (pid_t)strtoul(optarg, NULL, 10);
        else if (c == 'o')
            options.is_opus = true;
        else if (c == 'r')
            options.is_secure = true;
        else if (c == 'f')
            options.is_forwarded = true;
        else if (c != '?')
            *numbers[c] = (unsigned)strtoul(optarg, NULL, 10);
        else
            return false;
    return optind == argc && options.ports && options.sink_port && options.calls > 0 &&
           options.calls <= MARK_STREAMS_MAX / 2;
}

static uint64_t count_lost(void)
{
    uint64_t lost = 0;
    for (uint64_t i = 0; i < sink_totals().streams && !options.is_opus; i++) {
        const struct sink_stream *stream = sink_stream(i);
        if (stream->stream == SINK_UNKNOWN || (unsigned)stream->stream >= sender_count)
            continue;
        uint64_t seconds = senders[stream->stream].frames / MARK_PERIOD_FRAMES;
        lost += stream->marks + 1 < seconds ? seconds - stream->marks - 1 : 0;
    }
    return lost;
}

/* Of what was sent while it was measured. */
static double share_heard(uint64_t samples)
{
    return (double)samples / ENGINE_HZ / options.measured_s / sender_count;
}

/* In JSON. */
static const char *find_fault(double slip_ms, uint64_t packets)
{
    uint64_t expected = (uint64_t)options.measured_s * FRAMES_PER_S * options.calls * 2;
    if (slip_ms > SLIP_MAX_MS)
        return "\"the load program fell behind\"";
    if (packets != expected)
        return "\"packets were not sent\"";
    if (options.is_forwarded)
        return returned < expected - expected / 50 ? "\"packets were not forwarded\"" : "null";
    return sink_totals().streams < sender_count ? "\"streams did not come up\"" : "null";
}

static void print_result(const struct usage *idle, const struct usage *before,
                         const struct usage *after, uint64_t packets, uint64_t heard)
{
    double seconds = (double)(after->at_ns - before->at_ns) / 1e9;
    double slip_ms = (double)slip_ns / 1e6;
    const char *fault = find_fault(slip_ms, packets);
    printf("{\"calls\":%u,\"spread_ms\":%u,\"void\":%s,\"cpu_ms_per_call_s\":%.4f,"
           "\"rss_kb_per_call\":%.1f,\"packets\":%llu,\"slip_max_ms\":%.2f,\"lost_marks\":%llu,"
           "\"odd_marks\":%llu,\"heard\":%.4f,\"newest_ms\":"
           "{\"n\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}}\n",
           options.calls, options.spread_ms, fault,
           (double)(after->cpu_ns - before->cpu_ns) / 1e6 / seconds / options.calls,
           (double)(after->rss_kb - idle->rss_kb) / options.calls, (unsigned long long)packets,
           slip_ms, (unsigned long long)count_lost(),
           (unsigned long long)(options.is_opus ? 0 : unknown + sink_totals().mixed),
           share_heard(heard), newest_ms.count, samples_percentile(&newest_ms, 50),
           samples_percentile(&newest_ms, 99), samples_percentile(&newest_ms, 100));
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv)) {
        fputs("usage: rtpload --ports FILE --stt-port PORT [--calls N] [--spread MS] [--warm S] "
              "[--secs S] [--pid PID] [--opus] [--srtp] [--forwarded]\n",
              stderr);
        return 2;
    }
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES_MAX, FILES_MAX});
    packets_set_up(options.is_opus);
    poller_open();
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    static struct poller_source forwarded = {.on_ready = on_returned};
    forwarded.fd = udp;
    if (options.is_forwarded)
        poller_add(&forwarded);
    struct usage idle = usage_read(options.pid);
    sink_open((uint16_t)options.sink_port, ENGINE_HZ, options.calls * 4 + STREAMS_SPARE, on_mark);
    read_ports();
    uint64_t base_ns = clock_now_ns() + 50000000, warm = (uint64_t)options.warm_s * FRAMES_PER_S;
    run(0, warm, base_ns);
    is_measuring = true;
    slip_ns = 0;
    uint64_t sent_before = sent, heard_before = sink_totals().samples;
    returned = 0;
    struct usage before = usage_read(options.pid);
    run(warm, (uint64_t)options.measured_s * FRAMES_PER_S, base_ns);
    struct usage after = usage_read(options.pid);
    uint64_t packets = sent - sent_before, heard = sink_totals().samples - heard_before;
    is_measuring = false;
    poller_poll_until(clock_now_ns() + 500000000);
    print_result(&idle, &before, &after, packets, heard);
    return 0;
}
