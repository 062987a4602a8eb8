#include "call_rig.h"
#include "rule_store_internal.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], told[8192];
static struct st_settings *settings;
static struct st_call_service service; /* without loops: everything is in force at once */
static struct st_rule_store *store;
static struct st_rule_result result;
static char why[200];
static unsigned kind; /* 0: categories, 1: scripts */

#define CATEGORIES "categories:\n  - {name: fixed, severity: high, phrases: [good morning]}\n"

static void tell(void *user, const char *text)
{
    size_t used = strlen(told);
    snprintf(told + used, sizeof(told) - used, "%s\n", text);
}

static struct st_settings *load(const char *categories)
{
    char yaml[1024];
    snprintf(yaml, sizeof(yaml),
             "rules: {folder: %s}\n"
             "tenants: [{name: default}, {name: acme}]\n%s",
             folder, categories);
    return rig_settings(yaml);
}

static int open_store(void)
{
    struct st_rule_store_config config = {
        .service = &service, .settings = settings, .report = tell};
    told[0] = '\0';
    return st_rule_store_create(&store, &config);
}

static void reopen(void)
{
    st_rule_store_destroy(store);
    ck_assert_int_eq(open_store(), 0);
}

static void setup(void)
{
    strcpy(folder, "/tmp/sidetone-rules-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    settings = load(CATEGORIES);
    ck_assert_int_eq(open_store(), 0);
    result = (struct st_rule_result){0};
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    return remove(path);
}

static void teardown(void)
{
    st_buf_unref(result.json);
    st_rule_store_destroy(store);
    st_settings_unref(settings);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static enum st_rule_outcome change(enum st_rule_action action, const char *name, const char *text,
                                   const char *if_match)
{
    struct st_rule_change one = {.kind = kind,
                                 .action = action,
                                 .tenant = "default",
                                 .name = name,
                                 .text = text,
                                 .bytes = strlen(text),
                                 .if_match = if_match,
                                 .by = "maria"};
    st_buf_unref(result.json);
    rule_change_apply(store, &one, &result, why, sizeof(why));
    return result.outcome;
}

static enum st_rule_outcome put(const char *name, const char *text, const char *if_match)
{
    return change(ST_RULE_PUT, name, text, if_match);
}

static const char *shown(void)
{
    static char text[4096];
    snprintf(text, sizeof(text), "%.*s", result.json ? (int)result.json->len : 0,
             result.json ? (const char *)result.json->data : "");
    return text;
}

/* Names of a tenant's documents, with + for live ones in force and ! for others. */
static const char *listed(const char *tenant)
{
    static char names[1024];
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    ck_assert_int_eq(st_rule_store_list(store, kind, tenant, &json), 0);
    st_json_end_object(&json);
    json_t *list = json_loadb(json.data, json.len, 0, NULL);
    const json_t *row;
    size_t i, used = 0;
    names[0] = '\0';
    json_array_foreach(json_object_get(list, st_rule_store_kind(kind)), i, row)
    {
        bool is_live = strcmp(json_string_value(json_object_get(row, "source")), "live") == 0;
        bool is_in_force = json_is_true(json_object_get(row, "in_force"));
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s%s", i ? " " : "",
                                 json_string_value(json_object_get(row, "name")),
                                 !is_live      ? ""
                                 : is_in_force ? "+"
                                               : "!");
    }
    json_decref(list);
    st_json_fini(&json);
    return names;
}

static size_t count_files(void)
{
    char command[128];
    unsigned count = 0;
    snprintf(command, sizeof(command), "find %s -name '*.json*' | grep -v audit | wc -l", folder);
    FILE *pipe = popen(command, "r");
    ck_assert_int_eq(fscanf(pipe, "%u", &count), 1);
    pclose(pipe);
    return count;
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* ---- changing ---- */

START_TEST(a_document_is_made_changed_and_deleted)
{
    char version[ST_RULE_STORE_VERSION_BYTES];
    ck_assert_int_eq(put("refund", "phrases: [money back]", ""), ST_RULE_CREATED);
    memcpy(version, result.version, sizeof(version));
    ck_assert_ptr_nonnull(strstr(shown(), "\"by\":\"maria\""));
    ck_assert_ptr_nonnull(strstr(shown(), "\"persisted\":true"));
    ck_assert_str_eq(listed("default"), "fixed refund+");
    ck_assert_str_eq(listed("acme"), "fixed");
    ck_assert_int_eq(put("refund", "{\"phrases\": [\"money back\"]}", version), ST_RULE_UNCHANGED);
    ck_assert_int_eq(change(ST_RULE_PATCH, "refund", "{\"severity\": \"high\"}", version),
                     ST_RULE_CHANGED);
    ck_assert_ptr_nonnull(strstr(shown(), "\"severity\":\"high\""));
    ck_assert_int_eq(change(ST_RULE_PATCH, "refund", "{\"severity\": null}", "*"), ST_RULE_CHANGED);
    ck_assert_str_eq(result.version, version);
    ck_assert_uint_eq(count_files(), 1);
    ck_assert_int_eq(change(ST_RULE_DELETE, "refund", "", "*"), ST_RULE_CHANGED);
    ck_assert_ptr_null(result.json);
    ck_assert_str_eq(result.version, "");
    ck_assert_str_eq(listed("default"), "fixed");
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

START_TEST(scripts_are_kept_beside_categories)
{
    put("opening", "phrases: [money back]", "");
    kind = 1;
    ck_assert_str_eq(listed("default"), "");
    ck_assert_int_eq(put("opening", "steps: [hello there, how are you]", ""), ST_RULE_CREATED);
    ck_assert_int_eq(put("opening", "steps: [hello]", ""), ST_RULE_NO_VERSION);
    ck_assert_int_eq(put("bad", "steps: ['[NAME]']", ""), ST_RULE_INVALID);
    ck_assert_ptr_nonnull(strstr(shown(), "has no word in it"));
    ck_assert_int_eq(change(ST_RULE_PATCH, "opening", "{\"role\": \"customer\"}", "*"),
                     ST_RULE_CHANGED);
    ck_assert_ptr_nonnull(strstr(shown(), "\"role\":\"customer\""));
    ck_assert_uint_eq(count_files(), 2);
    reopen();
    ck_assert_str_eq(told, "");
    ck_assert_str_eq(listed("default"), "opening+");
    ck_assert_str_eq(listed("acme"), "");
    ck_assert_int_eq(change(ST_RULE_DELETE, "opening", "", "*"), ST_RULE_CHANGED);
    ck_assert_str_eq(listed("default"), "");
    kind = 0;
    ck_assert_str_eq(listed("default"), "fixed opening+");
}
END_TEST

START_TEST(what_people_should_know_of_a_category_is_shown_with_it)
{
    char version[ST_RULE_STORE_VERSION_BYTES];
    struct st_json_writer json;
    static const char note[] =
        "\"notes\":[\"rule 1: matches nothing without the embedding model\"]";
    st_json_init(&json);
    ck_assert_int_eq(put("meant", "rules: [{semantic: [a b c, d e f, g h i, j k l, m n o]}]", ""),
                     ST_RULE_CREATED);
    ck_assert_ptr_nonnull(strstr(shown(), note));
    ck_assert_int_eq(st_rule_store_get(store, 0, "default", "meant", &json, version), 0);
    ck_assert_int_eq(st_rule_store_get(store, 0, "default", "fixed", &json, version), 0);
    st_json_append(&json, "", 1);
    ck_assert_ptr_nonnull(strstr(json.data, note));
    ck_assert_ptr_nonnull(strstr(json.data, "\"notes\":[],"));
    st_json_fini(&json);
}
END_TEST

START_TEST(versions_are_kept_to)
{
    put("refund", "phrases: [money back]", "");
    ck_assert_int_eq(put("refund", "phrases: [a]", ""), ST_RULE_NO_VERSION);
    ck_assert_int_eq(put("refund", "phrases: [a]", "0123456789abcdef"), ST_RULE_OTHER_VERSION);
    ck_assert_int_eq(put("new", "phrases: [a]", "*"), ST_RULE_OTHER_VERSION);
    ck_assert_int_eq(change(ST_RULE_DELETE, "new", "", "*"), ST_RULE_NOT_FOUND);
    ck_assert_int_eq(put("fixed", "phrases: [a]", "*"), ST_RULE_READ_ONLY);
    ck_assert_int_eq(change(ST_RULE_DELETE, "fixed", "", "*"), ST_RULE_READ_ONLY);
    ck_assert_str_eq(listed("default"), "fixed refund+");
}
END_TEST

START_TEST(what_does_not_fit_changes_nothing)
{
    put("refund", "phrases: [money back]", "");
    put("both", "rules: [{category: refund}]", "");
    ck_assert_int_eq(change(ST_RULE_DELETE, "refund", "", "*"), ST_RULE_INVALID);
    ck_assert_ptr_nonnull(strstr(shown(), "refund"));
    ck_assert_int_eq(put("refund", "rules: [{category: both}]", "*"), ST_RULE_INVALID);
    ck_assert_int_eq(put("bad", "rules: 7", ""), ST_RULE_INVALID);
    ck_assert_int_eq(change(ST_RULE_PATCH, "both", "[", "*"), ST_RULE_INVALID);
    ck_assert_int_eq(change(ST_RULE_PATCH, "both", "7", "*"), ST_RULE_INVALID);
    ck_assert_str_eq(listed("default"), "both+ fixed refund+");
    ck_assert_uint_eq(count_files(), 2);
}
END_TEST

START_TEST(a_folder_that_fails_changes_nothing)
{
    write_file("default", "in the way");
    ck_assert_int_eq(put("refund", "phrases: [money back]", ""), ST_RULE_NOT_STORED);
    ck_assert_ptr_nonnull(result.why);
    ck_assert_str_eq(listed("default"), "fixed");
    char path[128];
    snprintf(path, sizeof(path), "%s/default", folder);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(put("refund", "phrases: [money back]", ""), ST_RULE_CREATED);
    snprintf(path, sizeof(path), "%s/audit.jsonl", folder);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(put("other", "phrases: [a]", ""), ST_RULE_NOT_STORED);
    ck_assert_int_eq(change(ST_RULE_DELETE, "refund", "", "*"), ST_RULE_NOT_STORED);
    ck_assert_str_eq(listed("default"), "fixed refund+");
    ck_assert_uint_eq(count_files(), 1);
    reopen();
    ck_assert_str_eq(listed("default"), "fixed refund+");
}
END_TEST

/* ---- keeping ---- */

START_TEST(names_of_all_kinds_are_kept)
{
    char name[129], text[256];
    static const char *const names[] = {"../../etc/passwd", "a/b", ".", "caf\xc3\xa9", "%2e"};
    memset(name, 'n', 128);
    name[128] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_int_eq(put(names[i], "phrases: [money back]", ""), ST_RULE_CREATED);
    ck_assert_int_eq(put(name, "phrases: [money back]", ""), ST_RULE_CREATED);
    snprintf(text, sizeof(text), "%s", listed("default"));
    reopen();
    ck_assert_str_eq(told, "");
    ck_assert_str_eq(listed("default"), text);
    ck_assert_uint_eq(count_files(), 6);
}
END_TEST

START_TEST(stored_documents_that_cannot_be_used_are_told_and_left_out)
{
    put("refund", "phrases: [money back]", "");
    write_file("default/categories/000002-x.json", "{");
    write_file("default/categories/000003-x.json", "{\"name\":\"x\",\"document\":{\"a\":1}}");
    write_file("default/categories/000004-x.json.new", "{");
    write_file("default/categories/000005-x.json",
               "{\"name\":\"needy\",\"document\":{\"rules\":[{\"category\":\"none\"}]}}");
    write_file("default/categories/notes.txt", "{");
    reopen();
    ck_assert_ptr_nonnull(strstr(told, "000002-x.json: is no stored document"));
    ck_assert_ptr_nonnull(strstr(told, "000003-x.json"));
    ck_assert_ptr_nonnull(strstr(told, "'needy' of tenant default is not in force"));
    ck_assert_ptr_null(strstr(told, ".new"));
    ck_assert_str_eq(listed("default"), "fixed needy! refund+");
    ck_assert_int_eq(change(ST_RULE_DELETE, "needy", "", "*"), ST_RULE_CHANGED);
}
END_TEST

START_TEST(another_configuration_leaves_what_people_wrote)
{
    put("refund", "phrases: [money back]", "");
    put("needs", "rules: [{category: fixed}]", "");
    struct st_settings *next = load("categories: [{name: refund, phrases: [other]}]");
    st_rule_store_set_settings(store, next);
    ck_assert_str_eq(listed("default"), "needs! refund refund!");
    st_rule_store_set_settings(store, settings);
    ck_assert_str_eq(listed("default"), "fixed needs+ refund+");
    st_settings_unref(next);
}
END_TEST

START_TEST(a_folder_that_is_none_fails_the_start)
{
    st_rule_store_destroy(store);
    store = NULL;
    st_settings_unref(settings);
    write_file("file", "x");
    strcat(folder, "/file");
    settings = load(CATEGORIES);
    ck_assert_int_eq(open_store(), -ENOTDIR);
    ck_assert_ptr_nonnull(strstr(told, "rules.folder: "));
    *strrchr(folder, '/') = '\0';
    store = NULL;
}
END_TEST

/* ---- the audit ---- */

static json_t *audit(const char *tenant, uint64_t before, size_t max)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_rule_store_audit(store, tenant, before, max, &json);
    st_json_end_object(&json);
    json_t *page = json_loadb(json.data, json.len, 0, NULL);
    ck_assert_ptr_nonnull(page);
    st_json_fini(&json);
    return page;
}

static json_int_t id_at(const json_t *page, size_t i)
{
    const json_t *row = json_array_get(json_object_get(page, "changes"), i);
    return json_integer_value(json_object_get(row, "id"));
}

START_TEST(every_change_is_known_also_after_a_restart)
{
    put("refund", "phrases: [money back]", "");
    put("refund", "phrases: [your money]", "*");
    put("refund", "phrases: []", "*");
    change(ST_RULE_DELETE, "refund", "", "*");
    write_file("other", "x");
    for (int round = 0; round < 2; round++) {
        json_t *page = audit("", 0, 2);
        ck_assert_uint_eq(json_array_size(json_object_get(page, "changes")), 2);
        ck_assert_int_eq(id_at(page, 0), 3);
        ck_assert_int_eq(json_integer_value(json_object_get(page, "next")), 2);
        json_decref(page);
        page = audit("default", 2, 2);
        ck_assert_int_eq(id_at(page, 0), 1);
        ck_assert(json_is_null(json_object_get(page, "next")));
        json_decref(page);
        page = audit("acme", 0, 2);
        ck_assert_uint_eq(json_array_size(json_object_get(page, "changes")), 0);
        json_decref(page);
        reopen();
    }
    put("refund", "phrases: [money back]", "");
    json_t *page = audit("", 0, 1);
    ck_assert_int_eq(id_at(page, 0), 4);
    json_decref(page);
}
END_TEST

START_TEST(half_a_line_spoils_no_other)
{
    put("refund", "phrases: [money back]", "");
    char path[128];
    snprintf(path, sizeof(path), "%s/audit.jsonl", folder);
    FILE *file = fopen(path, "a");
    fputs("{\"id\":7,\n\n[]\n{\"id\":\"x\"}\n", file);
    fclose(file);
    reopen();
    json_t *page = audit("", 0, 10);
    ck_assert_uint_eq(json_array_size(json_object_get(page, "changes")), 1);
    json_decref(page);
}
END_TEST

START_TEST(the_audit_in_memory_is_bounded)
{
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(put("refund", i % 2 ? "phrases: [a]" : "phrases: [b]", i ? "*" : ""),
                         i ? ST_RULE_CHANGED : ST_RULE_CREATED);
    store->audit_count += AUDIT_KEPT_MAX;
    put("refund", "phrases: [c]", "*");
    json_t *page = audit("", 0, AUDIT_KEPT_MAX);
    ck_assert_uint_le(json_array_size(json_object_get(page, "changes")), AUDIT_KEPT_MAX);
    ck_assert_int_eq(id_at(page, 0), 31);
    json_decref(page);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_document_is_made_changed_and_deleted);
    tcase_add_test(tcase, scripts_are_kept_beside_categories);
    tcase_add_test(tcase, what_people_should_know_of_a_category_is_shown_with_it);
    tcase_add_test(tcase, versions_are_kept_to);
    tcase_add_test(tcase, what_does_not_fit_changes_nothing);
    tcase_add_test(tcase, a_folder_that_fails_changes_nothing);
    tcase_add_test(tcase, names_of_all_kinds_are_kept);
    tcase_add_test(tcase, stored_documents_that_cannot_be_used_are_told_and_left_out);
    tcase_add_test(tcase, another_configuration_leaves_what_people_wrote);
    tcase_add_test(tcase, a_folder_that_is_none_fails_the_start);
    tcase_add_test(tcase, every_change_is_known_also_after_a_restart);
    tcase_add_test(tcase, half_a_line_spoils_no_other);
    tcase_add_test(tcase, the_audit_in_memory_is_bounded);
    return run_case("rule_store", tcase);
}
