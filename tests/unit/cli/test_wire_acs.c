#include "run.h"
#include "sent.h"

#include "sidetone/base64.h"

static const char *text_at(const json_t *message, const char *outer, const char *key)
{
    const json_t *object = outer ? json_object_get(message, outer) : message;
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void expect_audio(size_t index, const char *participant, int16_t sample, bool is_silent)
{
    json_t *message = sent_json(index);
    const char *data = text_at(message, "audioData", "data");
    uint8_t bytes[ST_BASE64_DECODED_MAX(860)];
    ck_assert_str_eq(text_at(message, NULL, "kind"), "AudioData");
    ck_assert_str_eq(text_at(message, "audioData", "participantRawID"), participant);
    ck_assert_uint_eq(strlen(text_at(message, "audioData", "timestamp")), 24);
    ck_assert_uint_eq(strlen(data), 856);
    ck_assert_int_eq(st_base64_decode(data, strlen(data), bytes), 640);
    ck_assert_int_eq((int16_t)(bytes[100] | bytes[101] << 8), sample);
    ck_assert_int_eq(json_is_true(json_object_get(json_object_get(message, "audioData"), "silent")),
                     is_silent);
    json_decref(message);
}

START_TEST(a_call_is_sent_as_azure_does)
{
    struct st_wire wire;
    const struct st_wire_call call = {.call_id = "c 1", .agent_id = "s"};
    int16_t samples[640];
    for (size_t i = 0; i < 640; i++)
        samples[i] = i % 2 == 0 ? 8000 : 0;
    st_wire_init(&wire, st_wire_find("acs"), put, NULL);
    wire.ops->name_call(&wire, &call);
    ck_assert_str_eq(wire.call_id, "c 1");
    wire.ops->start(&wire, &call);
    wire.ops->frame(&wire, samples, 320);
    ck_assert(!wire.has_stopped);
    wire.ops->stop(&wire);
    ck_assert(wire.has_stopped);
    ck_assert_uint_eq(sent_count, 3);
    json_t *metadata = sent_json(0);
    ck_assert_str_eq(text_at(metadata, NULL, "kind"), "AudioMetadata");
    ck_assert_str_eq(text_at(metadata, "audioMetadata", "encoding"), "PCM");
    ck_assert_uint_eq(strlen(text_at(metadata, "audioMetadata", "subscriptionId")), 32);
    json_decref(metadata);
    expect_audio(1, "8:acs:agent", 8000, false);
    expect_audio(2, "4:anonymous", 0, true);
    st_wire_fini(&wire);
}
END_TEST

START_TEST(a_call_gets_an_id)
{
    struct st_wire one, two;
    const struct st_wire_call call = {0};
    st_wire_init(&one, st_wire_find("acs"), put, NULL);
    st_wire_init(&two, st_wire_find("acs"), put, NULL);
    one.ops->name_call(&one, &call);
    two.ops->name_call(&two, &call);
    ck_assert_uint_eq(strlen(one.call_id), 32);
    ck_assert_str_ne(one.call_id, two.call_id);
    st_wire_fini(&one);
    st_wire_fini(&two);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_call_is_sent_as_azure_does, a_call_gets_an_id};
    return run_tests("wire_acs", tests, sizeof(tests) / sizeof(tests[0]));
}
