#include "sidetone/log.h"

#include "run.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct st_log net_log = {.module = "net"};
static const struct st_log call_log = {.module = "call", .call_id = "c-1"};
static char captured[1 << 20];
static int saved_stderr = -1;
static FILE *sink;

/* Standard error goes into a file until the end of the test. */
static void setup(void)
{
    sink = tmpfile();
    fflush(stderr);
    saved_stderr = dup(STDERR_FILENO);
    dup2(fileno(sink), STDERR_FILENO);
}

static void teardown(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    fclose(sink);
}

static const char *capture(void)
{
    rewind(sink);
    captured[fread(captured, 1, sizeof(captured) - 1, sink)] = '\0';
    return captured;
}

START_TEST(levels_are_known_by_name)
{
    ck_assert_int_eq(st_log_level_parse("trace"), ST_LOG_TRACE);
    ck_assert_int_eq(st_log_level_parse("off"), ST_LOG_OFF);
    ck_assert_int_eq(st_log_level_parse("verbose"), -EINVAL);
    ck_assert_int_eq(st_log_level_parse(""), -EINVAL);
    ck_assert_str_eq(st_log_level_name(ST_LOG_WARN), "warn");
    ck_assert_int_eq(st_log_set_level("neet", ST_LOG_INFO), -EINVAL);
    for (unsigned i = 0; st_log_module_name(i); i++)
        ck_assert_int_eq(st_log_set_level(st_log_module_name(i), ST_LOG_INFO), 0);
}
END_TEST

START_TEST(a_module_has_its_own_level_until_it_is_cleared)
{
    ck_assert(!st_log_is_on(&net_log, ST_LOG_DEBUG));
    st_log_set_level("net", ST_LOG_DEBUG);
    ck_assert(st_log_is_on(&net_log, ST_LOG_DEBUG));
    ck_assert(!st_log_is_on(&net_log, ST_LOG_TRACE));
    ck_assert(!st_log_is_on(&call_log, ST_LOG_DEBUG));
    st_log_set_level(NULL, ST_LOG_ERROR);
    ck_assert(st_log_is_on(&net_log, ST_LOG_INFO));
    ck_assert(!st_log_is_on(&call_log, ST_LOG_WARN));
    st_log_clear_levels();
    ck_assert(!st_log_is_on(&net_log, ST_LOG_WARN));
    ck_assert(st_log_is_on(&net_log, ST_LOG_ERROR));
}
END_TEST

START_TEST(a_module_can_be_quieter_than_the_rest)
{
    st_log_set_level("net", ST_LOG_OFF);
    ck_assert(!st_log_is_on(&net_log, ST_LOG_ERROR));
    ck_assert(st_log_is_on(&call_log, ST_LOG_INFO));
    struct st_log unknown = {.module = "elsewhere"};
    ck_assert(st_log_is_on(&unknown, ST_LOG_INFO));
}
END_TEST

START_TEST(off_lines_do_not_evaluate_their_arguments)
{
    int evaluated = 0;
    ST_DEBUG(&net_log, "%d", ++evaluated);
    ck_assert_int_eq(evaluated, 0);
    ck_assert_str_eq(capture(), "");
}
END_TEST

START_TEST(a_human_line_names_level_module_and_call)
{
    errno = ENOENT;
    ST_WARN(&call_log, "engine %s went away", "vosk");
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_ptr_nonnull(strstr(capture(), " warn  call: [c-1] engine vosk went away\n"));
}
END_TEST

START_TEST(a_message_cannot_forge_a_line_or_drive_a_terminal)
{
    struct st_log evil = {.module = "call", .call_id = "x\r\ny"};
    ST_INFO(&evil, "a\nb\rc\x1b[31m\x7f \xc2\x9b"
                   "2J \xc3\xa9 caf\xc3");
    const char *line = capture();
    ck_assert_ptr_nonnull(
        strstr(line, "[x\\x0d\\x0ay] a\\x0ab\\x0dc\\x1b[31m\\x7f \\x9b2J \xc3\xa9 caf\xc3\n"));
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
}
END_TEST

START_TEST(a_long_message_is_cut_between_characters)
{
    for (int shift = 0; shift < 3; shift++) {
        char text[9000];
        memset(text, 'x', (size_t)shift);
        for (size_t i = (size_t)shift; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        ST_INFO(&net_log, "%s", text);
    }
    char *line = strtok((char *)capture(), "\n");
    int lines = 0;
    for (; line; line = strtok(NULL, "\n"), lines++) {
        size_t len = strlen(line);
        ck_assert_uint_lt(len, 1700);
        ck_assert_str_eq(line + len - 9, "\xe2\x82\xac [cut]");
    }
    ck_assert_int_eq(lines, 3);
}
END_TEST

START_TEST(a_json_line_is_json_whatever_is_in_it)
{
    struct st_log evil = {.module = "call", .call_id = "\"}\n"};
    st_log_set_json(true);
    for (size_t len = 0; len < 4000; len = len * 2 + 1) {
        char text[4000];
        memset(text, 1, len); /* each byte takes six */
        text[len] = '\0';
        ST_ERROR(&evil, "a\n\xff\"%s", text);
    }
    char *line = strtok((char *)capture(), "\n");
    int lines = 0;
    for (; line; line = strtok(NULL, "\n"), lines++) {
        json_error_t error;
        json_t *json = json_loads(line, 0, &error);
        ck_assert_msg(json != NULL, "%s", error.text);
        ck_assert_str_eq(json_string_value(json_object_get(json, "call_id")), "\"}\n");
        ck_assert_str_eq(json_string_value(json_object_get(json, "level")), "error");
        ck_assert_str_eq(json_string_value(json_object_get(json, "module")), "call");
        ck_assert(json_is_integer(json_object_get(json, "ts_unix_ms")));
        json_decref(json);
    }
    ck_assert_int_eq(lines, 12);
}
END_TEST

static void *log_much(void *user)
{
    for (int i = 0; i < 200; i++)
        ST_INFO((const struct st_log *)user, "%0200d", i);
    return NULL;
}

START_TEST(lines_of_threads_stay_whole_while_levels_change)
{
    pthread_t threads[4];
    st_log_set_json(true);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, log_much, (void *)&call_log);
    for (int i = 0; i < 100; i++)
        st_log_set_level("net", i % 2 ? ST_LOG_TRACE : ST_LOG_ERROR);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    char *line = strtok((char *)capture(), "\n");
    int lines = 0;
    for (; line; line = strtok(NULL, "\n"), lines++) {
        json_t *json = json_loads(line, 0, NULL);
        ck_assert_ptr_nonnull(json);
        json_decref(json);
    }
    ck_assert_int_eq(lines, 800);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, levels_are_known_by_name);
    tcase_add_test(tcase, a_module_has_its_own_level_until_it_is_cleared);
    tcase_add_test(tcase, a_module_can_be_quieter_than_the_rest);
    tcase_add_test(tcase, off_lines_do_not_evaluate_their_arguments);
    tcase_add_test(tcase, a_human_line_names_level_module_and_call);
    tcase_add_test(tcase, a_message_cannot_forge_a_line_or_drive_a_terminal);
    tcase_add_test(tcase, a_long_message_is_cut_between_characters);
    tcase_add_test(tcase, a_json_line_is_json_whatever_is_in_it);
    tcase_add_test(tcase, lines_of_threads_stay_whole_while_levels_change);
    return run_case("log", tcase);
}
