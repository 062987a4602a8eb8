#include "sidetone/json_writer.h"
#include "sidetone/rule_scripts.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_rule_book *book;
static char problems_told[4096], shown[8192];

static void setup(void)
{
    book = st_rule_book_create();
}

static void teardown(void)
{
    st_rule_book_destroy(book);
}

static void tell(void *user, const char *text)
{
    size_t used = strlen(problems_told);
    (void)user;
    snprintf(problems_told + used, sizeof(problems_told) - used, "%s\n", text);
}

static int put_bytes(const char *name, const char *text, size_t bytes)
{
    struct st_problems problems;
    problems_told[0] = '\0';
    st_problems_init(&problems, "x");
    int err = st_rule_book_put_script(book, name, text, bytes, &problems);
    st_problems_send(&problems, tell, NULL);
    st_problems_fini(&problems);
    return err;
}

static int put(const char *name, const char *text)
{
    return put_bytes(name, text, strlen(text));
}

static const char *written(const char *name)
{
    struct st_json_writer json;
    st_json_init(&json);
    ck_assert_int_eq(st_rule_book_write_script(book, name, &json), 0);
    snprintf(shown, sizeof(shown), "%.*s", (int)json.len, json.data);
    st_json_fini(&json);
    return shown;
}

static const char *version_of(const char *name)
{
    static char version[ST_RULE_VERSION_BYTES];
    const char *own_name, *found;
    ck_assert(st_rule_book_find_script(book, name, &own_name, &found));
    ck_assert_str_eq(own_name, name);
    memcpy(version, found, sizeof(version));
    return version;
}

START_TEST(what_is_written_reads_back_the_same)
{
    char long_sentence[301], text[1024], first[sizeof(shown)], version[ST_RULE_VERSION_BYTES];
    for (size_t i = 0; i < 300; i += 6)
        memcpy(long_sentence + i, "aaaaa ", 7);
    snprintf(text, sizeof(text),
             "{name: opening, role: customer, language: en, any_order: true, within_s: 1.5,\n"
             " when: {queue: 'bill*', attributes: {\"a\\u0001\": [x, y]}},\n"
             " steps: [hello there, {say: [a b, c d], name: two, optional: true, within_s: 3},\n"
             "         {say: e f, name: e f}, %s]}",
             long_sentence);
    ck_assert_msg(put("opening", text) == 0, "%s", problems_told);
    snprintf(first, sizeof(first), "%s", written("opening"));
    memcpy(version, version_of("opening"), sizeof(version));
    ck_assert_ptr_nonnull(strstr(first, "{\"say\":[\"hello there\"]},{\"name\":\"two\","));
    ck_assert_ptr_nonnull(strstr(first, "{\"say\":[\"e f\"]},{\"say\":[\"aaa"));
    ck_assert_msg(put("opening", first) == 0, "%s", problems_told);
    ck_assert_str_eq(written("opening"), first);
    ck_assert_str_eq(version_of("opening"), version);
}
END_TEST

START_TEST(a_script_takes_the_place_of_the_one_of_its_name)
{
    char version[ST_RULE_VERSION_BYTES];
    ck_assert_int_eq(put("a", "steps: [hello there]"), 0);
    ck_assert_int_eq(put("b", "steps: [hello there]"), 0);
    memcpy(version, version_of("a"), sizeof(version));
    struct st_rule_book *copy = st_rule_book_copy(book);
    ck_assert_int_eq(put("a", "steps: [good morning]"), 0);
    ck_assert_str_ne(version_of("a"), version);
    ck_assert_str_eq(st_rule_book_script_name(book, 0), "a");
    ck_assert_str_eq(st_rule_book_script_name(book, 1), "b");
    ck_assert_ptr_null(st_rule_book_script_name(book, 2));
    st_rule_book_destroy(book);
    book = copy;
    ck_assert_str_eq(version_of("a"), version);
}
END_TEST

START_TEST(what_is_not_there_is_said_so)
{
    const char *name, *version;
    struct st_json_writer json;
    st_json_init(&json);
    ck_assert(!st_rule_book_find_script(book, "a", &name, &version));
    ck_assert_int_eq(st_rule_book_write_script(book, "a", &json), -ENOENT);
    ck_assert_uint_eq(json.len, 0);
    st_json_fini(&json);
}
END_TEST

START_TEST(problems_name_their_place_and_change_nothing)
{
    static const struct {
        const char *name, *text, *told;
    } rows[] = {
        {"a", "steps: [hello]\nname: b\n",
         "x:2: script 'a': 'name' is another one than the path says\n"},
        {"", "steps: [hello]", "x:1: a name has 1 to 128 bytes of UTF-8\n"},
        {"\xff", "steps: [hello]", "x:1: a name has 1 to 128 bytes of UTF-8\n"},
        {"a", "[]", "x:1: a script must be a section with keys, not a list\n"},
        {"a", "name: [a]\nsteps: [hello]\n",
         "x:1: script 'a': 'name' must be a text, not a list\n"},
        {"a", "steps:\n- hello\n- '[NAME]'\n",
         "x:3: script 'a': the sentence '[NAME]' has no word in it\n"},
        {"a", "within_s: -1\nsteps: [hello]\n",
         "x:1: script 'a': 'within_s' must be a number from 0 to 86400, not '-1'\n"},
    };
    ck_assert_int_eq(put("a", "steps: [hello there]"), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_int_eq(put(rows[i].name, rows[i].text), -EINVAL);
        ck_assert_str_eq(problems_told, rows[i].told);
    }
    ck_assert_ptr_nonnull(strstr(written("a"), "hello there"));
    ck_assert_ptr_null(st_rule_book_script_name(book, 1));
}
END_TEST

START_TEST(books_and_documents_have_an_end)
{
    char name[16];
    char *large = malloc(ST_RULE_DOCUMENT_BYTES_MAX + 1);
    memset(large, ' ', ST_RULE_DOCUMENT_BYTES_MAX + 1);
    ck_assert_int_eq(put_bytes("a", large, ST_RULE_DOCUMENT_BYTES_MAX + 1), -EINVAL);
    ck_assert_ptr_nonnull(strstr(problems_told, "larger than rules may be"));
    free(large);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "s%d", i);
        ck_assert_int_eq(put(name, "steps: [hello there]"), 0);
    }
    ck_assert_int_eq(put("one-more", "steps: [hello there]"), -EINVAL);
    ck_assert_str_eq(problems_told, "x:1: there are more than 100 scripts\n");
    ck_assert_int_eq(put("s7", "steps: [good morning]"), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_written_reads_back_the_same);
    tcase_add_test(tcase, a_script_takes_the_place_of_the_one_of_its_name);
    tcase_add_test(tcase, what_is_not_there_is_said_so);
    tcase_add_test(tcase, problems_name_their_place_and_change_nothing);
    tcase_add_test(tcase, books_and_documents_have_an_end);
    return run_case("rule_scripts", tcase);
}
