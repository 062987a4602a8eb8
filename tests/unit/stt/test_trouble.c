#include "sidetone/engine.h"

#include <check.h>

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

int main(void)
{
    Suite *suite = suite_create("trouble");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, ends_mean_troubles, 0, sizeof(ends) / sizeof(ends[0]));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
