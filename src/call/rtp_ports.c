/* Ports for RTP: each loop has its share, and its sessions with it. */
#include "rtp_session.h"

#include "sidetone/err.h"
#include "sidetone/mem.h"
#include "sidetone/rtp_srtp.h"
#include "sidetone/udp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned share_of(const struct st_config_rtp *config, unsigned loop_count)
{
    return (config->last_port + 1 - config->first_port) / 2 / loop_count;
}

static void ignore(void *user, const struct st_udp_datagram *datagram)
{
}

static int try_address(struct st_loop *loop, const char *address)
{
    struct st_udp *udp;
    struct st_udp_socket *socket;
    st_udp_create(&udp, &(struct st_udp_config){.loop = loop});
    int err =
        st_udp_open(udp, &socket, &(struct st_udp_bind){.address = address, .receive = ignore});
    st_udp_destroy(udp);
    return err;
}

int rtp_sessions_check(const struct st_config *whole, struct st_loop *loop, unsigned loop_count,
                       char *ret_why, size_t why_bytes)
{
    const struct st_config_rtp *config = &whole->rtp;
    if (config->first_port == 0)
        return 0;
    if (share_of(config, loop_count) == 0) {
        snprintf(ret_why, why_bytes,
                 "rtp.first_port to rtp.last_port: each of %u loop threads needs two ports at "
                 "least, and four for a call",
                 loop_count);
        return -EINVAL;
    }
    int err = try_address(loop, config->address);
    if (err)
        snprintf(ret_why, why_bytes, "rtp.address %s: %s (an address of this machine is needed)",
                 config->address, st_err_text(err));
    else if ((err = st_rtp_srtp_prepare()) < 0)
        snprintf(ret_why, why_bytes, "rtp: libsrtp2 does not start");
    return err;
}

void rtp_sessions_init(struct call_shard *shard, unsigned loop_count)
{
    const struct st_config_rtp *config = &shard->settings->config->rtp;
    unsigned pairs = share_of(config, loop_count);
    if (config->first_port == 0)
        return;
    struct st_media_config media = {
        .loop = shard->loop,
        .address = config->address,
        .first_port = (uint16_t)(config->first_port + 2 * pairs * shard->index),
        .pairs = pairs,
        .quarantine_us = (int64_t)config->quarantine_s * 1000000,
    };
    st_media_create(&shard->media, &media);
    shard->rtp_address =
        st_mem_strdup(config->advertised[0] ? config->advertised : config->address);
}

void rtp_sessions_fini(struct call_shard *shard)
{
    while (shard->rtp_sessions)
        st_rtp_session_close(shard->rtp_sessions, ST_INGEST_END_LOST);
    st_media_destroy(shard->media);
    free(shard->rtp_address);
    shard->media = NULL;
    shard->rtp_address = NULL;
}
