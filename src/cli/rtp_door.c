#include "rtp_door.h"

#include "rest.h"
#include "verb.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SDP_BYTES = 8192, HOST_BYTES = 256 };

/* ---- addresses ---- */

int st_rtp_door_route(const struct sockaddr *to, socklen_t bytes,
                      struct sockaddr_storage *ret_local)
{
    socklen_t local_bytes = sizeof(*ret_local);
    int fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
    if (fd < 0)
        return -errno;
    if (connect(fd, to, bytes) < 0 ||
        getsockname(fd, (struct sockaddr *)ret_local, &local_bytes) < 0)
        err = -errno;
    close(fd);
    return err;
}

/* What is between "://" and the port or the path. */
static void host_of(const char *url, char host[HOST_BYTES])
{
    const char *scheme = strstr(url, "://"), *at = scheme ? scheme + 3 : url;
    bool is_bracketed = at[0] == '[';
    size_t chars = strcspn(at + is_bracketed, is_bracketed ? "]" : ":/?");
    snprintf(host, HOST_BYTES, "%.*s", (int)(chars < HOST_BYTES ? chars : 0), at + is_bracketed);
}

static int resolve(const char *host, const char *port, struct addrinfo **ret_found)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    return getaddrinfo(host, port, &hints, ret_found) ? -EADDRNOTAVAIL : 0;
}

int st_rtp_door_local(const char *url, struct sockaddr_storage *ret_local)
{
    char host[HOST_BYTES];
    struct addrinfo *found;
    host_of(url, host);
    int err = resolve(host, "9", &found);
    if (err)
        return err;
    err = st_rtp_door_route(found->ai_addr, found->ai_addrlen, ret_local);
    freeaddrinfo(found);
    return err;
}

/* ---- offer and answer ---- */

ssize_t st_rtp_door_offer(struct st_rtp_leg *const *legs, uint64_t version, bool is_held, char *out,
                          size_t out_bytes)
{
    static const char *const labels[ST_RTP_PLAN_LEGS] = {"1", "2"};
    struct st_rtp_offer_line lines[ST_RTP_PLAN_LEGS];
    char address[HOST_BYTES];
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
        lines[i] = st_rtp_leg_line(legs[i]);
        lines[i].label = labels[i];
        lines[i].is_inactive = is_held;
    }
    st_rtp_leg_address(legs[0], address, sizeof(address));
    const struct st_rtp_offer offer = {.lines = lines,
                                       .count = ST_RTP_PLAN_LEGS,
                                       .address = address,
                                       .session = st_rtp_leg_port(legs[0]),
                                       .version = version};
    return st_rtp_offer_write(&offer, out, out_bytes);
}

static int locate(const char *address, uint16_t port, struct sockaddr_storage *ret_place,
                  socklen_t *ret_bytes)
{
    struct addrinfo *found;
    char text[8];
    snprintf(text, sizeof(text), "%u", port);
    if (resolve(address, text, &found))
        return -EPROTO;
    memcpy(ret_place, found->ai_addr, found->ai_addrlen);
    *ret_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

/* Reports go to where a=rtcp says, by the way that the audio goes. */
static int aim(struct st_rtp_leg *leg, const struct st_rtp_sdp_media *media)
{
    struct st_rtp_target target = {.is_muxed = media->is_muxed};
    const char *rtcp = media->rtcp_address[0] ? media->rtcp_address : media->address;
    uint16_t rtcp_port = media->rtcp_port ? media->rtcp_port : (uint16_t)(media->port + 1);
    socklen_t rtcp_bytes;
    if (media->port == 0 || (st_rtp_leg_key(leg) != NULL) != (media->crypto_count > 0))
        return -EPROTO;
    if (locate(media->address, media->port, &target.rtp, &target.bytes) ||
        locate(rtcp, rtcp_port, &target.rtcp, &rtcp_bytes) || rtcp_bytes != target.bytes)
        return -EPROTO;
    st_rtp_leg_aim(leg, &target);
    return media->crypto_count > 0 ? st_rtp_leg_take_key(leg, &media->cryptos[0]) : 0;
}

int st_rtp_door_take_answer(struct st_rtp_leg *const *legs, const char *sdp, size_t bytes)
{
    struct st_rtp_sdp *answer = malloc(sizeof(*answer));
    int err = !answer ? -ENOMEM : st_rtp_sdp_parse(answer, sdp, bytes) < 0 ? -EPROTO : 0;
    if (!err && answer->media_count != ST_RTP_PLAN_LEGS)
        err = -EPROTO;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS && !err; i++)
        err = aim(legs[i], &answer->media[i]);
    if (answer)
        explicit_bzero(answer, sizeof(*answer));
    free(answer);
    return err;
}

/* ---- the gateway ---- */

static void set_given(json_t *body, const char *key, const char *value)
{
    if (value)
        json_object_set_new(body, key, json_string(value));
}

/* "TENANT/ROUTE", or a route of the only tenant. */
static void set_route(json_t *body, const char *route)
{
    const char *slash = route ? strchr(route, '/') : NULL;
    if (slash)
        json_object_set_new(body, "tenant", json_stringn(route, (size_t)(slash - route)));
    set_given(body, "route", slash ? slash + 1 : route);
}

static char *make_body(const struct st_send *send, struct st_rtp_leg *const *legs)
{
    char sdp[SDP_BYTES];
    if (st_rtp_door_offer(legs, 1, false, sdp, sizeof(sdp)) < 0)
        return NULL;
    json_t *body = json_pack("{s:s, s:[s,s]}", "sdp", sdp, "roles",
                             st_role_name(st_rtp_plan_role(0)), st_role_name(st_rtp_plan_role(1)));
    set_route(body, send->route);
    set_given(body, "call_id", send->call.call_id);
    set_given(body, "agent_id", send->call.agent_id);
    set_given(body, "agent_name", send->call.agent_name);
    set_given(body, "queue", send->call.queue);
    set_given(body, "caller", send->call.caller);
    set_given(body, "language", send->call.language);
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    explicit_bzero(sdp, sizeof(sdp));
    return text;
}

static int take(struct st_rtp_door *door, struct st_rtp_leg *const *legs, const json_t *answer)
{
    const json_t *session = json_object_get(answer, "session");
    const char *id = json_string_value(json_object_get(session, "id"));
    const char *call_id = json_string_value(json_object_get(session, "call_id"));
    const char *sdp = json_string_value(json_object_get(answer, "sdp"));
    snprintf(door->session_id, sizeof(door->session_id), "%s", id ? id : "");
    snprintf(door->call_id, sizeof(door->call_id), "%s", call_id ? call_id : "");
    return id && sdp ? st_rtp_door_take_answer(legs, sdp, strlen(sdp)) : -EPROTO;
}

int st_rtp_door_open(struct st_rtp_door *door, const struct st_send *send,
                     struct st_rtp_leg *const *legs)
{
    const struct st_rest rest = {.verb = "send", .client = &send->client};
    json_t *answer;
    char *body = make_body(send, legs);
    if (!body)
        return ST_EXIT_FAILED;
    int exit_code = st_rest_ask(
        &rest,
        &(struct st_rest_request){
            .method = "POST", .path = "/v1/rtp", .body = body, .body_bytes = strlen(body)},
        &answer);
    explicit_bzero(body, strlen(body));
    free(body);
    if (exit_code)
        return exit_code;
    if (take(door, legs, answer) < 0) {
        fputs("sidetone send: the gateway's answer does not fit what was offered\n", stderr);
        exit_code = ST_EXIT_FAILED;
    }
    json_decref(answer);
    return exit_code;
}

json_t *st_rtp_door_close(const struct st_rtp_door *door, const struct st_send *send)
{
    const struct st_rest rest = {.verb = "send", .client = &send->client};
    json_t *final = NULL;
    struct st_text path = {0};
    if (!door->session_id[0])
        return NULL;
    st_text_add(&path, "/v1/rtp/");
    st_rest_add_encoded(&path, door->session_id);
    st_rest_ask(
        &rest,
        &(struct st_rest_request){.method = "DELETE", .path = path.data, .may_be_missing = true},
        &final);
    st_text_fini(&path);
    return final;
}
