#include "credentials.h"

#include "credentials_http.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct st_aws_credentials *credentials;
static struct st_aws_keys keys;
static char why[400];

/* Nothing of whoever runs this. */
static void setup(void)
{
    static const char *const variables[] = {"AWS_ACCESS_KEY_ID",
                                            "AWS_SECRET_ACCESS_KEY",
                                            "AWS_SESSION_TOKEN",
                                            "AWS_PROFILE",
                                            "AWS_DEFAULT_PROFILE",
                                            "AWS_ROLE_ARN",
                                            "AWS_WEB_IDENTITY_TOKEN_FILE",
                                            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                            "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    credentials = NULL;
}

static void teardown(void)
{
    st_aws_credentials_destroy(credentials);
}

static int create(const char *key, const char *profile)
{
    struct st_aws_credentials_config config = {key, profile, "us-east-1"};
    return st_aws_credentials_create(&credentials, &config);
}

/* The thread tells by its result alone. */
static int get(void)
{
    int err;
    why[0] = '\0';
    while ((err = st_aws_credentials_get(credentials, &keys, why, sizeof(why))) == -EAGAIN)
        usleep(1000);
    return err;
}

START_TEST(the_configured_key)
{
    char text[80];
    ck_assert_int_eq(create("AKIA:a/b", NULL), 0);
    ck_assert_int_eq(get(), 0);
    ck_assert_str_eq(keys.key_id, "AKIA");
    ck_assert_str_eq(keys.secret, "a/b");
    ck_assert_str_eq(keys.token, "");
    ck_assert_int_eq(keys.expires_unix_ms, 0);
    ck_assert(!st_aws_credentials_renew(credentials, keys.generation));
    st_aws_credentials_describe(credentials, text, sizeof(text));
    ck_assert_str_eq(text, "the configuration");
    st_aws_credentials_destroy(credentials);
    ck_assert_int_eq(create("AKIA:a/b:to:ken", NULL), 0);
    ck_assert_int_eq(get(), 0);
    ck_assert_str_eq(keys.token, "to:ken");
    st_aws_keys_wipe(&keys);
    ck_assert_int_eq(keys.key_id[0] | keys.secret[0] | keys.token[0], 0);
}
END_TEST

START_TEST(a_key_that_is_none)
{
    static const char *const bad[] = {"AKIA", ":", "AKIA:", ":secret", "AKIA::token"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(create(bad[i], NULL), -EINVAL);
}
END_TEST

START_TEST(the_environments_keys)
{
    char text[80];
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    setenv("AWS_SESSION_TOKEN", "t", 1);
    ck_assert_int_eq(create("", NULL), 0);
    ck_assert_int_eq(get(), 0);
    ck_assert_str_eq(keys.key_id, "AKIAENV");
    ck_assert_str_eq(keys.token, "t");
    st_aws_credentials_describe(credentials, text, sizeof(text));
    ck_assert_str_eq(text, "the environment");
}
END_TEST

START_TEST(half_of_the_environments_keys)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    ck_assert_int_eq(create(NULL, NULL), 0);
    ck_assert_int_eq(get(), -EACCES);
    ck_assert_ptr_nonnull(strstr(why, "AWS_SECRET_ACCESS_KEY"));
}
END_TEST

START_TEST(none_at_all)
{
    ck_assert_int_eq(create(NULL, NULL), 0);
    ck_assert_int_eq(get(), -EACCES);
    ck_assert_ptr_nonnull(strstr(why, "AWS_ACCESS_KEY_ID"));
    ck_assert_ptr_nonnull(strstr(why, "'default'"));
}
END_TEST

START_TEST(a_profile_named_here_is_the_only_place)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    ck_assert_int_eq(create(NULL, "work"), 0);
    ck_assert_int_eq(get(), -EACCES);
    ck_assert_ptr_nonnull(strstr(why, "'work'"));
}
END_TEST

START_TEST(an_endpoint_in_clear_must_be_near)
{
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/", 1);
    ck_assert_int_eq(create(NULL, NULL), 0);
    ck_assert_int_eq(get(), -EACCES);
    ck_assert_ptr_nonnull(strstr(why, "neither https"));
    st_aws_credentials_destroy(credentials);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1.example.com/", 1);
    ck_assert_int_eq(create(NULL, NULL), 0);
    ck_assert_int_eq(get(), -EACCES);
    ck_assert_ptr_nonnull(strstr(why, "neither https"));
}
END_TEST

START_TEST(who_does_not_answer_is_asked_again)
{
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/", 1);
    ck_assert_int_eq(create(NULL, NULL), 0);
    for (int i = 0; i < 500; i++) {
        ck_assert_int_eq(st_aws_credentials_get(credentials, &keys, why, sizeof(why)), -EAGAIN);
        usleep(1000);
    }
}
END_TEST

static int read_answer(const char *text)
{
    memset(&keys, 0, sizeof(keys));
    return st_aws_answer_keys(text, strlen(text), &keys);
}

START_TEST(keys_in_an_answer)
{
    ck_assert_int_eq(
        read_answer("{\"Code\":\"Success\",\"AccessKeyId\":\"a\",\"SecretAccessKey\":"
                    "\"b\\/\",\"Token\":\"c\",\"Expiration\":\"2024-01-02T03:04:05Z\"}"),
        0);
    ck_assert_str_eq(keys.secret, "b/");
    ck_assert_str_eq(keys.token, "c");
    ck_assert_int_eq(keys.expires_unix_ms, 1704164645000);
    ck_assert_int_eq(read_answer("{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\","
                                 "\"Expiration\":1e300}"),
                     0);
    ck_assert_int_eq(keys.expires_unix_ms, 0);
    ck_assert_int_eq(read_answer("{\"R\":{\"S\":{\"Credentials\":{\"AccessKeyId\":\"a\","
                                 "\"SecretAccessKey\":\"b\",\"SessionToken\":\"d\","
                                 "\"Expiration\":1.704164645E9}}}}"),
                     0);
    ck_assert_str_eq(keys.token, "d");
    ck_assert_int_eq(keys.expires_unix_ms, 1704164645000);
    ck_assert_int_eq(read_answer(" <R><AccessKeyId>a</AccessKeyId><SecretAccessKey>b"
                                 "</SecretAccessKey><SessionToken>e</SessionToken>"
                                 "<Expiration>2024-01-02T03:04:05Z</Expiration></R>"),
                     0);
    ck_assert_str_eq(keys.token, "e");
    ck_assert_int_eq(keys.expires_unix_ms, 1704164645000);
}
END_TEST

START_TEST(no_keys_in_an_answer)
{
    static const char *const bad[] = {"",
                                      "{}",
                                      "[]",
                                      "{\"AccessKeyId\":\"a\"}",
                                      "<AccessKeyId>a",
                                      "{\"AccessK",
                                      "<html></>",
                                      "null",
                                      "{\"AccessKeyId\":1,\"SecretAccessKey\":[]}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(read_answer(bad[i]), -EBADMSG);
}
END_TEST

START_TEST(the_code_of_an_error)
{
    char code[20];
    static const char json[] = "{\"Error\":{\"Code\":\"Access Denied\"}}";
    st_aws_answer_code(json, sizeof(json) - 1, code, sizeof(code));
    ck_assert_str_eq(code, "Access?Denied");
    st_aws_answer_code("<E><Code>X</Code></E>", 21, code, sizeof(code));
    ck_assert_str_eq(code, "X");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_configured_key);
    tcase_add_test(tcase, a_key_that_is_none);
    tcase_add_test(tcase, the_environments_keys);
    tcase_add_test(tcase, half_of_the_environments_keys);
    tcase_add_test(tcase, none_at_all);
    tcase_add_test(tcase, a_profile_named_here_is_the_only_place);
    tcase_add_test(tcase, an_endpoint_in_clear_must_be_near);
    tcase_add_test(tcase, who_does_not_answer_is_asked_again);
    tcase_add_test(tcase, keys_in_an_answer);
    tcase_add_test(tcase, no_keys_in_an_answer);
    tcase_add_test(tcase, the_code_of_an_error);
    return run_case("credentials", tcase);
}
