#include "read.h"

#include "run.h"

#define FINAL(call, seq, channel, role, start, end, text)                                          \
    "{\"v\":1,\"call_id\":\"" call "\",\"seq\":" #seq                                              \
    ",\"type\":\"transcript.final\",\"media_ms\":1,"                                               \
    "\"at_unix_ms\":1,\"segment\":{\"id\":" #seq ",\"channel\":" #channel ",\"role\":\"" role      \
    "\",\"start_ms\":" #start ",\"end_ms\":" #end ",\"text\":\"" text "\",\"confidence\":null,"    \
    "\"unsure\":false,\"word_times\":\"none\",\"words\":[]}}\n"

static const char started[] =
    "{\"type\":\"call.started\",\"call_id\":\"c-1\",\"seq\":1,\"media_ms\":0,\"at_unix_ms\":5,"
    "\"queue\":\"q\",\"channels\":[{\"channel\":0,\"role\":\"customer\"},{\"channel\":1,"
    "\"role\":\"agent\"}]}\n";

static char *join(const char *const *parts)
{
    static char text[16384];
    text[0] = '\0';
    for (size_t used = 0; *parts; parts++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", *parts);
    return text;
}

#define LINES(...) join((const char *const[]){__VA_ARGS__, NULL})

START_TEST(finals_come_as_they_came)
{
    struct st_transcript *transcript = read_text(LINES(
        started, "\r\n",
        "{\"type\":\"transcript.partial\",\"call_id\":\"c-1\",\"segment\":{\"odd\":1}}\n",
        FINAL("c-1", 2, 1, "agent", 5000, 6000, "first"),
        FINAL("c-1", 3, 0, "customer", 100, 900, "second"),
        FINAL("c-1", 4, 0, "customer", 100, 900, ""),
        "{\"type\":\"unheard.of\",\"call_id\":\"c-9\"}\n",
        "{\"type\":\"call.ended\",\"call_id\":\"c-1\",\"reason\":\"lost\",\"duration_ms\":7000,"
        "\"shed_ms\":20}\n"));
    const struct st_transcript_call *call = &transcript->calls[0];
    ck_assert_str_eq(transcript->format->name, "events");
    ck_assert_uint_eq(transcript->count, 1);
    ck_assert_uint_eq(call->count, 2);
    check_line(transcript, 0, 1, 5000, 6000, "first");
    check_line(transcript, 1, 0, 100, 900, "second");
    ck_assert_str_eq(call->facts->call_id, "c-1");
    ck_assert_str_eq(call->facts->queue, "q");
    ck_assert_int_eq(call->facts->roles[0], ST_ROLE_CUSTOMER);
    ck_assert_str_eq(call->end_reason, "lost");
    ck_assert_int_eq(call->duration_us, 7000000);
    ck_assert_int_eq(call->shed_us, 20000);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(facts_change_where_they_were_changed)
{
    struct st_transcript *transcript = read_text(
        LINES(started, FINAL("c-1", 2, 0, "customer", 0, 1, "a"),
              "{\"call_id\":\"c-1\",\"seq\":3,\"agent\":{\"id\":\"a2\",\"name\":\"\"},"
              "\"type\":\"call.updated\"}\n",
              "{\"type\":\"call.updated\",\"call_id\":\"c-1\",\"media_ms\":7,\"paused\":true}\n",
              FINAL("c-1", 4, 0, "customer", 1, 2, "b"), FINAL("c-1", 5, 0, "agent", 2, 3, "c")));
    ck_assert_str_eq(line_of(transcript, 0)->facts->agent_id, "");
    ck_assert_uint_eq(transcript->calls[0].pause_count, 1);
    ck_assert_int_eq(transcript->calls[0].pauses[0].media_us, 7000);
    ck_assert_str_eq(transcript->calls[0].facts->agent_id, "");
    ck_assert_str_eq(line_of(transcript, 1)->facts->agent_id, "a2");
    ck_assert_int_eq(line_of(transcript, 1)->facts->roles[0], ST_ROLE_CUSTOMER);
    ck_assert_int_eq(line_of(transcript, 2)->facts->roles[0], ST_ROLE_AGENT);
    ck_assert_str_eq(line_of(transcript, 2)->facts->agent_id, "a2");
    st_transcript_free(transcript);
}
END_TEST

START_TEST(calls_are_told_apart)
{
    struct st_transcript *transcript =
        read_text(LINES(started, FINAL("c-2", 7, 0, "agent", 0, 1, "other"),
                        FINAL("c-1", 2, 0, "customer", 0, 1, "one"),
                        "{\"type\":\"call.ended\",\"call_id\":\"c-1\",\"reason\":\"stopped\","
                        "\"duration_ms\":10}\n",
                        started, FINAL("c-1", 2, 0, "customer", 0, 1, "the same id again")));
    ck_assert_uint_eq(transcript->count, 3);
    ck_assert_str_eq(transcript->calls[0].segments[0].segment.text, "one");
    ck_assert_str_eq(transcript->calls[1].segments[0].segment.text, "other");
    ck_assert_str_eq(transcript->calls[2].segments[0].segment.text, "the same id again");
    st_transcript_free(transcript);
}
END_TEST

START_TEST(a_snapshot_is_where_a_call_begins_or_begins_again)
{
    static const char snapshot[] =
        "{\"type\":\"snapshot\",\"call\":{\"call_id\":\"c-1\",\"queue\":\"new\",\"media_ms\":50,"
        "\"transcript\":[{\"seq\":3,\"id\":1,\"channel\":0,\"start_ms\":0,\"end_ms\":9,"
        "\"text\":\"late\"},{\"seq\":2,\"id\":1,\"channel\":1,\"start_ms\":5,\"end_ms\":7,"
        "\"text\":\"early\"}]}}\n";
    struct st_transcript *transcript =
        read_text(LINES(started, FINAL("c-1", 2, 0, "customer", 0, 1, "lost by it"), snapshot,
                        FINAL("c-1", 5, 0, "agent", 20, 30, "then")));
    ck_assert_uint_eq(transcript->count, 1);
    ck_assert_uint_eq(transcript->calls[0].count, 3);
    check_line(transcript, 0, 1, 5, 7, "early");
    check_line(transcript, 1, 0, 0, 9, "late");
    check_line(transcript, 2, 0, 20, 30, "then");
    ck_assert_str_eq(transcript->calls[0].facts->queue, "new");
    ck_assert_int_eq(transcript->calls[0].duration_us, 50000);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(mistakes_are_named_with_their_line)
{
    ck_assert_refused(
        LINES(started, "{\"type\":\"call.ended\",\"call_id\":\"c-1\",\"reason\":5}\n"),
        "line 2: reason is not a text");
    ck_assert_refused(LINES(started, "\n", "{\"type\":\"call.ended\"\n"), "line 3, column");
    ck_assert_refused(LINES("{\"type\":\"welcome\"}\n"), "there is no call in it");
    ck_assert_refused(LINES(started, "[]\n"), "line 2: the line is not an object");
}
END_TEST

START_TEST(any_beginning_of_one_does_no_harm)
{
    read_truncated(LINES(started, FINAL("c-1", 2, 1, "agent", 5000, 6000, "first"),
                         "{\"type\":\"call.ended\",\"call_id\":\"c-1\",\"reason\":\"lost\"}\n"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        finals_come_as_they_came,
        facts_change_where_they_were_changed,
        calls_are_told_apart,
        a_snapshot_is_where_a_call_begins_or_begins_again,
        mistakes_are_named_with_their_line,
        any_beginning_of_one_does_no_harm,
    };
    return run_tests("events", tests, sizeof(tests) / sizeof(tests[0]));
}
