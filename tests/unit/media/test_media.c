/* Streams on real sockets on loopback; the loop is stepped. */
#include "allocations.h"
#include "step_loop.h"

#include "sidetone/media.h"

#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME = 160, TICK_US = 4000, FRAME_US = 20000, S = 1000000, FIRST_PORT = 28500, PAIRS = 40 };

static struct st_loop *loop;
static struct st_media *media;

/* A passed ck_assert allocates. */
static void must(bool is_so)
{
    if (!is_so)
        ck_abort();
}

/* ---- a sender ---- */

struct sender {
    int fd;
    uint16_t port;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    struct st_rtp_srtp *srtp;
};

static void open_sender(struct sender *sender, const char *ip)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(at);
    inet_pton(AF_INET, ip, &at.sin_addr);
    *sender = (struct sender){.fd = socket(AF_INET, SOCK_DGRAM, 0), .ssrc = 77};
    ck_assert_int_eq(bind(sender->fd, (struct sockaddr *)&at, bytes), 0);
    ck_assert_int_eq(getsockname(sender->fd, (struct sockaddr *)&at, &bytes), 0);
    sender->port = ntohs(at.sin_port);
}

static void close_sender(struct sender *sender)
{
    st_rtp_srtp_destroy(sender->srtp);
    close(sender->fd);
}

static void send_raw(struct sender *sender, uint16_t port, const void *data, size_t bytes)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    must(sendto(sender->fd, data, bytes, 0, (struct sockaddr *)&at, sizeof(at)) == (ssize_t)bytes);
}

static size_t make_packet(struct sender *sender, uint8_t *data, size_t room, uint8_t type)
{
    uint8_t payload[FRAME];
    memset(payload, 0x20 + sender->sequence % 16, sizeof(payload));
    struct st_rtp_packet packet = {type,         false,   sender->sequence++, sender->timestamp,
                                   sender->ssrc, payload, sizeof(payload)};
    sender->timestamp += FRAME;
    size_t bytes = (size_t)st_rtp_packet_write(&packet, data, room);
    if (sender->srtp)
        must(st_rtp_srtp_protect(sender->srtp, data, &bytes, room) == 0);
    return bytes;
}

static void speak(struct sender *sender, uint16_t port)
{
    _Alignas(8) uint8_t data[256];
    send_raw(sender, port, data, make_packet(sender, data, sizeof(data), 0));
}

/* A frame that never comes. */
static void skip(struct sender *sender)
{
    sender->sequence++;
    sender->timestamp += FRAME;
}

static void pass(int64_t us)
{
    for (; us > 0; us -= TICK_US)
        step_loop_advance(TICK_US);
}

static void speak_frames(struct sender *sender, uint16_t port, int frames)
{
    for (int i = 0; i < frames; i++) {
        speak(sender, port);
        pass(FRAME_US);
    }
}

/* ---- a listener ---- */

struct ear {
    struct st_media_stream *stream;
    unsigned prefetched; /* steps */
    uint64_t received, silent, samples[ST_MEDIA_SIDES];
    int16_t last[ST_MEDIA_SIDES];
    char digits[16];
    unsigned ended;
    enum st_media_end end;
    bool closes_on_sound, closes_on_end;
};

static void on_sound(void *user, unsigned side, const struct st_rtp_sound *sound)
{
    struct ear *ear = user;
    ear->samples[side] += sound->count;
    if (sound->samples)
        ear->last[side] = sound->samples[sound->count - 1];
    ear->received += sound->kind == ST_RTP_SOUND_RECEIVED ? sound->count : 0;
    ear->silent += sound->kind == ST_RTP_SOUND_SILENCE ? sound->count : 0;
    if (ear->closes_on_sound && ear->stream) {
        st_media_stream_close(ear->stream);
        ear->stream = NULL;
    }
}

static void on_digit(void *user, const struct st_rtp_digit *digit)
{
    struct ear *ear = user;
    size_t at = strlen(ear->digits);
    must(at + 1 < sizeof(ear->digits));
    ear->digits[at] = digit->key;
}

static void on_ended(void *user, enum st_media_end end)
{
    struct ear *ear = user;
    ear->ended++;
    ear->end = end;
    if (ear->closes_on_end) {
        st_media_stream_close(ear->stream);
        ear->stream = NULL;
    }
}

static void on_prefetch(void *user, unsigned step)
{
    struct ear *ear = user;
    must(step == ear->prefetched % ST_MEDIA_PREFETCH_STEPS);
    ear->prefetched++;
}

static const struct st_media_stream_events events = {
    .sound = on_sound, .digit = on_digit, .prefetch = on_prefetch, .ended = on_ended};

static struct st_rtp_payloads payloads;

static void add_type(unsigned type, enum st_rtp_codec codec, uint32_t clock_hz, uint8_t channels)
{
    struct st_rtp_format format = {codec, clock_hz, channels};
    ck_assert_int_eq(st_rtp_payloads_add(&payloads, type, &format), 0);
}

static void setup(void)
{
    ck_assert_int_eq(st_loop_create(&loop, 0, 0), 0);
    struct st_media_config config = {.loop = loop,
                                     .address = "127.0.0.1",
                                     .first_port = FIRST_PORT,
                                     .pairs = PAIRS,
                                     .quarantine_us = 30 * (int64_t)S,
                                     .tick_us = TICK_US};
    st_media_create(&media, &config);
    memset(&payloads, 0, sizeof(payloads));
    add_type(0, ST_RTP_CODEC_PCMU, 8000, 1);
    add_type(101, ST_RTP_CODEC_EVENT, 8000, 1);
}

static void teardown(void)
{
    st_media_destroy(media);
    ck_assert_uint_eq(step_loop_timers(), 0);
    st_loop_destroy(loop);
}

static struct st_media_stream_config plan(struct ear *ear, enum st_media_source_mode mode,
                                          uint16_t port)
{
    struct st_media_stream_config config = {
        .payloads = &payloads,
        .source = {.mode = mode},
        .ptime_ms = 20,
        .origin_us = st_loop_now_us(),
        .timeout_us = 10 * S,
        .events = &events,
        .user = ear,
    };
    st_udp_address_parse(&config.source.rtp, "127.0.0.1", port);
    return config;
}

static uint16_t listen_to(struct ear *ear, enum st_media_source_mode mode, uint16_t port)
{
    struct st_media_stream_config config = plan(ear, mode, port);
    ck_assert_int_eq(st_media_stream_open(media, &ear->stream, &config), 0);
    return st_media_stream_port(ear->stream);
}

static uint64_t dropped(const struct ear *ear, enum st_media_drop reason)
{
    struct st_media_stream_stats stats;
    st_media_stream_stats(ear->stream, &stats);
    return stats.dropped[reason];
}

/* ---- streams ---- */

START_TEST(a_stream_is_heard)
{
    static const enum st_media_source_mode modes[] = {ST_MEDIA_SOURCE_STRICT, ST_MEDIA_SOURCE_IP,
                                                      ST_MEDIA_SOURCE_LEARN, ST_MEDIA_SOURCE_OPEN};
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, modes[_i], sender.port);
    speak_frames(&sender, port, 100);
    st_media_stream_flush(ear.stream);
    ck_assert_uint_eq(ear.received, 100 * FRAME);
    struct st_media_stream_stats stats;
    st_media_stream_stats(ear.stream, &stats);
    ck_assert_uint_eq(stats.rtp.counts.received, 100);
    ck_assert_int_eq(stats.rtp.counts.lost, 0);
    ck_assert_uint_eq(stats.from.port, sender.port);
    ck_assert_uint_eq(ear.ended, 0);
    close_sender(&sender);
}
END_TEST

static void press(struct sender *sender, uint16_t port, uint32_t ssrc, uint8_t code)
{
    _Alignas(8) uint8_t data[64];
    uint8_t event[] = {code, 0x8a, 0, 160};
    for (int i = 0; i < 3; i++) {
        struct st_rtp_packet packet = {101,  false, sender->sequence++, sender->timestamp,
                                       ssrc, event, sizeof(event)};
        send_raw(sender, port, data, (size_t)st_rtp_packet_write(&packet, data, sizeof(data)));
        pass(FRAME_US);
    }
}

START_TEST(digits_are_told)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 5);
    press(&sender, port, sender.ssrc + (uint32_t)_i, 5); /* perhaps of an SSRC of their own */
    ck_assert_str_eq(ear.digits, "5");
    close_sender(&sender);
}
END_TEST

START_TEST(both_sides_of_a_stereo_stream_are_heard_apart)
{
    struct ear ear = {0};
    struct sender sender;
    _Alignas(8) uint8_t data[1024];
    open_sender(&sender, "127.0.0.1");
    add_type(96, ST_RTP_CODEC_L16, 8000, 2);
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
    config.is_stereo = true;
    ck_assert_int_eq(st_media_stream_open(media, &ear.stream, &config), 0);
    for (unsigned n = 0; n < 50; n++) {
        uint8_t payload[FRAME * 4];
        for (size_t i = 0; i < sizeof(payload); i += 4)
            memcpy(payload + i, (uint8_t[]){0x01, 0x00, 0x02, 0x00}, 4);
        struct st_rtp_packet packet = {96,          false,   (uint16_t)n,    n * FRAME,
                                       sender.ssrc, payload, sizeof(payload)};
        send_raw(&sender, st_media_stream_port(ear.stream), data,
                 (size_t)st_rtp_packet_write(&packet, data, sizeof(data)));
        pass(FRAME_US);
    }
    st_media_stream_flush(ear.stream);
    ck_assert_uint_eq(ear.received, 2 * 50 * FRAME);
    ck_assert_uint_eq(ear.samples[0], ear.samples[1]);
    ck_assert_int_eq(ear.last[0], 0x100);
    ck_assert_int_eq(ear.last[1], 0x200);
    close_sender(&sender);
}
END_TEST

START_TEST(many_streams_share_a_port)
{
    enum { STREAMS = 30 };
    static struct ear ears[STREAMS];
    static struct sender senders[STREAMS];
    uint16_t port = 0;
    memset(ears, 0, sizeof(ears));
    for (unsigned i = 0; i < STREAMS; i++) {
        open_sender(&senders[i], "127.0.0.1");
        senders[i].ssrc = 1000 + i;
        struct st_media_stream_config config =
            plan(&ears[i], i % 2 ? ST_MEDIA_SOURCE_STRICT : ST_MEDIA_SOURCE_IP, senders[i].port);
        config.is_shared = true;
        if (i % 3 == 0) {
            config.source.has_ssrc = true;
            config.source.ssrc = senders[i].ssrc;
        }
        ck_assert_int_eq(st_media_stream_open(media, &ears[i].stream, &config), 0);
        uint16_t got = st_media_stream_port(ears[i].stream);
        ck_assert(port == 0 || got == port);
        port = got;
    }
    for (int frame = 0; frame < 20; frame++) {
        for (unsigned i = 0; i < STREAMS; i++)
            speak(&senders[i], port);
        pass(FRAME_US);
    }
    for (unsigned i = 0; i < STREAMS; i++) {
        st_media_stream_flush(ears[i].stream);
        ck_assert_uint_eq(ears[i].received, 20 * FRAME);
        ck_assert_uint_eq(ears[i].prefetched, 20 * ST_MEDIA_PREFETCH_STEPS);
        close_sender(&senders[i]);
    }
    /* The same source again needs another port. */
    struct ear twin = {0};
    struct st_media_stream_config config = plan(&twin, ST_MEDIA_SOURCE_STRICT, senders[1].port);
    config.is_shared = true;
    ck_assert_int_eq(st_media_stream_open(media, &twin.stream, &config), 0);
    ck_assert_uint_ne(st_media_stream_port(twin.stream), port);
    for (unsigned i = 0; i < STREAMS; i++)
        st_media_stream_close(ears[i].stream);
}
END_TEST

static uint16_t listen_by_ssrc(struct ear *ear, const struct sender *sender, uint16_t port)
{
    struct st_media_stream_config config = plan(ear, ST_MEDIA_SOURCE_IP, port);
    config.is_shared = config.source.has_ssrc = true;
    config.source.ssrc = sender->ssrc;
    ck_assert_int_eq(st_media_stream_open(media, &ear->stream, &config), 0);
    return st_media_stream_port(ear->stream);
}

/* With the port of its sender signalled, or the address alone. */
START_TEST(digits_find_the_stream_of_an_ssrc_on_a_shared_port)
{
    struct ear ears[3] = {0};
    struct sender senders[3];
    uint16_t port = 0;
    for (unsigned i = 0; i < 3; i++) {
        open_sender(&senders[i], "127.0.0.1");
        senders[i].ssrc = 1000 + i;
        port = listen_by_ssrc(&ears[i], &senders[i], _i ? senders[i].port : 0);
        press(&senders[i], port, 9000 + i, 9); /* nobody speaks there yet */
        speak_frames(&senders[i], port, 5);
    }
    for (unsigned i = 0; i < 3; i++)
        press(&senders[i], port, 9000 + i, (uint8_t)i);
    st_media_stream_close(ears[2].stream);
    press(&senders[2], port, 9002, 8);
    ck_assert_str_eq(ears[0].digits, "0");
    ck_assert_str_eq(ears[1].digits, "1");
    ck_assert_str_eq(ears[2].digits, "2");
    /* The sender goes on from another port: its digits are there as well. */
    struct sender moved = senders[0];
    open_sender(&senders[0], "127.0.0.1");
    senders[0].ssrc = moved.ssrc;
    senders[0].sequence = moved.sequence;
    senders[0].timestamp = moved.timestamp;
    speak_frames(&senders[0], port, 5);
    press(&senders[0], port, 9000, 3);
    press(&moved, port, 9005, 4);
    ck_assert_str_eq(ears[0].digits, "03");
    for (unsigned i = 0; i < 3; i++)
        close_sender(&senders[i]);
    close_sender(&moved);
}
END_TEST

START_TEST(another_ssrc_brings_digits_to_a_shared_port_and_nothing_else)
{
    struct ear ears[2] = {0};
    struct sender sender, twin;
    open_sender(&sender, "127.0.0.1");
    twin = sender;
    twin.ssrc++;
    uint16_t port = listen_by_ssrc(&ears[0], &sender, 0);
    speak_frames(&sender, port, 5);
    press(&sender, port, 9000, 1);
    pass(S);
    speak_frames(&twin, port, 20); /* of a call that nobody announced */
    ck_assert_uint_eq(ears[0].received, 5 * FRAME);
    /* Of two that speak from one place nobody knows whose it is. */
    ck_assert_uint_eq(listen_by_ssrc(&ears[1], &twin, 0), port);
    speak_frames(&twin, port, 5);
    press(&sender, port, 9000, 2);
    ck_assert_str_eq(ears[0].digits, "1");
    ck_assert_str_eq(ears[1].digits, "");
    ck_assert_uint_eq(ears[1].received, 5 * FRAME);
    close_sender(&sender);
}
END_TEST

/* Not the port behind the audio's, not even the same host. */
START_TEST(reports_find_their_stream_on_a_shared_port)
{
    enum { STREAMS = 6 };
    struct ear ears[STREAMS] = {0};
    struct sender senders[STREAMS], reporters[STREAMS];
    int64_t before_us[STREAMS];
    uint16_t port = 0;
    for (unsigned i = 0; i < STREAMS; i++) {
        open_sender(&senders[i], "127.0.0.1");
        open_sender(&reporters[i], i % 3 == 2 ? "127.0.0.2" : "127.0.0.1");
        senders[i].ssrc = reporters[i].ssrc = 1000 + i;
        struct st_media_stream_config config =
            plan(&ears[i], ST_MEDIA_SOURCE_STRICT, senders[i].port);
        st_udp_address_parse(&config.source.rtcp, i % 3 == 2 ? "127.0.0.2" : "127.0.0.1",
                             reporters[i].port);
        config.source.has_ssrc = i % 2;
        config.source.ssrc = senders[i].ssrc;
        config.is_shared = true;
        ck_assert_int_eq(st_media_stream_open(media, &ears[i].stream, &config), 0);
        port = st_media_stream_port(ears[i].stream);
    }
    for (unsigned i = 0; i < STREAMS; i++) {
        struct st_media_stream_stats stats;
        speak_frames(&senders[i], port, 3);
        for (unsigned k = 0; k < STREAMS; k++) {
            st_media_stream_stats(ears[k].stream, &stats);
            before_us[k] = stats.alive_us;
        }
        uint8_t report[8] = {0x80, 201, 0, 1, [6] = 1000 >> 8, [7] = (uint8_t)(1000 + i)};
        send_raw(&reporters[i], (uint16_t)(port + 1), report, sizeof(report));
        pass(2 * TICK_US);
        for (unsigned k = 0; k < STREAMS; k++) {
            st_media_stream_stats(ears[k].stream, &stats);
            ck_assert_int_eq(stats.alive_us > before_us[k], k == i);
        }
        st_media_stream_close(ears[i].stream);
        struct st_media_stream_config again =
            plan(&ears[i], ST_MEDIA_SOURCE_STRICT, senders[i].port);
        again.is_shared = true;
        ck_assert_int_eq(st_media_stream_open(media, &ears[i].stream, &again), 0);
    }
    for (unsigned i = 0; i < STREAMS; i++) {
        close_sender(&senders[i]);
        close_sender(&reporters[i]);
    }
}
END_TEST

START_TEST(an_ssrc_alone_takes_nothing_from_a_sender_that_was_named)
{
    struct ear victim = {0}, thief = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    struct st_media_stream_config config = plan(&victim, ST_MEDIA_SOURCE_STRICT, sender.port);
    config.is_shared = true;
    ck_assert_int_eq(st_media_stream_open(media, &victim.stream, &config), 0);
    config = plan(&thief, ST_MEDIA_SOURCE_LEARN, 0);
    config.source.rtp = (struct st_udp_address){0};
    config.source.has_ssrc = config.is_shared = true;
    config.source.ssrc = sender.ssrc;
    ck_assert_int_eq(st_media_stream_open(media, &thief.stream, &config), 0);
    uint16_t port = st_media_stream_port(victim.stream);
    ck_assert_uint_eq(st_media_stream_port(thief.stream), port);
    speak_frames(&sender, port, 20);
    st_media_stream_flush(victim.stream);
    ck_assert_uint_eq(victim.received, 20 * FRAME);
    ck_assert_uint_eq(thief.received, 0);
    close_sender(&sender);
}
END_TEST

START_TEST(a_plan_that_cannot_be_kept_is_refused)
{
    struct ear ear = {0};
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_STRICT, 0);
    ck_assert_int_eq(st_media_stream_open(media, &ear.stream, &config), -EINVAL);
    config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
    config.source.rtp = (struct st_udp_address){0};
    ck_assert_int_eq(st_media_stream_open(media, &ear.stream, &config), -EINVAL);
    config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
    config.is_shared = true;
    ck_assert_int_eq(st_media_stream_open(media, &ear.stream, &config), -EINVAL);
    config.is_shared = false;
    struct st_media_stream *streams[PAIRS + 1];
    for (unsigned i = 0; i < PAIRS; i++)
        ck_assert_int_eq(st_media_stream_open(media, &streams[i], &config), 0);
    ck_assert_int_eq(st_media_stream_open(media, &streams[PAIRS], &config), -ENOBUFS);
    for (unsigned i = 0; i < PAIRS; i++)
        st_media_stream_close(streams[i]);
    /* They rest. */
    ck_assert_int_eq(st_media_stream_open(media, &streams[0], &config), -ENOBUFS);
    pass(30 * S);
    step_loop_advance(30 * (int64_t)S);
    ck_assert_int_eq(st_media_stream_open(media, &streams[0], &config), 0);
}
END_TEST

START_TEST(a_port_that_nobody_was_told_does_not_rest)
{
    struct ear ear = {0};
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
    struct st_media_stream *streams[PAIRS];
    for (unsigned i = 0; i < PAIRS; i++)
        ck_assert_int_eq(st_media_stream_open(media, &streams[i], &config), 0);
    for (unsigned i = 0; i < 3; i++) {
        st_media_stream_drop(streams[0]);
        ck_assert_int_eq(st_media_stream_open(media, &streams[0], &config), 0);
    }
    st_media_stream_drop(NULL);
}
END_TEST

START_TEST(a_source_of_the_other_kind_of_ip_is_refused)
{
    static const struct {
        const char *ours, *theirs;
        int err;
    } rows[] = {{"127.0.0.1", "::1", -EAFNOSUPPORT},
                {"127.0.0.1", "::ffff:127.0.0.1", 0},
                {"::1", "127.0.0.1", -EAFNOSUPPORT},
                {"::1", "::1", 0},
                {"::", "127.0.0.1", 0},
                {"::", "::1", 0},
                {"::1", "0.0.0.0", 0} /* on hold */};
    struct ear ear = {0};
    struct st_media_stream *stream;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_media *other;
        struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
        struct st_media_config media_config = {.loop = loop,
                                               .address = rows[i].ours,
                                               .first_port = FIRST_PORT,
                                               .pairs = PAIRS,
                                               .tick_us = TICK_US};
        st_media_create(&other, &media_config);
        ck_assert_int_eq(st_udp_address_parse(&config.source.rtp, rows[i].theirs, 4000), 0);
        ck_assert_int_eq(st_media_stream_open(other, &stream, &config), rows[i].err);
        if (rows[i].err == 0) {
            st_udp_address_parse(&config.source.rtp, rows[i].ours[0] == '1' ? "::1" : "::", 1);
            int err = st_media_stream_renegotiate(stream, &payloads, &config.source, NULL, NULL);
            ck_assert_int_eq(err, rows[i].ours[0] == '1' ? -EAFNOSUPPORT : 0);
        }
        st_media_destroy(other);
    }
}
END_TEST

/* ---- who is not let in ---- */

START_TEST(packets_from_elsewhere_are_dropped_and_counted)
{
    struct ear strict = {0}, ip = {0}, learned = {0};
    struct sender sender, other, far;
    open_sender(&sender, "127.0.0.1");
    open_sender(&other, "127.0.0.1");
    open_sender(&far, "127.0.0.2");
    other.ssrc = 5;
    far.ssrc = 6;
    uint16_t strict_port = listen_to(&strict, ST_MEDIA_SOURCE_STRICT, sender.port);
    uint16_t ip_port = listen_to(&ip, ST_MEDIA_SOURCE_IP, 0);
    uint16_t learn_port = listen_to(&learned, ST_MEDIA_SOURCE_LEARN, 0);
    struct sender copy = sender, copy2 = sender;
    speak_frames(&sender, strict_port, 10);
    speak_frames(&copy, ip_port, 10);
    speak_frames(&copy2, learn_port, 10);
    for (int i = 0; i < 20; i++) {
        speak(&other, strict_port);
        speak(&far, ip_port);
        speak(&other, learn_port);
        speak(&far, learn_port);
        pass(FRAME_US);
    }
    ck_assert_uint_eq(dropped(&strict, ST_MEDIA_DROP_SOURCE), 20);
    ck_assert_uint_eq(dropped(&ip, ST_MEDIA_DROP_SOURCE), 20);
    ck_assert_uint_eq(dropped(&learned, ST_MEDIA_DROP_SOURCE), 40);
    ck_assert_uint_eq(strict.received, 10 * FRAME);
    ck_assert_uint_eq(learned.received, 10 * FRAME);
    close_sender(&sender);
    close_sender(&other);
    close_sender(&far);
}
END_TEST

START_TEST(a_flood_takes_nothing_from_the_stream)
{
    struct ear ear = {0};
    struct sender sender, flood;
    uint8_t data[172] = {0x80, [8] = 1};
    open_sender(&sender, "127.0.0.1");
    open_sender(&flood, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 5);
    for (unsigned i = 0; i < 200; i++) {
        for (unsigned k = 0; k < 100; k++) {
            data[2] = (uint8_t)k;
            data[9] = (uint8_t)i;
            data[11] = (uint8_t)(k * 7);
            send_raw(&flood, port, data, sizeof(data));
        }
        speak(&sender, port);
        pass(FRAME_US);
    }
    st_media_stream_flush(ear.stream);
    ck_assert_uint_eq(ear.received, 205 * FRAME);
    ck_assert_uint_le(ear.silent, FRAME / 5); /* before the first packet */
    ck_assert_uint_gt(dropped(&ear, ST_MEDIA_DROP_FLOOD), 10000);
    close_sender(&sender);
    close_sender(&flood);
}
END_TEST

START_TEST(one_who_is_known_may_not_flood_either)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 5);
    for (int i = 0; i < 600; i++) {
        speak(&sender, port);
        if (i % 20 == 0)
            pass(TICK_US);
    }
    pass(TICK_US);
    ck_assert_uint_ge(dropped(&ear, ST_MEDIA_DROP_FLOOD), 300);
    ck_assert_uint_le(dropped(&ear, ST_MEDIA_DROP_FLOOD), 400);
    close_sender(&sender);
}
END_TEST

/* What is late has come, and so has what keeps a stream alive: they are among what was received. */
START_TEST(every_datagram_is_received_or_has_its_reason)
{
    _Alignas(8) uint8_t data[256];
    struct ear ear = {0};
    struct sender sender, stranger;
    struct st_media_stream_stats stats;
    uint64_t sent = 0, counted = 0;
    open_sender(&sender, "127.0.0.1");
    open_sender(&stranger, "127.0.0.1");
    stranger.ssrc = 5;
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 20);
    struct sender late = sender;
    skip(&sender);
    speak_frames(&sender, port, 20);
    speak_frames(&late, port, 1);
    speak_frames(&stranger, port, 3);
    size_t bytes = make_packet(&sender, data, sizeof(data), 0);
    send_raw(&sender, port, data, bytes);
    send_raw(&sender, port, data, bytes);
    send_raw(&sender, port, data, 11);
    send_raw(&sender, port, data, make_packet(&sender, data, sizeof(data), 20));
    sent = 20 + 20 + 1 + 3 + 2 + 1 + 1;
    pass(30 * S);
    skip(&sender); /* what was under way all the time waits for it, and is then out of date */
    speak_frames(&sender, port, 2);
    pass(S / 5);
    sender.timestamp += 30 * 8000;
    speak_frames(&sender, port, 20);
    sent += 22;
    st_media_stream_flush(ear.stream);
    st_media_stream_stats(ear.stream, &stats);
    for (int i = 0; i < ST_MEDIA_DROPS; i++)
        counted += stats.dropped[i];
    ck_assert_uint_eq(stats.rtp.late, 3);
    ck_assert_uint_eq(stats.dropped[ST_MEDIA_DROP_LATE], 3);
    ck_assert_uint_eq(stats.dropped[ST_MEDIA_DROP_DUPLICATE], 1);
    ck_assert_uint_eq(stats.dropped[ST_MEDIA_DROP_MALFORMED], 1);
    ck_assert_uint_eq(stats.dropped[ST_MEDIA_DROP_PAYLOAD_TYPE], 1);
    ck_assert_uint_eq(stats.rtp.counts.foreign, 3);
    ck_assert_int_eq(stats.rtp.counts.lost, 1);
    counted -= stats.dropped[ST_MEDIA_DROP_LATE] + stats.dropped[ST_MEDIA_DROP_PAYLOAD_TYPE];
    ck_assert_uint_eq(stats.rtp.counts.received + stats.rtp.counts.foreign + counted, sent);
    close_sender(&sender);
    close_sender(&stranger);
}
END_TEST

/* ---- SRTP ---- */

static struct st_rtp_srtp_crypto a_key(enum st_rtp_srtp_suite suite)
{
    struct st_rtp_srtp_crypto crypto = {.tag = 1, .suite = suite};
    for (size_t i = 0; i < st_rtp_srtp_key_bytes(suite); i++)
        crypto.key[i] = (uint8_t)(i * 13 + 1);
    return crypto;
}

START_TEST(srtp_is_heard_and_forgeries_are_not)
{
    struct ear ear = {0};
    struct sender sender;
    _Alignas(8) uint8_t data[256];
    struct st_rtp_srtp_crypto key = a_key((enum st_rtp_srtp_suite)_i);
    open_sender(&sender, "127.0.0.1");
    ck_assert_int_eq(st_rtp_srtp_create(&sender.srtp, &key, false), 0);
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
    config.theirs = config.ours = &key;
    ck_assert_int_eq(st_media_stream_open(media, &ear.stream, &config), 0);
    uint16_t port = st_media_stream_port(ear.stream);
    for (int i = 0; i < 100; i++) {
        size_t bytes = make_packet(&sender, data, sizeof(data), 0);
        data[20] ^= 1;
        for (int k = 0; k < 20 && i > 2; k++)
            send_raw(&sender, port, data, bytes);
        data[20] ^= 1;
        send_raw(&sender, port, data, bytes);
        send_raw(&sender, port, data, bytes);
        pass(FRAME_US);
    }
    st_media_stream_flush(ear.stream);
    ck_assert_uint_eq(ear.received, 100 * FRAME);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_REPLAYED), 100);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_FORGED), 97 * 20);
    close_sender(&sender);
}
END_TEST

/* ---- RTCP and ends ---- */

static size_t read_one(struct sender *sender, uint8_t *data, size_t room)
{
    ssize_t bytes = recv(sender->fd, data, room, MSG_DONTWAIT);
    return bytes > 0 ? (size_t)bytes : 0;
}

START_TEST(reports_go_where_signalling_said_and_nowhere_else)
{
    struct ear told = {0}, untold = {0};
    struct sender sender, rtcp, other;
    uint8_t data[512];
    unsigned reports = 0;
    open_sender(&sender, "127.0.0.1");
    open_sender(&rtcp, "127.0.0.1");
    open_sender(&other, "127.0.0.1");
    struct st_media_stream_config config = plan(&told, ST_MEDIA_SOURCE_IP, sender.port);
    st_udp_address_parse(&config.source.rtcp, "127.0.0.1", rtcp.port);
    ck_assert_int_eq(st_media_stream_open(media, &told.stream, &config), 0);
    uint16_t port = st_media_stream_port(told.stream);
    uint16_t untold_port = listen_to(&untold, ST_MEDIA_SOURCE_LEARN, 0);
    for (int i = 0; i < 1500; i++) {
        speak(&sender, port);
        speak(&other, untold_port);
        pass(FRAME_US);
        for (size_t bytes; (bytes = read_one(&rtcp, data, sizeof(data))) > 0; reports++) {
            struct st_rtp_rtcp_walk walk;
            struct st_rtp_rtcp_packet packet;
            ck_assert_int_eq(st_rtp_rtcp_open(&walk, data, bytes), 0);
            ck_assert(st_rtp_rtcp_next(&walk, &packet));
            ck_assert_uint_eq(packet.type, ST_RTP_RTCP_RR);
            ck_assert_uint_eq(packet.count, 1);
            ck_assert_uint_eq(st_rtp_rtcp_block(&packet, 0).ssrc, sender.ssrc);
            ck_assert(st_rtp_rtcp_next(&walk, &packet));
            ck_assert_uint_eq(packet.type, ST_RTP_RTCP_SDES);
            ck_assert_uint_eq(packet.cname_bytes, 16);
            ck_assert(!st_rtp_rtcp_next(&walk, &packet));
        }
    }
    ck_assert_uint_ge(reports, 4);
    ck_assert_uint_le(reports, 12);
    st_media_stream_close(told.stream);
    size_t last = read_one(&rtcp, data, sizeof(data));
    ck_assert_uint_gt(last, 8);
    ck_assert_uint_eq(data[last - 8], 0x81);
    ck_assert_uint_eq(data[last - 7], ST_RTP_RTCP_BYE);
    ck_assert_mem_eq(data + last - 4, data + 4, 4); /* ours */
    ck_assert_uint_eq(read_one(&sender, data, sizeof(data)), 0);
    ck_assert_uint_eq(read_one(&other, data, sizeof(data)), 0);
    close_sender(&sender);
    close_sender(&rtcp);
    close_sender(&other);
}
END_TEST

static void say_bye(struct sender *sender, uint16_t port)
{
    _Alignas(8) uint8_t bye[64] = {0x80, 201, 0, 1, 0, 0, 0, 0, 0x81, 203, 0, 1};
    size_t bytes = 16;
    for (int i = 0; i < 4; i++)
        bye[4 + i] = bye[12 + i] = (uint8_t)(sender->ssrc >> (24 - 8 * i));
    if (sender->srtp)
        must(st_rtp_srtp_protect_rtcp(sender->srtp, bye, &bytes, sizeof(bye)) == 0);
    send_raw(sender, port, bye, bytes);
}

START_TEST(a_bye_ends_a_stream_that_stops_and_no_other)
{
    struct ear ear = {0};
    struct sender sender, forger;
    open_sender(&sender, "127.0.0.1");
    open_sender(&forger, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 20);
    say_bye(&forger, (uint16_t)(port + 1));
    speak_frames(&sender, port, 300);
    ck_assert_uint_eq(ear.ended, 0);
    ck_assert_uint_eq(ear.received, 320 * FRAME);
    say_bye(&sender, port);
    pass(3 * S);
    ck_assert_uint_eq(ear.ended, 1);
    ck_assert_int_eq(ear.end, ST_MEDIA_END_BYE);
    close_sender(&sender);
    close_sender(&forger);
}
END_TEST

static void listen_in_secret(struct ear *ear, struct sender *sender)
{
    struct st_rtp_srtp_crypto key = a_key(ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_80);
    ck_assert_int_eq(st_rtp_srtp_create(&sender->srtp, &key, false), 0);
    struct st_media_stream_config config = plan(ear, ST_MEDIA_SOURCE_IP, 0);
    config.theirs = &key;
    ck_assert_int_eq(st_media_stream_open(media, &ear->stream, &config), 0);
}

START_TEST(an_authenticated_bye_ends_a_stream_that_stops_and_a_plain_one_never)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    listen_in_secret(&ear, &sender);
    uint16_t port = st_media_stream_port(ear.stream);
    speak_frames(&sender, port, 20);
    struct sender plain = sender;
    plain.srtp = NULL;
    say_bye(&plain, port);
    pass(5 * S);
    ck_assert_uint_eq(ear.ended, 0);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_FORGED), 1);
    say_bye(&sender, port);
    pass(3 * S);
    ck_assert_uint_eq(ear.ended, 1);
    ck_assert_int_eq(ear.end, ST_MEDIA_END_BYE);
    close_sender(&sender);
}
END_TEST

START_TEST(a_report_that_comes_again_is_no_forgery)
{
    _Alignas(8) uint8_t report[64] = {0x80, 201, 0, 1, [7] = 77};
    size_t bytes = 8;
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    listen_in_secret(&ear, &sender);
    uint16_t port = st_media_stream_port(ear.stream);
    ck_assert_int_eq(st_rtp_srtp_protect_rtcp(sender.srtp, report, &bytes, sizeof(report)), 0);
    for (int i = 0; i < 3; i++)
        send_raw(&sender, port, report, bytes);
    report[bytes - 11] ^= 2; /* its number, before ten bytes of tag */
    send_raw(&sender, port, report, bytes);
    pass(2 * TICK_US);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_REPLAYED), 2);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_FORGED), 1);
    close_sender(&sender);
}
END_TEST

/* However little the next one says before it pauses. */
START_TEST(a_bye_before_another_ssrc_ends_nothing)
{
    static const int frames[] = {15, 300};
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    if (_i % 2)
        listen_in_secret(&ear, &sender);
    else
        listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    uint16_t port = st_media_stream_port(ear.stream);
    speak_frames(&sender, port, 20);
    say_bye(&sender, port);
    sender.ssrc++;
    sender.sequence = 9;
    speak_frames(&sender, port, frames[_i / 2]);
    pass(4 * S);
    ck_assert_uint_eq(ear.ended, 0);
    ck_assert_uint_eq(ear.received, (uint64_t)(20 + frames[_i / 2]) * FRAME);
    say_bye(&sender, port);
    pass(3 * S);
    ck_assert_uint_eq(ear.ended, 1);
    close_sender(&sender);
}
END_TEST

START_TEST(a_bye_ends_nothing_where_signalling_says_when)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
    config.outlives_bye = true;
    ck_assert_int_eq(st_media_stream_open(media, &ear.stream, &config), 0);
    uint16_t port = st_media_stream_port(ear.stream);
    speak_frames(&sender, port, 20);
    say_bye(&sender, port);
    pass(5 * S);
    ck_assert_uint_eq(ear.ended, 0);
    sender.ssrc++;
    speak_frames(&sender, port, 20);
    ck_assert_uint_eq(ear.received, 40 * FRAME);
    pass(12 * S);
    ck_assert_int_eq(ear.end, ST_MEDIA_END_TIMEOUT);
    close_sender(&sender);
}
END_TEST

START_TEST(silence_ends_a_stream_unless_it_is_held)
{
    struct ear ear = {.closes_on_end = true};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 20);
    st_media_stream_hold(ear.stream, true);
    pass(60 * S);
    ck_assert_uint_eq(ear.ended, 0);
    st_media_stream_hold(ear.stream, false);
    pass(9 * S);
    ck_assert_uint_eq(ear.ended, 0);
    pass(2 * S);
    ck_assert_uint_eq(ear.ended, 1);
    ck_assert_int_eq(ear.end, ST_MEDIA_END_TIMEOUT);
    ck_assert_ptr_null(ear.stream);
    close_sender(&sender);
}
END_TEST

/* Before the signalling, after it, or each time. */
START_TEST(a_bye_of_one_who_is_held_ends_nothing)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 20);
    if (_i != 0)
        say_bye(&sender, port);
    pass(S / 2);
    st_media_stream_hold(ear.stream, true);
    if (_i != 1)
        say_bye(&sender, port);
    pass(30 * S);
    st_media_stream_hold(ear.stream, false);
    pass(3 * S);
    ck_assert_uint_eq(ear.ended, 0);
    sender.ssrc++;
    speak_frames(&sender, port, 20);
    pass(S);
    ck_assert_uint_eq(ear.received, 40 * FRAME);
    say_bye(&sender, port);
    pass(3 * S);
    ck_assert_uint_eq(ear.ended, 1);
    close_sender(&sender);
}
END_TEST

START_TEST(a_stream_may_be_closed_from_within)
{
    struct ear ear = {.closes_on_sound = true};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    for (int i = 0; i < 10; i++)
        speak(&sender, port);
    pass(10 * TICK_US);
    ck_assert_uint_gt(ear.samples[0], 0);
    ck_assert_uint_le(ear.samples[0], FRAME);
    close_sender(&sender);
}
END_TEST

START_TEST(reports_and_signalling_are_signs_of_life)
{
    struct ear ear = {0};
    struct sender sender;
    struct st_media_stream_stats stats;
    uint8_t report[8] = {0x80, 201, 0, 1};
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    int64_t opened_us = st_loop_now_us();
    st_media_stream_stats(ear.stream, &stats);
    ck_assert_int_eq(stats.alive_us, opened_us);
    pass(8 * S);
    send_raw(&sender, (uint16_t)(port + 1), report, sizeof(report));
    pass(8 * S);
    st_media_stream_stats(ear.stream, &stats);
    ck_assert_int_ge(stats.alive_us, opened_us + 8 * S);
    ck_assert_int_eq(stats.rtp.heard_us, 0);
    ck_assert_uint_eq(ear.ended, 0);
    st_media_stream_hold(ear.stream, true);
    st_media_stream_hold(ear.stream, false);
    pass(8 * S);
    ck_assert_uint_eq(ear.ended, 0);
    pass(S);
    send_raw(&sender, (uint16_t)(port + 1), report, sizeof(report) - 1); /* no report at all */
    pass(2 * S);
    ck_assert_uint_eq(ear.ended, 1);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_MALFORMED), 1);
    close_sender(&sender);
}
END_TEST

/* RFC 6263: of a payload type that nobody negotiated. */
START_TEST(keep_alives_are_signs_of_life)
{
    _Alignas(8) uint8_t data[256];
    struct ear ear = {0};
    struct sender sender, stranger;
    open_sender(&sender, "127.0.0.1");
    open_sender(&stranger, "127.0.0.1");
    stranger.ssrc = 5;
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 20);
    for (int i = 0; i < 4; i++) {
        pass(8 * S);
        send_raw(&sender, port, data, make_packet(&sender, data, sizeof(data), 20));
    }
    pass(8 * S);
    ck_assert_uint_eq(ear.ended, 0);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_PAYLOAD_TYPE), 4);
    send_raw(&stranger, port, data, make_packet(&stranger, data, sizeof(data), 20));
    pass(3 * S);
    ck_assert_uint_eq(ear.ended, 1);
    close_sender(&sender);
    close_sender(&stranger);
}
END_TEST

START_TEST(a_stream_may_be_closed_while_it_is_flushed)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak(&sender, port);
    speak(&sender, port);
    pass(TICK_US);
    sender.sequence++; /* what follows waits for the one that is missing */
    sender.timestamp += FRAME;
    ear.closes_on_sound = _i == 0;
    speak(&sender, port);
    struct st_media_stream *stream = ear.stream;
    if (_i == 0) {
        st_media_stream_flush(stream);
    } else {
        struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_IP, 0);
        add_type(8, ST_RTP_CODEC_PCMA, 8000, 1);
        pass(TICK_US);
        ear.closes_on_sound = true;
        ck_assert_int_eq(st_media_stream_renegotiate(stream, &payloads, &config.source, NULL, NULL),
                         0);
    }
    ck_assert_ptr_null(ear.stream);
    uint64_t heard = ear.samples[0];
    pass(10 * TICK_US);
    ck_assert_uint_eq(ear.samples[0], heard);
    close_sender(&sender);
}
END_TEST

START_TEST(keys_of_both_sides_change_together)
{
    struct ear ear = {0};
    struct sender sender;
    _Alignas(8) uint8_t data[256];
    enum st_rtp_srtp_suite suites[] = {ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_80,
                                       ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_32};
    struct st_rtp_srtp_crypto first = a_key(suites[0]), second = a_key(suites[1]);
    second.key[0] ^= 0x55;
    open_sender(&sender, "127.0.0.1");
    ck_assert_int_eq(st_rtp_srtp_create(&sender.srtp, &first, false), 0);
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_IP, sender.port);
    config.source.rtcp = config.source.rtp;
    ck_assert_int_eq(st_media_stream_open(media, &ear.stream, &config), 0);
    uint16_t port = st_media_stream_port(ear.stream);
    const struct st_rtp_srtp_crypto *steps[] = {&first, &second, NULL};
    for (unsigned step = 0; step < 3; step++) {
        struct st_rtp_srtp *reader = NULL;
        const struct st_rtp_srtp_crypto *key = steps[step];
        ck_assert_int_eq(
            st_media_stream_renegotiate(ear.stream, &payloads, &config.source, key, key), 0);
        st_rtp_srtp_destroy(sender.srtp);
        sender.srtp = NULL;
        if (key) {
            ck_assert_int_eq(st_rtp_srtp_create(&sender.srtp, key, false), 0);
            ck_assert_int_eq(st_rtp_srtp_create(&reader, key, true), 0);
        }
        while (read_one(&sender, data, sizeof(data)) > 0)
            ;
        uint64_t before = ear.received;
        speak_frames(&sender, port, 600);
        ck_assert_uint_ge(ear.received, before + 590 * FRAME);
        size_t bytes = read_one(&sender, data, sizeof(data));
        ck_assert_uint_gt(bytes, 0);
        if (reader)
            ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(reader, data, &bytes, 0), 0);
        struct st_rtp_rtcp_walk walk;
        ck_assert_int_eq(st_rtp_rtcp_open(&walk, data, bytes), 0);
        st_rtp_srtp_destroy(reader);
    }
    close_sender(&sender);
}
END_TEST

START_TEST(signalling_changes_a_stream)
{
    struct ear ear = {0};
    struct sender sender, other;
    open_sender(&sender, "127.0.0.1");
    open_sender(&other, "127.0.0.1");
    other.ssrc = 99;
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_STRICT, sender.port);
    speak_frames(&sender, port, 10);
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_STRICT, other.port);
    ck_assert_int_eq(st_media_stream_renegotiate(ear.stream, &payloads, &config.source, NULL, NULL),
                     0);
    speak_frames(&other, port, 10);
    speak_frames(&sender, port, 3);
    st_media_stream_flush(ear.stream);
    ck_assert_uint_eq(ear.received, 20 * FRAME);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_SOURCE), 3);
    close_sender(&sender);
    close_sender(&other);
}
END_TEST

START_TEST(signalling_that_says_the_same_again_changes_nothing)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_STRICT, sender.port);
    struct st_media_stream_config config = plan(&ear, ST_MEDIA_SOURCE_STRICT, sender.port);
    speak_frames(&sender, port, 10);
    struct sender late = sender;
    sender.sequence++;
    sender.timestamp += FRAME;
    speak_frames(&sender, port, 1);
    ck_assert_int_eq(st_media_stream_renegotiate(ear.stream, &payloads, &config.source, NULL, NULL),
                     0);
    speak_frames(&late, port, 1);
    ck_assert_uint_eq(ear.received, 12 * FRAME);
    ck_assert_uint_eq(dropped(&ear, ST_MEDIA_DROP_LATE), 0);
    close_sender(&sender);
}
END_TEST

START_TEST(nothing_is_allocated_for_packets)
{
    struct ear ear = {0};
    struct sender sender;
    open_sender(&sender, "127.0.0.1");
    uint16_t port = listen_to(&ear, ST_MEDIA_SOURCE_IP, 0);
    speak_frames(&sender, port, 50);
    uint64_t before = allocations_count();
    speak_frames(&sender, port, 200);
    uint64_t after = allocations_count();
    ck_assert_uint_eq(after, before);
    close_sender(&sender);
}
END_TEST

int main(void)
{
    allocations_watch();
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_stream_is_heard, 0, 4);
    tcase_add_loop_test(tcase, digits_are_told, 0, 2);
    tcase_add_test(tcase, both_sides_of_a_stereo_stream_are_heard_apart);
    tcase_add_test(tcase, many_streams_share_a_port);
    tcase_add_loop_test(tcase, digits_find_the_stream_of_an_ssrc_on_a_shared_port, 0, 2);
    tcase_add_test(tcase, another_ssrc_brings_digits_to_a_shared_port_and_nothing_else);
    tcase_add_test(tcase, reports_find_their_stream_on_a_shared_port);
    tcase_add_test(tcase, an_ssrc_alone_takes_nothing_from_a_sender_that_was_named);
    tcase_add_test(tcase, a_plan_that_cannot_be_kept_is_refused);
    tcase_add_test(tcase, a_port_that_nobody_was_told_does_not_rest);
    tcase_add_test(tcase, a_source_of_the_other_kind_of_ip_is_refused);
    tcase_add_test(tcase, packets_from_elsewhere_are_dropped_and_counted);
    tcase_add_test(tcase, a_flood_takes_nothing_from_the_stream);
    tcase_add_test(tcase, one_who_is_known_may_not_flood_either);
    tcase_add_test(tcase, every_datagram_is_received_or_has_its_reason);
    tcase_add_loop_test(tcase, srtp_is_heard_and_forgeries_are_not, 0, ST_RTP_SRTP_SUITES);
    tcase_add_test(tcase, reports_go_where_signalling_said_and_nowhere_else);
    tcase_add_test(tcase, a_bye_ends_a_stream_that_stops_and_no_other);
    tcase_add_test(tcase, an_authenticated_bye_ends_a_stream_that_stops_and_a_plain_one_never);
    tcase_add_test(tcase, a_report_that_comes_again_is_no_forgery);
    tcase_add_loop_test(tcase, a_bye_before_another_ssrc_ends_nothing, 0, 4);
    tcase_add_test(tcase, a_bye_ends_nothing_where_signalling_says_when);
    tcase_add_test(tcase, silence_ends_a_stream_unless_it_is_held);
    tcase_add_loop_test(tcase, a_bye_of_one_who_is_held_ends_nothing, 0, 3);
    tcase_add_test(tcase, a_stream_may_be_closed_from_within);
    tcase_add_loop_test(tcase, a_stream_may_be_closed_while_it_is_flushed, 0, 2);
    tcase_add_test(tcase, reports_and_signalling_are_signs_of_life);
    tcase_add_test(tcase, keep_alives_are_signs_of_life);
    tcase_add_test(tcase, signalling_changes_a_stream);
    tcase_add_test(tcase, signalling_that_says_the_same_again_changes_nothing);
    tcase_add_test(tcase, keys_of_both_sides_change_together);
    tcase_add_test(tcase, nothing_is_allocated_for_packets);
    return run_case("media", tcase);
}
