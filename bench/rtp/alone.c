/*
 * rtp_alone: what the libraries alone take for the packets that rtpload sends: libopus to decode
 * them, libsrtp2 to unprotect them. CPU time for a second of a call, 100 packets, the median of
 * some rounds.
 *
 *   rtp_alone opus|srtp
 */
#include "../clock.h"
#include "packets.h"

#include <opus.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 21, PACKETS = 4000, PACKETS_PER_CALL_S = 100, OPUS_HZ = 16000, ROOM = 2000 };

static _Alignas(8) uint8_t packets[PACKETS][PACKETS_BYTES_MAX];
static int packet_bytes[PACKETS];

static void fail(const char *what)
{
    fprintf(stderr, "rtp_alone: %s\n", what);
    exit(1);
}

static uint64_t time_opus(void)
{
    int err;
    int16_t samples[ROOM];
    OpusDecoder *decoder = opus_decoder_create(OPUS_HZ, 1, &err);
    uint64_t began_ns = clock_cpu_ns();
    for (int i = 0; i < PACKETS; i++)
        if (opus_decode(decoder, packets[i] + PACKETS_HEADER_BYTES,
                        packet_bytes[i] - PACKETS_HEADER_BYTES, samples, ROOM, 0) <= 0)
            fail("opus_decode");
    uint64_t took_ns = clock_cpu_ns() - began_ns;
    opus_decoder_destroy(decoder);
    return took_ns;
}

static srtp_t open_session(srtp_ssrc_type_t direction)
{
    srtp_t session;
    uint8_t key[sizeof(packets_key)];
    srtp_policy_t policy = {.ssrc.type = direction, .window_size = 1024, .key = key};
    memcpy(key, packets_key, sizeof(key));
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    if (srtp_create(&session, &policy) != srtp_err_status_ok)
        fail("srtp_create");
    return session;
}

/* In place, as the gateway does it: each round protects them anew, untimed. */
static uint64_t time_srtp(void)
{
    srtp_t sender = open_session(ssrc_any_outbound), receiver = open_session(ssrc_any_inbound);
    for (int i = 0; i < PACKETS; i++)
        if (srtp_protect(sender, packets[i], &packet_bytes[i]) != srtp_err_status_ok)
            fail("srtp_protect");
    uint64_t began_ns = clock_cpu_ns();
    for (int i = 0; i < PACKETS; i++)
        if (srtp_unprotect(receiver, packets[i], &packet_bytes[i]) != srtp_err_status_ok)
            fail("srtp_unprotect");
    uint64_t took_ns = clock_cpu_ns() - began_ns;
    srtp_dealloc(sender);
    srtp_dealloc(receiver);
    return took_ns;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    bool is_opus = argc == 2 && strcmp(argv[1], "opus") == 0;
    uint64_t took_ns[ROUNDS];
    if (argc != 2 || (!is_opus && strcmp(argv[1], "srtp") != 0)) {
        fputs("usage: rtp_alone opus|srtp\n", stderr);
        return 2;
    }
    packets_set_up(is_opus);
    srtp_init();
    for (int i = 0; i < PACKETS; i++)
        packet_bytes[i] = (int)packets_write(0, (uint64_t)i, packets[i]);
    for (int i = 0; i < ROUNDS; i++)
        took_ns[i] = is_opus ? time_opus() : time_srtp();
    qsort(took_ns, ROUNDS, sizeof(*took_ns), compare);
    printf("{\"cpu_ms_per_call_s\":%.4f,\"void\":null}\n",
           (double)took_ns[ROUNDS / 2] / PACKETS * PACKETS_PER_CALL_S / 1e6);
    return 0;
}
