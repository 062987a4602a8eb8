/* Audio allocates nothing, from a platform's message to the engine: counted by wrapping the
 * allocator at link time. */
#include "call_rig.h"

#include "sidetone/base64.h"
#include "sidetone/log.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);

static unsigned allocations;

void *__wrap_malloc(size_t bytes)
{
    allocations++;
    return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    allocations++;
    return __real_calloc(count, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    allocations++;
    return __real_realloc(memory, bytes);
}

/* What is kept of every second grows by the minute, in each of two channels. */
enum { WARM_UP = 200, MESSAGES = 3000, MINUTES = 1, CHANNELS = 2 };

static struct call_rig rig;
static struct rig_leg leg;
static struct fake_link told;

static void setup(void)
{
    rig_open(&rig, 1, "characteristics: {silence_s: 3600}\n");
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{}");
}

static void teardown(void)
{
    rig_leg_close(&leg);
    fake_link_close(&told);
    rig_close(&rig);
}

/* Sends message number `i`; 20 ms each. */
typedef void (*send_fn)(int i);

static void expect_none(send_fn send)
{
    uint64_t before;
    for (int i = 0; i < WARM_UP; i++) {
        send(i);
        step_loop_advance(20000);
    }
    before = fake_engine_stream(0)->frames;
    allocations = 0;
    for (int i = WARM_UP; i < WARM_UP + MESSAGES; i++) {
        send(i);
        step_loop_advance(20000);
    }
    unsigned counted = allocations;
    ck_assert_uint_le(counted, MINUTES * CHANNELS);
    ck_assert_uint_ge(fake_engine_stream(0)->frames - before, MESSAGES - 1);
    ck_assert_uint_eq(leg.closes, 0);
}

static void send_interleaved(int i)
{
    static int16_t samples[320];
    for (size_t k = 0; k < 320; k++)
        samples[k] = (int16_t)(i * 31 + (int)k * 77);
    st_leg_receive(leg.leg, samples, sizeof(samples), true);
}

static void send_tagged(int i)
{
    uint8_t message[8 + 320] = {0};
    uint64_t position = (uint64_t)i * 160;
    if (i % 41 == 7)
        return; /* a gap */
    for (unsigned channel = 0; channel < 2; channel++) {
        message[0] = (uint8_t)channel;
        for (unsigned k = 0; k < 7; k++)
            message[k + 1] = (uint8_t)(position >> 8 * k);
        st_leg_receive(leg.leg, message, sizeof(message), true);
    }
}

START_TEST(pcm)
{
    rig_leg_open(&leg, &rig, 0, "pcm");
    rig_leg_start(&leg, "c1", _i ? "\"layout\":\"tagged\"" : "");
    expect_none(_i ? send_tagged : send_interleaved);
}
END_TEST

static char encoded[256];

static void send_twilio(int i)
{
    char text[512];
    for (unsigned track = 0; track < 2; track++) {
        snprintf(text, sizeof(text),
                 "{\"event\":\"media\",\"sequenceNumber\":\"%d\",\"streamSid\":\"MZ1\",\"media\":"
                 "{\"track\":\"%s\",\"chunk\":\"%d\",\"timestamp\":\"%d\",\"payload\":\"%s\"}}",
                 3 + 2 * i + (int)track, track ? "outbound" : "inbound", i + 1, i * 20, encoded);
        rig_leg_say(&leg, text);
    }
}

START_TEST(twilio)
{
    uint8_t mulaw[160];
    for (size_t k = 0; k < sizeof(mulaw); k++)
        mulaw[k] = (uint8_t)(k * 7);
    st_base64_encode(mulaw, sizeof(mulaw), encoded);
    rig_leg_open(&leg, &rig, 0, "twilio");
    rig_leg_say(&leg, "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
    rig_leg_say(&leg,
                "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"MZ1\",\"start\":"
                "{\"streamSid\":\"MZ1\",\"accountSid\":\"AC1\",\"callSid\":\"CA1\",\"tracks\":"
                "[\"inbound\",\"outbound\"],\"customParameters\":{},\"mediaFormat\":{\"encoding\":"
                "\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1}}}");
    ck_assert_str_eq(leg.reason, "");
    expect_none(send_twilio);
}
END_TEST

START_TEST(the_counter_counts)
{
    rig_leg_open(&leg, &rig, 0, "pcm");
    allocations = 0;
    rig_leg_start(&leg, "c1", "");
    ck_assert_uint_gt(allocations, 10);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, pcm, 0, 2);
    tcase_add_test(tcase, twilio);
    tcase_add_test(tcase, the_counter_counts);
    return run_case("allocations", tcase);
}
