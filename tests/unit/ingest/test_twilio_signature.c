#include "twilio_signature.h"

#include "run.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

/* Made with the token 12345 over wss://gw.example.com/v1/twilio and the same with a slash. */
static const char bare[] = "I6HLRctYbbLJuZaqBSpks+hxwXo=";
static const char slashed[] = "/AQEsJ1OfiQl1nhJu8V6beNRBuU=";

static bool is_valid(const char *signature, const char *public_url, const char *target)
{
    return st_twilio_signature_is_valid(signature, "12345", public_url, target);
}

static const char *sign(const char *url)
{
    static char text[64];
    uint8_t digest[20];
    unsigned bytes = sizeof(digest);
    HMAC(EVP_sha1(), "12345", 5, (const uint8_t *)url, strlen(url), digest, &bytes);
    EVP_EncodeBlock((uint8_t *)text, digest, (int)bytes);
    return text;
}

START_TEST(the_golden_vectors_hold)
{
    ck_assert_str_eq(sign("wss://gw.example.com/v1/twilio"), bare);
    ck_assert(is_valid(bare, "wss://gw.example.com", "/v1/twilio"));
    ck_assert(is_valid(slashed, "wss://gw.example.com", "/v1/twilio/"));
}
END_TEST

START_TEST(both_spellings_of_the_slash_are_accepted)
{
    ck_assert(is_valid(slashed, "https://gw.example.com", "/v1/twilio"));
    ck_assert(is_valid(bare, "https://gw.example.com", "/v1/twilio/"));
    ck_assert(is_valid(bare, "https://gw.example.com/", "/v1/twilio"));
    ck_assert(is_valid(bare, "https://gw.example.com/v1/", "/twilio"));
    ck_assert(is_valid(bare, "https://gw.example.com", "/v1/twilio?"));
}
END_TEST

START_TEST(the_default_port_may_be_spelled_out_on_either_side)
{
    ck_assert(is_valid(bare, "https://gw.example.com:443", "/v1/twilio"));
    ck_assert(is_valid(sign("wss://gw.example.com:443/v1/twilio"), "https://gw.example.com",
                       "/v1/twilio"));
    ck_assert(is_valid(sign("wss://gw.example.com:443/v1/twilio/"), "https://gw.example.com:443",
                       "/v1/twilio"));
    ck_assert(is_valid(sign("wss://gw.example.com:8443/v1/twilio"), "https://gw.example.com:8443",
                       "/v1/twilio"));
    ck_assert(!is_valid(bare, "https://gw.example.com:8443", "/v1/twilio"));
    ck_assert(is_valid(sign("ws://gw.example.com:443/t"), "http://gw.example.com:443", "/t"));
    ck_assert(!is_valid(sign("ws://gw.example.com/t"), "http://gw.example.com:443", "/t"));
}
END_TEST

START_TEST(a_query_is_signed_as_it_came)
{
    ck_assert(is_valid(sign("wss://gw.example.com/t?a=@b:c'&z=1&b"), "https://gw.example.com",
                       "/t?a=@b:c'&z=1&b"));
    ck_assert(!is_valid(sign("wss://gw.example.com/t"), "https://gw.example.com", "/t?a=1"));
    ck_assert(!is_valid(sign("wss://gw.example.com/t?a=1/"), "https://gw.example.com", "/t?a=1"));
}
END_TEST

START_TEST(anything_else_is_refused)
{
    char changed[sizeof(bare)], longer[40];
    static char target[9000];
    for (size_t i = 0; i < sizeof(bare) - 1; i++) {
        memcpy(changed, bare, sizeof(bare));
        changed[i] = (char)(changed[i] == 'A' ? 'B' : 'A');
        ck_assert(!is_valid(changed, "https://gw.example.com", "/v1/twilio"));
    }
    snprintf(longer, sizeof(longer), "%s=", bare);
    ck_assert(!is_valid(longer, "https://gw.example.com", "/v1/twilio"));
    ck_assert(!is_valid("", "https://gw.example.com", "/v1/twilio"));
    ck_assert(!is_valid(bare, "", "/v1/twilio"));
    ck_assert(!is_valid(bare, "gw.example.com", "/v1/twilio"));
    ck_assert(!is_valid(bare, "http://gw.example.com", "/v1/twilio"));
    ck_assert(!is_valid(bare, "https://gw.example.com", "/v1/Twilio"));
    ck_assert(!is_valid(bare, "https://gw.example.com", ""));
    ck_assert(!st_twilio_signature_is_valid(bare, "12346", "https://gw.example.com", "/v1/twilio"));
    memset(target, 'a', sizeof(target) - 1);
    ck_assert(!is_valid(bare, "https://gw.example.com", target));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, the_golden_vectors_hold);
    tcase_add_test(tcase, both_spellings_of_the_slash_are_accepted);
    tcase_add_test(tcase, the_default_port_may_be_spelled_out_on_either_side);
    tcase_add_test(tcase, a_query_is_signed_as_it_came);
    tcase_add_test(tcase, anything_else_is_refused);
    return run_case("twilio_signature", tcase);
}
