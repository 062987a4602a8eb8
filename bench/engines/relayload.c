/*
 * relayload: paced two-channel calls against a gateway, speech engines of several kinds behind it,
 * and a subscriber that keeps account of every word.
 *
 * Engines are processes of their own, so that what they cost does not delay the calls. The
 * gateway's CPU clock and memory are read around the measured window. With a fault, the first
 * engine fails at its end, and calls go on for a while. Prints one JSON line.
 */
#include "../clock.h"
#include "../load/fleet.h"
#include "../load/marks.h"
#include "../load/usage.h"
#include "engine.h"
#include "ledger.h"
#include "verdict.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
    FILES_MAX = 65536,
    SCHEDULE_SLIP_MAX_MS = 15,
    REPLAY_SLIP_MAX_MS = 50, /* engines are busy beside it, and times are those of sending */
    RUN_MAX_S = MARK_SECONDS - 8,
    CHANNELS = 2,
};

static const uint64_t second_ns = 1000000000, drain_ns = 8000000000;

enum fault_kind { KIND_NONE, KIND_KILL, KIND_CLOSE, KIND_CUT, KIND_MUTE, KINDS };
static const char *const fault_names[KINDS] = {"none", "kill", "close", "cut", "mute"};

static struct {
    struct fleet_config fleet;
    struct engine_config engines[SCENE_ENGINES_MAX];
    unsigned engine_count;
    const char *certificate, *key;
    unsigned warm_s, measured_s, after_s;
    enum fault_kind fault;
    bool has_ledger;
    pid_t pid;
} options = {.fleet = {.calls = 50, .ramp_per_s = 200, .spread_ms = 1000},
             .warm_s = 4,
             .measured_s = 12,
             .after_s = 8,
             .has_ledger = true};

static struct {
    struct scene *scene;
    pid_t pids[SCENE_ENGINES_MAX];
    struct fleet fleet;
    struct usage idle, before, after;
    uint64_t frames, slip_ns; /* in the measured window */
    uint64_t replay_slip_ns;
    struct verdict_window replay; /* while calls were being caught up with */
    unsigned up;
} run;

static const char usage_text[] =
    "usage: relayload --mode pcm|twilio --port PORT --engine vosk|deepgram|aws:PORT … [options]\n"
    "  --engine TYPE:PORT   up to four; the first is the one that fails, the second takes over, "
    "the\n"
    "                       third serves the live calls\n"
    "  --certificate FILE --key FILE   engines speak TLS\n"
    "  --path PATH      of the WebSocket (as the mode's default on the gateway)\n"
    "  --live N         of the calls go by --live-path instead (0)\n"
    "  --token TOKEN    bearer token\n"
    "  --calls N        (50)   --ramp N  new calls a second (200)\n"
    "  --spread MS      calls start within this window; 0: all in the same 20 ms (1000)\n"
    "  --warm S  --secs S   before, and in the measured window (4, 12)\n"
    "  --fault kill|close|cut|mute   what the first engine does then, and …\n"
    "  --after S        … for so long calls go on (8)\n"
    "  --no-ledger      no subscriber: what is measured is not the gateway\n"
    "  --pid PID        process to measure\n";

static bool read_engine(const char *value)
{
    char name[32];
    unsigned port;
    struct engine_config *engine = &options.engines[options.engine_count];
    if (options.engine_count == SCENE_ENGINES_MAX || sscanf(value, "%31[a-z]:%u", name, &port) != 2)
        return false;
    *engine = (struct engine_config){.dialect = engine_find(name), .port = (uint16_t)port};
    options.engine_count++;
    return engine->dialect && port > 0 && port <= UINT16_MAX;
}

static bool read_fault(const char *value)
{
    for (options.fault = KIND_NONE; options.fault < KINDS; options.fault++)
        if (strcmp(value, fault_names[options.fault]) == 0)
            return true;
    return false;
}

static const struct {
    const char *name;
    const char **text;
    unsigned *number;
    bool (*read)(const char *value);
} option_table[] = {
    {"path", &options.fleet.path, NULL, NULL},
    {"live-path", &options.fleet.live_path, NULL, NULL},
    {"token", &options.fleet.token, NULL, NULL},
    {"certificate", &options.certificate, NULL, NULL},
    {"key", &options.key, NULL, NULL},
    {"calls", NULL, &options.fleet.calls, NULL},
    {"live", NULL, &options.fleet.live, NULL},
    {"ramp", NULL, &options.fleet.ramp_per_s, NULL},
    {"spread", NULL, &options.fleet.spread_ms, NULL},
    {"warm", NULL, &options.warm_s, NULL},
    {"secs", NULL, &options.measured_s, NULL},
    {"after", NULL, &options.after_s, NULL},
    {"engine", NULL, NULL, read_engine},
    {"fault", NULL, NULL, read_fault},
};

enum { OPTIONS = sizeof(option_table) / sizeof(option_table[0]) };

static bool read_option(const char *name, const char *value)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (strcmp(option_table[i].name, name) != 0)
            continue;
        if (option_table[i].text)
            *option_table[i].text = value;
        if (option_table[i].number)
            *option_table[i].number = (unsigned)strtoul(value, NULL, 10);
        return !option_table[i].read || option_table[i].read(value);
    }
    if (strcmp(name, "mode") == 0)
        options.fleet.dialect = dialect_find(value);
    else if (strcmp(name, "port") == 0)
        options.fleet.port = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "pid") == 0)
        options.pid = (pid_t)strtoul(value, NULL, 10);
    else
        options.has_ledger = false;
    return true;
}

static bool read_options(int argc, char **argv)
{
    struct option table[OPTIONS + 5] = {{"mode", required_argument, NULL, 0},
                                        {"port", required_argument, NULL, 0},
                                        {"pid", required_argument, NULL, 0},
                                        {"no-ledger", no_argument, NULL, 0}};
    for (unsigned i = 0; i < OPTIONS; i++)
        table[4 + i] = (struct option){option_table[i].name, required_argument, NULL, 0};
    for (int index, c; (c = getopt_long(argc, argv, "", table, &index)) != -1;)
        if (c != 0 || !read_option(table[index].name, optarg))
            return false;
    struct fleet_config *fleet = &options.fleet;
    if (options.fault == KIND_NONE)
        options.after_s = 0;
    if (fleet->dialect && !fleet->path)
        fleet->path = fleet->dialect->path;
    return optind == argc && fleet->dialect && fleet->port > 0 && options.engine_count > 0 &&
           fleet->calls > fleet->live && fleet->calls <= MARK_STREAMS_MAX / CHANNELS &&
           (fleet->live == 0 || (fleet->live_path && options.engine_count > 2)) &&
           fleet->ramp_per_s > 0 && options.measured_s > 0 &&
           !options.certificate == !options.key &&
           options.warm_s + options.measured_s + options.after_s <= RUN_MAX_S;
}

/* ---- the run ---- */

static void start_engines(void)
{
    for (unsigned i = 0; i < options.engine_count; i++) {
        options.engines[i].certificate = options.certificate;
        options.engines[i].key = options.key;
        run.pids[i] = engine_start(&options.engines[i], run.scene, i);
    }
}

static void stop_engines(void)
{
    for (unsigned i = 0; i < options.engine_count; i++) {
        kill(run.pids[i], SIGKILL);
        waitpid(run.pids[i], NULL, 0);
    }
}

static void open_ledger(void)
{
    ledger_open(options.fleet.port, options.fleet.token, options.fleet.calls);
    while (!ledger_is_ready())
        poller_poll(1000000);
}

static void break_first_engine(void)
{
    static const enum scene_fault faults[KINDS] = {FAULT_NONE, FAULT_NONE, FAULT_CLOSE, FAULT_CUT,
                                                   FAULT_MUTE};
    struct scene_engine *engine = &run.scene->engines[0];
    if (options.fault == KIND_KILL) {
        atomic_store(&engine->failed_ns, clock_now_ns());
        kill(run.pids[0], SIGKILL);
    }
    atomic_store(&engine->fault, faults[options.fault]);
}

static void measure(void)
{
    run.fleet.frames = run.fleet.slip_ns = 0;
    run.before = usage_read(options.pid);
    fleet_run(&run.fleet, (uint64_t)options.measured_s * FRAMES_PER_S);
    run.after = usage_read(options.pid);
    run.frames = run.fleet.frames;
    run.slip_ns = run.fleet.slip_ns;
    run.fleet.slip_ns = 0;
    if (options.fault != KIND_NONE) {
        break_first_engine();
        fleet_run(&run.fleet, (uint64_t)options.after_s * FRAMES_PER_S);
        run.replay_slip_ns = run.fleet.slip_ns;
    }
}

/* Seconds of whose words all must be there; the last one may just not have been said. */
static unsigned seconds_said(const struct call *call)
{
    enum { SAID_FRAMES = MARK_FRAMES + 2 };
    return call->frames < SAID_FRAMES
               ? 0
               : (unsigned)((call->frames - SAID_FRAMES) / MARK_PERIOD_FRAMES + 1);
}

static bool is_complete(void)
{
    for (unsigned i = 0; i < options.fleet.calls; i++)
        if (!ledger_has_all(i, seconds_said(&run.fleet.calls[i])))
            return false;
    return true;
}

static void drain(void)
{
    uint64_t give_up_ns = clock_now_ns() + drain_ns;
    fleet_stop(&run.fleet);
    if (!options.has_ledger)
        poller_poll_until(clock_now_ns() + second_ns);
    while (options.has_ledger && !is_complete() && clock_now_ns() < give_up_ns)
        poller_poll_until(clock_now_ns() + 20000000);
    poller_poll_until(clock_now_ns() + second_ns / 2);
    for (unsigned i = 0; options.has_ledger && i < options.fleet.calls; i++)
        ledger_expect(i, seconds_said(&run.fleet.calls[i]));
}

/* ---- figures ---- */

static const char *find_fault(void)
{
    uint64_t frames = (uint64_t)options.measured_s * FRAMES_PER_S * options.fleet.calls;
    if (run.slip_ns > SCHEDULE_SLIP_MAX_MS * UINT64_C(1000000))
        return "the load program fell behind its schedule";
    if (run.replay_slip_ns > REPLAY_SLIP_MAX_MS * UINT64_C(1000000))
        return "the load program fell behind its schedule during the replay";
    if (run.frames != frames)
        return "frames were not sent";
    if (run.up < options.fleet.calls)
        return "calls did not come up";
    return NULL;
}

static void print_newest(const char *name, unsigned engine, const struct verdict_window *window)
{
    struct verdict_newest newest = verdict_newest(run.scene, &run.scene->engines[engine], window);
    printf(
        ",\"%s\":{\"n\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"late\":%llu,\"unknown\":%llu}",
        name, newest.ms.count, samples_percentile(&newest.ms, 50),
        samples_percentile(&newest.ms, 99), samples_percentile(&newest.ms, 100),
        (unsigned long long)newest.late, (unsigned long long)newest.unknown);
}

static void print_ledger(void)
{
    struct ledger_totals totals = ledger_totals();
    printf(",\"finals\":%llu,\"words\":%llu,\"missing\":%llu,\"repeated\":%llu,\"disordered\":%llu,"
           "\"strange\":%llu,\"incomplete_calls\":%u,\"degraded\":%llu,\"recovered\":%llu",
           (unsigned long long)totals.finals, (unsigned long long)totals.words,
           (unsigned long long)totals.missing, (unsigned long long)totals.repeated,
           (unsigned long long)totals.disordered, (unsigned long long)totals.strange,
           totals.incomplete_calls, (unsigned long long)totals.degraded,
           (unsigned long long)totals.recovered);
}

/* Of the failure, or for an engine that only fell silent of being told so; 0: not told. */
static uint64_t trouble_ns(unsigned call, unsigned channel)
{
    return options.fault == KIND_MUTE ? ledger_degraded_ns(call, channel)
                                      : atomic_load(&run.scene->engines[0].failed_ns);
}

/* Until both channels were caught up with; negative: they never were. */
static double takeover_ms(const uint64_t *times, unsigned call)
{
    double worst_ms = 0;
    for (unsigned channel = 0; channel < CHANNELS; channel++) {
        uint64_t at_ns = times[call * CHANNELS + channel], since_ns = trouble_ns(call, channel);
        if (at_ns == 0 || since_ns == 0)
            return -1;
        double ms = ((double)at_ns - (double)since_ns) / 1e6;
        worst_ms = ms > worst_ms ? ms : worst_ms;
    }
    return worst_ms;
}

/* From the first call's trouble until the last one was caught up with. */
static struct verdict_window replay_window(const uint64_t *times, unsigned calls)
{
    struct verdict_window window = {UINT64_MAX, 0};
    for (unsigned i = 0; i < calls * CHANNELS; i++) {
        uint64_t since_ns = trouble_ns(i / CHANNELS, i % CHANNELS);
        if (since_ns != 0 && since_ns < window.from_ns)
            window.from_ns = since_ns;
        if (times[i] > window.until_ns)
            window.until_ns = times[i];
    }
    return window;
}

static void print_takeover(void)
{
    unsigned calls = options.fleet.calls - options.fleet.live, never = 0;
    uint64_t failed_ns = atomic_load(&run.scene->engines[0].failed_ns);
    uint64_t *times = verdict_caught_up(run.scene, &run.scene->engines[1], calls, failed_ns);
    struct samples samples = {0};
    for (unsigned i = 0; i < calls; i++) {
        double ms = takeover_ms(times, i);
        if (ms < 0)
            never++;
        else
            samples_add(&samples, ms);
    }
    printf(",\"fault\":\"%s\",\"takeover_ms\":{\"n\":%zu,\"p50\":%.1f,\"p95\":%.1f,\"p99\":%.1f,"
           "\"max\":%.1f},\"never\":%u,\"replay_slip_max_ms\":%.2f",
           fault_names[options.fault], samples.count, samples_percentile(&samples, 50),
           samples_percentile(&samples, 95), samples_percentile(&samples, 99),
           samples_percentile(&samples, 100), never, (double)run.replay_slip_ns / 1e6);
    run.replay = replay_window(times, calls);
    free(times);
}

static void print_usage(void)
{
    double seconds = (double)(run.after.at_ns - run.before.at_ns) / 1e9;
    double cpu_ms = (double)(run.after.cpu_ns - run.before.cpu_ns) / 1e6;
    double own_cpu_ms = (double)(run.after.self_cpu_ns - run.before.self_cpu_ns) / 1e6;
    printf(",\"cpu_ms_per_call_s\":%.4f,\"rss_kb_per_call\":%.1f,\"slip_max_ms\":%.2f,"
           "\"load_cpu_pct\":%.1f,\"send_blocked\":%llu",
           cpu_ms / seconds / options.fleet.calls,
           (double)(run.after.rss_kb - run.idle.rss_kb) / options.fleet.calls,
           (double)run.slip_ns / 1e6, own_cpu_ms / seconds / 10,
           (unsigned long long)fleet_count_blocked(&run.fleet));
}

static void print_relay(void)
{
    struct verdict_losses losses =
        verdict_losses(run.scene, &run.scene->engines[0], run.fleet.calls, options.fleet.calls);
    printf(",\"lost_streams\":%llu,\"lost_frames\":%llu,\"extra_frames\":%llu,\"odd_marks\":%u",
           (unsigned long long)losses.streams, (unsigned long long)losses.frames,
           (unsigned long long)losses.extra_frames, atomic_load(&run.scene->engines[0].odd_marks));
}

static void print_result(void)
{
    struct verdict_window measured = {run.before.at_ns, run.after.at_ns};
    const char *fault = find_fault();
    printf("{\"mode\":\"%s\",\"engine\":\"%s\",\"calls\":%u,\"void\":%s%s%s",
           options.fleet.dialect->name, options.engines[0].dialect->name, options.fleet.calls,
           fault ? "\"" : "", fault ? fault : "null", fault ? "\"" : "");
    print_usage();
    print_newest("newest_ms", 0, &measured);
    if (options.has_ledger)
        print_ledger();
    if (options.fault == KIND_NONE)
        print_relay();
    else
        print_takeover();
    if (options.fleet.live > 0) {
        print_newest("live_before_ms", 2, &measured);
        print_newest("live_during_ms", 2, &run.replay);
    }
    printf("}\n");
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv)) {
        fputs(usage_text, stderr);
        return 2;
    }
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES_MAX, FILES_MAX});
    marks_set_up();
    uint64_t seconds = options.warm_s + options.measured_s + options.after_s + 2;
    run.scene = scene_create(options.fleet.calls, seconds * FRAMES_PER_S);
    run.idle = usage_read(options.pid);
    start_engines();
    poller_open();
    if (options.has_ledger)
        open_ledger();
    options.fleet.frames_max = run.scene->frames_max;
    options.fleet.sent_ns = run.scene->sent_ns;
    fleet_open(&run.fleet, &options.fleet);
    run.up = fleet_count_up(&run.fleet);
    fleet_run(&run.fleet, (uint64_t)options.warm_s * FRAMES_PER_S);
    measure();
    drain();
    print_result();
    stop_engines();
    return 0;
}
