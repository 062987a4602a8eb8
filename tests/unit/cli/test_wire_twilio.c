#include "run.h"
#include "sent.h"

#include "sidetone/base64.h"
#include "sidetone/codec.h"

static const char *text_at(const json_t *message, const char *outer, const char *key)
{
    const json_t *object = outer ? json_object_get(message, outer) : message;
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void expect_media(size_t index, const char *track, const char *timestamp, int16_t sample)
{
    json_t *message = sent_json(index);
    const char *payload = text_at(message, "media", "payload");
    uint8_t bytes[ST_BASE64_DECODED_MAX(220)];
    int16_t decoded[165];
    ck_assert_str_eq(text_at(message, NULL, "event"), "media");
    ck_assert_str_eq(text_at(message, "media", "track"), track);
    ck_assert_str_eq(text_at(message, "media", "timestamp"), timestamp);
    ck_assert_uint_le(strlen(payload), 220);
    ck_assert_int_eq(st_base64_decode(payload, strlen(payload), bytes), 160);
    st_codec_decode(ST_CODEC_PCMU, bytes, 160, 0, 1, decoded);
    ck_assert_int_le(decoded[80] - sample, 300);
    ck_assert_int_ge(decoded[80] - sample, -300);
    json_decref(message);
}

START_TEST(a_call_is_sent_as_twilio_does)
{
    struct st_wire wire;
    const struct st_wire_call call = {.call_id = "CA1", .agent_id = "s", .queue = "q"};
    int16_t samples[320];
    for (size_t i = 0; i < 320; i++)
        samples[i] = i % 2 == 0 ? 8000 : -4000;
    st_wire_init(&wire, st_wire_find("twilio"), put, NULL);
    wire.ops->start(&wire, &call);
    wire.ops->frame(&wire, samples, 160);
    wire.ops->frame(&wire, samples, 160);
    wire.ops->stop(&wire);
    ck_assert_uint_eq(sent_count, 7);
    expect_equal(0, "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}");
    json_t *start = sent_json(1);
    ck_assert_str_eq(text_at(start, NULL, "event"), "start");
    ck_assert_str_eq(text_at(start, NULL, "sequenceNumber"), "1");
    ck_assert_str_eq(text_at(start, "start", "callSid"), "CA1");
    ck_assert_str_eq(text_at(start, "start", "streamSid"), text_at(start, NULL, "streamSid"));
    ck_assert_uint_eq(strlen(text_at(start, NULL, "streamSid")), 34);
    const json_t *parameters = json_object_get(json_object_get(start, "start"), "customParameters");
    ck_assert_str_eq(text_at(parameters, NULL, "agent_id"), "s");
    ck_assert_uint_eq(json_object_size(parameters), 2);
    json_decref(start);
    expect_media(2, "inbound", "0", -4000);
    expect_media(3, "outbound", "0", 8000);
    expect_media(4, "inbound", "20", -4000);
    expect_media(5, "outbound", "20", 8000);
    json_t *stop = sent_json(6);
    ck_assert_str_eq(text_at(stop, NULL, "event"), "stop");
    ck_assert_str_eq(text_at(stop, NULL, "sequenceNumber"), "6");
    json_decref(stop);
    st_wire_fini(&wire);
}
END_TEST

START_TEST(a_call_gets_an_id)
{
    struct st_wire one, two;
    const struct st_wire_call call = {0};
    st_wire_init(&one, st_wire_find("twilio"), put, NULL);
    st_wire_init(&two, st_wire_find("twilio"), put, NULL);
    one.ops->start(&one, &call);
    two.ops->start(&two, &call);
    ck_assert_uint_eq(strlen(one.call_id), 34);
    ck_assert_str_ne(one.call_id, two.call_id);
    ck_assert_ptr_null(st_wire_find("h323"));
    st_wire_fini(&one);
    st_wire_fini(&two);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_call_is_sent_as_twilio_does, a_call_gets_an_id};
    return run_tests("wire_twilio", tests, sizeof(tests) / sizeof(tests[0]));
}
