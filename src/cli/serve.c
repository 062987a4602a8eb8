/*
 * sidetone serve: the gateway.
 *
 * The main thread only controls: it sets everything up, then waits for signals. SIGHUP reloads,
 * SIGTERM and SIGINT drain and end.
 */
#include "core_dumps.h"
#include "gateway.h"
#include "options.h"
#include "verb.h"

#include "sidetone/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_port(int *ret_port, const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    if (!*text || *end || port < 0 || port > 65535)
        return st_options_refuse("serve", "a port is a number from 0 to 65535, not", text);
    *ret_port = (int)port;
    return 0;
}

static int take_port(void *options, const char *text)
{
    return parse_port(&((struct gateway_options *)options)->port, text);
}

static int take_operations_port(void *options, const char *text)
{
    return parse_port(&((struct gateway_options *)options)->operations_port, text);
}

#define AT(member) .offset = offsetof(struct gateway_options, member)

static const struct st_option options[] = {
    {"config", "FILE", "configuration (default: built-in values)", AT(config_path), .letter = 'c'},
    {"dev", NULL, "no authentication, on loopback addresses only", AT(is_dev)},
    {"port", "N", "main listener's port, instead of the configured one; 0: any free",
     .take = take_port},
    {"operations-port", "N", "likewise for /metrics, /livez, /readyz",
     .take = take_operations_port},
    {"ports-file", "FILE", "writes the ports in use, as JSON, once it is ready", AT(ports_file)},
    {"core-dumps", NULL, "lets a crash leave a core: it holds keys and what callers said",
     AT(allows_core_dumps)},
    {0},
};

#undef AT

static const struct st_command command = {
    .verb = "serve",
    .about = "Usage: sidetone serve [--config FILE] [--dev] [options]\n"
             "\n"
             "Runs the gateway: takes calls in, recognises and analyses them, serves subscribers "
             "and the\n"
             "dashboard.\n",
    .options = options,
    .examples =
        "Signals: SIGHUP reloads categories, tokens, certificates and log levels (a broken file "
        "is\n"
        "refused whole). SIGTERM and SIGINT stop taking calls, wait for the last finals, tell\n"
        "subscribers where to resume, and end.\n"
        "\n"
        "Examples:\n"
        "  sidetone serve --dev\n"
        "  sidetone serve --config /etc/sidetone/sidetone.yaml\n"
        "\n"
        "Exit codes: 0 ended on request, 1 could not start, 2 wrong usage.\n",
};

/* Threads inherit the mask, so only sigwaitinfo ever sees these. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int run(int argc, char **argv)
{
    struct gateway_options request = {.port = -1, .operations_port = -1};
    int parsed = st_options_parse(&command, &request, argc, argv);
    if (parsed >= 0 && parsed < argc)
        parsed = st_options_refuse("serve", "what is this", argv[parsed]);
    if (parsed < 0)
        return st_options_exit(&command, parsed);
    if (request.allows_core_dumps)
        core_dumps_allow();
    sigset_t signals;
    block_signals(&signals);
    struct gateway *gateway;
    if (gateway_start(&gateway, &request) < 0)
        return ST_EXIT_FAILED;
    for (int signal_number;
         (signal_number = sigwaitinfo(&signals, NULL)) != SIGTERM && signal_number != SIGINT;)
        if (signal_number == SIGHUP)
            gateway_reload(gateway);
    gateway_stop(gateway);
    return ST_EXIT_OK;
}

const struct st_verb st_verb_serve = {"serve", "run the gateway", run};
