#include "gateway.h"

#include "file_limit.h"
#include "gateway_settings.h"
#include "loop_count.h"

#include "sidetone/api.h"
#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/embedder.h"
#include "sidetone/err.h"
#include "sidetone/hub.h"
#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/net.h"
#include "sidetone/rule_store.h"
#include "sidetone/siprec.h"
#include "sidetone/siprec_calls.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gateway {
    struct gateway_options options;
    struct st_log log;
    struct st_settings *settings;
    struct st_embedder *embedder; /* NULL: not installed, or off */
    unsigned loop_count;
    unsigned running; /* loops whose thread runs */
    struct st_loop *loops[LOOP_COUNT_MAX];
    struct st_net *nets[LOOP_COUNT_MAX];
    struct st_net_shared *shared;
    struct st_call_service *service;
    struct st_rule_store *rules;
    struct st_api *api;
    struct st_siprec_calls *siprec; /* NULL: off */
};

/* ---- start ---- */

static void report_engine(void *user, bool is_problem, const char *text)
{
    const struct gateway *gateway = user;
    if (is_problem)
        ST_WARN(&gateway->log, "%s", text);
    else
        ST_INFO(&gateway->log, "%s", text);
}

static int create_loops(struct gateway *gateway, const struct st_config *config)
{
    unsigned wanted = loop_count(config);
    int err = st_net_shared_create(&gateway->shared, &config->limits);
    for (unsigned i = 0; !err && i < wanted; i++) {
        err = st_loop_create(&gateway->loops[i], i, 0);
        if (err)
            break;
        gateway->loop_count++;
        err = st_net_create(&gateway->nets[i], gateway->loops[i], gateway->shared, &config->limits);
    }
    if (err)
        ST_ERROR(&gateway->log, "cannot set up the network: %s", st_err_text(err));
    return err;
}

static int create_service(struct gateway *gateway)
{
    struct st_call_service_config config = {
        .settings = gateway->settings,
        .loops = gateway->loops,
        .nets = gateway->nets,
        .loop_count = gateway->loop_count,
        .embedder = gateway->embedder,
    };
    int err = st_call_service_create(&gateway->service, &config, report_engine, gateway);
    if (err)
        ST_ERROR(&gateway->log, "calls cannot be taken: %s", st_err_text(err));
    return err;
}

static void report_rules(void *user, const char *text)
{
    const struct gateway *gateway = user;
    ST_WARN(&gateway->log, "%s", text);
}

static int create_rules(struct gateway *gateway)
{
    struct st_rule_store_config config = {.service = gateway->service,
                                          .settings = gateway->settings,
                                          .report = report_rules,
                                          .user = gateway};
    int err = st_rule_store_create(&gateway->rules, &config);
    if (err)
        ST_ERROR(&gateway->log, "rules cannot be kept: %s", st_err_text(err));
    return err;
}

static int create_api(struct gateway *gateway, const struct st_config *config)
{
    char why[512];
    struct st_api_config api = {
        .service = gateway->service,
        .rules = gateway->rules,
        .loops = gateway->loops,
        .nets = gateway->nets,
        .loop_count = gateway->loop_count,
        .is_dev = gateway->options.is_dev,
    };
    int err = st_api_create(&gateway->api, &api, config, why, sizeof(why));
    if (err)
        ST_ERROR(&gateway->log, "%s", why);
    return err;
}

static int create_siprec(struct gateway *gateway, const struct st_config *config)
{
    char why[512];
    struct st_siprec_calls_config siprec = {
        .service = gateway->service,
        .loops = gateway->loops,
        .loop_count = gateway->loop_count,
        .config = config,
        .is_dev = gateway->options.is_dev,
    };
    int err = st_siprec_calls_open(&gateway->siprec, &siprec, why, sizeof(why));
    if (err)
        ST_ERROR(&gateway->log, "%s", why);
    return err;
}

static void write_siprec_ports(const struct gateway *gateway, FILE *file)
{
    uint16_t port;
    for (unsigned i = 0; (port = st_siprec_calls_port(gateway->siprec, i)) != 0; i++)
        fprintf(file, "%s%u", i == 0 ? ",\"siprec_ports\":[" : ",", port);
    if (gateway->siprec)
        fprintf(file, "]");
}

/* Written under another name first, so that a reader never sees half of it. */
static int write_ports_file(const struct gateway *gateway)
{
    const char *path = gateway->options.ports_file;
    char temporary[4096];
    if (!path)
        return 0;
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    FILE *file = fopen(temporary, "we");
    if (file) {
        fprintf(file, "{\"port\":%u,\"operations_port\":%u,\"pid\":%ld", st_api_port(gateway->api),
                st_api_operations_port(gateway->api), (long)getpid());
        write_siprec_ports(gateway, file);
        fprintf(file, "}\n");
        if (fclose(file) == 0 && rename(temporary, path) == 0)
            return 0;
    }
    ST_ERROR(&gateway->log, "cannot write %s: %s", path, strerror(errno));
    return -EIO;
}

static void say_telephony(const struct gateway *gateway, const struct st_config *config)
{
    const struct st_config_rtp *rtp = &config->rtp;
    if (rtp->first_port)
        ST_INFO(&gateway->log, "RTP: %s, ports %u to %u", rtp->address, rtp->first_port,
                rtp->last_port);
    for (unsigned i = 0; i < config->siprec.listen_count; i++) {
        const struct st_config_siprec_listen *listen = &config->siprec.listen[i];
        ST_INFO(&gateway->log, "SIPREC: %s, %s port %u",
                st_siprec_transport_name((enum st_siprec_transport)listen->transport),
                listen->address, st_siprec_calls_port(gateway->siprec, i));
    }
}

static void say_ready(const struct gateway *gateway, const struct st_config *config)
{
    say_telephony(gateway, config);
    const char *scheme = config->listen.tls.certificate_file ? "https" : "http";
    ST_INFO(&gateway->log, "ready: %s://%s:%u/ (%u loops%s)", scheme, config->listen.address,
            st_api_port(gateway->api), gateway->loop_count,
            gateway->options.is_dev ? ", development mode: no authentication" : "");
}

static int start_loops(struct gateway *gateway)
{
    for (; gateway->running < gateway->loop_count; gateway->running++) {
        int err = st_loop_start(gateway->loops[gateway->running]);
        if (err) {
            ST_ERROR(&gateway->log, "cannot start a thread: %s", st_err_text(err));
            return err;
        }
    }
    return 0;
}

static void free_gateway(struct gateway *gateway)
{
    st_api_destroy(gateway->api);
    for (unsigned i = 0; i < gateway->loop_count; i++)
        st_net_destroy(gateway->nets[i]);
    for (unsigned i = 0; i < gateway->loop_count; i++)
        st_loop_destroy(gateway->loops[i]);
    st_rule_store_destroy(gateway->rules);
    st_call_service_destroy(gateway->service);
    st_net_shared_destroy(gateway->shared);
    st_settings_unref(gateway->settings);
    st_embedder_unref(gateway->embedder);
    free(gateway);
}

static void shut_down(struct gateway *gateway);

int gateway_start(struct gateway **ret_gateway, const struct gateway_options *options)
{
    struct gateway *gateway = st_mem_alloc(sizeof(*gateway));
    gateway->options = *options;
    gateway->log.module = "serve";
    int err = gateway_settings_load(&gateway->settings, &gateway->embedder, options);
    if (err) {
        free(gateway);
        return err;
    }
    const struct st_config *config = st_settings_config(gateway->settings);
    file_limit_apply(&gateway->log, config, loop_count(config));
    err = create_loops(gateway, config);
    if (!err)
        err = create_service(gateway);
    if (!err)
        err = create_rules(gateway);
    if (!err)
        err = create_api(gateway, config);
    if (!err)
        err = create_siprec(gateway, config);
    if (!err)
        err = start_loops(gateway);
    if (!err)
        err = write_ports_file(gateway);
    if (err) {
        shut_down(gateway);
        return err;
    }
    say_ready(gateway, config);
    *ret_gateway = gateway;
    return 0;
}

/* ---- orders to the loops ---- */

struct order {
    struct gateway *gateway;
    unsigned index;
    sem_t done;
    int result;
};

/* Runs `run` on every loop in turn and waits for each. */
static int on_every_loop(struct gateway *gateway, st_loop_fn run)
{
    int result = 0;
    for (unsigned i = 0; i < gateway->loop_count; i++) {
        struct order order = {.gateway = gateway, .index = i};
        sem_init(&order.done, 0, 0);
        while (st_loop_post(gateway->loops[i], run, &order) == -ENOBUFS)
            usleep(1000);
        while (sem_wait(&order.done) < 0)
            ;
        sem_destroy(&order.done);
        if (order.result < 0)
            result = order.result;
    }
    return result;
}

static void on_close_listeners(void *user)
{
    struct order *order = user;
    if (order->gateway->api)
        st_api_close_listeners(order->gateway->api, order->index);
    if (order->index == 0)
        st_siprec_calls_drain(order->gateway->siprec);
    sem_post(&order->done);
}

static void on_goodbye_said(void *user)
{
    struct order *order = user;
    sem_post(&order->done);
}

static void on_say_goodbye(void *user)
{
    struct order *order = user;
    st_hub_shutdown(st_call_service_hub(order->gateway->service), order->index);
    if (order->index == 0)
        st_siprec_calls_part(order->gateway->siprec, on_goodbye_said, order);
    else
        on_goodbye_said(order);
}

static void on_net_closed(void *user)
{
    struct order *order = user;
    if (order->gateway->service)
        st_call_service_close_loop(order->gateway->service, order->index);
    sem_post(&order->done);
}

/* Before the loops' media goes: what it posts to them runs first. */
static void close_siprec(struct gateway *gateway)
{
    st_siprec_calls_close(gateway->siprec);
    gateway->siprec = NULL;
}

static void on_close_net(void *user)
{
    struct order *order = user;
    if (order->index == 0)
        close_siprec(order->gateway);
    if (!order->gateway->nets[order->index]) {
        on_net_closed(order);
        return;
    }
    st_net_close(order->gateway->nets[order->index], on_net_closed, order);
}

static void on_reload_tls(void *user)
{
    struct order *order = user;
    order->result = st_api_reload_tls(order->gateway->api, order->index);
    if (order->index == 0 && st_siprec_calls_reload_tls(order->gateway->siprec) < 0)
        order->result = -EINVAL;
    sem_post(&order->done);
}

/* ---- reload ---- */

void gateway_reload(struct gateway *gateway)
{
    struct st_settings *settings;
    ST_INFO(&gateway->log, "reloading %s",
            gateway->options.config_path ? gateway->options.config_path : "nothing: no file given");
    if (!gateway->options.config_path)
        return;
    if (gateway_settings_load(&settings, &gateway->embedder, &gateway->options) < 0) {
        ST_ERROR(&gateway->log, "not reloaded: everything stays as it was");
        return;
    }
    st_rule_store_set_settings(gateway->rules, settings);
    if (on_every_loop(gateway, on_reload_tls) < 0)
        ST_ERROR(&gateway->log, "the certificate could not be read; the old one stays in use");
    st_settings_unref(gateway->settings);
    gateway->settings = settings;
    ST_INFO(&gateway->log, "reloaded: categories, tokens, certificates, log levels");
}

/* ---- stop ---- */

/* A set-up that failed is taken apart on running loops too: that is where things can be closed. */
static void shut_down(struct gateway *gateway)
{
    if (start_loops(gateway) < 0)
        return; /* the process ends: nothing can be closed without its thread */
    on_every_loop(gateway, on_close_net);
    for (unsigned i = 0; i < gateway->loop_count; i++)
        st_loop_stop(gateway->loops[i]);
    for (unsigned i = 0; i < gateway->loop_count; i++)
        st_loop_join(gateway->loops[i]);
    free_gateway(gateway);
}

void gateway_stop(struct gateway *gateway)
{
    const struct st_config *config = st_settings_config(gateway->settings);
    ST_INFO(&gateway->log, "draining: no new calls; %u live",
            st_call_service_live_calls(gateway->service));
    on_every_loop(gateway, on_close_listeners);
    st_rule_store_stop(gateway->rules);
    st_call_service_drain(gateway->service, (int64_t)config->calls.drain_s * 1000000);
    unsigned left = st_call_service_live_calls(gateway->service);
    if (left > 0)
        ST_WARN(&gateway->log, "%u calls had not given their last finals in time", left);
    on_every_loop(gateway, on_say_goodbye);
    struct st_log log = gateway->log;
    shut_down(gateway);
    ST_INFO(&log, "stopped");
}
