#include "run.h"
#include "sent.h"

static void receive(struct st_wire *wire, const char *json)
{
    wire->ops->receive(wire, json, strlen(json));
}

START_TEST(a_call_is_sent)
{
    struct st_wire wire;
    const struct st_wire_call call = {.call_id = "c1",
                                      .agent_id = "s",
                                      .agent_name = "Sarah \"S\"",
                                      .queue = "billing",
                                      .caller = "+1",
                                      .language = "en-US",
                                      .rate_hz = 16000};
    const int16_t samples[] = {1, -2, 256, 0};
    st_wire_init(&wire, st_wire_find("pcm"), put, NULL);
    wire.ops->start(&wire, &call);
    wire.ops->frame(&wire, samples, 2);
    wire.ops->stop(&wire);
    ck_assert_uint_eq(sent_count, 3);
    expect_equal(0,
                 "{\"type\":\"start\",\"call_id\":\"c1\",\"encoding\":\"l16le\",\"rate_hz\":16000,"
                 "\"layout\":\"interleaved\",\"channels\":[{\"role\":\"agent\"},{\"role\":"
                 "\"customer\"}],\"agent\":{\"id\":\"s\",\"name\":\"Sarah \\\"S\\\"\"},"
                 "\"queue\":\"billing\",\"caller\":\"+1\",\"language\":\"en-US\"}");
    ck_assert(sent[1].is_binary);
    ck_assert_uint_eq(sent[1].bytes, 8);
    ck_assert_mem_eq(sent[1].data, "\x01\0\xfe\xff\0\x01\0\0", 8);
    expect_equal(2, "{\"type\":\"stop\"}");
    ck_assert_uint_eq(wire.frames, 1);
    st_wire_fini(&wire);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    struct st_wire wire;
    const struct st_wire_call call = {.rate_hz = 8000};
    st_wire_init(&wire, st_wire_find("pcm"), put, NULL);
    wire.ops->start(&wire, &call);
    expect_equal(0, "{\"type\":\"start\",\"encoding\":\"l16le\",\"rate_hz\":8000,\"layout\":"
                    "\"interleaved\",\"channels\":[{\"role\":\"agent\"},{\"role\":\"customer\"}]}");
    st_wire_fini(&wire);
}
END_TEST

START_TEST(answers_are_understood)
{
    struct st_wire wire;
    st_wire_init(&wire, st_wire_find("pcm"), put, NULL);
    receive(&wire, "{\"type\":\"started\",\"call_id\":\"made-up\",\"v\":1}");
    ck_assert_str_eq(wire.call_id, "made-up");
    receive(&wire, "nonsense");
    receive(&wire, "[]");
    receive(&wire, "{\"type\":7}");
    ck_assert(!wire.has_stopped);
    ck_assert_str_eq(wire.error, "");
    receive(&wire, "{\"type\":\"error\",\"code\":\"busy\",\"message\":\"full\"}");
    ck_assert_str_eq(wire.error, "busy: full");
    receive(&wire, "{\"type\":\"stopped\"}");
    ck_assert(wire.has_stopped);
    st_wire_fini(&wire);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_call_is_sent, what_is_not_known_is_left_out, answers_are_understood};
    return run_tests("wire_pcm", tests, sizeof(tests) / sizeof(tests[0]));
}
