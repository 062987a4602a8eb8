#include "profile.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_aws_profile profile;

static void parse(const char *text, const char *name, bool is_config)
{
    memset(&profile, 0, sizeof(profile));
    st_aws_profile_parse(&profile, text, name, is_config);
}

static const char credentials[] = "# mine\n"
                                  "[default]\n"
                                  "aws_access_key_id = AKIA1\r\n"
                                  "aws_secret_access_key=a/b+c=d\n"
                                  "\n"
                                  "[ work ] ; the other\n"
                                  "aws_access_key_id=AKIA2   # comment\n"
                                  "aws_secret_access_key\t=\tx;y\n"
                                  "aws_session_token = t==\n"
                                  "nested =\n"
                                  "  aws_access_key_id = no\n"
                                  "; aws_access_key_id = no\n"
                                  "no equals sign\n";

START_TEST(reads_a_section)
{
    parse(credentials, "work", false);
    ck_assert(profile.is_found);
    ck_assert_str_eq(profile.keys.key_id, "AKIA2");
    ck_assert_str_eq(profile.keys.secret, "x;y");
    ck_assert_str_eq(profile.keys.token, "t==");
    parse(credentials, "default", false);
    ck_assert_str_eq(profile.keys.key_id, "AKIA1");
    ck_assert_str_eq(profile.keys.secret, "a/b+c=d");
    ck_assert_str_eq(profile.keys.token, "");
}
END_TEST

START_TEST(knows_how_the_config_file_calls_them)
{
    static const char text[] = "[profile  work]\nregion = eu-west-1\nrole_arn = r\n[default]\n"
                               "region=us-east-1\n[work]\nregion=no\n[profiles]\nregion=no\n";
    parse(text, "work", true);
    ck_assert_str_eq(profile.region, "eu-west-1");
    ck_assert_str_eq(profile.role_arn, "r");
    parse(text, "default", true);
    ck_assert_str_eq(profile.region, "us-east-1");
    parse(text, "none", true);
    ck_assert(!profile.is_found);
}
END_TEST

START_TEST(notices_what_is_not_supported)
{
    parse("[profile a]\nsso_session = x\n", "a", true);
    ck_assert(profile.needs_sso && !profile.needs_login);
    parse("[profile a]\ncredential_process = x\n", "a", true);
    ck_assert(!profile.needs_sso && profile.needs_login);
}
END_TEST

START_TEST(what_is_too_long_is_left_out)
{
    char text[1000];
    int len = snprintf(text, sizeof(text), "[a]\naws_access_key_id=");
    memset(text + len, 'x', 400);
    snprintf(text + len + 400, sizeof(text) - (size_t)len - 400, "\nregion=r");
    parse(text, "a", false);
    ck_assert_str_eq(profile.keys.key_id, "");
    ck_assert_str_eq(profile.region, "r");
}
END_TEST

START_TEST(survives_every_cut)
{
    for (size_t cut = 0; cut < sizeof(credentials); cut++) {
        char *text = strndup(credentials, cut);
        parse(text, "work", false);
        free(text);
    }
    parse("[\n]\n[]\n=\n[a", "", false);
}
END_TEST

static char config_path[] = "/tmp/sidetone-aws-config-XXXXXX";
static char credentials_path[] = "/tmp/sidetone-aws-credentials-XXXXXX";

static void write_file(char *path, const char *text)
{
    FILE *file = fdopen(mkstemp(path), "w");
    fputs(text, file);
    fclose(file);
}

START_TEST(reads_both_files)
{
    write_file(config_path, "[profile w]\nregion=ap-south-1\naws_access_key_id=old\n");
    write_file(credentials_path, "[w]\naws_access_key_id=new\naws_secret_access_key=s\n");
    setenv("AWS_CONFIG_FILE", config_path, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", credentials_path, 1);
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    char region[32];
    st_aws_profile_read(&profile, "w");
    ck_assert_str_eq(profile.keys.key_id, "new");
    ck_assert_str_eq(profile.region, "ap-south-1");
    ck_assert(st_aws_region_find("w", region, sizeof(region)));
    ck_assert_str_eq(region, "ap-south-1");
    ck_assert(!st_aws_region_find("other", region, sizeof(region)));
    setenv("AWS_DEFAULT_REGION", "eu-north-1", 1);
    ck_assert(st_aws_region_find("w", region, sizeof(region)));
    ck_assert_str_eq(region, "eu-north-1");
    st_aws_profile_wipe(&profile);
    ck_assert_int_eq(profile.keys.key_id[0], '\0');
    remove(config_path);
    remove(credentials_path);
}
END_TEST

START_TEST(names_the_default)
{
    unsetenv("AWS_PROFILE");
    unsetenv("AWS_DEFAULT_PROFILE");
    ck_assert_str_eq(st_aws_profile_default(), "default");
    setenv("AWS_DEFAULT_PROFILE", "b", 1);
    ck_assert_str_eq(st_aws_profile_default(), "b");
    setenv("AWS_PROFILE", "a", 1);
    ck_assert_str_eq(st_aws_profile_default(), "a");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, reads_a_section);
    tcase_add_test(tcase, knows_how_the_config_file_calls_them);
    tcase_add_test(tcase, notices_what_is_not_supported);
    tcase_add_test(tcase, what_is_too_long_is_left_out);
    tcase_add_test(tcase, survives_every_cut);
    tcase_add_test(tcase, reads_both_files);
    tcase_add_test(tcase, names_the_default);
    return run_case("profile", tcase);
}
