#include "sidetone/web.h"

#include "bundle.h"

#include "run.h"

#include <string.h>

enum { COMPRESSED_MAX_BYTES = 60 * 1024 };

START_TEST(the_page_is_found_and_nothing_else)
{
    const struct st_web_file *page = st_web_find("/");
    ck_assert_ptr_nonnull(page);
    ck_assert_str_eq(page->content_type, "text/html; charset=utf-8");
    ck_assert_int_eq(memcmp(page->plain, "<!doctype html>", 15), 0);
    ck_assert_ptr_eq(st_web_find("/index.html"), page);
    const char *const absent[] = {"",           "//",        "/app",    "app.js",
                                  "/../app.js", "/v1/calls", "/app.js/"};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        ck_assert_msg(st_web_find(absent[i]) == NULL, "%s", absent[i]);
}
END_TEST

START_TEST(every_file_is_whole_and_named_once)
{
    for (size_t i = 0; i < st_bundle_len; i++) {
        const struct st_web_file *file = &st_bundle_files[i];
        ck_assert_ptr_eq(st_web_find(file->path), file);
        ck_assert_uint_gt(file->plain_bytes, 0);
        ck_assert_int_eq(memcmp(file->etag, "W/\"", 3), 0);
        ck_assert_int_eq(file->gzip != NULL, file->gzip_bytes > 0);
        if (file->gzip)
            ck_assert_int_eq(memcmp(file->gzip, "\x1f\x8b\x08", 3), 0);
    }
}
END_TEST

START_TEST(all_files_together_stay_small)
{
    size_t bytes = 0;
    for (size_t i = 0; i < st_bundle_len; i++)
        bytes += st_bundle_files[i].gzip_bytes;
    ck_assert_uint_le(bytes, COMPRESSED_MAX_BYTES);
}
END_TEST

START_TEST(headers_are_whole_lines_without_a_way_around_the_policy)
{
    const char *headers = ST_WEB_HEADERS;
    size_t len = strlen(headers);
    ck_assert_str_eq(headers + len - 2, "\r\n");
    ck_assert_ptr_null(strstr(headers, "\r\n\r\n"));
    ck_assert_ptr_null(strstr(headers, "unsafe-"));
    ck_assert_ptr_null(strchr(headers, '*'));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, the_page_is_found_and_nothing_else);
    tcase_add_test(tcase, every_file_is_whole_and_named_once);
    tcase_add_test(tcase, all_files_together_stay_small);
    tcase_add_test(tcase, headers_are_whole_lines_without_a_way_around_the_policy);
    return run_case("web", tcase);
}
