#include "options.h"
#include "run.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct common {
    const char *url;
};

struct request {
    const char *name;
    int sum;
    bool is_loud;
    struct common common;
};

static int take_number(void *user, const char *value)
{
    struct request *request = user;
    if (value[0] < '0' || value[0] > '9')
        return st_options_refuse("test", "no digit", value);
    request->sum += value[0] - '0';
    return 0;
}

static const struct st_option options[] = {
    {"name", "NAME", "first line\nsecond line", .offset = offsetof(struct request, name),
     .letter = 'n'},
    {"add", "N", "adds it", .take = take_number},
    {"loud", NULL, "", .offset = offsetof(struct request, is_loud)},
    {0},
};

static const struct st_option common_options[] = {
    {"url", "URL", "where", .offset = offsetof(struct common, url)}, {0}};

static const struct st_command command = {
    .verb = "test",
    .about = "Usage: test\n",
    .options = options,
    .more = common_options,
    .more_offset = offsetof(struct request, common),
    .examples = "Examples: none\n",
};

static char said[4096];

/* What it says on both outputs is in `said`. */
static int parse(struct request *request, const char *line)
{
    static char copy[200];
    char *args[16], *rest = copy;
    int argc = 0, out = dup(1), err = dup(2);
    FILE *file = tmpfile();
    snprintf(copy, sizeof(copy), "%s", line);
    while (rest)
        args[argc++] = strsep(&rest, " ");
    args[argc] = NULL;
    *request = (struct request){0};
    fflush(stdout);
    dup2(fileno(file), 1);
    dup2(fileno(file), 2);
    optind = 0;
    int parsed = st_options_parse(&command, request, argc, args);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    rewind(file);
    said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
    fclose(file);
    return parsed;
}

START_TEST(values_flags_and_operands_are_taken)
{
    struct request request;
    ck_assert_int_eq(parse(&request, "test one --add 3 --url ws://x --add 4 --loud -n me two"), 10);
    ck_assert_str_eq(request.name, "me");
    ck_assert_str_eq(request.common.url, "ws://x");
    ck_assert_int_eq(request.sum, 7);
    ck_assert(request.is_loud);
    ck_assert_int_eq(parse(&request, "test --name you"), 3);
    ck_assert_str_eq(request.name, "you");
    ck_assert(!request.is_loud);
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
    static const char *const lines[] = {"test --nonsense", "test --name", "test --add x",
                                        "test --loud=yes"};
    struct request request;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        ck_assert_int_eq(parse(&request, lines[i]), -EINVAL);
        ck_assert_msg(said[0] != '\0', "%s", lines[i]);
    }
    ck_assert_int_eq(st_options_exit(&command, -EINVAL), 2);
}
END_TEST

START_TEST(the_help_lists_every_option)
{
    struct request request;
    ck_assert_int_eq(parse(&request, "test --help"), ST_OPTIONS_HELPED);
    ck_assert_str_eq(said, "Usage: test\n\n"
                           "  -n, --name NAME           first line\n"
                           "                            second line\n"
                           "      --add N               adds it\n"
                           "      --loud\n"
                           "      --url URL             where\n"
                           "  -h, --help\n\n"
                           "Examples: none\n");
    ck_assert_int_eq(st_options_exit(&command, ST_OPTIONS_HELPED), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {values_flags_and_operands_are_taken, what_is_wrong_is_refused,
                            the_help_lists_every_option};
    return run_tests("options", tests, sizeof(tests) / sizeof(tests[0]));
}
