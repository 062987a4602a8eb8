/* Who may begin a session. */
#include "siprec_rig.h"

#include "run.h"

#include "sidetone/digest_auth.h"

#include <stdio.h>
#include <string.h>

static const struct st_siprec_user users[] = {{"sbc", "s3cret"}, {"other", "word"}};

static void begin(void)
{
    rig_set_up();
    rig.config.users = users;
    rig.config.user_count = 2;
    rig_start();
}

static char nonce[128];

static void take_nonce(void)
{
    const char *found = strstr(rig_header("WWW-Authenticate"), "nonce=\"");
    ck_assert_ptr_nonnull(found);
    snprintf(nonce, sizeof(nonce), "%.*s", (int)strcspn(found + 7, "\""), found + 7);
}

/* What the answers are for, and the host that they are sent to. */
static const char *uri = "sip:srs@198.51.100.7", *host = "198.51.100.7";

/* An INVITE that answers the nonce at hand. */
static void answer(unsigned cseq, const char *call_id, const char *algorithm, const char *name,
                   const char *password)
{
    char header[1024], response[65], invite[4096];
    struct st_digest_auth parts = {
        .name = name,
        .realm = "sidetone",
        .password = password,
        .nonce = nonce,
        .count = "00000001",
        .cnonce = "abc",
        .qop = "auth",
        .method = "INVITE",
        .uri = uri,
    };
    st_digest_auth_response(&parts, strcmp(algorithm, "SHA-256") == 0, response);
    snprintf(header, sizeof(header),
             "Authorization: Digest username=\"%s\", realm=\"sidetone\", nonce=\"%s\", "
             "uri=\"%s\", response=\"%s\", algorithm=%s, qop=auth, nc=00000001, "
             "cnonce=\"abc\"\n",
             name, nonce, uri, response, algorithm);
    snprintf(invite, sizeof(invite), "%s", rig_invite(call_id, cseq, header, rig_two_legs));
    memcpy(strstr(invite, "198.51.100.7"), host, strlen("198.51.100.7"));
    rig_put(invite);
}

START_TEST(who_knows_the_password_gets_in)
{
    static const char *const algorithms[] = {"MD5", "SHA-256"};
    for (size_t i = 0; i < 2; i++) {
        begin();
        rig_put(rig_invite("one", 1, "", rig_two_legs));
        ck_assert_int_eq(rig_status(), 401);
        ck_assert_ptr_nonnull(strstr(rig_sent(0), "algorithm=SHA-256"));
        ck_assert_ptr_nonnull(strstr(rig_sent(0), "algorithm=MD5"));
        ck_assert_ptr_null(strstr(rig_sent(0), "stale"));
        take_nonce();
        answer(2, "one", algorithms[i], "sbc", "s3cret");
        ck_assert_int_eq(rig_status(), 200);
        rig_tear_down();
    }
}
END_TEST

START_TEST(others_do_not)
{
    static const struct {
        const char *call_id, *algorithm, *name, *password;
        bool is_stale;
    } cases[] = {
        {"one", "MD5", "sbc", "S3cret", false},     {"one", "SHA-256", "sbc", "", false},
        {"one", "MD5", "nobody", "s3cret", false},  {"one", "MD5", "sbc", "word", false},
        {"two", "MD5", "sbc", "s3cret", true},      /* a nonce is for one call */
        {"one", "SHA-512", "sbc", "s3cret", false}, /* another nonce would not help */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        begin();
        rig_put(rig_invite("one", 1, "", rig_two_legs));
        take_nonce();
        answer(2, cases[i].call_id, cases[i].algorithm, cases[i].name, cases[i].password);
        ck_assert_int_eq(rig_status(), 401);
        ck_assert_int_eq(strstr(rig_sent(0), "stale=true") != NULL, cases[i].is_stale);
        ck_assert_uint_eq(rig.told.offers, 0);
        rig_tear_down();
    }
}
END_TEST

/* Whoever has overheard credentials does not get in elsewhere with them. */
START_TEST(credentials_are_for_one_uri)
{
    static const struct {
        const char *uri;
        bool is_let_in;
    } cases[] = {
        {"sip:srs@198.51.100.7", true},
        {"SIP:srs@198.51.100.7:5060", true},
        {"sip:srs@198.51.100.7;transport=tcp", true},
        {"sip:srs@198.51.100.7;lr?Subject=x", true},
        {"sip:SRS@198.51.100.7", false},
        {"sip:other@198.51.100.7", false},
        {"sip:198.51.100.7", false},
        {"sip:srs@198.51.100.8", false},
        {"sip:srs@198.51.100.7:5062", false},
        {"sips:srs@198.51.100.7", false},
        {"sip:srs@Rec.Example1", false},
        {"tel:+1", false},
        {"*", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        begin();
        rig_put(rig_invite("one", 1, "", rig_two_legs));
        take_nonce();
        uri = cases[i].uri;
        answer(2, "one", "SHA-256", "sbc", "s3cret");
        ck_assert_msg(rig_status() == (cases[i].is_let_in ? 200 : 401), "%s", uri);
        ck_assert_ptr_null(strstr(rig_sent(0), "stale"));
        rig_tear_down();
    }
    begin();
    host = "Rec.Example1";
    uri = "sip:srs@rec.example1;user=ip";
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    take_nonce();
    answer(2, "one", "MD5", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

START_TEST(a_nonce_gets_old_and_is_nobody_elses)
{
    begin();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    take_nonce();
    rig.peer.port = 5062;
    snprintf(rig.peer.address, sizeof(rig.peer.address), "192.0.2.2");
    answer(2, "one", "MD5", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 401);
    snprintf(rig.peer.address, sizeof(rig.peer.address), "192.0.2.1");
    rig_pass(121000000);
    answer(3, "one", "MD5", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 401);
    ck_assert_ptr_nonnull(strstr(rig_sent(0), "stale=true"));
    take_nonce();
    nonce[0] ^= 1; /* made up */
    answer(4, "one", "MD5", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 401);
    nonce[0] ^= 1;
    answer(5, "one", "MD5", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

static void bye(unsigned cseq)
{
    rig_put(rig_in_dialog("ACK", cseq - 1, "", ""));
    rig_put(rig_in_dialog("BYE", cseq, "", ""));
    ck_assert_int_eq(rig_status(), 200);
}

/* Whoever has overheard it does not get in with it. */
START_TEST(a_nonce_lets_in_once)
{
    begin();
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    take_nonce();
    answer(2, "one", "SHA-256", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 200);
    bye(3);
    answer(4, "one", "SHA-256", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 401);
    ck_assert_ptr_nonnull(strstr(rig_sent(0), "stale=true"));
    ck_assert_uint_eq(rig.told.offers, 1);
    take_nonce(); /* in the same second, and another one */
    answer(5, "one", "SHA-256", "sbc", "s3cret");
    ck_assert_int_eq(rig_status(), 200);
    rig_tear_down();
}
END_TEST

/* Nothing is kept for whoever has not proved anything, and nothing repeated to whom they name. */
START_TEST(a_challenge_is_said_once)
{
    begin();
    size_t held = st_siprec_held_bytes(rig.siprec);
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 401);
    ck_assert_uint_eq(st_siprec_held_bytes(rig.siprec), held);
    rig_pass(10000000);
    ck_assert_uint_eq(rig.sent, 1);
    rig_put(rig_invite("one", 1, "", rig_two_legs));
    ck_assert_uint_eq(rig.sent, 2);
    rig_tear_down();
}
END_TEST

START_TEST(broken_credentials_are_refused)
{
    static const char *const headers[] = {
        "Authorization: Digest\n",
        "Authorization: Basic c2JjOnMzY3JldA==\n",
        "Authorization: Digest username=\"sbc\", realm=\"sidetone\", nonce=\"\", uri=\"\", "
        "response=\"\"\n",
        "Authorization: Digest realm=\"sidetone\"\n",
        "Authorization: Digest username=\"sbc\", realm=\"sidetone\", "
        "nonce=\"ffffffffffffffff.00000000000000000000000000000000\", uri=\"a\", response=\"b\"\n",
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        begin();
        rig_put(rig_invite("one", 1, headers[i], rig_two_legs));
        ck_assert(rig.sent == 0 || rig_status() == 401); /* or it is no message at all */
        ck_assert_uint_eq(rig.told.offers, 0);
        rig_tear_down();
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        who_knows_the_password_gets_in,       others_do_not,        credentials_are_for_one_uri,
        a_nonce_gets_old_and_is_nobody_elses, a_nonce_lets_in_once, a_challenge_is_said_once,
        broken_credentials_are_refused,
    };
    return run_tests("digest", tests, sizeof(tests) / sizeof(*tests));
}
