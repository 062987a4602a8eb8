#include "ingest_recorder.h"

#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct recorder recorder;

static void setup(void)
{
    recorder_open(&recorder, "twilio", ST_ROLE_CUSTOMER);
}

static void teardown(void)
{
    recorder_close(&recorder);
}

#define START                                                                                      \
    "{\"event\":\"start\",\"streamSid\":\"MZ1\",\"start\":{\"callSid\":\"CA1\",\"tracks\":["       \
    "\"inbound\",\"outbound\"]}}"
#define MEDIA(track, timestamp, payload)                                                           \
    "{\"event\":\"media\",\"streamSid\":\"MZ1\",\"media\":{\"track\":\"" track                     \
    "\",\"timestamp\":\"" timestamp "\",\"payload\":\"" payload "\"}}"

/* ---- recorded sessions ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
    char *text = calloc(1, 262144);
    ck_assert_uint_lt(fread(text, 1, 262143, file), 262143);
    fclose(file);
    return text;
}

/* Sessions named agent-… arrive by a route whose inbound track is the agent's. */
static void run_session(const char *name, char *lines)
{
    teardown();
    recorder_open(&recorder, "twilio",
                  strncmp(name, "agent-", 6) == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER);
    int result = 0;
    char *rest = lines;
    for (char *line = strsep(&rest, "\n"); line && *line && result == 0; line = strsep(&rest, "\n"))
        result = recorder_feed_text(&recorder, line);
    if (result == 0)
        recorder_lose(&recorder);
}

static void each_session(void (*check)(const char *folder, const char *name))
{
    const char *folder = getenv("ST_VECTORS");
    ck_assert_ptr_nonnull(folder);
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    int sessions = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char *dot = strstr(entry->d_name, ".jsonl");
        if (!dot)
            continue;
        *dot = '\0';
        check(folder, entry->d_name);
        sessions++;
    }
    closedir(dir);
    ck_assert_int_ge(sessions, 11);
}

static void check_log(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s.jsonl", folder, name);
    char *lines = read_file(path);
    run_session(name, lines);
    snprintf(path, sizeof(path), "%s/%s.expected", folder, name);
    if (getenv("ST_VECTORS_WRITE")) {
        FILE *file = fopen(path, "wb");
        fputs(recorder.log, file);
        fclose(file);
    }
    char *expected = read_file(path);
    ck_assert_msg(strcmp(recorder.log, expected) == 0, "%s gave:\n%s\nexpected:\n%s", name,
                  recorder.log, expected);
    free(expected);
    free(lines);
}

START_TEST(recorded_sessions_become_what_is_expected)
{
    each_session(check_log);
}
END_TEST

/* Each message of a session cut off at each byte, the ones before it whole. */
static void check_cuts(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s.jsonl", folder, name);
    char *lines = read_file(path);
    for (char *line = lines; *line; line = strchr(line, '\n') + 1) {
        size_t bytes = strcspn(line, "\n");
        for (size_t cut = 0; cut < bytes; cut += cut < 600 ? 1 : 97) {
            teardown();
            recorder_open(&recorder, "twilio", ST_ROLE_CUSTOMER);
            int result = 0;
            for (char *at = lines; at < line && result == 0; at = strchr(at, '\n') + 1)
                result = recorder_feed(&recorder, at, strcspn(at, "\n"), false);
            ck_assert_int_eq(result, 0);
            ck_assert_int_eq(recorder_feed(&recorder, line, cut, false), -EPROTO);
            ck_assert_uint_eq(recorder.close.code, 1007);
            recorder_lose(&recorder);
        }
    }
    free(lines);
}

START_TEST(cut_off_messages_end_one_call_with_1007)
{
    each_session(check_cuts);
}
END_TEST

/* ---- bad input ---- */

START_TEST(broken_messages_have_their_close_codes)
{
    static const struct {
        const char *message;
        unsigned code;
    } rows[] = {
        {"", 1007},
        {"hello", 1007},
        {"[]", 1007},
        {"{}", 1007},
        {"{\"event\":5}", 1007},
        {"{\"event\":null}", 1007},
        {"{\"event\":\"media\"", 1007},
        {"{\"event\":\"media\"}", 1007},
        {"{\"event\":\"media\",\"media\":[]}", 1007},
        {"{\"media\":[],\"event\":\"media\"}", 1007},
        {"{\"event\":\"media\",\"media\":{\"track\":\"inbound\"}}", 1007},
        {"{\"event\":\"media\",\"media\":{\"payload\":7}}", 1007},
        {"{\"media\":{\"payload\":7},\"event\":\"media\"}", 1007},
        {"{\"event\":\"media\",\"media\":{\"payload\":\"AAAA\",\"track\":1}}", 1007},
        {"{\"media\":{\"payload\":\"AAAA\",\"track\":1},\"event\":\"media\"}", 1007},
        {MEDIA("inbound", "x", "AAAA"), 1007},
        {MEDIA("inbound", "1.5", "AAAA"), 1007},
        {MEDIA("inbound", "-20", "AAAA"), 1007},
        {MEDIA("inbound", "9223372036854775807", "AAAA"), 1007},
        {MEDIA("inbound", "92233720368547758070", "AAAA"), 1007},
        {MEDIA("inbound", "0", "A"), 1007},
        {MEDIA("inbound", "0", "AA=A"), 1007},
        {MEDIA("inbound", "0", "AAAA AAAA"), 1007},
        {MEDIA("inbound", "0", "****"), 1007},
        {MEDIA("inbound", "0", "\\u0041\\n"), 1007},
        {"{\"event\":\"\xff\"}", 1007},
        {START, 1008},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        teardown();
        setup();
        ck_assert_int_eq(recorder_feed_text(&recorder, START), 0);
        ck_assert_msg(recorder_feed_text(&recorder, rows[i].message) == -EPROTO, "%s",
                      rows[i].message);
        ck_assert_uint_eq(recorder.close.code, rows[i].code);
        ck_assert_int_eq(recorder.end, ST_INGEST_END_ERROR);
        ck_assert_int_eq(recorder_feed_text(&recorder, MEDIA("inbound", "0", "AAAA")), 1);
        recorder_lose(&recorder);
        ck_assert_uint_eq(recorder.medias, 0);
    }
}
END_TEST

START_TEST(a_start_that_makes_no_sense_begins_no_call)
{
    static const char *const rows[] = {
        "5",
        "{}",
        "[]",
        "{\"callSid\":\"\"}",
        "{\"callSid\":5}",
        "{\"callSid\":\"a\\nb\"}",
        "{\"callSid\":\"a\\u0085b\"}",
        "{\"callSid\":\"CA1\",\"tracks\":\"inbound\"}",
        "{\"callSid\":\"CA1\",\"customParameters\":[]}",
        "{\"callSid\":\"CA1\",\"mediaFormat\":{\"encoding\":\"audio/opus\"}}",
        "{\"callSid\":\"CA1\",\"mediaFormat\":{\"channels\":2}}",
        "{\"callSid\":\"CA1\",\"mediaFormat\":{\"sampleRate\":0}}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[200];
        teardown();
        setup();
        snprintf(text, sizeof(text), "{\"event\":\"start\",\"start\":%s}", rows[i]);
        ck_assert_msg(recorder_feed_text(&recorder, text) == -EPROTO, "%s", rows[i]);
        ck_assert_uint_eq(recorder.close.code, 1008);
        ck_assert_uint_eq(recorder.starts, 0);
    }
    teardown();
    setup();
    ck_assert_int_eq(recorder_feed_text(&recorder, "{\"event\":\"start\"}"), -EPROTO);
}
END_TEST

START_TEST(a_call_id_ends_at_128_bytes)
{
    for (int bytes = 128; bytes <= 129; bytes++) {
        char text[400];
        snprintf(text, sizeof(text), "{\"event\":\"start\",\"start\":{\"callSid\":\"%0*d\"}}",
                 bytes, 1);
        teardown();
        setup();
        ck_assert_int_eq(recorder_feed_text(&recorder, text), bytes <= 128 ? 0 : -EPROTO);
    }
}
END_TEST

START_TEST(what_the_call_room_refuses_has_its_close_code)
{
    static const struct {
        int result;
        unsigned code;
    } rows[] = {{-EEXIST, 1008}, {-EACCES, 1008}, {-EBUSY, 1013}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        teardown();
        setup();
        recorder.start_result = rows[i].result;
        ck_assert_int_eq(recorder_feed_text(&recorder, START), -EPROTO);
        ck_assert_uint_eq(recorder.close.code, rows[i].code);
        ck_assert_uint_eq(recorder.sends, 0);
    }
}
END_TEST

START_TEST(a_binary_message_is_not_for_us)
{
    recorder_feed_text(&recorder, START);
    ck_assert_int_eq(recorder_feed(&recorder, "\0\1", 2, true), -EPROTO);
    ck_assert_uint_eq(recorder.close.code, 1003);
}
END_TEST

START_TEST(a_message_ends_at_64_kib)
{
    static char text[65537 + 1];
    for (size_t bytes = 65536; bytes <= 65537; bytes++) {
        teardown();
        setup();
        recorder_feed_text(&recorder, START);
        int head = sprintf(text, "{\"event\":\"media\",\"media\":{\"payload\":\"");
        memset(text + head, 'A', sizeof(text) - (size_t)head);
        /* A whole number of base64 groups, the rest as white space. */
        size_t room = bytes - (size_t)head - 3, chars = room / 4 * 4;
        memcpy(text + (size_t)head + chars, "\"}}", 3);
        memset(text + (size_t)head + chars + 3, ' ', room - chars);
        int result = recorder_feed(&recorder, text, bytes, false);
        ck_assert_int_eq(result, bytes == 65536 ? 0 : -EPROTO);
        if (result == 0)
            ck_assert_uint_eq(recorder.media_bytes[1], chars / 4 * 3);
        else
            ck_assert_uint_eq(recorder.close.code, 1009);
    }
}
END_TEST

static void make_media(char *out, size_t out_bytes, const char *track, int timestamp_ms)
{
    char payload[217];
    memset(payload, '/', 213);
    memcpy(payload + 213, "w==", 4);
    snprintf(out, out_bytes,
             "{\"event\":\"media\",\"media\":{\"track\":\"%s\",\"timestamp\":\"%d\",\"payload\":\"%"
             "s\"}}",
             track, timestamp_ms, payload);
}

START_TEST(one_second_of_media_may_come_before_start)
{
    char text[512];
    for (int i = 0; i < 50; i++) {
        make_media(text, sizeof(text), "inbound", i * 20);
        ck_assert_int_eq(recorder_feed_text(&recorder, text), 0);
        make_media(text, sizeof(text), "outbound", i * 20);
        ck_assert_int_eq(recorder_feed_text(&recorder, text), 0);
    }
    ck_assert_int_eq(recorder_feed_text(&recorder, START), 0);
    ck_assert_uint_eq(recorder.media_bytes[0], 8000);
    ck_assert_uint_eq(recorder.media_bytes[1], 8000);
}
END_TEST

START_TEST(more_media_before_start_ends_the_connection)
{
    char text[512];
    for (int i = 0; i < 50; i++) {
        make_media(text, sizeof(text), "inbound", i * 20);
        ck_assert_int_eq(recorder_feed_text(&recorder, text), 0);
    }
    ck_assert_int_eq(recorder_feed_text(&recorder, MEDIA("outbound", "0", "AA==")), 0);
    ck_assert_int_eq(recorder_feed_text(&recorder, MEDIA("inbound", "1000", "AA==")), -EPROTO);
    ck_assert_uint_eq(recorder.close.code, 1008);
}
END_TEST

START_TEST(padding_belongs_at_the_end_of_a_long_payload_too)
{
    char payload[1281], text[1500];
    for (int at = 0; at < 2; at++) {
        teardown();
        setup();
        recorder_feed_text(&recorder, START);
        memset(payload, 'A', 1280);
        payload[1280] = '\0';
        payload[at ? 639 : 1279] = '=';
        snprintf(text, sizeof(text), MEDIA("inbound", "0", "%s"), payload);
        ck_assert_int_eq(recorder_feed_text(&recorder, text), at ? -EPROTO : 0);
    }
}
END_TEST

START_TEST(one_broken_call_leaves_another_alone)
{
    struct recorder other;
    recorder_open(&other, "twilio", ST_ROLE_CUSTOMER);
    recorder_feed_text(&recorder, START);
    recorder_feed_text(&other, START);
    ck_assert_int_eq(recorder_feed_text(&recorder, "garbage"), -EPROTO);
    ck_assert_int_eq(recorder_feed_text(&other, MEDIA("inbound", "0", "AAAA")), 0);
    ck_assert_int_eq(recorder_feed_text(&other, "{\"event\":\"stop\"}"), 1);
    ck_assert_uint_eq(other.medias, 1);
    ck_assert_int_eq(other.end, ST_INGEST_END_STOPPED);
    recorder_close(&other);
}
END_TEST

START_TEST(more_than_32_parameters_are_cut_short)
{
    char text[4096];
    int bytes =
        sprintf(text, "{\"event\":\"start\",\"start\":{\"callSid\":\"CA1\",\"customParameters\":{");
    for (int i = 0; i < 40; i++)
        bytes += sprintf(text + bytes, "%s\"p%d\":\"v\"", i ? "," : "", i);
    sprintf(text + bytes, "}}}");
    ck_assert_int_eq(recorder_feed_text(&recorder, text), 0);
    ck_assert_ptr_nonnull(strstr(recorder.log, " p31=v\n"));
}
END_TEST

/* ---- the upgrade ---- */

static const char *signature_header;

static const char *header(void *user, const char *name)
{
    return strcmp(name, "x-twilio-signature") == 0 ? signature_header : NULL;
}

static int authorize(const char *auth_token, const char *public_url, const char *signature)
{
    struct st_config_route route = {.twilio = {.auth_token = (char *)auth_token}};
    struct st_dialect_config config = {.route = &route, .public_url = public_url};
    struct st_ingest_request request = {.path = "/v1/twilio", .header = header};
    signature_header = signature;
    return recorder.ops->authorize(&config, &request);
}

START_TEST(the_signature_decides_over_the_upgrade)
{
    const char *good = "I6HLRctYbbLJuZaqBSpks+hxwXo=";
    ck_assert_int_eq(authorize("12345", "https://gw.example.com", good), 0);
    ck_assert_int_eq(authorize("12345", "https://gw.example.com", NULL), 403);
    ck_assert_int_eq(authorize("12345", "https://gw.example.com", ""), 403);
    ck_assert_int_eq(authorize("12345", "https://other.example.com", good), 403);
    ck_assert_int_eq(authorize("12346", "https://gw.example.com", good), 403);
    ck_assert_int_eq(authorize("12345", "", good), 403);
    ck_assert_int_eq(authorize("", "https://gw.example.com", good), -ENOENT);
    ck_assert(!recorder.ops->needs_token);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, recorded_sessions_become_what_is_expected);
    tcase_add_test(tcase, cut_off_messages_end_one_call_with_1007);
    tcase_add_test(tcase, broken_messages_have_their_close_codes);
    tcase_add_test(tcase, a_start_that_makes_no_sense_begins_no_call);
    tcase_add_test(tcase, a_call_id_ends_at_128_bytes);
    tcase_add_test(tcase, what_the_call_room_refuses_has_its_close_code);
    tcase_add_test(tcase, a_binary_message_is_not_for_us);
    tcase_add_test(tcase, a_message_ends_at_64_kib);
    tcase_add_test(tcase, one_second_of_media_may_come_before_start);
    tcase_add_test(tcase, more_media_before_start_ends_the_connection);
    tcase_add_test(tcase, padding_belongs_at_the_end_of_a_long_payload_too);
    tcase_add_test(tcase, one_broken_call_leaves_another_alone);
    tcase_add_test(tcase, more_than_32_parameters_are_cut_short);
    tcase_add_test(tcase, the_signature_decides_over_the_upgrade);
    return run_case("twilio", tcase);
}
