#include "sidetone/siprec_calls.h"

#include "siprec_recording.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDING_BUCKETS = 256, PARTING_MAX_US = 2000000 };

struct entry {
    struct entry *next;
    uint64_t id;
    uint64_t follower; /* who takes its place; 0: nobody */
    struct recording *recording;
};

struct st_siprec_calls {
    struct st_siprec_server *server;
    struct st_call_service *service;
    struct st_loop *const *loops;
    unsigned loop_count;
    uint16_t ports[ST_CONFIG_SIPREC_LISTEN_MAX];
    unsigned listen_count;
    char *tenant, *route;
    struct entry *entries[RECORDING_BUCKETS];
    bool is_closed;
    struct parting {
        struct st_timer *timer; /* NULL: nobody waits */
        int64_t until_us;
        void (*done)(void *user);
        void *user;
    } parting;
    unsigned refs; /* of recordings that may still report; the first loop's alone */
};

/* ---- the table ---- */

static struct entry **find(struct st_siprec_calls *calls, uint64_t id)
{
    struct entry **link = &calls->entries[id % RECORDING_BUCKETS];
    while (*link && (*link)->id != id)
        link = &(*link)->next;
    return link;
}

static void unref(struct st_siprec_calls *calls)
{
    if (--calls->refs > 0)
        return;
    free(calls->tenant);
    free(calls->route);
    free(calls);
}

/* ---- from the recordings, on the first loop ---- */

static void on_answer(void *user, uint64_t id, const struct st_siprec_answer *answer)
{
    struct st_siprec_calls *calls = user;
    if (!calls->is_closed)
        st_siprec_server_answer(calls->server, id, answer);
}

static void on_media_ended(void *user, uint64_t id, enum st_siprec_end end)
{
    struct st_siprec_calls *calls = user;
    if (!calls->is_closed)
        st_siprec_server_end(calls->server, id, end);
}

static void on_gone(void *user)
{
    unref(user);
}

static const struct recording_events recording_events = {
    .answer = on_answer, .ended = on_media_ended, .gone = on_gone};

/* ---- from the server ---- */

/* Both sessions of a call meet on one loop. */
static unsigned choose_loop(const struct st_siprec_calls *calls, const char *call_id)
{
    uint32_t hash = 2166136261u;
    for (; *call_id; call_id++)
        hash = (hash ^ (uint8_t)*call_id) * 16777619u;
    return hash % calls->loop_count;
}

static struct recording *begin(struct st_siprec_calls *calls,
                               const struct st_siprec_session *session)
{
    unsigned loop_index = choose_loop(calls, session->call_id);
    struct recording_config config = {
        .id = session->id,
        .service = calls->service,
        .home = calls->loops[0],
        .loop = calls->loops[loop_index],
        .loop_index = loop_index,
        .tenant = calls->tenant,
        .route = calls->route,
        .events = &recording_events,
        .user = calls,
    };
    struct entry *entry = st_mem_alloc(sizeof(*entry));
    *entry = (struct entry){.id = session->id};
    entry->recording = recording_create(&config);
    *find(calls, session->id) = entry;
    struct entry *before = session->replaces ? *find(calls, session->replaces) : NULL;
    if (before)
        before->follower = session->id;
    calls->refs++;
    return entry->recording;
}

static struct recording *recording_of(struct st_siprec_calls *calls, uint64_t id)
{
    return (*find(calls, id))->recording;
}

static void on_offer(void *user, const struct st_siprec_session *session, bool is_new)
{
    struct st_siprec_calls *calls = user;
    struct recording *recording = is_new ? begin(calls, session) : recording_of(calls, session->id);
    recording_offer(recording, session);
}

static void on_changed(void *user, const struct st_siprec_session *session)
{
    recording_change(recording_of(user, session->id), session);
}

static void on_ended(void *user, uint64_t id, enum st_siprec_end end)
{
    struct st_siprec_calls *calls = user;
    struct entry *entry = *find(calls, id);
    struct entry *follower = entry->follower ? *find(calls, entry->follower) : NULL;
    if (follower)
        recording_join(follower->recording);
    *find(calls, id) = entry->next;
    recording_end(entry->recording, end);
    free(entry);
}

static const struct st_siprec_sink sink = {on_offer, on_changed, on_ended};

/* ---- set-up ---- */

static const char *text_or_null(const char *text)
{
    return *text ? text : NULL;
}

struct lists {
    struct st_siprec_listen listens[ST_CONFIG_SIPREC_LISTEN_MAX];
    struct st_siprec_user *users;
    struct st_siprec_role_rule *rules;
};

static void make_lists(const struct st_config_siprec *config, struct lists *lists)
{
    lists->users = st_mem_alloc_array(config->user_count + 1, sizeof(*lists->users));
    lists->rules = st_mem_alloc_array(config->role_count + 1, sizeof(*lists->rules));
    for (unsigned i = 0; i < config->listen_count; i++)
        lists->listens[i] = (struct st_siprec_listen){
            .transport = (enum st_siprec_transport)config->listen[i].transport,
            .address = config->listen[i].address,
            .port = config->listen[i].port,
        };
    for (unsigned i = 0; i < config->user_count; i++)
        lists->users[i] = (struct st_siprec_user){
            .name = config->users[i].name,
            .password = config->users[i].password,
        };
    for (unsigned i = 0; i < config->role_count; i++)
        lists->rules[i] = (struct st_siprec_role_rule){
            .label = text_or_null(config->roles[i].label),
            .aor = text_or_null(config->roles[i].aor),
            .header = text_or_null(config->roles[i].header),
            .role = config->roles[i].role,
        };
}

static enum st_siprec_srtp srtp_policy(const struct st_config *config)
{
    switch (config->rtp.srtp) {
    case ST_CONFIG_RTP_SRTP_PROFILE:
        return ST_SIPREC_SRTP_OFFERED;
    case ST_CONFIG_RTP_SRTP_REQUIRED:
        return ST_SIPREC_SRTP_REQUIRED;
    default:
        return ST_SIPREC_SRTP_BEST_EFFORT;
    }
}

static int open_server(struct st_siprec_calls *calls, const struct st_config *whole, char *why,
                       size_t why_bytes)
{
    const struct st_config_siprec *config = &whole->siprec;
    struct lists lists;
    make_lists(config, &lists);
    struct st_siprec_server_config server = {
        .loop = calls->loops[0],
        .listens = lists.listens,
        .listen_count = config->listen_count,
        .certificate_file = config->tls.certificate_file,
        .key_file = config->tls.key_file,
        .client_ca_file = text_or_null(config->client_ca_file),
        .connections_max = config->connections,
        .idle_us = (int64_t)config->idle_timeout_s * 1000000,
        .siprec =
            {
                .host = *config->advertised ? config->advertised : config->listen[0].address,
                .realm = config->realm,
                .users = lists.users,
                .user_count = config->user_count,
                .allowed = (const char *const *)config->sources,
                .allowed_count = config->source_count,
                .rules = lists.rules,
                .rule_count = config->role_count,
                .caller_role = config->caller,
                .srtp = srtp_policy(whole),
                .call_id_headers = (const char *const *)config->call_id_headers,
                .call_id_header_count = config->call_id_header_count,
                .sessions_max = config->sessions,
                .requests_per_s = config->requests_per_s,
                .expires_s = config->session_expires_s,
                .sink = &sink,
                .sink_user = calls,
            },
    };
    int err = st_siprec_server_open(&calls->server, &server, why, why_bytes);
    free(lists.users);
    free(lists.rules);
    return err;
}

struct first_refusal {
    char *why;
    size_t why_bytes;
    bool is_there;
};

static void keep_first(void *user, const char *why)
{
    struct first_refusal *first = user;
    if (!first->is_there)
        snprintf(first->why, first->why_bytes, "%s", why);
    first->is_there = true;
}

int st_siprec_calls_open(struct st_siprec_calls **ret_calls,
                         const struct st_siprec_calls_config *from, char *why, size_t why_bytes)
{
    const struct st_config_siprec *config = &from->config->siprec;
    *ret_calls = NULL;
    if (config->listen_count == 0)
        return 0;
    struct first_refusal first = {why, why_bytes, false};
    int err = st_siprec_calls_check(from->config, from->is_dev, keep_first, &first);
    if (err)
        return err;
    struct st_siprec_calls *calls = st_mem_alloc(sizeof(*calls));
    calls->service = from->service;
    calls->loops = from->loops;
    calls->loop_count = from->loop_count;
    calls->tenant = st_mem_strdup(config->tenant);
    calls->route = st_mem_strdup(config->route);
    calls->refs = 1;
    err = open_server(calls, from->config, why, why_bytes);
    if (err) {
        unref(calls);
        return err;
    }
    calls->listen_count = config->listen_count;
    for (unsigned i = 0; i < config->listen_count; i++)
        calls->ports[i] = st_siprec_server_port(calls->server, i);
    *ret_calls = calls;
    return 0;
}

/* ---- end ---- */

void st_siprec_calls_drain(struct st_siprec_calls *calls)
{
    if (calls && !calls->is_closed)
        st_siprec_server_drain(calls->server);
}

/* `ended` takes each out of the table. */
static void end_all(struct st_siprec_calls *calls)
{
    for (size_t i = 0; i < RECORDING_BUCKETS; i++)
        while (calls->entries[i])
            st_siprec_server_end(calls->server, calls->entries[i]->id, ST_SIPREC_END_STOPPED);
}

static void on_parting(void *user)
{
    struct st_siprec_calls *calls = user;
    struct parting parting = calls->parting;
    if (st_siprec_server_live(calls->server) > 0 && st_loop_now_us() < parting.until_us)
        return;
    st_timer_close(parting.timer);
    calls->parting.timer = NULL;
    parting.done(parting.user);
}

void st_siprec_calls_part(struct st_siprec_calls *calls, void (*done)(void *user), void *user)
{
    if (!calls || calls->is_closed) {
        done(user);
        return;
    }
    st_siprec_server_drain(calls->server);
    end_all(calls);
    calls->parting = (struct parting){
        .timer = st_timer_open(calls->loops[0], on_parting, calls),
        .until_us = st_loop_now_us() + PARTING_MAX_US,
        .done = done,
        .user = user,
    };
    st_timer_set(calls->parting.timer, 0, ST_SIPREC_TICK_US);
}

void st_siprec_calls_close(struct st_siprec_calls *calls)
{
    if (!calls || calls->is_closed)
        return;
    end_all(calls);
    st_timer_close(calls->parting.timer);
    calls->is_closed = true;
    st_siprec_server_close(calls->server);
    unref(calls);
}

int st_siprec_calls_reload_tls(struct st_siprec_calls *calls)
{
    return calls && !calls->is_closed ? st_siprec_server_reload_tls(calls->server) : 0;
}

uint16_t st_siprec_calls_port(const struct st_siprec_calls *calls, unsigned listener)
{
    return calls && listener < calls->listen_count ? calls->ports[listener] : 0;
}
