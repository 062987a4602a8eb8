#include "sidetone/engine.h"

#include "run.h"

static const struct {
    uint16_t ws_code, http_status;
    enum st_engine_trouble trouble;
} ends[] = {
    {0, 401, ST_TROUBLE_REFUSED},   {0, 403, ST_TROUBLE_REFUSED},   {0, 429, ST_TROUBLE_THROTTLED},
    {0, 500, ST_TROUBLE_SERVER},    {0, 503, ST_TROUBLE_SERVER},    {0, 404, ST_TROUBLE_UNSUITED},
    {0, 0, ST_TROUBLE_LOST},        {1001, 0, ST_TROUBLE_LOST},     {1002, 0, ST_TROUBLE_PROTOCOL},
    {1007, 0, ST_TROUBLE_PROTOCOL}, {1009, 0, ST_TROUBLE_PROTOCOL},
};

START_TEST(ends_mean_troubles)
{
    struct st_engine_closing closing = {.ws_code = ends[_i].ws_code,
                                        .http_status = ends[_i].http_status};
    ck_assert_int_eq(st_engine_closing_trouble(&closing), ends[_i].trouble);
}
END_TEST

START_TEST(an_end_means_what_the_first_row_that_fits_says)
{
    static const struct st_engine_end table[] = {
        {0, 1008, "Concurrent", ST_TROUBLE_THROTTLED, "many"},
        {0, 1008, NULL, ST_TROUBLE_REFUSED, "key"},
        {402, 0, NULL, ST_TROUBLE_REFUSED, "money"},
        {0, 0, NULL, ST_TROUBLE_LOST, NULL},
    };
    static const struct st_engine_ops ops = {.ends = table};
    char why[16];
    struct st_engine_closing closing = {.ws_code = 1008, .reason = "too many concurrent sessions"};
    ck_assert_int_eq(st_engine_judge(&ops, NULL, &closing, why, sizeof(why)), ST_TROUBLE_THROTTLED);
    ck_assert_str_eq(why, "many");
    closing.reason = NULL;
    ck_assert_int_eq(st_engine_judge(&ops, NULL, &closing, why, sizeof(why)), ST_TROUBLE_REFUSED);
    closing = (struct st_engine_closing){.http_status = 402};
    ck_assert_int_eq(st_engine_judge(&ops, NULL, &closing, why, sizeof(why)), ST_TROUBLE_REFUSED);
    ck_assert_str_eq(why, "money");
    closing = (struct st_engine_closing){.http_status = 503};
    ck_assert_int_eq(st_engine_judge(&ops, NULL, &closing, why, sizeof(why)), ST_TROUBLE_SERVER);
    ck_assert_str_eq(why, "money"); /* left alone */
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, ends_mean_troubles, 0, sizeof(ends) / sizeof(ends[0]));
    tcase_add_test(tcase, an_end_means_what_the_first_row_that_fits_says);
    return run_case("trouble", tcase);
}
