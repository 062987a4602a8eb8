#include "client_options.h"
#include "run.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(urls_get_their_path)
{
    static const struct {
        const char *base, *url;
    } rows[] = {
        {"ws://127.0.0.1:8080", "ws://127.0.0.1:8080/v1/events"},
        {"ws://127.0.0.1:8080/", "ws://127.0.0.1:8080/v1/events"},
        {"http://host", "ws://host/v1/events"},
        {"HTTPS://host:8443/", "wss://host:8443/v1/events"},
        {"wss://host/gw/v1/events?x=1", "wss://host/gw/v1/events?x=1"},
        {"host:80", "ws://host:80/v1/events"},
        {"[::1]:8080", "ws://[::1]:8080/v1/events"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *url = NULL;
        ck_assert_int_eq(st_client_options_url(&url, rows[i].base, "/v1/events"), 0);
        ck_assert_str_eq(url, rows[i].url);
        free(url);
    }
}
END_TEST

START_TEST(what_is_no_url_is_refused)
{
    static const char *const rows[] = {
        "", "/", "ws://", "ftp://host", "ws:///x", "ho st", "ws://host\r\nX: y"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *url = NULL;
        ck_assert_int_eq(st_client_options_url(&url, rows[i], "/x"), -EINVAL);
        ck_assert_ptr_null(url);
    }
}
END_TEST

static const char *write_file(const char *data, size_t bytes)
{
    static char path[] = "/tmp/sidetone-test-XXXXXX";
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, data, bytes), (ssize_t)bytes);
    close(fd);
    return path;
}

START_TEST(a_secret_file_is_one_secret)
{
    const char *path = write_file("secret\r\n", 8);
    char *secret = st_client_options_secret(path);
    ck_assert_str_eq(secret, "secret");
    free(secret);
    unlink(path);
    path = write_file("\n", 1);
    ck_assert_ptr_null(st_client_options_secret(path));
    unlink(path);
    path = write_file("a\0b", 3);
    ck_assert_ptr_null(st_client_options_secret(path));
    unlink(path);
    ck_assert_ptr_null(st_client_options_secret("/nonexistent/file"));
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static int take(struct st_client_options *options, const char *name, const char *value)
{
    const struct st_command command = {.verb = "test", .more = st_client_option_table};
    static char copy[40];
    char option[40], *argv[] = {"test", option, copy, NULL};
    snprintf(option, sizeof(option), "--%s", name);
    snprintf(copy, sizeof(copy), "%s", value);
    optind = 0;
    return st_options_parse(&command, options, 3, argv);
}

START_TEST(the_environment_is_the_default)
{
    struct st_client_options options;
    setenv("SIDETONE_URL", "ws://there", 1);
    setenv("SIDETONE_TOKEN", "from.the.environment", 1);
    st_client_options_init(&options);
    ck_assert_str_eq(options.url, "ws://there");
    ck_assert_str_eq(options.token, "from.the.environment");
    ck_assert_int_eq(take(&options, "token", "given"), 3);
    ck_assert_str_eq(options.token, "given");
    ck_assert_int_eq(take(&options, "url", "ws://here"), 3);
    ck_assert_str_eq(options.url, "ws://here");
    st_client_options_fini(&options);
    ck_assert_ptr_null(options.token);
}
END_TEST

START_TEST(a_token_is_one_word)
{
    struct st_client_options options;
    unsetenv("SIDETONE_TOKEN");
    st_client_options_init(&options);
    ck_assert_int_eq(take(&options, "token", "a\r\nX: y"), -EINVAL);
    ck_assert_int_eq(take(&options, "token", ""), -EINVAL);
    st_client_options_fini(&options);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {urls_get_their_path, what_is_no_url_is_refused,
                            a_secret_file_is_one_secret, the_environment_is_the_default,
                            a_token_is_one_word};
    return run_tests("client_options", tests, sizeof(tests) / sizeof(tests[0]));
}
