/*
 * opus_alone: what libopus alone takes to decode the packets that rtpload sends: CPU time for a
 * second of a call, 100 packets, the median of some rounds.
 */
#include "../clock.h"
#include "packets.h"

#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 21, PACKETS = 4000, PACKETS_PER_CALL_S = 100, OPUS_HZ = 16000, ROOM = 2000 };

static uint8_t packets[PACKETS][PACKETS_BYTES_MAX];
static int packet_bytes[PACKETS];

static void fail(const char *what)
{
    fprintf(stderr, "opus_alone: %s\n", what);
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

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    uint64_t took_ns[ROUNDS];
    packets_set_up(true);
    for (int i = 0; i < PACKETS; i++)
        packet_bytes[i] = (int)packets_write(0, (uint64_t)i, packets[i]);
    for (int i = 0; i < ROUNDS; i++)
        took_ns[i] = time_opus();
    qsort(took_ns, ROUNDS, sizeof(*took_ns), compare);
    printf("{\"cpu_ms_per_call_s\":%.4f,\"void\":null}\n",
           (double)took_ns[ROUNDS / 2] / PACKETS * PACKETS_PER_CALL_S / 1e6);
    return 0;
}
