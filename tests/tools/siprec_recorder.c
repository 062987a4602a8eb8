/*
 * A SIPREC server by itself: every session is accepted, its media only counted, and everything told
 * as a line of JSON on standard output. For tests against SIP programs that nobody here wrote.
 *
 * siprec_recorder [--user NAME:PASSWORD] [--tls CERTIFICATE KEY] [--client-ca FILE] [--max N]
 *                 [--media-timeout SECONDS] [--idle SECONDS] [--allow PREFIX]
 */
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/siprec_server.h"
#include "sidetone/wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { SESSIONS_MAX = 4096, CHECK_US = 100000, FLUSH_US = 300000 };

struct media {
    struct st_wire_listener *socket;
    unsigned line, channel;
    char address[64]; /* where packets may come from */
    unsigned long packets, bytes, strangers;
};

struct recording {
    uint64_t id; /* 0: free */
    struct media media[ST_CHANNELS_MAX];
    unsigned count;
    int64_t heard_us;
    bool is_held;
};

struct recorder {
    struct st_loop *loop;
    struct st_siprec_server *server;
    struct recording recordings[SESSIONS_MAX];
    int64_t media_timeout_us;
    struct st_timer *timer;
    uv_signal_t stop;
};

static struct recorder recorder;

static struct recording *find(uint64_t id)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (recorder.recordings[i].id == id)
            return &recorder.recordings[i];
    return NULL;
}

/* ---- media ---- */

static void on_packet(void *user, const struct st_wire_peer *peer, const void *data, size_t bytes)
{
    struct media *media = user;
    const uint8_t *packet = data;
    if (bytes < 12 || packet[0] >> 6 != 2 || strcmp(peer->address, media->address) != 0) {
        media->strangers++;
        return;
    }
    media->packets++;
    media->bytes += bytes;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct recording *recording = &recorder.recordings[i];
        if (media >= recording->media && media < recording->media + ST_CHANNELS_MAX)
            recording->heard_us = st_loop_now_us();
    }
}

static const struct st_wire_events media_events = {.datagram = on_packet};

static uint16_t open_media(struct media *media)
{
    struct st_wire_config config = {.loop = recorder.loop,
                                    .address = "127.0.0.1",
                                    .is_datagram = true,
                                    .events = &media_events,
                                    .user = media};
    if (!media->socket && st_wire_listen(&media->socket, &config) < 0)
        return 0;
    return st_wire_listener_port(media->socket);
}

/* ---- the sink ---- */

static void tell(const char *event, const struct st_siprec_session *session)
{
    printf("{\"event\":\"%s\",\"session\":%llu,\"call\":\"%s\",\"suspect\":%s,\"caller\":\"%s\","
           "\"agent\":\"%s\",\"streams\":[",
           event, (unsigned long long)session->id, session->call_id,
           session->is_mapping_suspect ? "true" : "false", session->caller, session->agent_id);
    for (unsigned i = 0; i < session->stream_count; i++) {
        const struct st_siprec_stream *stream = &session->streams[i];
        printf("%s{\"line\":%u,\"channel\":%u,\"role\":\"%s\",\"label\":\"%s\",\"address\":\"%s\","
               "\"port\":%u,\"held\":%s,\"encrypted\":%s}",
               i ? "," : "", stream->line, stream->channel, st_role_name(stream->role),
               stream->media->label, stream->address, stream->media->port,
               stream->media->is_held ? "true" : "false", stream->crypto ? "true" : "false");
    }
    printf("]}\n");
    fflush(stdout);
}

static void on_offer(void *user, const struct st_siprec_session *session, bool is_new)
{
    struct st_siprec_answer answer = {.address = "127.0.0.1"};
    struct recording *recording = is_new ? find(0) : find(session->id);
    tell(is_new ? "begin" : "offer", session);
    if (!recording)
        abort();
    recording->id = session->id;
    recording->count = session->stream_count;
    recording->heard_us = st_loop_now_us();
    recording->is_held = true;
    for (unsigned i = 0; i < session->stream_count; i++) {
        struct media *media = &recording->media[session->streams[i].channel];
        media->line = session->streams[i].line;
        media->channel = session->streams[i].channel;
        snprintf(media->address, sizeof(media->address), "%s", session->streams[i].address);
        recording->is_held &= session->streams[i].media->is_held;
        answer.ports[i] = open_media(media);
    }
    st_siprec_server_answer(recorder.server, session->id, &answer);
}

static void on_changed(void *user, const struct st_siprec_session *session)
{
    tell("changed", session);
}

static void on_ended(void *user, uint64_t id, enum st_siprec_end end)
{
    struct recording *recording = find(id);
    printf("{\"event\":\"end\",\"session\":%llu,\"why\":\"%s\",\"packets\":[",
           (unsigned long long)id, st_siprec_end_name(end));
    for (unsigned i = 0; recording && i < ST_CHANNELS_MAX; i++) {
        printf("%s%lu", i ? "," : "", recording->media[i].packets);
        st_wire_listener_close(recording->media[i].socket);
    }
    printf("]}\n");
    fflush(stdout);
    if (recording)
        memset(recording, 0, sizeof(*recording));
}

static const struct st_siprec_sink sink = {on_offer, on_changed, on_ended};

/* ---- life ---- */

static void on_check(void *user)
{
    int64_t now_us = st_loop_now_us();
    for (size_t i = 0; recorder.media_timeout_us > 0 && i < SESSIONS_MAX; i++) {
        struct recording *recording = &recorder.recordings[i];
        if (recording->id && !recording->is_held &&
            now_us - recording->heard_us > recorder.media_timeout_us)
            st_siprec_server_end(recorder.server, recording->id, ST_SIPREC_END_MEDIA);
    }
}

static void on_stop(uv_signal_t *handle, int number)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++)
            st_wire_listener_close(recorder.recordings[i].media[channel].socket);
    st_siprec_server_close(recorder.server);
    st_timer_close(recorder.timer);
    uv_close((uv_handle_t *)handle, NULL);
    st_loop_stop(recorder.loop);
}

struct options {
    struct st_siprec_server_config config;
    struct st_siprec_user user;
    const char *allowed;
};

static void set_user(struct options *options, char **words)
{
    char *colon = strchr(words[0], ':');
    options->user = (struct st_siprec_user){words[0], colon ? colon + 1 : ""};
    if (colon)
        *colon = 0;
    options->config.siprec.users = &options->user;
    options->config.siprec.user_count = 1;
}

static void set_tls(struct options *options, char **words)
{
    options->config.certificate_file = words[0];
    options->config.key_file = words[1];
    options->config.listen_count = 3;
}

static void set_client_ca(struct options *options, char **words)
{
    options->config.client_ca_file = words[0];
}

static void set_max(struct options *options, char **words)
{
    options->config.siprec.sessions_max = (size_t)atoi(words[0]);
}

static void set_media_timeout(struct options *options, char **words)
{
    recorder.media_timeout_us = (int64_t)(atof(words[0]) * 1e6);
}

static void set_idle(struct options *options, char **words)
{
    options->config.idle_us = (int64_t)(atof(words[0]) * 1e6);
}

static void set_allowed(struct options *options, char **words)
{
    options->allowed = words[0];
    options->config.siprec.allowed = &options->allowed;
    options->config.siprec.allowed_count = 1;
}

static const struct {
    const char *name;
    int words;
    void (*set)(struct options *options, char **words);
} known[] = {
    {"--user", 1, set_user}, {"--tls", 2, set_tls},       {"--client-ca", 1, set_client_ca},
    {"--max", 1, set_max},   {"--allow", 1, set_allowed}, {"--media-timeout", 1, set_media_timeout},
    {"--idle", 1, set_idle},
};

static bool read_options(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc;) {
        int used = 0;
        for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
            if (strcmp(argv[i], known[k].name) == 0 && i + known[k].words < argc) {
                known[k].set(options, argv + i + 1);
                used = 1 + known[k].words;
            }
        if (used == 0)
            return false;
        i += used;
    }
    return true;
}

static void say_ports(size_t count)
{
    uint16_t ports[3] = {0};
    for (size_t i = 0; i < count; i++)
        ports[i] = st_siprec_server_port(recorder.server, i);
    printf("{\"udp\":%u,\"tcp\":%u,\"tls\":%u}\n", ports[0], ports[1], ports[2]);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct st_siprec_listen listens[] = {{ST_SIPREC_UDP, "127.0.0.1", 0},
                                                      {ST_SIPREC_TCP, "127.0.0.1", 0},
                                                      {ST_SIPREC_TLS, "127.0.0.1", 0}};
    static struct options options = {
        .config = {.listens = listens,
                   .listen_count = 2,
                   .connections_max = 1000,
                   .idle_us = 600000000,
                   .siprec = {.host = "127.0.0.1", .requests_per_s = 1000, .sink = &sink}}};
    char why[512];
    if (!read_options(&options, argc, argv))
        return 2;
    if (st_loop_create(&recorder.loop, 0, 0) < 0)
        return 1;
    options.config.loop = recorder.loop;
    if (st_siprec_server_open(&recorder.server, &options.config, why, sizeof(why)) < 0) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    recorder.timer = st_timer_open(recorder.loop, on_check, NULL);
    st_timer_set(recorder.timer, CHECK_US, CHECK_US);
    uv_signal_init(st_loop_uv(recorder.loop), &recorder.stop);
    uv_signal_start(&recorder.stop, on_stop, SIGTERM);
    say_ports(options.config.listen_count);
    st_loop_run(recorder.loop);
    st_loop_destroy(recorder.loop);
    return 0;
}
