#include "remote.h"

#include "sidetone/config.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char name[] = "ear";
static char why[256];

static int check_parameter(char *parameter)
{
    static const char *const names[] = {"endpointing", "punctuate", NULL};
    char *parameters[] = {parameter};
    struct st_config_remote_engine remote = {
        .name = name, .parameters = parameters, .parameter_count = 1};
    return st_remote_check_parameters(&remote, names, why, sizeof(why));
}

START_TEST(parameters_are_known_or_refused_with_the_nearest)
{
    char right[] = "endpointing=300", wrong[] = "endpoint=300", odd[] = "x\n=1",
         bare[] = "punctuate";
    ck_assert_int_eq(check_parameter(right), 0);
    ck_assert_int_eq(check_parameter(wrong), -EINVAL);
    ck_assert_str_eq(why,
                     "engine 'ear' knows no parameter 'endpoint', did you mean 'endpointing'?");
    ck_assert_int_eq(check_parameter(bare), -EINVAL);
    ck_assert_str_eq(why, "parameter 'punctuate' of engine 'ear' needs a value: punctuate=…");
    ck_assert_int_eq(check_parameter(odd), -EINVAL);
    ck_assert_str_eq(why, "engine 'ear' knows no parameter 'x?'");
}
END_TEST

START_TEST(the_last_value_of_a_parameter_counts)
{
    char first[] = "beta=false", last[] = "beta=true", bad[] = "beta=1";
    char *parameters[] = {first, last};
    struct st_config_remote_engine remote = {
        .name = name, .parameters = parameters, .parameter_count = 2};
    bool value = false;
    ck_assert_str_eq(st_remote_parameter(&remote, "beta"), "true");
    ck_assert_ptr_null(st_remote_parameter(&remote, "bet"));
    ck_assert_int_eq(st_remote_check_flag(&remote, "beta", &value, why, sizeof(why)), 0);
    ck_assert(value);
    ck_assert_int_eq(st_remote_check_flag(&remote, "gamma", &value, why, sizeof(why)), 0);
    ck_assert(value);
    parameters[1] = bad;
    ck_assert_int_eq(st_remote_check_flag(&remote, "beta", &value, why, sizeof(why)), -EINVAL);
    ck_assert_str_eq(why, "parameter 'beta' of engine 'ear' is true or false");
}
END_TEST

START_TEST(a_key_is_needed_and_fits_a_header)
{
    char good[] = "sk-123", none[] = "", broken[] = "sk\r\nX: 1", accent[] = "k\xc3\xa9y";
    struct st_config_remote_engine remote = {.name = name, .key = good};
    ck_assert_int_eq(st_remote_check_key(&remote, "here", why, sizeof(why)), 0);
    remote.key = none;
    ck_assert_int_eq(st_remote_check_key(&remote, "here", why, sizeof(why)), -EACCES);
    ck_assert_str_eq(why, "no key: set 'key' or 'key_file' of engine 'ear' (here)");
    remote.key = broken;
    ck_assert_int_eq(st_remote_check_key(&remote, "here", why, sizeof(why)), -EINVAL);
    ck_assert_ptr_null(strstr(why, "sk"));
    remote.key = accent;
    ck_assert_int_eq(st_remote_check_key(&remote, "here", why, sizeof(why)), -EINVAL);
}
END_TEST

START_TEST(addresses_are_checked)
{
    char own[] = "wss://own.example/x", wrong[] = "https://own.example", none[] = "";
    struct st_config_remote_engine remote = {.name = name, .url = own};
    const char *url = NULL;
    ck_assert_int_eq(st_remote_check_url(&remote, "wss://v", &url, why, sizeof(why)), 0);
    ck_assert_str_eq(url, own);
    remote.url = none;
    ck_assert_int_eq(st_remote_check_url(&remote, "wss://v", &url, why, sizeof(why)), 0);
    ck_assert_str_eq(url, "wss://v");
    ck_assert_int_eq(st_remote_check_url(&remote, NULL, &url, why, sizeof(why)), -ENOENT);
    remote.url = wrong;
    ck_assert_int_eq(st_remote_check_url(&remote, "wss://v", &url, why, sizeof(why)), -EINVAL);
}
END_TEST

static const struct {
    const char *address;
    const char *url;
} addresses[] = {
    {"wss://host", "wss://host/v1/x?a=1"},
    {"wss://host/", "wss://host/v1/x?a=1"},
    {"wss://host:80/own", "wss://host:80/own?a=1"},
    {"wss://host/own?b=2", "wss://host/own?b=2&a=1"},
    {"wss://host?b=2", "wss://host/v1/x?b=2&a=1"},
    {"wss://host/?b=2#c", "wss://host/v1/x?b=2&a=1"},
    {"ws://h#c", "ws://h/v1/x?a=1"},
};

START_TEST(an_address_gets_a_path_and_a_query)
{
    struct st_json_writer url;
    st_json_init(&url);
    st_remote_begin_url(&url, addresses[_i].address, "/v1/x");
    st_remote_add_query(&url, "a", "1");
    ck_assert_str_eq(st_remote_end_url(&url), addresses[_i].url);
    st_json_fini(&url);
}
END_TEST

START_TEST(values_of_a_query_are_encoded)
{
    char first[] = "tag=a b", second[] = "format=x", third[] = "tag=100%&c";
    char *parameters[] = {first, second, third};
    static const char *const but[] = {"format", NULL};
    struct st_config_remote_engine remote = {.parameters = parameters, .parameter_count = 3};
    struct st_json_writer url;
    st_json_init(&url);
    st_remote_begin_url(&url, "ws://h", "/");
    st_remote_add_query(&url, "k", "caf\xc3\xa9-_.~\n");
    st_remote_add_parameters(&url, &remote, but);
    const char *text = st_remote_end_url(&url);
    ck_assert_str_eq(text, "ws://h/?k=caf%C3%A9-_.~%0A&tag=a%20b&tag=100%25%26c");
    ck_assert(st_remote_has_query(text, "k") && st_remote_has_query(text, "tag"));
    ck_assert(!st_remote_has_query(text, "ta") && !st_remote_has_query("ws://h", "k"));
    st_json_fini(&url);
}
END_TEST

START_TEST(an_address_is_shown_without_secrets)
{
    char text[100];
    st_remote_show_url("wss://me:pw@host:1/path?token=x", text, sizeof(text));
    ck_assert_str_eq(text, "wss://host:1");
    st_remote_show_url("ws://h?token=x", text, sizeof(text));
    ck_assert_str_eq(text, "ws://h");
}
END_TEST

START_TEST(languages_are_compared_by_their_first_part)
{
    ck_assert(st_remote_is_language("en-US", "en") && st_remote_is_language("EN", "en"));
    ck_assert(!st_remote_is_language("enm", "en") && !st_remote_is_language("", "en"));
}
END_TEST

START_TEST(an_address_is_found_in_a_description)
{
    static const struct {
        const char *description, *address;
    } cases[] = {
        {"Deepgram nova-3 at wss://api.deepgram.com", "wss://api.deepgram.com"},
        {"Amazon at https://a.example:8443, credentials from x", "https://a.example:8443"},
        {"wss://a.example/secret/path?key=1 and more", "wss://a.example"},
        {"://", "://"},
        {"PocketSphinx 5, /usr/share/model", ""},
        {"", ""},
    };
    char address[64];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        st_engine_address(cases[i].description, address, sizeof(address));
        ck_assert_str_eq(address, cases[i].address);
    }
    st_engine_address(cases[0].description, address, 8);
    ck_assert_str_eq(address, "wss://a");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, parameters_are_known_or_refused_with_the_nearest);
    tcase_add_test(tcase, the_last_value_of_a_parameter_counts);
    tcase_add_test(tcase, a_key_is_needed_and_fits_a_header);
    tcase_add_test(tcase, addresses_are_checked);
    tcase_add_loop_test(tcase, an_address_gets_a_path_and_a_query, 0,
                        sizeof(addresses) / sizeof(addresses[0]));
    tcase_add_test(tcase, values_of_a_query_are_encoded);
    tcase_add_test(tcase, an_address_is_shown_without_secrets);
    tcase_add_test(tcase, languages_are_compared_by_their_first_part);
    tcase_add_test(tcase, an_address_is_found_in_a_description);
    return run_case("remote", tcase);
}
