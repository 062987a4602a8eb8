/* What a call's engines say beside segments, and which engines a call has. */
#include "call_internal.h"
#include "call_rig.h"
#include "fake_engine.h"

#include "sidetone/config.h"
#include "sidetone/vendor_finding.h"

#include "run.h"

#include <errno.h>
#include <string.h>

#define CATEGORIES "categories:\n  - name: refund\n    severity: high\n    phrases: [money back]\n"
#define ROUTE(more) "tenants: [{routes: [{" more "}]}]\n" CATEGORIES

static struct call_rig rig;
static struct fake_link told;
static struct call *call;

static void open_with(const char *yaml)
{
    rig_open(&rig, 1, yaml);
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{}");
    fake_link_take(&told);
}

enum {
    ALL_KINDS = 1 << ST_VENDOR_CATEGORY | 1 << ST_VENDOR_ISSUE | 1 << ST_VENDOR_SENTIMENT |
                1 << ST_VENDOR_ENTITY,
};

static void close_all(void)
{
    fake_link_close(&told);
    rig_close(&rig);
}

static int begin(const char *language)
{
    static struct st_ingest_start start;
    struct call_shard *shard = &rig.service->shards[0];
    const struct st_config *config = shard->settings->config;
    struct directory_entry present, entry = {.serial = 1};
    start = (struct st_ingest_start){.call_id = "c1",
                                     .agent_id = "",
                                     .agent_name = "",
                                     .queue = "",
                                     .caller = "",
                                     .language = language,
                                     .codec = ST_CODEC_L16LE,
                                     .rate_hz = 8000,
                                     .channel_mask = 3};
    struct call_start from = {.start = &start,
                              .tenant = st_config_tenant_find(config, "", 0),
                              .route = &config->tenants[0].routes[0],
                              .dialect = "pcm",
                              .leg_id = 1};
    directory_claim(rig.service->directory, "c1", &entry, &present);
    rig.service->live_calls++;
    int err = call_create(&call, shard, 1, &from);
    if (err)
        return err;
    call->next_in_bucket = shard->buckets[1];
    shard->buckets[1] = call;
    return 0;
}

static void find(const struct st_vendor_finding *finding)
{
    struct st_engine_stream *stream = fake_engine_stream(1);
    stream->config.sink->finding(stream->config.user, 0, finding);
}

static void find_all(void)
{
    struct st_vendor_finding finding = {.type = ST_VENDOR_CATEGORY,
                                        .segment_id = 1,
                                        .end_us = 500000,
                                        .name = "Angry",
                                        .confidence = ST_CONFIDENCE_ABSENT};
    find(&finding);
    finding.type = ST_VENDOR_SENTIMENT;
    finding.name = "NEGATIVE";
    find(&finding);
    finding.type = ST_VENDOR_ENTITY;
    finding.name = "NAME";
    finding.content = "Fred";
    find(&finding);
    finding.type = ST_VENDOR_ISSUE;
    finding.name = NULL;
    finding.begin = 7;
    finding.end = 17;
    find(&finding);
}

static void say(void)
{
    fake_engine_say(1, 1, true, 0, 800, "i w\xc3\xa4nt money back now");
}

static void put_audio(void)
{
    static const int16_t samples[16000];
    struct st_ingest_media media = {.is_interleaved = true,
                                    .payload = (const uint8_t *)samples,
                                    .bytes = sizeof(samples),
                                    .position_us = 0};
    call_media(call, 1, &media);
}

START_TEST(vendors_are_not_asked_unless_the_route_says_so)
{
    open_with(ROUTE("engines: [auto]"));
    ck_assert_int_eq(begin(""), 0);
    ck_assert(!fake_engine_stream(0)->config.wants_findings);
    fake_link_take(&told);
    find_all();
    ck_assert_str_eq(fake_link_take(&told), "");
    close_all();
}
END_TEST

START_TEST(what_vendors_find_stands_beside_ours)
{
    open_with(ROUTE("vendor_findings: beside"));
    ck_assert_int_eq(begin(""), 0);
    ck_assert(fake_engine_stream(0)->config.wants_findings);
    put_audio();
    fake_link_take(&told);
    say();
    ck_assert_ptr_nonnull(strstr(fake_link_take(&told), "category.matched/3 alert.raised/4"));
    find_all();
    fake_link_drain(&told);
    const json_t *issue = json_object_get(fake_link_last(&told, "issue.detected"), "issue");
    ck_assert_str_eq(json_string_value(json_object_get(issue, "text")), "money back");
    ck_assert_str_eq(json_string_value(json_object_get(issue, "origin")), "moonshine");
    const json_t *category = fake_link_last(&told, "category.matched");
    ck_assert_str_eq(json_string_value(json_object_get(category, "category")), "Angry");
    ck_assert_ptr_nonnull(fake_link_last(&told, "sentiment.updated"));
    ck_assert_ptr_nonnull(fake_link_last(&told, "pii.detected"));
    ck_assert_uint_eq(fake_link_count_type(&told, "alert.raised"), 0);
    close_all();
}
END_TEST

START_TEST(findings_are_of_the_segments_they_were_found_in)
{
    open_with(ROUTE("vendor_findings: beside"));
    ck_assert_int_eq(begin(""), 0);
    call->told.channels[1].last_id = 5; /* what the platform brought before the engine */
    put_audio();
    say();
    find_all();
    fake_link_drain(&told);
    const json_t *issue = json_object_get(fake_link_last(&told, "issue.detected"), "issue");
    ck_assert_str_eq(json_string_value(json_object_get(issue, "text")), "money back");
    close_all();
}
END_TEST

START_TEST(what_vendors_find_may_stand_instead_of_ours)
{
    open_with(ROUTE("vendor_findings: instead, privacy: {mode: identify}"));
    fake_engine.findings = ALL_KINDS;
    ck_assert_int_eq(begin(""), 0);
    put_audio();
    fake_link_take(&told);
    say();
    ck_assert_str_eq(fake_link_take(&told), "transcript.final/2");
    find_all();
    ck_assert_str_eq(fake_link_take(&told), "category.matched/3 sentiment.updated/4 "
                                            "pii.detected/5 issue.detected/6");
    close_all();
}
END_TEST

START_TEST(ours_are_told_where_the_engine_finds_no_such)
{
    open_with(ROUTE("vendor_findings: instead, privacy: {mode: identify}"));
    fake_engine.findings = 1 << ST_VENDOR_SENTIMENT;
    ck_assert_int_eq(begin(""), 0);
    put_audio();
    fake_link_take(&told);
    say();
    const char *types = fake_link_take(&told);
    ck_assert_ptr_nonnull(strstr(types, "category.matched/3 alert.raised/4"));
    ck_assert_ptr_null(strstr(types, "sentiment"));
    close_all();
}
END_TEST

START_TEST(engines_that_take_over_are_known_by_what_they_find)
{
    open_with(ROUTE("vendor_findings: instead"));
    fake_engine.findings = ALL_KINDS;
    ck_assert_int_eq(begin(""), 0);
    put_audio();
    fake_engine_say(1, 1, true, 0, 300, "money back");
    fake_link_take(&told);
    fake_engine.findings = 0;
    fake_engine_say(1, 2, true, 300, 600, "money back please");
    ck_assert_ptr_nonnull(strstr(fake_link_take(&told), "category.matched"));
    fake_engine.findings = ALL_KINDS;
    fake_engine_say(1, 3, true, 600, 900, "give me my money back");
    ck_assert_str_eq(fake_link_take(&told), "transcript.final/6");
    close_all();
}
END_TEST

START_TEST(what_was_told_provisionally_is_told_to_its_end)
{
    open_with("tenants: [{routes: [{vendor_findings: instead}]}]\n"
              "categories:\n  - name: refund\n    provisional: true\n    phrases: [money back]\n");
    ck_assert_int_eq(begin(""), 0);
    put_audio();
    fake_engine_say(1, 1, false, 0, 300, "money back");
    fake_link_drain(&told);
    ck_assert_uint_eq(fake_link_count_type(&told, "category.provisional"), 1);
    fake_engine.findings = ALL_KINDS;
    fake_engine_say(1, 1, true, 0, 300, "money back");
    fake_link_drain(&told);
    ck_assert_uint_eq(fake_link_count_type(&told, "category.matched"), 1);
    fake_engine_say(1, 2, false, 300, 600, "my money back");
    fake_engine_say(1, 2, true, 300, 600, "my honey bee");
    fake_link_drain(&told);
    ck_assert_uint_eq(fake_link_count_type(&told, "category.provisional"), 1);
    ck_assert_uint_eq(fake_link_count_type(&told, "category.withdrawn"), 0);
    close_all();
}
END_TEST

START_TEST(redaction_is_always_ours)
{
    open_with(ROUTE("vendor_findings: instead, privacy: {mode: redact}"));
    fake_engine.findings = ALL_KINDS;
    ck_assert_int_eq(begin(""), 0);
    put_audio();
    fake_engine_say(1, 1, true, 0, 800, "my number is 4111 1111 1111 1111");
    fake_link_drain(&told);
    const json_t *pii = fake_link_last(&told, "pii.detected");
    ck_assert(json_is_true(json_object_get(pii, "redacted")));
    close_all();
}
END_TEST

START_TEST(nothing_is_quoted_where_personal_data_is_redacted)
{
    open_with(ROUTE("vendor_findings: instead, privacy: {mode: redact}"));
    ck_assert_int_eq(begin(""), 0);
    put_audio();
    say();
    find_all();
    fake_link_drain(&told);
    const json_t *issue = json_object_get(fake_link_last(&told, "issue.detected"), "issue");
    ck_assert_str_eq(json_string_value(json_object_get(issue, "text")), "");
    close_all();
}
END_TEST

START_TEST(findings_that_make_no_sense_are_dropped)
{
    static char long_name[300];
    struct st_vendor_finding finding = {.type = ST_VENDOR_CATEGORY, .name = ""};
    open_with(ROUTE("vendor_findings: beside"));
    ck_assert_int_eq(begin(""), 0);
    put_audio();
    say();
    fake_link_take(&told);
    find(&finding);
    finding.name = NULL;
    find(&finding);
    memset(long_name, 'x', sizeof(long_name) - 1);
    finding.name = long_name;
    find(&finding);
    ck_assert_str_eq(fake_link_take(&told), "");
    finding.type = ST_VENDOR_ISSUE;
    finding.segment_id = 1;
    finding.begin = 12;
    finding.end = UINT32_MAX;
    find(&finding);
    fake_link_drain(&told);
    const json_t *issue = json_object_get(fake_link_last(&told, "issue.detected"), "issue");
    ck_assert_str_eq(json_string_value(json_object_get(issue, "text")), " back now");
    close_all();
}
END_TEST

START_TEST(hints_of_the_route_and_of_the_language_reach_the_engine)
{
    open_with(ROUTE("hints: [Sidetone], languages: [{language: es, hints: [hola, adios]}]"));
    ck_assert_int_eq(begin("es-MX"), 0);
    const struct st_engine_stream_config *config = &fake_engine_stream(1)->config;
    ck_assert_uint_eq(config->hint_count, 3);
    ck_assert_str_eq(config->hints[0], "Sidetone");
    ck_assert_str_eq(config->hints[2], "adios");
    ck_assert_str_eq(config->language, "es-MX");
    ck_assert_str_eq(config->call_id, "c1");
    ck_assert_int_eq(config->roles[0], ST_ROLE_CUSTOMER);
    close_all();
}
END_TEST

START_TEST(a_call_shows_its_engine)
{
    open_with(ROUTE("engines: [auto]"));
    ck_assert_int_eq(begin(""), 0);
    ck_assert_str_eq(call->story.facts->engine, "moonshine");
    ck_assert_str_eq(call->story.facts->engine_quality, "good");
    close_all();
}
END_TEST

START_TEST(a_call_that_no_engine_can_serve_is_refused)
{
    open_with(ROUTE("engines: [auto]"));
    fake_engine.open_result = -ENOTSUP;
    ck_assert_int_eq(begin(""), -ENOTSUP);
    rig.service->live_calls--;
    close_all();
}
END_TEST

static void put_at(uint32_t rate_hz, unsigned samples)
{
    static int16_t ones[16000];
    for (unsigned i = 0; i < samples; i++)
        ones[i] = 1;
    struct st_ingest_media media = {.payload = (const uint8_t *)ones,
                                    .bytes = samples * sizeof(ones[0]),
                                    .rate_hz = rate_hz,
                                    .position_us = ST_TIMELINE_APPEND};
    call_media(call, 1, &media);
}

/* A codec of 16 kHz takes over within a frame; when one of 8 kHz comes back, frames stay as they
 * are. */
START_TEST(audio_of_8_khz_is_framed_at_that_until_it_becomes_wider)
{
    open_with(ROUTE("engines: [auto]"));
    ck_assert_int_eq(begin(""), 0);
    const struct st_framer *framer = &call->channels[0].framer;
    put_at(8000, 4050);
    ck_assert_uint_eq(framer->rate_hz, 8000);
    ck_assert_uint_eq(fake_engine_stream(0)->samples, 25 * 320);
    put_at(16000, 16000);
    ck_assert_uint_eq(framer->rate_hz, 16000);
    ck_assert_uint_eq(fake_engine_stream(0)->samples, 75 * 320);
    put_at(8000, 4000);
    ck_assert_uint_eq(framer->rate_hz, 16000);
    ck_assert_uint_eq(fake_engine_stream(0)->samples, 100 * 320);
    ck_assert_int_eq(st_timeline_media_us(&call->channels[0].timeline), 2006250);
    ck_assert_uint_ge(fake_engine_stream(0)->loud_samples, 100 * 320 - 100);
    close_all();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, audio_of_8_khz_is_framed_at_that_until_it_becomes_wider);
    tcase_add_test(tcase, vendors_are_not_asked_unless_the_route_says_so);
    tcase_add_test(tcase, what_vendors_find_stands_beside_ours);
    tcase_add_test(tcase, findings_are_of_the_segments_they_were_found_in);
    tcase_add_test(tcase, what_vendors_find_may_stand_instead_of_ours);
    tcase_add_test(tcase, ours_are_told_where_the_engine_finds_no_such);
    tcase_add_test(tcase, engines_that_take_over_are_known_by_what_they_find);
    tcase_add_test(tcase, what_was_told_provisionally_is_told_to_its_end);
    tcase_add_test(tcase, redaction_is_always_ours);
    tcase_add_test(tcase, nothing_is_quoted_where_personal_data_is_redacted);
    tcase_add_test(tcase, findings_that_make_no_sense_are_dropped);
    tcase_add_test(tcase, hints_of_the_route_and_of_the_language_reach_the_engine);
    tcase_add_test(tcase, a_call_shows_its_engine);
    tcase_add_test(tcase, a_call_that_no_engine_can_serve_is_refused);
    return run_case("recognition", tcase);
}
