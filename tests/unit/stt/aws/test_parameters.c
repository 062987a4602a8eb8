#include "parameters.h"

#include "sidetone/config.h"

#include "run.h"

#include <errno.h>
#include <string.h>

enum { LINES_MAX = 12 };

static struct st_aws_parameters parameters;
static char why[300];

static void teardown(void)
{
    st_aws_parameters_fini(&parameters);
}

static int read_of(const struct st_aws_operation *operation, const char *const *lines,
                   const char *model)
{
    struct st_config_remote_engine remote = {
        .name = "e", .parameters = (char **)(uintptr_t)lines, .model = (char *)(uintptr_t)model};
    while (lines[remote.parameter_count])
        remote.parameter_count++;
    why[0] = '\0';
    st_aws_parameters_fini(&parameters);
    return st_aws_parameters_read(&parameters, &remote, operation, why, sizeof(why));
}

static int read_analytics(const char *const *lines)
{
    return read_of(&st_aws_call_analytics, lines, "");
}

static const char *asked(const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < parameters.asked_count; i++)
        if (strcmp(parameters.asked[i].name, name) == 0)
            value = parameters.asked[i].value;
    return value;
}

START_TEST(takes_all_there_are)
{
    static const char *const lines[] = {"vocabulary-name=my.names_1",
                                        "vocabulary-filter-name=oaths",
                                        "vocabulary-filter-method=tag",
                                        "partial-results-stability=low",
                                        "content-redaction-type=PII",
                                        "pii-entity-types=NAME, PIN",
                                        "output-location=s3://b/f/",
                                        "data-access-role-arn=arn:aws:iam::1:role/r",
                                        "transport=websocket",
                                        "content-redaction-output=redacted",
                                        "output-encryption-kms-key-id=alias/k",
                                        NULL};
    ck_assert_int_eq(read_of(&st_aws_call_analytics, lines, "model-1"), 0);
    ck_assert_str_eq(asked("vocabulary-name"), "my.names_1");
    ck_assert_str_eq(asked("enable-partial-results-stabilization"), "true");
    ck_assert_str_eq(asked("language-model-name"), "model-1");
    ck_assert_str_eq(asked("pii-entity-types"), "NAME, PIN");
    ck_assert_ptr_null(asked("output-location"));
    ck_assert_ptr_null(asked("transport"));
    ck_assert_str_eq(parameters.output_location, "s3://b/f/");
    ck_assert_str_eq(parameters.kms_key, "alias/k");
    ck_assert(parameters.is_websocket && parameters.withholds_partials);
    ck_assert(!parameters.identifies_language && !parameters.keeps_session);
}
END_TEST

START_TEST(nothing_is_fine)
{
    static const char *const lines[] = {NULL};
    ck_assert_int_eq(read_analytics(lines), 0);
    ck_assert_uint_eq(parameters.asked_count, 0);
    ck_assert(!parameters.is_websocket);
}
END_TEST

static const struct {
    const char *lines[4];
    const char *told; /* a part of it */
} bad[] = {
    {{"vocabulary-nam=x"}, "did you mean 'vocabulary-name'?"},
    {{"number-of-channels=2"}, "no parameter 'number-of-channels'"},
    {{"session-resume-window=3", "session-id=call"}, "no parameter 'session-resume-window'"},
    {{"transport"}, "name=value"},
    {{"transport=udp"}, "http2|websocket"},
    {{"transport=http"}, "http2|websocket"},
    {{"vocabulary-name=a b"}, "not allowed"},
    {{"vocabulary-name="}, "1 to 200"},
    {{"transport=http2", "transport=http2"}, "twice"},
    {{"content-identification-type=PII", "content-redaction-type=PII"}, "cannot stand beside"},
    {{"pii-entity-types=NAME"}, "content-redaction-type"},
    {{"output-location=s3://b"}, "needs 'data-access-role-arn'"},
    {{"output-location=b", "data-access-role-arn=r"}, "s3://"},
    {{"content-redaction-output=redacted", "output-location=s3://b", "data-access-role-arn=r"},
     "needs 'content-redaction-type'"},
    {{"identify-language=true"}, "language-options"},
    {{"identify-language=true", "language-options=en-US"}, "two or more"},
    {{"language-options=en-US,es-US"}, "identify-language=true"},
    {{"identify-language=true", "language-options=en-US,es-US", "vocabulary-name=x"},
     "cannot stand beside"},
    {{"preferred-language=en-US"}, "needs 'language-options'"},
    {{"vocabulary-filter-method=mask"}, "needs 'vocabulary-filter-name'"},
    {{"partial-results-stability=high", "enable-partial-results-stabilization=false"},
     "enable-partial-results-stabilization=true"},
};

START_TEST(says_what_is_wrong)
{
    const char *lines[5] = {NULL};
    memcpy(lines, bad[_i].lines, sizeof(bad[_i].lines));
    ck_assert_int_eq(read_analytics(lines), -EINVAL);
    ck_assert_msg(strstr(why, bad[_i].told), "%s", why);
    ck_assert_ptr_nonnull(strstr(why, "engine 'e'"));
}
END_TEST

START_TEST(the_standard_operation_has_its_own)
{
    static const char *const good[] = {"session-id=call", "session-resume-window=300", NULL};
    static const char *const alone[] = {"session-resume-window=30", NULL};
    static const char *const wide[] = {"session-id=call", "session-resume-window=301", NULL};
    static const char *const post_call[] = {"output-location=s3://b", NULL};
    ck_assert_int_eq(read_of(&st_aws_standard, good, NULL), 0);
    ck_assert(parameters.keeps_session);
    ck_assert_int_eq(read_of(&st_aws_standard, alone, NULL), -EINVAL);
    ck_assert_int_eq(read_of(&st_aws_standard, wide, NULL), -EINVAL);
    ck_assert_int_eq(read_of(&st_aws_standard, post_call, NULL), -EINVAL);
}
END_TEST

START_TEST(the_model_is_one)
{
    static const char *const lines[] = {"language-model-name=a", NULL};
    static const char *const identifying[] = {"identify-language=true",
                                              "language-options=en-US,es-US", NULL};
    ck_assert_int_eq(read_of(&st_aws_standard, lines, "a"), 0);
    ck_assert_int_eq(read_of(&st_aws_standard, lines, "b"), -EINVAL);
    ck_assert_int_eq(read_of(&st_aws_standard, identifying, "b"), -EINVAL);
    ck_assert_int_eq(read_of(&st_aws_standard, identifying, "a name"), -EINVAL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, takes_all_there_are);
    tcase_add_test(tcase, nothing_is_fine);
    tcase_add_loop_test(tcase, says_what_is_wrong, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(tcase, the_standard_operation_has_its_own);
    tcase_add_test(tcase, the_model_is_one);
    return run_case("parameters", tcase);
}
