#include "run.h"

#include "sidetone/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char told[20000];

static void tell(void *user, const char *text)
{
    size_t len = strlen(told);
    (void)user;
    snprintf(told + len, sizeof(told) - len, "%s\n", text);
}

/* NULL when it is refused; why is in `told`. */
static struct st_document *read_n(const char *text, size_t bytes)
{
    struct st_problems problems;
    struct st_document *document = NULL;
    told[0] = '\0';
    st_problems_init(&problems, "d");
    int err = st_document_read(&document, text, bytes, &problems);
    ck_assert((err == 0) == (problems.count == 0));
    ck_assert((err == 0) == (document != NULL));
    st_problems_send(&problems, tell, NULL);
    st_problems_fini(&problems);
    return document;
}

START_TEST(a_tree_has_keys_texts_and_lines)
{
    static const char text[] = "a: 1\nb:\n  - 'x'\n  - {c: null,\n     d: ~}\n";
    struct st_document *document = read_n(text, strlen(text));
    const struct st_node *root = st_document_root(document);
    ck_assert_int_eq(root->type, ST_NODE_SECTION);
    ck_assert_uint_eq(root->count, 2);
    const struct st_node *a = st_node_find(root, "a"), *b = st_node_find(root, "b");
    ck_assert_str_eq(a->text, "1");
    ck_assert(a->is_plain && a->line == 1);
    ck_assert(b->type == ST_NODE_LIST && b->line == 2 && b->count == 2);
    ck_assert(!b->nodes[0].is_plain && b->nodes[0].line == 3);
    ck_assert_ptr_null(b->nodes[0].key);
    ck_assert(st_node_is_null(st_node_find(&b->nodes[1], "c")));
    ck_assert_int_eq(st_node_find(&b->nodes[1], "d")->line, 5);
    ck_assert_ptr_null(st_node_find(root, "z"));
    ck_assert_ptr_null(st_node_find(a, "z"));
    st_document_destroy(document);
    st_document_destroy(NULL);
}
END_TEST

START_TEST(json_is_read_as_well)
{
    static const char text[] = "{\"a\": [\"\\u00e9\\n\", true, -1.5]}";
    struct st_document *document = read_n(text, strlen(text));
    const struct st_node *a = st_node_find(st_document_root(document), "a");
    ck_assert_str_eq(a->nodes[0].text, "\xc3\xa9\n");
    ck_assert(a->nodes[1].is_plain);
    ck_assert_str_eq(a->nodes[2].text, "-1.5");
    st_document_destroy(document);
}
END_TEST

START_TEST(nothing_is_an_empty_section)
{
    static const char *const rows[] = {"", "# nothing\n", "---\n", "~", "{}"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_document *document = read_n(rows[i], strlen(rows[i]));
        ck_assert_int_eq(st_document_root(document)->type, ST_NODE_SECTION);
        ck_assert_uint_eq(st_document_root(document)->count, 0);
        st_document_destroy(document);
    }
}
END_TEST

static const struct {
    const char *text, *problems;
} bad_rows[] = {
    {"a: 1\nb: 2\na: 3\n", "d:3: 'a' is given twice, first in line 1\n"},
    {"[a]: 1\n{b: c}: 2\n", "d:1: a key must be a word\nd:2: a key must be a word\n"},
    {"a:\n  - \"x\\0y\"\n", "d:2: a text holds a NUL character\n"},
    {"\"x\\0y\": 1\n", "d:1: a text holds a NUL character\n"},
    {"a: &x [1]\nb: *x\n", "d:1: anchors and aliases are not supported\n"},
    {"a: !!binary x\n", "d:1: tags are not supported\n"},
    {"a: 1\n---\nb: 1\n", "d:2: a second document: everything belongs into one\n"},
    {"a: [[[[[[[[[[[[[[[[[[[[", "d:1: nested too deeply\n"},
    {"a: 1\nb: c: d\n", "d:2: this is no YAML: mapping values are not allowed in this context\n"},
    {"a: 1\nb: 2\nc: \xff\n", "d:3: this is no YAML: invalid leading UTF-8 octet\n"},
    {"{\"a\": \"open", "d:1: this is no YAML: found unexpected end of stream\n"},
};

START_TEST(what_is_no_document_of_ours_is_refused)
{
    for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
        ck_assert_msg(!read_n(bad_rows[i].text, strlen(bad_rows[i].text)), "%s", bad_rows[i].text);
        ck_assert_str_eq(told, bad_rows[i].problems);
    }
}
END_TEST

START_TEST(size_is_bounded)
{
    char *text = calloc(1, 2000000);
    for (int i = 0; i < 257; i++)
        sprintf(text + strlen(text), "k%d: 1\n", i);
    ck_assert_ptr_null(read_n(text, strlen(text)));
    ck_assert_str_eq(told, "d:1: a section has more than 256 keys\n");
    memcpy(text, "a: [", 5);
    for (size_t i = 4; i < 1000004; i += 2)
        memcpy(text + i, "1,", 3);
    ck_assert_ptr_null(read_n(text, strlen(text)));
    ck_assert_str_eq(told, "d:1: more entries than such a file has\n");
    free(text);
}
END_TEST

START_TEST(a_text_cut_anywhere_is_read_or_refused)
{
    static const char text[] = "a: {b: [1, 'x', \"y\\u00e9\"], c: |\n  text\n  more\n}\n";
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        char *exact = malloc(cut ? cut : 1);
        memcpy(exact, text, cut);
        st_document_destroy(read_n(exact, cut));
        free(exact);
    }
}
END_TEST

/* ---- problems ---- */

START_TEST(problems_come_by_file_and_line)
{
    struct st_problems problems;
    st_problems_init(&problems, "one");
    st_problems_add(&problems, 7, "g%d", 1);
    st_problems_name(&problems, "two");
    st_problems_add(&problems, 3, "h");
    st_problems_name(&problems, "one");
    st_problems_add(&problems, 2, "a");
    st_problems_add(&problems, ST_LINE_WHOLE, "w");
    st_problems_add(&problems, ST_LINE_ENVIRONMENT, "e");
    st_problems_add(&problems, 7, "g2");
    told[0] = '\0';
    ck_assert_uint_eq(st_problems_send(&problems, tell, NULL), 6);
    ck_assert_str_eq(told, "one: w\nenvironment: e\none:2: a\none:7: g1\none:7: g2\ntwo:3: h\n");
    for (int i = 0; i < 200; i++)
        st_problems_add(&problems, 1, "again");
    ck_assert(st_problems_is_full(&problems));
    ck_assert_uint_eq(problems.count, 100);
    st_problems_fini(&problems);
}
END_TEST

static const char *word_at(const void *from, unsigned i)
{
    return ((const char *const *)from)[i];
}

START_TEST(the_closest_word_is_meant)
{
    static const char *const words[] = {"phrase", "sequence", "any", "all", NULL};
    ck_assert_str_eq(st_problems_closest("phrsae", word_at, words), "phrase");
    ck_assert_str_eq(st_problems_closest("sequense", word_at, words), "sequence");
    ck_assert_ptr_null(st_problems_closest("xylophone", word_at, words));
}
END_TEST

START_TEST(what_is_shown_is_short_and_harmless)
{
    char out[ST_PROBLEMS_SHOWN_MAX];
    ck_assert_str_eq(st_problems_shown("a\x1b[2J\nb", out), "a?[2J?b");
    ck_assert_str_eq(
        st_problems_shown("012345678901234567890123456789012345678\xc3\xa9\xc3\xa9", out),
        "012345678901234567890123456789012345678...");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_tree_has_keys_texts_and_lines,
                            json_is_read_as_well,
                            nothing_is_an_empty_section,
                            what_is_no_document_of_ours_is_refused,
                            size_is_bounded,
                            a_text_cut_anywhere_is_read_or_refused,
                            problems_come_by_file_and_line,
                            the_closest_word_is_meant,
                            what_is_shown_is_short_and_harmless};
    return run_tests("document", tests, sizeof(tests) / sizeof(tests[0]));
}
