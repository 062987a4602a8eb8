#include "duration.h"
#include "run.h"

#include <errno.h>

static const struct {
    const char *text;
    int64_t s; /* 0: refused */
} rows[] = {
    {"90", 90},    {"90s", 90},   {"15m", 900},
    {"8h", 28800}, {"1d", 86400}, {"86400", 86400},
    {"0", 0},      {"-1", 0},     {"", 0},
    {"m", 0},      {"1 h", 0},    {"1.5h", 0},
    {"2d", 0},     {"25h", 0},    {"1w", 0},
    {"9m9", 0},    {"86401", 0},  {"99999999999999999999", 0},
};

START_TEST(times_are_read)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t s = 0;
        int err = st_duration_parse(rows[i].text, 86400, &s);
        ck_assert_msg(err == (rows[i].s ? 0 : -EINVAL), "%s", rows[i].text);
        ck_assert_msg(s == rows[i].s, "%s", rows[i].text);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {times_are_read};
    return run_tests("duration", tests, sizeof(tests) / sizeof(tests[0]));
}
