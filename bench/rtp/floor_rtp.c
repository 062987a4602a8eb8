/*
 * floor_rtp: the least code that does the gateway's path for RTP, as the floor to compare with.
 *
 * One socket, read every 5 ms by recvmmsg; streams told apart by SSRC; PCMU by a table, 8 to 16 kHz
 * with SpeexDSP, one 100 ms message per stream to the speech engine. No order, loss, checks,
 * timeline, analysis or metrics.
 *
 *   floor_rtp PORT CALLS ENGINE_PORT
 */
#include "../floor/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, PACKET_BYTES = 1500, HEADER_BYTES = 12, SSRC = 0x10000, TICK_NS = 5000000 };
enum { QUALITY = 3, FILES_MAX = 65536, RECEIVE_BYTES = 8 * 1024 * 1024 };

static int16_t pcmu_samples[256];
static struct stream *streams;
static unsigned stream_count;

static void make_table(void)
{
    for (int i = 0; i < 256; i++) {
        int code = i ^ 0xff, biased = (((code & 15) << 3) + 132) << (code >> 4 & 7);
        pcmu_samples[i] = (int16_t)(code & 0x80 ? 132 - biased : biased - 132);
    }
}

static void put(const uint8_t *packet, unsigned bytes)
{
    uint32_t ssrc;
    int16_t samples[STREAM_IN_SAMPLES_MAX];
    memcpy(&ssrc, packet + 8, sizeof(ssrc));
    unsigned index = ntohl(ssrc) - SSRC, count = bytes - HEADER_BYTES;
    if (bytes < HEADER_BYTES || index >= stream_count || count > STREAM_IN_SAMPLES_MAX)
        return;
    for (unsigned i = 0; i < count; i++)
        samples[i] = pcmu_samples[packet[HEADER_BYTES + i]];
    stream_put(&streams[index], samples, count);
}

static void discard_answers(void)
{
    char answers[4096];
    for (unsigned i = 0; i < stream_count; i++)
        (void)!recv(streams[i].engine, answers, sizeof(answers), MSG_DONTWAIT);
}

static void run(int udp)
{
    static uint8_t data[BATCH][PACKET_BYTES];
    static struct iovec vectors[BATCH];
    static struct mmsghdr heads[BATCH];
    for (unsigned i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){data[i], PACKET_BYTES};
        heads[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    for (uint64_t tick = 0;; tick++) {
        int count = BATCH;
        while (count == BATCH) {
            count = recvmmsg(udp, heads, BATCH, MSG_DONTWAIT, NULL);
            for (int i = 0; i < count; i++)
                put(data[i], heads[i].msg_len);
        }
        if (tick % 200 == 0)
            discard_answers();
        nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: floor_rtp PORT CALLS ENGINE_PORT\n", stderr);
        return 2;
    }
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){FILES_MAX, FILES_MAX});
    make_table();
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = RECEIVE_BYTES;
    setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
    if (bind(udp, (struct sockaddr *)&at, sizeof(at)) != 0) {
        perror("bind");
        return 1;
    }
    stream_count = (unsigned)strtoul(argv[2], NULL, 10) * 2;
    streams = calloc(stream_count, sizeof(*streams));
    for (unsigned i = 0; i < stream_count; i++)
        stream_open(&streams[i], (uint16_t)strtoul(argv[3], NULL, 10), QUALITY);
    run(udp);
}
