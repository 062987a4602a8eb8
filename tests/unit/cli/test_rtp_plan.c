#include "rtp_plan.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct st_rtp_plan plan;

static int give(const char *name, const char *value)
{
    for (const struct st_option *option = st_rtp_plan_table; option->name; option++)
        if (strcmp(option->name, name) == 0)
            return option->take(&plan, value);
    ck_abort_msg("no option %s", name);
}

static void begin(void)
{
    st_rtp_plan_init(&plan, "send");
}

START_TEST(options_are_read)
{
    begin();
    ck_assert_ptr_null(plan.given);
    ck_assert_int_eq(give("codec", "Opus"), 0);
    ck_assert_int_eq(give("ptime", "40"), 0);
    ck_assert_int_eq(give("loss", "2.5"), 0);
    ck_assert_int_eq(give("burst", "3"), 0);
    ck_assert_int_eq(give("jitter", "12.5"), 0);
    ck_assert_int_eq(give("drift", "-150"), 0);
    ck_assert_int_eq(give("dtmf", "12#@1.5"), 0);
    ck_assert_int_eq(give("hold", "2-3.5"), 0);
    ck_assert_int_eq(give("seed", "99"), 0);
    ck_assert_int_eq(give("srtp-suite", "aead_aes_256_gcm"), 0);
    ck_assert_int_eq(give("transport", "UDP"), 0);
    ck_assert_str_eq(plan.given, "--codec");
    ck_assert_int_eq(plan.format.codec, ST_RTP_CODEC_OPUS);
    ck_assert_uint_eq(plan.ptime_ms, 40);
    ck_assert_double_eq(plan.network.loss_pct, 2.5);
    ck_assert_uint_eq(plan.network.burst, 3);
    ck_assert_int_eq(plan.network.jitter_us, 12500);
    ck_assert_double_eq(plan.drift_ppm, -150);
    ck_assert_uint_eq(plan.digit_count, 3);
    ck_assert_int_eq(plan.digits_us, 1500000);
    ck_assert_int_eq(plan.holds[0].from_us, 2000000);
    ck_assert_int_eq(plan.holds[0].until_us, 3500000);
    ck_assert_uint_eq(plan.network.seed, 99);
    ck_assert(plan.has_suite && plan.suite == ST_RTP_SRTP_AEAD_AES_256_GCM);
    ck_assert_str_eq(plan.transport, "UDP");
    ck_assert_uint_eq(st_rtp_plan_rate_hz(&plan), 16000);
    ck_assert_int_eq(st_rtp_plan_check(&plan), 0);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    static const char *const cases[][2] = {
        {"codec", "g729"},
        {"ptime", "25"},
        {"ptime", "0"},
        {"ptime", "70"},
        {"loss", "-1"},
        {"loss", "100.5"},
        {"loss", "nan"},
        {"loss", ""},
        {"burst", "0"},
        {"burst", "1.5"},
        {"jitter", "501"},
        {"drift", "2000"},
        {"dtmf", "12"},
        {"dtmf", "@1"},
        {"dtmf", "1x@1"},
        {"dtmf", "1@"},
        {"hold", "3"},
        {"hold", "3-2"},
        {"hold", "3-3"},
        {"hold", "-3"},
        {"seed", "x"},
        {"srtp-suite", "x"},
        {"transport", "x"},
        {"reorder", "x"},
        {"dup", "101"},
        {"user", ""},
        {"user", "a\"b"},
        {"user", "a\n"},
        {"password-file", "/nonexistent/password"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        begin();
        ck_assert_msg(give(cases[i][0], cases[i][1]) == -EINVAL, "--%s %s", cases[i][0],
                      cases[i][1]);
    }
    begin();
    for (unsigned i = 0; i < ST_RTP_SENDER_HOLDS_MAX; i++)
        ck_assert_int_eq(give("hold", "1-2"), 0);
    ck_assert_int_eq(give("hold", "1-2"), -EINVAL);
}
END_TEST

START_TEST(what_does_not_fit_together_is_refused)
{
    begin();
    give("codec", "opus");
    give("ptime", "30");
    ck_assert_int_eq(st_rtp_plan_check(&plan), -EINVAL);
    begin();
    give("codec", "l16/48000");
    give("ptime", "60");
    ck_assert_int_eq(st_rtp_plan_check(&plan), -EINVAL);
    give("ptime", "40");
    ck_assert_int_eq(st_rtp_plan_check(&plan), 0);
    give("user", "sbc");
    ck_assert_int_eq(st_rtp_plan_check(&plan), -EINVAL);
    begin();
    give("key", "a.key");
    ck_assert_int_eq(st_rtp_plan_check(&plan), -EINVAL);
    give("certificate", "a.pem");
    ck_assert_int_eq(st_rtp_plan_check(&plan), 0);
}
END_TEST

START_TEST(a_password_is_read_and_wiped)
{
    char path[] = "/tmp/sidetone-password-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, "s3cret\n", 7), 7);
    close(fd);
    begin();
    ck_assert_int_eq(give("user", "sbc"), 0);
    ck_assert_int_eq(give("password-file", path), 0);
    ck_assert_str_eq(plan.password, "s3cret");
    ck_assert_int_eq(st_rtp_plan_check(&plan), 0);
    ck_assert_int_eq(give("password-file", path), 0);
    st_rtp_plan_fini(&plan);
    ck_assert_ptr_null(plan.password);
    unlink(path);
}
END_TEST

START_TEST(places_are_cut_out)
{
    static const struct {
        const char *to;
        unsigned leg;
        int expected;
        const char *host, *port;
    } cases[] = {
        {"a:1,b:2", 0, 0, "a", "1"},
        {"a:1,b:2", 1, 0, "b", "2"},
        {"[::1]:5004,-", 0, 0, "::1", "5004"},
        {"[::1]:5004,-", 1, -ENOENT, "", ""},
        {"a:1", 1, -EINVAL, "", ""},
        {"a", 0, -EINVAL, "", ""},
        {":1", 0, -EINVAL, "", ""},
        {"a:", 0, -EINVAL, "", ""},
        {"a:123456", 0, -EINVAL, "", ""},
        {"a:x", 0, -EINVAL, "", ""},
        {"a:1,b:2,c:3", 1, -EINVAL, "", ""},
        {"", 0, -EINVAL, "", ""},
        {"[]:1", 0, -EINVAL, "", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char host[ST_RTP_PLAN_PLACE_MAX], port[8];
        begin();
        give("to", cases[i].to);
        ck_assert_msg(st_rtp_plan_place(&plan, cases[i].leg, host, port) == cases[i].expected, "%s",
                      cases[i].to);
        if (cases[i].expected)
            continue;
        ck_assert_str_eq(host, cases[i].host);
        ck_assert_str_eq(port, cases[i].port);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {options_are_read, nonsense_is_refused,
                            what_does_not_fit_together_is_refused, a_password_is_read_and_wiped,
                            places_are_cut_out};
    return run_tests("rtp_plan", tests, sizeof(tests) / sizeof(*tests));
}
