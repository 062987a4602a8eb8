/*
 * floor_rtp: the least code that does the gateway's path for RTP, as the floor to compare with.
 *
 * One socket, read every 5 ms by recvmmsg; streams told apart by SSRC; PCMU by a table, 8 to 16 kHz
 * with SpeexDSP, one 100 ms message per stream to the speech engine. No order, loss, checks,
 * timeline, analysis or metrics. With "srtp", libsrtp2 unprotects the packets first.
 *
 *   floor_rtp PORT CALLS ENGINE_PORT [srtp]
 */
#include "../floor/stream.h"
#include "packets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, PACKET_BYTES = 1504, HEADER_BYTES = 12, SSRC = 0x10000, TICK_NS = 5000000 };
enum { QUALITY = 3, FILES_MAX = 65536, RECEIVE_BYTES = 8 * 1024 * 1024, REPLAY_WINDOW = 1024 };

static int16_t pcmu_samples[256];
static struct stream *streams;
static srtp_t *sessions; /* of the streams; NULL: they are plain */
static unsigned stream_count;

static void make_table(void)
{
    for (int i = 0; i < 256; i++) {
        int code = i ^ 0xff, biased = (((code & 15) << 3) + 132) << (code >> 4 & 7);
        pcmu_samples[i] = (int16_t)(code & 0x80 ? 132 - biased : biased - 132);
    }
}

static void open_sessions(void)
{
    uint8_t key[sizeof(packets_key)];
    srtp_policy_t policy = {
        .ssrc.type = ssrc_any_inbound, .window_size = REPLAY_WINDOW, .key = key};
    memcpy(key, packets_key, sizeof(key));
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    srtp_init();
    sessions = calloc(stream_count, sizeof(*sessions));
    for (unsigned i = 0; i < stream_count; i++)
        if (srtp_create(&sessions[i], &policy) != srtp_err_status_ok)
            abort();
}

static bool unprotect(unsigned stream, uint8_t *packet, unsigned *bytes)
{
    int length = (int)*bytes;
    bool is_good = srtp_unprotect(sessions[stream], packet, &length) == srtp_err_status_ok;
    *bytes = (unsigned)length;
    return is_good;
}

static void put(uint8_t *packet, unsigned bytes)
{
    uint32_t ssrc;
    int16_t samples[STREAM_IN_SAMPLES_MAX];
    memcpy(&ssrc, packet + 8, sizeof(ssrc));
    unsigned index = ntohl(ssrc) - SSRC;
    if (bytes < HEADER_BYTES || index >= stream_count ||
        (sessions && !unprotect(index, packet, &bytes)))
        return;
    unsigned count = bytes - HEADER_BYTES;
    if (count > STREAM_IN_SAMPLES_MAX)
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
    static _Alignas(8) uint8_t data[BATCH][PACKET_BYTES];
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
    bool is_secure = argc == 5 && strcmp(argv[4], "srtp") == 0;
    if (argc != 4 && !is_secure) {
        fputs("usage: floor_rtp PORT CALLS ENGINE_PORT [srtp]\n", stderr);
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
    if (is_secure)
        open_sessions();
    run(udp);
}
