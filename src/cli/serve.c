/*
 * sidetone serve: the gateway.
 *
 * The main thread only controls: it sets everything up, then waits for signals. SIGHUP reloads,
 * SIGTERM and SIGINT drain and end.
 */
#include "gateway.h"
#include "verb.h"

#include "sidetone/loop.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: sidetone serve [--config FILE] [--dev] [options]\n"
    "\n"
    "Runs the gateway: takes calls in, recognises and analyses them, serves subscribers and the\n"
    "dashboard.\n"
    "\n"
    "  -c, --config FILE         configuration (default: built-in values)\n"
    "      --dev                 no authentication, on loopback addresses only\n"
    "      --port N              main listener's port, instead of the configured one; 0: any free\n"
    "      --operations-port N   likewise for /metrics, /livez, /readyz\n"
    "      --ports-file FILE     writes the ports in use, as JSON, once it is ready\n"
    "  -h, --help\n"
    "\n"
    "Signals: SIGHUP reloads categories, tokens, certificates and log levels (a broken file is\n"
    "refused whole). SIGTERM and SIGINT stop taking calls, wait for the last finals, tell\n"
    "subscribers where to resume, and end.\n"
    "\n"
    "Examples:\n"
    "  sidetone serve --dev\n"
    "  sidetone serve --config /etc/sidetone/sidetone.yaml\n"
    "\n"
    "Exit codes: 0 ended on request, 1 could not start, 2 wrong usage.\n";

enum { OPT_DEV = 256, OPT_PORT, OPT_OPERATIONS_PORT, OPT_PORTS_FILE };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"dev", no_argument, NULL, OPT_DEV},
    {"port", required_argument, NULL, OPT_PORT},
    {"operations-port", required_argument, NULL, OPT_OPERATIONS_PORT},
    {"ports-file", required_argument, NULL, OPT_PORTS_FILE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int parse_port(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    return *text && !*end && port >= 0 && port <= 65535 ? (int)port : -EINVAL;
}

static int parse_options(int argc, char **argv, struct gateway_options *ret_options)
{
    struct gateway_options parsed = {.port = -1, .operations_port = -1};
    for (int opt; (opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        switch (opt) {
        case 'c':
            parsed.config_path = optarg;
            break;
        case OPT_DEV:
            parsed.is_dev = true;
            break;
        case OPT_PORT:
            if ((parsed.port = parse_port(optarg)) < 0)
                return -EINVAL;
            break;
        case OPT_OPERATIONS_PORT:
            if ((parsed.operations_port = parse_port(optarg)) < 0)
                return -EINVAL;
            break;
        case OPT_PORTS_FILE:
            parsed.ports_file = optarg;
            break;
        case 'h':
            return 1;
        default:
            return -EINVAL;
        }
    }
    *ret_options = parsed;
    return optind == argc ? 0 : -EINVAL;
}

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
    struct gateway_options parsed;
    int ret = parse_options(argc, argv, &parsed);
    if (ret != 0) {
        fputs(usage, ret > 0 ? stdout : stderr);
        return ret > 0 ? 0 : 2;
    }
    sigset_t signals;
    block_signals(&signals);
    struct gateway *gateway;
    if (gateway_start(&gateway, &parsed) < 0)
        return 1;
    for (int signal_number;
         (signal_number = sigwaitinfo(&signals, NULL)) != SIGTERM && signal_number != SIGINT;)
        if (signal_number == SIGHUP)
            gateway_reload(gateway);
    gateway_stop(gateway);
    return 0;
}

const struct st_verb st_verb_serve = {"serve", "run the gateway", run};
