/*
 * The hot path of text dialects, beside jansson's: one Twilio media message read, its payload
 * decoded. Both decode base64 with our decoder, so the ratio is that of reading JSON.
 */
#include "sidetone/base64.h"
#include "sidetone/json_scan.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCHES = 21, PER_BATCH = 20000 };

static char message[512];
static size_t message_bytes;
static char payload_text[217];
static uint8_t payload[512];
static volatile uint64_t sink;

static void make_message(void)
{
    uint8_t audio[160];
    for (size_t i = 0; i < sizeof(audio); i++)
        audio[i] = (uint8_t)(i * 37 + 11);
    st_base64_encode(audio, sizeof(audio), payload_text);
    message_bytes = (size_t)snprintf(
        message, sizeof(message),
        "{\"event\":\"media\",\"sequenceNumber\":\"412\",\"media\":{\"track\":\"inbound\","
        "\"chunk\":\"206\",\"timestamp\":\"4120\",\"payload\":\"%s\"},"
        "\"streamSid\":\"MZ18ad3ab5a668481ce02b83e7395059f0\"}",
        payload_text);
}

static void run_base64(void)
{
    sink += (uint64_t)st_base64_decode(payload_text, sizeof(payload_text) - 1, payload);
}

static void scan_media(struct st_scan *scan)
{
    struct st_slice key, slice;
    int64_t timestamp = 0;
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key)) {
        if (st_slice_is(key, "payload")) {
            if (st_scan_string(scan, &slice))
                sink += (uint64_t)st_base64_decode(slice.data, slice.len, payload);
        } else if (st_slice_is(key, "timestamp")) {
            st_scan_int(scan, &timestamp);
        } else if (st_slice_is(key, "track")) {
            st_scan_string(scan, &slice);
            sink += st_slice_is(slice, "inbound");
        } else {
            st_scan_skip(scan);
        }
    }
    sink += (uint64_t)timestamp;
}

static void run_scan(void)
{
    struct st_scan scan;
    struct st_slice key, event;
    st_scan_init(&scan, message, message_bytes);
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key)) {
        if (st_slice_is(key, "event")) {
            st_scan_string(&scan, &event);
            sink += st_slice_is(event, "media");
        } else if (st_slice_is(key, "media")) {
            scan_media(&scan);
        } else {
            st_scan_skip(&scan);
        }
    }
    sink += (uint64_t)st_scan_finish(&scan);
}

static void run_jansson(void)
{
    json_error_t error;
    json_t *root = json_loadb(message, message_bytes, 0, &error);
    const json_t *media = json_object_get(root, "media");
    const json_t *text = json_object_get(media, "payload");
    sink += strcmp(json_string_value(json_object_get(root, "event")), "media") == 0;
    sink += strcmp(json_string_value(json_object_get(media, "track")), "inbound") == 0;
    sink += strtoull(json_string_value(json_object_get(media, "timestamp")), NULL, 10);
    sink += (uint64_t)st_base64_decode(json_string_value(text), json_string_length(text), payload);
    json_decref(root);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Median of batches, CPU nanoseconds a run. */
static double measure(const char *name, void (*run)(void))
{
    double batches[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
        double begin = now_ns();
        for (int i = 0; i < PER_BATCH; i++)
            run();
        batches[batch] = (now_ns() - begin) / PER_BATCH;
    }
    qsort(batches, BATCHES, sizeof(batches[0]), compare_doubles);
    printf("%-28s min %8.1f  median %8.1f  max %8.1f ns\n", name, batches[0], batches[BATCHES / 2],
           batches[BATCHES - 1]);
    return batches[BATCHES / 2];
}

int main(void)
{
    make_message();
    printf("media message of %zu bytes\n", message_bytes);
    measure("base64 of 216 characters", run_base64);
    double ours = measure("scan and base64", run_scan);
    double theirs = measure("jansson and base64", run_jansson);
    printf("ratio %.3f (goal 0.06)\n", ours / theirs);
    return 0;
}
