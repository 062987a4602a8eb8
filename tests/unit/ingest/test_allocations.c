/* Media messages allocate nothing: counted by wrapping the allocator at link time. */
#include "ingest_recorder.h"

#include "sidetone/base64.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
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

static struct recorder recorder;

static void open_silent(const char *dialect, const char *start)
{
    allocations = 0;
    recorder_open(&recorder, dialect, ST_ROLE_CUSTOMER);
    recorder.is_silent = true;
    ck_assert_int_eq(recorder_feed_text(&recorder, start), 0);
    ck_assert_uint_gt(allocations, 0); /* the count counts */
}

/* Check's assertions allocate, so results are kept until the counting is over. */
static int worst;

static void feed(const void *data, size_t bytes, bool is_binary)
{
    int result = recorder.ops->receive(recorder.dialect, data, bytes, is_binary, &recorder.close);
    if (result != 0)
        worst = result;
}

static void expect_none(unsigned medias)
{
    unsigned counted = allocations;
    ck_assert_uint_eq(counted, 0);
    ck_assert_int_eq(worst, 0);
    ck_assert_uint_eq(recorder.medias, medias);
    recorder_close(&recorder);
}

static void run_pcm(const char *start, size_t bytes)
{
    static uint8_t audio[1000];
    open_silent("pcm", start);
    allocations = 0;
    for (int i = 0; i < 1000; i++) {
        audio[0] = (uint8_t)(i & 1);
        feed(audio, bytes, true);
    }
    expect_none(1000);
}

START_TEST(acs_audio_and_transcripts_allocate_nothing)
{
    static const char audio[] =
        "{\"kind\":\"AudioData\",\"audioData\":{\"timestamp\":\"2026-01-01T00:00:00.000Z\","
        "\"participantRawID\":\"4:+1\",\"data\":\"AAABAAEAAQA=\",\"silent\":false}}";
    static const char text[] =
        "{\"kind\":\"TranscriptionData\",\"transcriptionData\":{\"text\":\"a b\",\"offset\":1,"
        "\"resultStatus\":\"Final\",\"words\":[{\"text\":\"a\",\"offset\":1,\"duration\":1},{"
        "\"text\":\"b\",\"offset\":2,\"duration\":1}]}}";
    open_silent("acs", "{\"kind\":\"TranscriptionMetadata\",\"transcriptionMetadata\":{"
                       "\"callConnectionId\":\"c\"}}");
    ck_assert_int_eq(recorder_feed_text(&recorder, "{\"kind\":\"AudioMetadata\",\"audioMetadata\":"
                                                   "{\"sampleRate\":16000}}"),
                     0);
    ck_assert_int_eq(recorder_feed_text(&recorder, audio), 0);
    ck_assert_int_eq(recorder_feed_text(&recorder, text), 0);
    allocations = 0;
    for (int i = 0; i < 1000; i++) {
        feed(audio, sizeof(audio) - 1, false);
        feed(text, sizeof(text) - 1, false);
    }
    expect_none(1001);
}
END_TEST

START_TEST(pcm_media_allocates_nothing)
{
    run_pcm("{\"type\":\"start\"}", 640);
    run_pcm("{\"type\":\"start\",\"layout\":\"mono\"}", 320);
    run_pcm("{\"type\":\"start\",\"layout\":\"tagged\"}", 328);
}
END_TEST

/* Lost, late and doubled chunks included. */
static void run_twilio(bool has_escapes)
{
    uint8_t audio[160] = {0};
    char payload[ST_BASE64_ENCODED_MAX(160)], text[600];
    st_base64_encode(audio, sizeof(audio), payload);
    open_silent("twilio", "{\"event\":\"start\",\"start\":{\"callSid\":\"CA1\"}}");
    for (int i = -2; i < 1000; i++) {
        int chunk = i < 0 ? 0 : i % 50 == 7 ? i + 2 : i % 50 == 9 ? i - 2 : i;
        int bytes = snprintf(text, sizeof(text),
                             "{\"event\":\"media\",\"sequenceNumber\":\"%d\",\"media\":{\"track\":"
                             "\"%s\",\"chunk\":\"1\",\"timestamp\":\"%d\",\"payload\":\"%s%s\"}}",
                             i, chunk & 1 ? "inbound" : "outbound", chunk / 2 * 20,
                             has_escapes ? "\\/\\/\\/\\/" : "", payload);
        if (i == 0)
            allocations = 0;
        feed(text, (size_t)bytes, false);
    }
    expect_none(1002);
}

START_TEST(twilio_media_allocates_nothing)
{
    run_twilio(false);
}
END_TEST

START_TEST(twilio_media_with_escapes_allocates_nothing_once_warm)
{
    run_twilio(true);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, acs_audio_and_transcripts_allocate_nothing);
    tcase_add_test(tcase, pcm_media_allocates_nothing);
    tcase_add_test(tcase, twilio_media_allocates_nothing);
    tcase_add_test(tcase, twilio_media_with_escapes_allocates_nothing_once_warm);
    return run_case("allocations", tcase);
}
