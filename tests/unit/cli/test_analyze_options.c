#include "analyze_options.h"
#include "options.h"
#include "run.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARGS_MAX = 32 };

static struct st_analyze_options options;
static char copy[1000];
static char *args[ARGS_MAX + 1];

/* As the shell would split it, "~" standing for a blank; what is said is thrown away. */
static int parse(const char *line)
{
    char *rest = copy;
    int argc = 0, out = dup(1), err = dup(2), nowhere = open("/dev/null", O_WRONLY);
    snprintf(copy, sizeof(copy), "analyze %s", line);
    while (rest && *rest && argc < ARGS_MAX)
        args[argc++] = strsep(&rest, " ");
    args[argc] = NULL;
    for (char *at = copy; at < copy + sizeof(copy); at++)
        if (*at == '~')
            *at = ' ';
    fflush(stdout);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    optind = 0;
    int ret = st_analyze_options_parse(&options, argc, args);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    close(nowhere);
    return ret;
}

START_TEST(everything_is_taken)
{
    ck_assert_int_eq(parse("--config c.yaml --rules r.yaml --route t/r --format webvtt --json "
                           "--channel-roles customer,agent --speaker Tom~=~Jones=agent --speaker "
                           "B=customer --attribute a=b=c --attribute d= --queue q a.vtt b.vtt"),
                     0);
    ck_assert_str_eq(options.config, "c.yaml");
    ck_assert_str_eq(options.rules, "r.yaml");
    ck_assert_str_eq(options.route, "t/r");
    ck_assert_str_eq(options.format, "webvtt");
    ck_assert(options.is_json && !options.no_progress);
    ck_assert_int_eq(options.facts.roles[0], ST_ROLE_CUSTOMER);
    ck_assert_int_eq(options.facts.roles[1], ST_ROLE_AGENT);
    ck_assert_uint_eq(options.facts.speaker_count, 2);
    ck_assert_str_eq(options.facts.speakers[0].name, "Tom = Jones");
    ck_assert_int_eq(options.facts.speakers[0].role, ST_ROLE_AGENT);
    ck_assert_uint_eq(options.facts.attribute_count, 2);
    ck_assert_str_eq(options.facts.attributes[0].key, "a");
    ck_assert_str_eq(options.facts.attributes[0].value, "b=c");
    ck_assert_str_eq(options.facts.attributes[1].value, "");
    ck_assert_str_eq(options.facts.given.queue, "q");
    ck_assert_int_eq(options.file_count, 2);
    ck_assert_str_eq(options.files[1], "b.vtt");
    st_analyze_options_fini(&options);
}
END_TEST

START_TEST(a_wrong_usage_is_refused)
{
    static const char *const lines[] = {
        "",
        "--format midi a.json",
        "--channel-roles agent a.json",
        "--channel-roles agent,agent a.json",
        "--speaker Tom a.json",
        "--speaker =agent a.json",
        "--speaker Tom=boss a.json",
        "--attribute x a.json",
        "--attribute =x a.json",
        "--agent a.wav --customer b.wav c.json",
        "--what a.json",
        "--config",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        int ret = parse(lines[i]);
        ck_assert_msg(ret < 0 && ret != ST_OPTIONS_HELPED, "%s", lines[i]);
        st_analyze_options_fini(&options);
    }
}
END_TEST

START_TEST(help_is_no_mistake)
{
    ck_assert_int_eq(parse("--help"), ST_OPTIONS_HELPED);
    ck_assert_int_eq(st_analyze_options_exit(ST_OPTIONS_HELPED), 0);
    ck_assert_int_eq(parse("--agent a.wav"), 0);
    ck_assert_str_eq(options.sides.agent, "a.wav");
    st_analyze_options_fini(&options);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        everything_is_taken,
        a_wrong_usage_is_refused,
        help_is_no_mistake,
    };
    return run_tests("analyze_options", tests, sizeof(tests) / sizeof(tests[0]));
}
