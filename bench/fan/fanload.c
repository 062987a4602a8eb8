/*
 * fanload: one event to many subscribers, of the gateway or of nats-server.
 *
 * Opens the subscribers, lets events be published one at a time on a schedule, and reads them on
 * every connection. Latency is from publishing until a subscriber has the whole event. The server's
 * CPU clock and memory are read around. Prints one JSON line.
 */
#include "../clock.h"
#include "../load/poller.h"
#include "../load/samples.h"
#include "../load/usage.h"
#include "target.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { EVENT_BYTES_MAX = 8192, WARM_EVENTS = 5, READY_WAIT_S = 30, DRAIN_S = 2 };

static const uint64_t second_ns = 1000000000;

static struct {
    const struct fan_target *target;
    const char *event_file;
    unsigned port, stt_port, subscribers, events, interval_ms;
    pid_t pid;
} options = {.subscribers = 100, .events = 100, .interval_ms = 20};

static struct {
    struct samples latency_ms;
    unsigned ready;
    uint64_t deliveries, extra;
    struct usage idle, before, after;
} result;

static uint64_t *sent_ns; /* per event */
static unsigned *counts;  /* events that each subscriber has had */
static unsigned published;
static char event[EVENT_BYTES_MAX];
static size_t event_bytes;

static const char usage_text[] =
    "usage: fanload --target gateway|nats --port PORT --event FILE [options]\n"
    "  --event FILE       an event of the gateway's: its run writes it, a run of nats sends it\n"
    "  --stt-port PORT    with the gateway: where its engine is expected\n"
    "  --subscribers N    (100)   --events N  (100)   --interval MS  between events (20)\n"
    "  --pid PID          process to measure\n";

/* ---- what targets tell ---- */

void fan_ready(void)
{
    result.ready++;
}

void fan_delivered(unsigned subscriber, const void *data, size_t bytes)
{
    unsigned index = counts[subscriber]++;
    if (index >= published) {
        result.extra++;
        return;
    }
    result.deliveries++;
    if (index >= WARM_EVENTS)
        samples_add(&result.latency_ms, (double)(clock_now_ns() - sent_ns[index]) / 1e6);
    event_bytes = bytes < sizeof(event) ? bytes : sizeof(event);
    memcpy(event, data, event_bytes);
}

void fan_lost(const char *what, const char *why)
{
    fprintf(stderr, "fanload: %s is lost: %s\n", what, why);
    exit(1);
}

/* ---- options and files ---- */

static void read_option(const char *name, const char *value)
{
    unsigned number = (unsigned)strtoul(value, NULL, 10);
    if (strcmp(name, "target") == 0)
        options.target = strcmp(value, "gateway") == 0 ? &gateway_target
                         : strcmp(value, "nats") == 0  ? &nats_target
                                                       : NULL;
    else if (strcmp(name, "event") == 0)
        options.event_file = value;
    else if (strcmp(name, "port") == 0)
        options.port = number;
    else if (strcmp(name, "stt-port") == 0)
        options.stt_port = number;
    else if (strcmp(name, "subscribers") == 0)
        options.subscribers = number;
    else if (strcmp(name, "events") == 0)
        options.events = number;
    else if (strcmp(name, "interval") == 0)
        options.interval_ms = number;
    else
        options.pid = (pid_t)number;
}

static bool read_options(int argc, char **argv)
{
    static const char *const names[] = {"target",      "event",  "port",     "stt-port",
                                        "subscribers", "events", "interval", "pid"};
    enum { NAMES = sizeof(names) / sizeof(names[0]) };
    struct option table[NAMES + 1] = {0};
    for (int i = 0; i < NAMES; i++)
        table[i] = (struct option){names[i], required_argument, NULL, 0};
    for (int index, c; (c = getopt_long(argc, argv, "", table, &index)) != -1;) {
        if (c != 0)
            return false;
        read_option(names[index], optarg);
    }
    bool needs_engine = options.target == &gateway_target;
    return optind == argc && options.target && options.event_file && options.port > 0 &&
           options.port <= UINT16_MAX && options.stt_port <= UINT16_MAX &&
           (options.stt_port > 0 || !needs_engine) && options.subscribers > 0 &&
           options.events > 0 && options.interval_ms > 0;
}

static void read_event(void)
{
    FILE *file = fopen(options.event_file, "r");
    event_bytes = file ? fread(event, 1, sizeof(event), file) : 0;
    if (event_bytes == 0)
        fan_lost("the event", "run with the gateway first");
    fclose(file);
    nats_set_event(event, event_bytes);
}

static void write_event(void)
{
    FILE *file = fopen(options.event_file, "w");
    if (!file || fwrite(event, 1, event_bytes, file) != event_bytes || fclose(file) != 0)
        fan_lost("the event", "it cannot be written");
}

/* ---- the run ---- */

static void open_subscribers(void)
{
    counts = calloc(options.subscribers, sizeof(*counts));
    for (unsigned i = 0; i < options.subscribers; i++) {
        options.target->open_subscriber((uint16_t)options.port, i, options.subscribers);
        poller_poll(0);
    }
    uint64_t give_up_ns = clock_now_ns() + READY_WAIT_S * second_ns;
    while (result.ready < options.subscribers && clock_now_ns() < give_up_ns)
        poller_poll(1000000);
    if (result.ready < options.subscribers)
        fan_lost("a subscriber", "not ready in time");
}

static void publish_events(void)
{
    unsigned total = WARM_EVENTS + options.events;
    uint64_t base_ns = clock_now_ns() + second_ns / 10;
    sent_ns = calloc(total, sizeof(*sent_ns));
    for (unsigned i = 0; i < total; i++) {
        poller_poll_until(base_ns + i * options.interval_ms * UINT64_C(1000000));
        if (i == WARM_EVENTS)
            result.before = usage_read(options.pid);
        sent_ns[published++] = clock_now_ns();
        options.target->publish();
    }
    uint64_t give_up_ns = clock_now_ns() + DRAIN_S * second_ns;
    poller_poll_until(clock_now_ns() + options.interval_ms * UINT64_C(1000000));
    result.after = usage_read(options.pid);
    while (result.deliveries < (uint64_t)total * options.subscribers && clock_now_ns() < give_up_ns)
        poller_poll(1000000);
}

static void print_result(void)
{
    double cpu_us = (double)(result.after.cpu_ns - result.before.cpu_ns) / 1e3;
    uint64_t due = (uint64_t)(WARM_EVENTS + options.events) * options.subscribers;
    uint64_t measured = (uint64_t)options.events * options.subscribers;
    long grown_kb = result.before.rss_kb - result.idle.rss_kb;
    printf("{\"target\":\"%s\",\"subscribers\":%u,\"events\":%u,\"event_bytes\":%zu",
           options.target->name, options.subscribers, options.events, event_bytes);
    printf(",\"lost\":%llu,\"extra\":%llu,\"cpu_us_per_delivery\":%.3f,"
           "\"kb_per_subscriber\":%.1f",
           (unsigned long long)(due - result.deliveries), (unsigned long long)result.extra,
           cpu_us / (double)measured, (double)grown_kb / options.subscribers);
    printf(",\"latency_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}}\n",
           samples_percentile(&result.latency_ms, 50), samples_percentile(&result.latency_ms, 99),
           samples_percentile(&result.latency_ms, 100));
}

static void raise_file_limit(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv)) {
        fputs(usage_text, stderr);
        return 2;
    }
    raise_file_limit();
    poller_open();
    if (options.target == &nats_target)
        read_event();
    options.target->open_publisher((uint16_t)options.port, (uint16_t)options.stt_port);
    result.idle = usage_read(options.pid);
    open_subscribers();
    publish_events();
    if (options.target == &gateway_target)
        write_event();
    print_result();
    return 0;
}
