/*
 * callload: paced two-channel calls against a gateway, and the speech engine behind it.
 *
 * Each call sends 20 ms of both channels every 20 ms on an absolute schedule; the sink recognises
 * the frames behind the gateway. "newest" is the time from sending the last frame of a message to
 * the engine until that message arrives: the delay that the gateway adds, batching not counted.
 * The gateway's CPU clock and memory are read around the measured window. Prints one JSON line.
 */
#include "../clock.h"
#include "fleet.h"
#include "marks.h"
#include "samples.h"
#include "sink.h"
#include "usage.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    MESSAGE_FRAMES = 5, /* to the engine */
    STREAMS_PER_CALL = 2,
    STREAMS_SPARE = 64, /* a gateway may reconnect */
    LATE_MS = 100,
    SCHEDULE_SLIP_MAX_MS = 15,
    FILES_MAX = 65536,
};

static const uint64_t drain_ns = 1000000000;

static struct {
    const struct dialect *dialect;
    const char *path;
    const char *token;
    unsigned port, sink_port, sink_rate_hz;
    unsigned calls, ramp_per_s, spread_ms;
    unsigned warm_s, measured_s;
    pid_t pid;
} options = {.sink_rate_hz = 16000,
             .calls = 50,
             .ramp_per_s = 200,
             .spread_ms = 1000,
             .warm_s = 4,
             .measured_s = 12};

static struct {
    struct samples newest_ms;
    uint64_t late, marks_unknown;
    struct usage idle, before, after;
    struct sink_totals sink_before, sink_after;
    unsigned up, alive;
    bool is_measuring;
} result;

static struct fleet fleet;

static const char usage_text[] =
    "usage: callload --mode pcm|twilio --port PORT --stt-port PORT [options]\n"
    "  --path PATH      of the WebSocket (as the mode's default on the gateway)\n"
    "  --token TOKEN    bearer token\n"
    "  --stt-rate HZ    of the audio that the engine gets (16000)\n"
    "  --calls N        (50)   --ramp N  new calls a second (200)\n"
    "  --spread MS      calls start within this window; 0: all in the same 20 ms (1000)\n"
    "  --warm S  --secs S   before, and in the measured window (4, 12)\n"
    "  --pid PID        process to measure\n";

static void read_option(const char *name, const char *value)
{
    unsigned number = (unsigned)strtoul(value, NULL, 10);
    if (strcmp(name, "mode") == 0)
        options.dialect = dialect_find(value);
    else if (strcmp(name, "path") == 0)
        options.path = value;
    else if (strcmp(name, "token") == 0)
        options.token = value;
    else if (strcmp(name, "port") == 0)
        options.port = number;
    else if (strcmp(name, "stt-port") == 0)
        options.sink_port = number;
    else if (strcmp(name, "stt-rate") == 0)
        options.sink_rate_hz = number;
    else if (strcmp(name, "calls") == 0)
        options.calls = number;
    else if (strcmp(name, "ramp") == 0)
        options.ramp_per_s = number;
    else if (strcmp(name, "spread") == 0)
        options.spread_ms = number;
    else if (strcmp(name, "warm") == 0)
        options.warm_s = number;
    else if (strcmp(name, "secs") == 0)
        options.measured_s = number;
    else
        options.pid = (pid_t)number;
}

static bool read_options(int argc, char **argv)
{
    static const char *const names[] = {"mode",  "path", "token",  "port", "stt-port", "stt-rate",
                                        "calls", "ramp", "spread", "warm", "secs",     "pid"};
    enum { NAMES = sizeof(names) / sizeof(names[0]) };
    struct option table[NAMES + 1] = {0};
    for (int i = 0; i < NAMES; i++)
        table[i] = (struct option){names[i], required_argument, NULL, 0};
    for (int index, c; (c = getopt_long(argc, argv, "", table, &index)) != -1;) {
        if (c != 0)
            return false;
        read_option(names[index], optarg);
    }
    if (options.dialect && !options.path)
        options.path = options.dialect->path;
    return optind == argc && options.dialect && options.port > 0 && options.port <= UINT16_MAX &&
           options.sink_port > 0 && options.sink_port <= UINT16_MAX && options.calls > 0 &&
           options.calls <= MARK_STREAMS_MAX / STREAMS_PER_CALL && options.ramp_per_s > 0 &&
           options.sink_rate_hz >= 8000 && options.measured_s > 0;
}

/* A mark came out of the gateway: which frame was the newest in its message, and when was it sent?
 */
static void on_mark(const struct mark *mark)
{
    uint64_t slot = options.sink_rate_hz / FRAMES_PER_S, period = slot * MARK_PERIOD_FRAMES;
    unsigned index = mark->stream / STREAMS_PER_CALL;
    uint64_t frame = (mark->at_sample + period / 2) / period * MARK_PERIOD_FRAMES;
    frame += (mark->message_samples - mark->at_sample - 1) / slot;
    if (index >= options.calls || frame >= fleet.calls[index].frames) {
        result.marks_unknown++;
        return;
    }
    if (!result.is_measuring)
        return;
    double newest_ms =
        ((double)mark->received_ns - (double)fleet.calls[index].sent_ns[frame]) / 1e6;
    samples_add(&result.newest_ms, newest_ms);
    result.late += newest_ms > LATE_MS;
}

static void open_calls(void)
{
    uint64_t frames_max = (uint64_t)(options.warm_s + options.measured_s + 2) * FRAMES_PER_S;
    struct fleet_config config = {
        .dialect = options.dialect,
        .path = options.path,
        .token = options.token,
        .port = (uint16_t)options.port,
        .calls = options.calls,
        .ramp_per_s = options.ramp_per_s,
        .spread_ms = options.spread_ms,
        .frames_max = frames_max,
        .sent_ns = calloc(options.calls * frames_max, sizeof(uint64_t)),
    };
    fleet_open(&fleet, &config);
    result.up = fleet_count_up(&fleet);
}

static void begin_measuring(void)
{
    result.is_measuring = true;
    fleet.frames = fleet.slip_ns = 0;
    result.sink_before = sink_totals();
    result.before = usage_read(options.pid);
}

static void end_measuring(void)
{
    result.after = usage_read(options.pid);
    result.sink_after = sink_totals();
    result.is_measuring = false;
    result.alive = fleet_count_up(&fleet);
}

static void run_schedule(void)
{
    fleet_run(&fleet, (uint64_t)options.warm_s * FRAMES_PER_S);
    begin_measuring();
    fleet_run(&fleet, (uint64_t)options.measured_s * FRAMES_PER_S);
    end_measuring();
}

static void stop_calls(void)
{
    fleet_stop(&fleet);
    poller_poll_until(clock_now_ns() + drain_ns);
}

struct losses {
    uint64_t streams, frames, extra_frames, marks;
};

/* Of a stream: what did not come out, whole messages counted (the rest may still be waiting). */
static void add_stream_losses(struct losses *losses, const struct sink_stream *stream)
{
    uint64_t sent = fleet.calls[stream->stream / STREAMS_PER_CALL].frames;
    uint64_t due = sent / MESSAGE_FRAMES * MESSAGE_FRAMES;
    uint64_t came = stream->samples / (options.sink_rate_hz / FRAMES_PER_S);
    uint64_t marks = due > MARK_FRAMES ? (due - MARK_FRAMES - 1) / MARK_PERIOD_FRAMES + 1 : 0;
    losses->frames += came < due ? due - came : 0;
    losses->extra_frames += came > sent + 1 ? came - sent : 0;
    losses->marks += stream->marks < marks ? marks - stream->marks : 0;
}

static struct losses count_losses(void)
{
    struct losses losses = {0};
    struct sink_totals totals = sink_totals();
    uint64_t known = 0;
    for (uint64_t i = 0; i < totals.streams; i++) {
        const struct sink_stream *stream = sink_stream(i);
        if (stream->stream == SINK_UNKNOWN ||
            stream->stream >= (int)options.calls * STREAMS_PER_CALL)
            continue;
        known++;
        add_stream_losses(&losses, stream);
    }
    uint64_t expected = (uint64_t)options.calls * STREAMS_PER_CALL;
    losses.streams = known < expected ? expected - known : 0;
    return losses;
}

/* Why the run says nothing about the gateway; NULL when it does. */
static const char *find_fault(uint64_t frames_expected)
{
    if (fleet.slip_ns > SCHEDULE_SLIP_MAX_MS * UINT64_C(1000000))
        return "the load program fell behind its schedule";
    if (fleet.frames != frames_expected)
        return "frames were not sent";
    if (result.up < options.calls)
        return "calls did not come up";
    return NULL;
}

static void print_result(void)
{
    struct losses losses = count_losses();
    double seconds = (double)(result.after.at_ns - result.before.at_ns) / 1e9;
    double cpu_ms = (double)(result.after.cpu_ns - result.before.cpu_ns) / 1e6;
    double own_cpu_ms = (double)(result.after.self_cpu_ns - result.before.self_cpu_ns) / 1e6;
    uint64_t frames = (uint64_t)options.measured_s * FRAMES_PER_S * options.calls;
    const char *fault = find_fault(frames);
    printf("{\"mode\":\"%s\",\"calls\":%u,\"spread_ms\":%u,\"secs\":%.2f,\"void\":%s%s%s",
           options.dialect->name, options.calls, options.spread_ms, seconds, fault ? "\"" : "",
           fault ? fault : "null", fault ? "\"" : "");
    printf(",\"calls_up\":%u,\"calls_alive\":%u,\"cpu_ms_per_call_s\":%.4f,\"rss_idle_kb\":%ld,"
           "\"rss_kb\":%ld,\"rss_kb_per_call\":%.1f",
           result.up, result.alive, cpu_ms / seconds / options.calls, result.idle.rss_kb,
           result.after.rss_kb, (double)(result.after.rss_kb - result.idle.rss_kb) / options.calls);
    printf(",\"frames_sent\":%llu,\"send_blocked\":%llu,\"slip_max_ms\":%.2f,\"load_cpu_pct\":%.1f",
           (unsigned long long)fleet.frames, (unsigned long long)fleet_count_blocked(&fleet),
           (double)fleet.slip_ns / 1e6, own_cpu_ms / seconds / 10);
    printf(",\"stt_streams\":%llu,\"stt_configs\":%llu,\"stt_finished\":%llu,\"stt_messages\":%llu,"
           "\"stt_audio_share\":%.4f",
           (unsigned long long)sink_totals().streams, (unsigned long long)sink_totals().configs,
           (unsigned long long)sink_totals().finished,
           (unsigned long long)(result.sink_after.messages - result.sink_before.messages),
           (double)(result.sink_after.samples - result.sink_before.samples) /
               (seconds * options.sink_rate_hz * STREAMS_PER_CALL * options.calls));
    printf(",\"lost_streams\":%llu,\"lost_frames\":%llu,\"extra_frames\":%llu,\"lost_marks\":%llu,"
           "\"odd_marks\":%llu,\"late_frames\":%llu",
           (unsigned long long)losses.streams, (unsigned long long)losses.frames,
           (unsigned long long)losses.extra_frames, (unsigned long long)losses.marks,
           (unsigned long long)(result.marks_unknown + sink_totals().mixed),
           (unsigned long long)result.late);
    printf(",\"newest_ms\":{\"n\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}}\n",
           result.newest_ms.count, samples_percentile(&result.newest_ms, 50),
           samples_percentile(&result.newest_ms, 99), samples_percentile(&result.newest_ms, 100));
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv)) {
        fputs(usage_text, stderr);
        return 2;
    }
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES_MAX, FILES_MAX});
    marks_set_up();
    poller_open();
    result.idle = usage_read(options.pid);
    sink_open((uint16_t)options.sink_port, options.sink_rate_hz,
              options.calls * STREAMS_PER_CALL * 2 + STREAMS_SPARE, on_mark);
    open_calls();
    run_schedule();
    stop_calls();
    print_result();
    return 0;
}
