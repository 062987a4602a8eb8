#include "sip_credentials.h"

#include "sidetone/digest_auth.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct st_sip_credentials credentials;

static int take(unsigned status, const char *header)
{
    char text[2000];
    osip_message_t *answer;
    int bytes = snprintf(
        text, sizeof(text),
        "SIP/2.0 %u No\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nFrom: "
        "<sip:a@127.0.0.1>;tag=1\r\n"
        "To: <sip:b@127.0.0.1>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
        status, header);
    ck_assert_int_eq(osip_message_init(&answer), 0);
    ck_assert_int_eq(osip_message_parse(answer, text, (size_t)bytes), 0);
    int err = st_sip_credentials_take(&credentials, answer);
    osip_message_free(answer);
    return err;
}

static const char *line(void)
{
    static char copy[1000];
    struct st_text text = {0};
    st_text_add(&text, "");
    st_sip_credentials_add(&credentials, &text, "INVITE", "sip:srs@h");
    snprintf(copy, sizeof(copy), "%s", text.data);
    st_text_fini(&text);
    return copy;
}

/* What a parameter says, without quotes. */
static const char *value(const char *header, const char *name)
{
    static char copy[300];
    char wanted[40];
    snprintf(wanted, sizeof(wanted), " %s=", name);
    const char *at = strstr(header, wanted);
    ck_assert_msg(at != NULL, "%s in %s", name, header);
    at += strlen(wanted);
    at += *at == '"';
    snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(at, "\",\r"), at);
    return copy;
}

static void setup(void)
{
    parser_init();
    credentials = (struct st_sip_credentials){.user = "sbc", .password = "s3cret"};
}

static void teardown(void)
{
    st_sip_credentials_fini(&credentials);
}

static void expect_response(const char *header, const char *nonce, bool is_sha256, bool has_qop)
{
    char cnonce[300] = "", expected[ST_DIGEST_AUTH_HEX_MAX];
    if (has_qop)
        snprintf(cnonce, sizeof(cnonce), "%s", value(header, "cnonce"));
    const struct st_digest_auth parts = {
        .name = "sbc",
        .realm = "the realm",
        .password = "s3cret",
        .nonce = nonce,
        .count = "00000001",
        .cnonce = cnonce,
        .qop = has_qop ? "auth" : NULL,
        .method = "INVITE",
        .uri = "sip:srs@h",
    };
    st_digest_auth_response(&parts, is_sha256, expected);
    ck_assert_str_eq(value(header, "response"), expected);
}

START_TEST(the_first_that_is_known_is_answered)
{
    ck_assert_str_eq(line(), "");
    ck_assert_int_eq(
        take(401,
             "WWW-Authenticate: Digest realm=\"the realm\", nonce=\"a\", algorithm=SHA-512-256\r\n"
             "WWW-Authenticate: Digest realm=\"the realm\", nonce=\"b\", algorithm=SHA-256, "
             "qop=\"auth-int, auth\", opaque=\"o\"\r\n"
             "WWW-Authenticate: Digest realm=\"the realm\", nonce=\"c\", algorithm=MD5\r\n"),
        0);
    const char *header = line();
    ck_assert(strncmp(header, "Authorization: Digest username=\"sbc\", ", 38) == 0);
    ck_assert_str_eq(value(header, "algorithm"), "SHA-256");
    ck_assert_str_eq(value(header, "opaque"), "o");
    ck_assert_str_eq(value(header, "qop"), "auth");
    expect_response(header, "b", true, true);
    ck_assert_str_eq(value(line(), "nc"), "00000002");
}
END_TEST

START_TEST(the_oldest_kind_is_answered)
{
    ck_assert_int_eq(
        take(407, "Proxy-Authenticate: Digest realm=\"the realm\", nonce=\"n\", stale=TRUE\r\n"),
        0);
    const char *header = line();
    ck_assert(strncmp(header, "Proxy-Authorization: Digest ", 28) == 0);
    ck_assert_ptr_null(strstr(header, "algorithm"));
    ck_assert_ptr_null(strstr(header, "qop"));
    ck_assert(credentials.is_stale);
    expect_response(header, "n", false, false);
}
END_TEST

START_TEST(what_cannot_be_answered_is_left)
{
    static const char *const headers[] = {
        "",
        "WWW-Authenticate: Basic realm=\"x\"\r\n",
        "WWW-Authenticate: Digest realm=\"x\"\r\n",
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"\r\n",
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=MD5-sess\r\n",
        "Proxy-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n",
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        ck_assert_msg(take(401, headers[i]) == -ENOENT, "%s", headers[i]);
    char large[600];
    snprintf(large, sizeof(large), "WWW-Authenticate: Digest realm=\"x\", nonce=\"%0300d\"\r\n", 1);
    ck_assert_int_eq(take(401, large), -ENOENT);
    credentials.password = NULL;
    ck_assert_int_eq(take(401, "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n"), -ENOENT);
    ck_assert_str_eq(line(), "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_first_that_is_known_is_answered);
    tcase_add_test(tcase, the_oldest_kind_is_answered);
    tcase_add_test(tcase, what_cannot_be_answered_is_left);
    return run_case("sip_credentials", tcase);
}
