#include "sidetone/pool.h"
#include "sidetone/rtp_reorder.h"
#include "sidetone/rtp_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum {
    STEP_US = 5000,
    RTCP_BIT = 0x80,
    ORIGIN_US = 1000000,
    AHEAD_MAX_US = 15000000,
    PACKET_MAX_US = 300000,
};

static const struct {
    uint8_t type;
    struct st_rtp_format format;
} table[] = {
    {0, {ST_RTP_CODEC_PCMU, 8000, 1}},    {8, {ST_RTP_CODEC_PCMA, 8000, 1}},
    {9, {ST_RTP_CODEC_G722, 8000, 1}},    {10, {ST_RTP_CODEC_L16, 44100, 2}},
    {13, {ST_RTP_CODEC_NOISE, 8000, 1}},  {96, {ST_RTP_CODEC_L16, 16000, 1}},
    {101, {ST_RTP_CODEC_EVENT, 8000, 1}}, {111, {ST_RTP_CODEC_OPUS, 48000, 2}},
};

static int64_t end_us;

/* Sound lies end to end. */
static void on_sound(void *user, const struct st_rtp_sound *sound)
{
    int64_t off_us = sound->position_us - end_us;
    if (off_us < -2 || off_us > 2 || sound->count == 0 ||
        (sound->samples == NULL) != (sound->kind == ST_RTP_SOUND_SILENCE))
        abort();
    end_us = sound->position_us + (int64_t)(sound->count * 1000000 / sound->rate_hz);
}

static void on_digit(void *user, char digit, int64_t position_us)
{
    if (digit == 0)
        abort();
}

/* A byte for the time that passes, one for the length, then a datagram; and again. */
static unsigned put_all(struct st_rtp_stream *stream, const uint8_t *data, size_t bytes,
                        int64_t *now_us)
{
    unsigned packets = 0;
    while (bytes >= 2) {
        size_t length = data[1] < bytes - 2 ? data[1] : bytes - 2;
        *now_us += (int64_t)(data[0] & ~RTCP_BIT) * STEP_US;
        if (data[0] & RTCP_BIT)
            st_rtp_stream_put_rtcp(stream, data + 2, length, *now_us);
        else
            st_rtp_stream_put(stream, data + 2, length, *now_us);
        st_rtp_stream_tick(stream, *now_us);
        data += 2 + length;
        bytes -= 2 + length;
        packets++;
    }
    return packets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_pool *pool;
    struct st_rtp_stream *stream;
    struct st_rtp_payloads payloads = {0};
    struct st_rtp_stream_stats stats;
    struct st_rtp_rtcp_block block;
    int64_t now_us = ORIGIN_US;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        st_rtp_payloads_add(&payloads, table[i].type, &table[i].format);
    if (st_pool_create(&pool, ST_RTP_REORDER_BLOCK_BYTES, 16))
        abort();
    end_us = 0;
    st_rtp_stream_create(&stream, &(struct st_rtp_stream_config){.payloads = &payloads,
                                                                 .pool = pool,
                                                                 .origin_us = ORIGIN_US,
                                                                 .sound = on_sound,
                                                                 .digit = on_digit});
    unsigned packets = put_all(stream, data, bytes, &now_us);
    st_rtp_stream_flush(stream);
    st_rtp_stream_report(stream, now_us, &block);
    st_rtp_stream_stats(stream, &stats);
    if (stats.counts.lost < 0 || stats.counts.received > packets ||
        end_us > now_us - ORIGIN_US + AHEAD_MAX_US + (int64_t)packets * PACKET_MAX_US)
        abort();
    st_rtp_stream_destroy(stream);
    st_pool_destroy(pool);
    return 0;
}
