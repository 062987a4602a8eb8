#include "sigv4.h"

#include "event_stream.h"

#include "sidetone/json_writer.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TOKEN                                                                                      \
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSP" \
    "fIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/"                                                        \
    "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcH" \
    "N"                                                                                            \
    "VXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+"                                              \
    "scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

enum { PAIRS_MAX = 8 };

/* The published test suite: requests of 2015-08-30 12:36:00 to service "service" in us-east-1. */
static const struct {
    const char *name;
    const char *method;
    const char *path;
    struct st_sigv4_pair query[PAIRS_MAX];
    struct st_sigv4_pair headers[PAIRS_MAX]; /* besides host and x-amz-date */
    const char *body;
    const char *names;
    const char *signature;
} suite_requests[] = {
    {"get-vanilla",
     "GET",
     "/",
     {{0}},
     {{0}},
     "",
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-empty-query-key",
     "GET",
     "/",
     {{"Param1", "value1"}},
     {{0}},
     "",
     "host;x-amz-date",
     "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
    {"get-vanilla-query-order-key-case",
     "GET",
     "/",
     {{"Param2", "value2"}, {"Param1", "value1"}},
     {{0}},
     "",
     "host;x-amz-date",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-query-order-key",
     "GET",
     "/",
     {{"Param1", "value2"}, {"Param1", "Value1"}},
     {{0}},
     "",
     "host;x-amz-date",
     "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
    {"get-vanilla-query-order-value",
     "GET",
     "/",
     {{"Param1", "value2"}, {"Param1", "value1"}},
     {{0}},
     "",
     "host;x-amz-date",
     "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
    {"get-vanilla-query-unreserved",
     "GET",
     "/",
     {{"-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
       "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}},
     {{0}},
     "",
     "host;x-amz-date",
     "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"get-vanilla-utf8-query",
     "GET",
     "/",
     {{"\xe1\x88\xb4", "bar"}},
     {{0}},
     "",
     "host;x-amz-date",
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"get-utf8",
     "GET",
     "/\xe1\x88\xb4",
     {{0}},
     {{0}},
     "",
     "host;x-amz-date",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-space",
     "GET",
     "/example space/",
     {{0}},
     {{0}},
     "",
     "host;x-amz-date",
     "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
    {"get-unreserved",
     "GET",
     "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {{0}},
     {{0}},
     "",
     "host;x-amz-date",
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-header-key-duplicate",
     "GET",
     "/",
     {{0}},
     {{"my-header1", "value2"}, {"my-header1", "value2"}, {"my-header1", "value1"}},
     "",
     "host;my-header1;x-amz-date",
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-order",
     "GET",
     "/",
     {{0}},
     {{"my-header1", "value4"},
      {"my-header1", "value1"},
      {"my-header1", "value3"},
      {"my-header1", "value2"}},
     "",
     "host;my-header1;x-amz-date",
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-header-value-trim",
     "GET",
     "/",
     {{0}},
     {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}},
     "",
     "host;my-header1;my-header2;x-amz-date",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla",
     "POST",
     "/",
     {{0}},
     {{0}},
     "",
     "host;x-amz-date",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-header-key-sort",
     "POST",
     "/",
     {{0}},
     {{"my-header1", "value1"}},
     "",
     "host;my-header1;x-amz-date",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {"post-header-value-case",
     "POST",
     "/",
     {{0}},
     {{"my-header1", "VALUE1"}},
     "",
     "host;my-header1;x-amz-date",
     "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    {"post-vanilla-query",
     "POST",
     "/",
     {{"Param1", "value1"}},
     {{0}},
     "",
     "host;x-amz-date",
     "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {"post-sts-header-before",
     "POST",
     "/",
     {{0}},
     {{"x-amz-security-token", TOKEN}},
     "",
     "host;x-amz-date;x-amz-security-token",
     "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     {{0}},
     {{"content-type", "application/x-www-form-urlencoded"}},
     "Param1=value1",
     "content-type;host;x-amz-date",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-x-www-form-urlencoded-parameters",
     "POST",
     "/",
     {{0}},
     {{"content-type", "application/x-www-form-urlencoded; charset=utf8"}},
     "Param1=value1",
     "content-type;host;x-amz-date",
     "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
};

static const struct st_sigv4_who suite_who = {
    .key_id = "AKIDEXAMPLE",
    .secret = SECRET,
    .region = "us-east-1",
    .service = "service",
    .unix_ms = 1440938160999,
};

static size_t count_pairs(const struct st_sigv4_pair *pairs)
{
    size_t count = 0;
    while (count < PAIRS_MAX && pairs[count].name)
        count++;
    return count;
}

START_TEST(signs_as_the_published_suite)
{
    struct st_sigv4_pair headers[PAIRS_MAX + 2];
    char hash[ST_SIGV4_HEX_BYTES], signature[ST_SIGV4_HEX_BYTES], expected[512];
    size_t more = count_pairs(suite_requests[_i].headers);
    headers[0] = (struct st_sigv4_pair){"x-amz-date", "20150830T123600Z"};
    memcpy(headers + 1, suite_requests[_i].headers, more * sizeof(headers[0]));
    headers[1 + more] = (struct st_sigv4_pair){"host", "example.amazonaws.com"};
    st_sigv4_hash(suite_requests[_i].body, strlen(suite_requests[_i].body), hash);
    struct st_sigv4_request request = {
        .method = suite_requests[_i].method,
        .path = suite_requests[_i].path,
        .query = suite_requests[_i].query,
        .query_count = count_pairs(suite_requests[_i].query),
        .headers = headers,
        .header_count = more + 2,
        .payload_hash = hash,
    };
    struct st_json_writer out;
    st_json_init(&out);
    st_sigv4_authorize(&out, &request, &suite_who, signature);
    st_json_append(&out, "", 1);
    ck_assert_msg(strcmp(signature, suite_requests[_i].signature) == 0, "%s",
                  suite_requests[_i].name);
    snprintf(expected, sizeof(expected),
             "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
             "SignedHeaders=%s, Signature=%s",
             suite_requests[_i].names, suite_requests[_i].signature);
    ck_assert_str_eq(out.data, expected);
    st_json_fini(&out);
}
END_TEST

START_TEST(hashes_nothing)
{
    char hash[ST_SIGV4_HEX_BYTES];
    st_sigv4_hash("", 0, hash);
    ck_assert_str_eq(hash, ST_SIGV4_EMPTY);
}
END_TEST

START_TEST(tells_the_time_of_any_day)
{
    char time[ST_SIGV4_TIME_BYTES];
    st_sigv4_time(1704164645678, time);
    ck_assert_str_eq(time, "20240102T030405Z");
    st_sigv4_time(0, time);
    ck_assert_str_eq(time, "19700101T000000Z");
}
END_TEST

/* S3's published example of a presigned URL; its payload is not signed. */
START_TEST(presigns_as_the_published_example)
{
    struct st_sigv4_pair host = {"host", "examplebucket.s3.amazonaws.com"};
    struct st_sigv4_request request = {.method = "GET",
                                       .path = "/test.txt",
                                       .headers = &host,
                                       .header_count = 1,
                                       .payload_hash = "UNSIGNED-PAYLOAD"};
    struct st_sigv4_who who = {.key_id = "AKIAIOSFODNN7EXAMPLE",
                               .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                               .region = "us-east-1",
                               .service = "s3",
                               .unix_ms = 1369353600000};
    struct st_json_writer out;
    st_json_init(&out);
    st_sigv4_presign(&out, &request, &who, 86400);
    st_json_append(&out, "", 1);
    ck_assert_str_eq(
        out.data,
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-"
        "east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-"
        "SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    st_json_fini(&out);
}
END_TEST

START_TEST(presigns_with_a_token_and_parameters)
{
    struct st_sigv4_pair host = {"host", "h:8443"};
    struct st_sigv4_pair query[] = {{"media-encoding", "pcm"}, {"language-options", "a,b/c"}};
    struct st_sigv4_request request = {"GET", "/x", query, 2, &host, 1, ST_SIGV4_EMPTY};
    struct st_sigv4_who who = suite_who;
    struct st_json_writer out;
    who.token = "a/b+c=";
    st_json_init(&out);
    st_sigv4_presign(&out, &request, &who, 60);
    st_json_append(&out, "", 1);
    ck_assert_ptr_nonnull(strstr(out.data, "&X-Amz-Security-Token=a%2Fb%2Bc%3D&"));
    ck_assert_ptr_nonnull(
        strstr(out.data, "&language-options=a%2Cb%2Fc&media-encoding=pcm&X-Amz-"));
    st_json_fini(&out);
}
END_TEST

static size_t audio_event(uint8_t *out, size_t cap)
{
    struct st_event_writer writer;
    size_t left;
    st_event_begin(&writer, out, cap);
    st_event_put_string(&writer, ":event-type", "AudioEvent");
    st_event_put_string(&writer, ":message-type", "event");
    st_event_put_string(&writer, ":content-type", "application/octet-stream");
    memcpy(st_event_payload(&writer, &left), "\1\0\2\0", 4);
    return (size_t)st_event_end(&writer, 4);
}

static void expect_signature(const uint8_t *signature, const char *expected)
{
    char text[ST_SIGV4_HEX_BYTES];
    for (size_t i = 0; i < ST_SIGV4_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", signature[i]);
    ck_assert_str_eq(text, expected);
}

/* Agreed upon by two independent implementations. */
START_TEST(signs_chunks_each_over_the_last)
{
    uint8_t event[256], signature[ST_SIGV4_BYTES];
    char zeros[ST_SIGV4_HEX_BYTES];
    struct st_sigv4_chain chain;
    struct st_sigv4_who who = suite_who;
    who.service = "transcribe";
    who.unix_ms = 1704164645678;
    memset(zeros, '0', sizeof(zeros) - 1);
    zeros[sizeof(zeros) - 1] = '\0';
    ck_assert_int_eq(st_sigv4_chain_init(&chain, &who, zeros), 0);
    expect_signature(chain.key, "f48747bdfb083d19a706d42a2c29c4d197156c1712c981293f521475646df6f0");
    size_t bytes = audio_event(event, sizeof(event));
    ck_assert_uint_eq(bytes, 108);
    ck_assert_mem_eq(event + 104, "\xdd\xe9\x0e\x2e", 4);
    st_sigv4_chain_sign(&chain, who.unix_ms, event, bytes, signature);
    expect_signature(signature, "3afea5b67f584d99e39fd993653c759278d188ba768d4d67eb5fce4e080709c7");
    st_sigv4_chain_sign(&chain, who.unix_ms, "", 0, signature);
    expect_signature(signature, "af992695ba0a619e4080c6b9b4a62c9810aa4ba46b96cb791e53d584df1f6afa");
    st_sigv4_chain_fini(&chain);
    ck_assert_int_eq(chain.key[0] | chain.previous[0], 0);
}
END_TEST

START_TEST(refuses_a_region_without_end)
{
    char region[200];
    struct st_sigv4_chain chain;
    struct st_sigv4_who who = suite_who;
    memset(region, 'r', sizeof(region) - 1);
    region[sizeof(region) - 1] = '\0';
    who.region = region;
    ck_assert_int_eq(st_sigv4_chain_init(&chain, &who, ""), -ENOBUFS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, signs_as_the_published_suite, 0,
                        sizeof(suite_requests) / sizeof(suite_requests[0]));
    tcase_add_test(tcase, hashes_nothing);
    tcase_add_test(tcase, tells_the_time_of_any_day);
    tcase_add_test(tcase, presigns_as_the_published_example);
    tcase_add_test(tcase, presigns_with_a_token_and_parameters);
    tcase_add_test(tcase, signs_chunks_each_over_the_last);
    tcase_add_test(tcase, refuses_a_region_without_end);
    return run_case("sigv4", tcase);
}
