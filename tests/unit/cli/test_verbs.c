#include "run.h"
#include "verb.h"

#include "sidetone/token.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ARGS_MAX = 16 };

/* Runs a command line in this process with its output in a file; returns the exit code. */
static char output[65536];

static int run_line(const struct st_verb *verb, const char *line)
{
    char copy[1000], *args[ARGS_MAX + 1], *rest = copy;
    int argc = 0, out = dup(1), err = dup(2);
    FILE *file = tmpfile();
    snprintf(copy, sizeof(copy), "%s", line);
    while (rest && argc < ARGS_MAX)
        args[argc++] = strsep(&rest, " ");
    args[argc] = NULL;
    fflush(stdout);
    dup2(fileno(file), 1);
    dup2(fileno(file), 2);
    optind = 0;
    int exit_code = verb->run(argc, args);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    rewind(file);
    output[fread(output, 1, sizeof(output) - 1, file)] = '\0';
    fclose(file);
    return exit_code;
}

static const struct st_verb *const verbs[] = {
    &st_verb_alerts, &st_verb_calls, &st_verb_categories, &st_verb_rules,  &st_verb_scripts,
    &st_verb_send,   &st_verb_tail,  &st_verb_token,      &st_verb_version};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

START_TEST(every_verb_explains_itself)
{
    for (size_t i = 0; i < VERBS; i++) {
        char line[40];
        snprintf(line, sizeof(line), "%s --help", verbs[i]->name);
        ck_assert_int_eq(run_line(verbs[i], line), ST_EXIT_OK);
        ck_assert_ptr_nonnull(strstr(output, "Usage: sidetone "));
        ck_assert_ptr_nonnull(strstr(output, "Examples:\n"));
        ck_assert_ptr_nonnull(strstr(output, "Exit codes: 0 "));
        for (const char *at = output; *at; at += strcspn(at, "\n") + 1)
            ck_assert_msg(strcspn(at, "\n") <= 100, "%.110s", at);
    }
}
END_TEST

START_TEST(wrong_usage_is_said_so)
{
    static const char *const lines[] = {
        "alerts sell c-1 2",
        "alerts ack c-1",
        "alerts ack c-1 two",
        "alerts ack c-1 2 3",
        "alerts assign c-1 2",
        "alerts snooze c-1 2",
        "alerts snooze c-1 2 --for 2d",
        "alerts --min-severity none",
        "alerts --queue=",
        "categories",
        "categories sell x",
        "categories get",
        "categories list x",
        "categories put x",
        "categories delete x --version X",
        "calls --nonsense",
        "calls a b",
        "calls --url ftp://x",
        "scripts",
        "scripts put x",
        "scripts list --scripts",
        "send",
        "send --as h323 x.wav",
        "send --speed 0 x.wav",
        "send --speed 51 x.wav",
        "send --speed 2x x.wav",
        "send --agent a.wav b.wav",
        "send a.wav b.wav",
        "send --call-id",
        "tail c1",
        "tail --require agent,nobody",
        "tail --min-severity huge",
        "tail --min-severity none",
        "tail --events a,,b",
        "tail --until-end --call a --call b",
        "tail --wait -1",
        "tail --token-file /nonexistent",
        "token",
        "token make",
        "token create --scope calls:write --secret-env X",
        "token create --scope admin",
        "token create --scope admin --secret-env X --secret-file Y",
        "token create --scope admin --secret-env X --ttl 0",
        "token create --scope admin --secret-env X --ttl 99999d",
        "token create --scope admin --secret-env X --ttl 5w",
        "version now",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        for (size_t k = 0; k < VERBS; k++) {
            size_t bytes = strlen(verbs[k]->name);
            if (strncmp(lines[i], verbs[k]->name, bytes) != 0)
                continue;
            ck_assert_msg(run_line(verbs[k], lines[i]) == ST_EXIT_USAGE, "%s", lines[i]);
            ck_assert_msg(output[0] != '\0', "%s", lines[i]);
        }
}
END_TEST

START_TEST(a_token_says_what_was_asked_for)
{
    static const char secret[] = "a secret of more than thirty-two bytes";
    struct st_claims claims;
    setenv("TEST_SECRET", secret, 1);
    int64_t now_unix_s = time(NULL);
    ck_assert_int_eq(run_line(&st_verb_token,
                              "token create --scope calls:read,calls:ingest --secret-env "
                              "TEST_SECRET --agent sarah --call c1 --tenant t --subject me "
                              "--ttl 2h"),
                     ST_EXIT_OK);
    output[strcspn(output, "\n")] = '\0';
    ck_assert_int_eq(st_token_verify(&claims, output, strlen(output), secret, now_unix_s), 0);
    ck_assert_uint_eq(claims.scopes, ST_SCOPE_CALLS_READ | ST_SCOPE_CALLS_INGEST);
    ck_assert_str_eq(claims.agent, "sarah");
    ck_assert_str_eq(claims.call, "c1");
    ck_assert_str_eq(claims.tenant, "t");
    ck_assert_str_eq(claims.subject, "me");
    ck_assert_int_ge(claims.expires_unix_s, now_unix_s + 7200);
    ck_assert_int_le(claims.expires_unix_s, now_unix_s + 7260);
}
END_TEST

START_TEST(a_bad_secret_makes_no_token)
{
    setenv("TEST_SECRET", "short", 1);
    ck_assert_int_eq(
        run_line(&st_verb_token, "token create --scope admin --secret-env TEST_SECRET"),
        ST_EXIT_FAILED);
    ck_assert_ptr_nonnull(strstr(output, "shorter than 32 bytes"));
    ck_assert_ptr_null(strstr(output, "short\n"));
    unsetenv("TEST_SECRET");
    ck_assert_int_eq(
        run_line(&st_verb_token, "token create --scope admin --secret-env TEST_SECRET"),
        ST_EXIT_FAILED);
    ck_assert_int_eq(
        run_line(&st_verb_token, "token create --scope admin --secret-file /nonexistent"),
        ST_EXIT_FAILED);
}
END_TEST

START_TEST(versions_are_printed)
{
    ck_assert_int_eq(run_line(&st_verb_version, "version"), ST_EXIT_OK);
    ck_assert_str_eq(output, "sidetone " ST_VERSION "\n");
    ck_assert_int_eq(run_line(&st_verb_version, "version --json"), ST_EXIT_OK);
    ck_assert_str_eq(output, "{\"name\":\"sidetone\",\"version\":\"" ST_VERSION "\"}\n");
}
END_TEST

START_TEST(nobody_there_is_a_matter_of_connection)
{
    ck_assert_int_eq(run_line(&st_verb_calls, "calls --url ws://127.0.0.1:1"), ST_EXIT_CONNECTION);
    ck_assert_int_eq(run_line(&st_verb_tail, "tail --url ws://127.0.0.1:1"), ST_EXIT_CONNECTION);
    ck_assert_int_eq(run_line(&st_verb_send, "send /nonexistent.wav"), ST_EXIT_FAILED);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_verb_explains_itself,
                            wrong_usage_is_said_so,
                            a_token_says_what_was_asked_for,
                            a_bad_secret_makes_no_token,
                            versions_are_printed,
                            nobody_there_is_a_matter_of_connection};
    return run_tests("verbs", tests, sizeof(tests) / sizeof(tests[0]));
}
