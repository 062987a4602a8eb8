#include "listen.h"
#include "run.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* A category 'a' whose rules stand from line 4 on. */
#define A(rules) "categories:\n- name: a\n  rules:\n" rules
#define IN_A ": category 'a', rule 1: "
#define IN_A_2 ": category 'a', rule 2: "

static void expect_problems(const char *yaml, const char *problems)
{
    struct st_rules *rules = try_rules(yaml);
    ck_assert_msg(!rules, "accepted: %s", yaml);
    ck_assert_str_eq(heard, problems);
}

static const struct {
    const char *yaml, *problems;
} bad_documents[] = {
    {"- a\n", "r:1: rules are a section with lists 'categories' and 'scripts'\n"},
    {"categries: []\n", "r:1: unknown key 'categries', did you mean 'categories'?\n"},
    {"macros: []\n", "r:1: unknown key 'macros'\n"},
    {"categories: {a: 1}\n", "r:1: 'categories' must be a list\n"},
    {"categories:\n- x\n", "r:2: a category must be a section with keys, not a text\n"},
    {"categories:\n- phrases: [x]\n", "r:2: a category needs a 'name'\n"},
    {"categories:\n- name: ' '\n  phrases: [x]\n", "r:2: 'name' is empty\n"},
    {"categories:\n- name:\n  phrases: [x]\n", "r:2: 'name' must be a text, not nothing\n"},
    {"categories:\n- name: a\n", "r:2: category 'a': needs 'rules' or 'phrases'\n"},
    {"categories:\n- name: a\n  phrases: []\n", "r:3: category 'a': 'phrases' needs an entry\n"},
    {"categories:\n- name: a\n  phrases: x\n", "r:3: category 'a': 'phrases' must be a list\n"},
    {"categories:\n- name: a\n  phrases: [x, '']\n", "r:3: category 'a': an entry is empty\n"},
    {"categories:\n- name: a\n  phrases:\n  - x\n  - {y: z}\n",
     "r:5: category 'a': an entry must be a text, not a section\n"},
    {"categories:\n- name: a\n  phrases: [x]\n  rules: [{phrase: y}]\n",
     "r:3: category 'a': give 'rules' or 'phrases', not both: a rule 'phrase' says the same\n"},
    {"categories:\n- name: a\n  severity: hihg\n  phrases: [x]\n",
     "r:3: category 'a': 'severity' must be none, low, medium, high or critical, not 'hihg', did "
     "you mean 'high'?\n"},
    {"categories:\n- name: a\n  role: boss\n  phrases: [x]\n",
     "r:3: category 'a': 'role' must be any, agent or customer, not 'boss'\n"},
    {"categories:\n- name: a\n  provisional: yes\n  phrases: [x]\n",
     "r:3: category 'a': 'provisional' must be true or false, not 'yes'\n"},
    {"categories:\n- name: a\n  repeat: never\n  phrases: [x]\n",
     "r:3: category 'a': 'repeat' must be always or once, not 'never'\n"},
    {"categories:\n- name: a\n  phrase: [x]\n  phrases: [x]\n",
     "r:3: category 'a': unknown key 'phrase' in a category, did you mean 'phrases'?\n"},
    {"categories:\n- name: a\n  name: b\n  phrases: [x]\n",
     "r:3: 'name' is given twice, first in line 2\n"},
    {"categories:\n- {name: a, phrases: [x]}\n- {name: a, phrases: [y]}\n",
     "r:3: category 'a' is given twice, first in r:2\n"},
    {"a: &x 1\n", "r:1: anchors and aliases are not supported\n"},
    {"categories: *x\n", "r:1: anchors and aliases are not supported\n"},
    {"categories:\n- {name: \"a\\0b\", phrases: [x]}\n", "r:2: a text holds a NUL character\n"},
    {"categories:\n- {name: a\xff, phrases: [x]}\n",
     "r:2: this is no YAML: invalid leading UTF-8 octet\n"},
};

START_TEST(bad_documents_are_refused_with_their_line)
{
    for (size_t i = 0; i < sizeof(bad_documents) / sizeof(bad_documents[0]); i++)
        expect_problems(bad_documents[i].yaml, bad_documents[i].problems);
}
END_TEST

static const struct {
    const char *yaml, *problems;
} bad_rules[] = {
    {A("    x\n"), "r:3: category 'a': 'rules' must be a list of rules, at least one\n"},
    {A("    []\n"), "r:3: category 'a': 'rules' must be a list of rules, at least one\n"},
    {A("  - x\n"), "r:4" IN_A "a rule must be a section with keys, such as 'phrase: …'\n"},
    {A("  - role: agent\n"),
     "r:4" IN_A "a rule needs one of phrase, sequence, semantic, interruption, non_talk, overlap, "
     "talk_speed, loudness, sentiment, duration, call, any, all, not or category\n"},
    {A("  - phrse: x\n"), "r:4" IN_A "unknown key 'phrse', did you mean 'phrase'?\n"},
    {A("  - phrase: x\n    rol: agent\n"), "r:5" IN_A "unknown key 'rol', did you mean 'role'?\n"},
    {A("  - phrase: x\n    call: {queue: y}\n"),
     "r:5" IN_A "'phrase' and 'call' are two rules: each has an entry of its own\n"},
    {A("  - call: {queue: y}\n    role: agent\n"), "r:5" IN_A "a rule 'call' takes no 'role'\n"},
    {A("  - phrase: x\n    absent: no\n"), "r:5" IN_A "'absent' must be true or false, not 'no'\n"},
    {A("  - phrase: {}\n"), "r:4" IN_A "'phrase' needs 'any': a phrase or a list of them\n"},
    {A("  - phrase: {any: x, exept: y}\n"),
     "r:4" IN_A "unknown key 'exept' in 'phrase', did you mean 'except'?\n"},
    {A("  - phrase:\n    - x\n    - '!?'\n"), "r:6" IN_A "the phrase '!?' has no word in it\n"},
    {A("  - phrase: x\n  - phrase: ['...', y, '--']\n"),
     "r:5" IN_A_2 "the phrase '...' has no word in it\n"
     "r:5" IN_A_2 "the phrase '--' has no word in it\n"},
    /* ranges */
    {A("  - phrase: x\n    range: first 20 s\n"),
     "r:5" IN_A "'range' must be a section with keys, not a text\n"},
    {A("  - phrase: x\n    range: {}\n"),
     "r:5" IN_A
     "'range' takes from and until, or first, or last; in seconds (_s) or in per cent of "
     "the call (_pct)\n"},
    {A("  - phrase: x\n    range: {first_s: 3, last_s: 3}\n"),
     "r:5" IN_A
     "'range' takes from and until, or first, or last; in seconds (_s) or in per cent of "
     "the call (_pct)\n"},
    {A("  - phrase: x\n    range: {from_s: 3, until_pct: 10}\n"),
     "r:5" IN_A
     "'range' takes from and until, or first, or last; in seconds (_s) or in per cent of "
     "the call (_pct)\n"},
    {A("  - phrase: x\n    range: {from_s: 20, until_s: 10}\n"),
     "r:5" IN_A "nothing can be in this 'range': it ends before it begins\n"},
    {A("  - phrase: x\n    range: {last_pct: 0}\n"),
     "r:5" IN_A "nothing can be in this 'range': it ends before it begins\n"},
    {A("  - phrase: x\n    range: {until_pct: 101}\n"),
     "r:5" IN_A "'until_pct' must be a number from 0 to 100, not '101'\n"},
    {A("  - phrase: x\n    range: {first_s: 1e3}\n"),
     "r:5" IN_A "'first_s' must be a number from 0 to 86400, not '1e3'\n"},
    {A("  - phrase: x\n    range: {first_s: -1}\n"),
     "r:5" IN_A "'first_s' must be a number from 0 to 86400, not '-1'\n"},
    {A("  - phrase: x\n    range: {first_s: '20'}\n"),
     "r:5" IN_A "'first_s' must be a number from 0 to 86400, not '20'\n"},
    {A("  - phrase: x\n    range: {frist_s: 20}\n"),
     "r:5" IN_A "unknown key 'frist_s' in 'range', did you mean 'first_s'?\n"},
    /* sequences */
    {A("  - sequence: {}\n"), "r:4" IN_A "'sequence' needs 'first'\n"
                              "r:4" IN_A "'sequence' needs 'then' or 'without'\n"
                              "r:4" IN_A "'sequence' needs 'within_s'\n"},
    {A("  - sequence: {first: a, then: b, without: c, within_s: 1}\n"),
     "r:4" IN_A "'sequence' takes 'then' or 'without', not both\n"},
    {A("  - sequence: {first: {role: agent}, then: b, within_s: 0}\n"),
     "r:4" IN_A "'first' needs 'phrase'\nr:4" IN_A "'within_s' must be more than 0\n"},
    /* thresholds */
    {A("  - interruption: 4\n"),
     "r:4" IN_A
     "'interruption' must be a section with total_above_s, total_below_s, count_above or "
     "count_below\n"},
    {A("  - interruption: {}\n"), "r:4" IN_A "'interruption' needs total_above_s, total_below_s, "
                                  "count_above or count_below\n"},
    {A("  - interruption: {total_above_s: 1, count_above: 2}\n"),
     "r:4" IN_A "'total_above_s' and 'count_above' are two rules: each has an entry of its own\n"},
    {A("  - interruption: {total_above: 1}\n"),
     "r:4" IN_A "unknown key 'total_above' in 'interruption', did you mean 'total_above_s'?\n"},
    {A("  - non_talk: {longest_above_s: 1}\n"),
     "r:4" IN_A "'longest_above_s' must be a number from 2 to 86400, not '1'\n"},
    {A("  - non_talk: {total_above_s: 20}\n    role: agent\n"),
     "r:5" IN_A "a rule 'non_talk' takes no 'role'\n"},
    {A("  - talk_speed: {above_wpm: 180, over_s: 60}\n    range: {last_s: 100}\n"),
     "r:4" IN_A "'over_s' goes with a range in seconds from the start, or with none\n"},
    {A("  - loudness: {above: fast}\n"),
     "r:4" IN_A "'above' must be a number from 0 to 100, not 'fast'\n"},
    {A("  - sentiment: {label: angry}\n"),
     "r:4" IN_A "'label' must be neutral, positive, negative or mixed, not 'angry'\n"},
    {A("  - sentiment: {trend: down, score_below: 0}\n"),
     "r:4" IN_A "'sentiment' takes one of label, score_above, score_below and trend\n"},
    {A("  - sentiment: {trend: down, share_pct: 5}\n"),
     "r:4" IN_A "'share_pct' goes with 'label'\n"},
    {A("  - sentiment: {}\n"),
     "r:4" IN_A "'sentiment' needs label, score_above, score_below or trend\n"},
    /* facts */
    {A("  - call: {}\n"), "r:4" IN_A "'call' needs a key, such as queue\n"},
    {A("  - call: {queues: x}\n"),
     "r:4" IN_A "unknown key 'queues' in 'call', did you mean 'queue'?\n"},
    {A("  - call: {attributes: x}\n"),
     "r:4" IN_A "'attributes' must be a section with 1 to 20 names of attributes\n"},
    /* compositions */
    {A("  - any: []\n"), "r:4" IN_A "'any' must be a list of rules, at least one\n"},
    {A("  - any:\n    - phrase: x\n    - phrse: y\n"),
     "r:6: category 'a', rule 1.2: unknown key 'phrse', did you mean 'phrase'?\n"},
    {A("  - not: [phrase: x]\n"),
     "r:4: category 'a', rule 1.1: a rule must be a section with keys, such as 'phrase: …'\n"},
    {A("  - not: {not: {not: {not: {not: {phrase: x}}}}}\n"),
     "r:4: category 'a', rule 1.1.1.1.1: compositions are nested more than 4 deep\n"},
    {A("  - category: b\n"), "r:4" IN_A "there is no category 'b'\n"},
    {A("  - category: a\n"), "r:4: category 'a': refers to itself: a → a\n"},
};

START_TEST(bad_rules_are_refused_with_their_line)
{
    for (size_t i = 0; i < sizeof(bad_rules) / sizeof(bad_rules[0]); i++)
        expect_problems(bad_rules[i].yaml, bad_rules[i].problems);
}
END_TEST

START_TEST(circles_are_shown_with_their_way)
{
    expect_problems("categories:\n"
                    "- {name: x, rules: [{category: a}]}\n"
                    "- {name: a, rules: [{any: [{phrase: q}, {category: b}]}]}\n"
                    "- {name: b, rules: [{not: {category: c}}]}\n"
                    "- {name: c, rules: [{category: a}]}\n",
                    "r:5: category 'c': refers to itself: a → b → c → a\n");
}
END_TEST

START_TEST(every_problem_is_told_in_one_run_and_has_no_echo)
{
    expect_problems(
        "categories:\n"
        "- {name: a, phrases: ['?'], severity: none}\n"
        "- {name: b, severity: loud, phrases: [x]}\n"
        "- {name: c, rules: [{category: b}, {category: d}]}\n"
        "- {name: e, rules: [{phrse: x}, {call: {queu: 1}}]}\n",
        "r:2: category 'a', rule 1: the phrase '?' has no word in it\n"
        "r:3: category 'b': 'severity' must be none, low, medium, high or critical, "
        "not 'loud', did you mean 'low'?\n"
        "r:4: category 'c', rule 2: there is no category 'd'\n"
        "r:5: category 'e', rule 1: unknown key 'phrse', did you mean 'phrase'?\n"
        "r:5: category 'e', rule 2: unknown key 'queu' in 'call', did you mean 'queue'?\n");
}
END_TEST

/* ---- bounds ---- */

static char *repeated(const char *head, const char *entry, int count, const char *tail)
{
    size_t bytes = strlen(head) + (strlen(entry) + 12) * (size_t)count + strlen(tail) + 1;
    char *text = st_mem_alloc(bytes), *at = text + sprintf(text, "%s", head);
    for (int i = 0; i < count; i++) {
        const char *mark = strchr(entry, '#');
        at += sprintf(at, "%.*s%d%s", (int)(mark - entry), entry, i, mark + 1);
    }
    strcpy(at, tail);
    return text;
}

static void expect_bound(const char *head, const char *entry, int count, const char *tail,
                         const char *problem)
{
    char *fits = repeated(head, entry, count, tail);
    st_rules_unref(make_rules(fits));
    free(fits);
    char *more = repeated(head, entry, count + 1, tail);
    ck_assert_ptr_null(try_rules(more));
    ck_assert_msg(strstr(heard, problem), "%s", heard);
    free(more);
}

START_TEST(numbers_of_everything_are_bounded)
{
    expect_bound("categories:\n- name: a\n  rules:\n", "  - phrase: w#\n", 20, "",
                 "'rules' has more than 20 rules");
    expect_bound("categories:\n", "- {name: c#, phrases: [x]}\n", 2000, "",
                 "r:2002: category 'c2000': there are more than 2000 categories");
    expect_bound("categories:\n- {name: a, phrases: [x", ", w#", 49999, "]}\n",
                 "'phrases' has more than 50000 entries");
    expect_bound("categories:\n- {name: b, phrases: [x, y]}\n- {name: a, phrases: [x", ", w#",
                 49997, "]}\n", "category 'a': with it there are more than 50000 phrases");
}
END_TEST

START_TEST(a_hundred_thousand_targets_are_refused_at_their_line)
{
    char *yaml = repeated("categories:\n- name: a\n  phrases: [x", ", w#", 100000, "]\n");
    expect_problems(yaml, "r:3: category 'a': 'phrases' has more than 50000 entries\n");
    free(yaml);
}
END_TEST

START_TEST(compositions_are_bounded_in_all)
{
    char *inner = repeated("any: [", "{phrase: w#},", 20, "]");
    char *yaml = st_mem_alloc(20 * (strlen(inner) + 20) + 100);
    strcpy(yaml, "categories:\n- name: a\n  rules:\n");
    for (int i = 0; i < 10; i++)
        sprintf(yaml + strlen(yaml), "  - {%s}\n", inner);
    ck_assert_ptr_null(try_rules(yaml));
    ck_assert_str_eq(heard, "r:13: category 'a', rule 10.11: there are more than 200 rules in it, "
                            "those in compositions counted\n");
    free(yaml);
    free(inner);
}
END_TEST

START_TEST(long_things_are_refused)
{
    char *target = st_mem_alloc(1100000), *yaml = calloc(1, 1200000);
    memset(target, 'x', 129);
    sprintf(yaml, "categories: [{name: %s, phrases: [x]}]", target);
    expect_problems(yaml, "r:1: 'name' is longer than 128 bytes\n");
    memset(target, 'x', 2001);
    sprintf(yaml, "categories: [{name: a, phrases: [%s]}]", target);
    expect_problems(yaml, "r:1: category 'a': an entry is longer than 2000 bytes\n");
    memset(target, 'x', 1000000);
    sprintf(yaml, "categories:\n- name: a\n  rules:\n  - phrase: %s\n", target);
    expect_problems(yaml, "r:4" IN_A "'phrase' is longer than 2000 bytes\n");
    memset(target, 'x', 1050000);
    sprintf(yaml, "categories: [{name: a, phrases: [%s]}]", target);
    expect_problems(yaml, "r: is larger than rules may be (1 MiB)\n");
    free(target);
    free(yaml);
}
END_TEST

START_TEST(chains_of_categories_are_bounded)
{
    char yaml[2000] = "categories:\n- {name: c0, phrases: [x]}\n";
    for (int i = 1; i <= 8; i++)
        sprintf(yaml + strlen(yaml), "- {name: c%d, rules: [{category: c%d}]}\n", i, i - 1);
    expect_problems(yaml, "r:10: category 'c8': too many categories build on one another\n");
    *strrchr(yaml, '-') = '\0';
    st_rules_unref(make_rules(yaml));
}
END_TEST

/* ---- as written ---- */

static const char every_kind[] =
    "categories:\n"
    "- name: everything\n"
    "  description: \"all \\\"kinds\\\"\"\n"
    "  severity: critical\n"
    "  role: agent\n"
    "  language: en\n"
    "  provisional: true\n"
    "  repeat: once\n"
    "  rules:\n"
    "  - {phrase: hello, role: any, range: {first_s: 20}, absent: true}\n"
    "  - phrase: {any: [speak ... manager, cancel*], except: [not cancel], verbatim: false}\n"
    "    range: {from_s: 1.5, until_s: 60}\n"
    "  - phrase: {any: 'a*b', verbatim: true}\n    range: {from_s: 0}\n"
    "  - sequence: {first: {phrase: a, role: customer}, then: [b, c], within_s: 10}\n"
    "    range: {last_s: 0.25}\n"
    "  - {sequence: {first: a, without: b, within_s: 0.5}, range: {last_pct: 12.5}}\n"
    "  - {interruption: {total_above_s: 10}, role: customer, range: {first_pct: 50}}\n"
    "  - {interruption: {count_below: 3}}\n"
    "  - {non_talk: {longest_above_s: 20}, range: {from_pct: 10, until_pct: 80}}\n"
    "  - {overlap: {share_above_pct: 12.5}}\n"
    "  - {talk_speed: {above_wpm: 180, over_s: 30}}\n"
    "  - {loudness: {peak_above: 90}}\n"
    "  - {sentiment: {label: negative}}\n"
    "  - {sentiment: {score_below: -0.25, over_s: 60}}\n"
    "  - {sentiment: {trend: down}}\n"
    "  - {duration: {above_s: 600}}\n"
    "  - call: {queue: [a, b], caller: '+1*', attributes: {tier: gold, '7': x}}\n"
    "  - any: [{phrase: x}, {all: [{not: {phrase: y}}, {category: other}]}]\n"
    "- {name: other, phrases: [x]}\n";

static const char everything[] =
    "{\"name\":\"everything\",\"description\":\"all \\\"kinds\\\"\",\"severity\":\"critical\","
    "\"role\":\"agent\",\"language\":\"en\",\"provisional\":true,\"repeat\":\"once\",\"rules\":["
    "{\"phrase\":[\"hello\"],\"role\":\"any\",\"range\":{\"first_s\":20},\"absent\":true},"
    "{\"phrase\":{\"any\":[\"speak ... manager\",\"cancel*\"],\"except\":[\"not cancel\"]},"
    "\"range\":{\"from_s\":1.5,\"until_s\":60}},"
    "{\"phrase\":{\"any\":[\"a*b\"],\"verbatim\":true},\"range\":{\"from_s\":0}},"
    "{\"sequence\":{\"first\":{\"phrase\":[\"a\"],\"role\":\"customer\"},\"then\":[\"b\",\"c\"],"
    "\"within_s\":10},\"range\":{\"last_s\":0.25}},"
    "{\"sequence\":{\"first\":[\"a\"],\"without\":[\"b\"],\"within_s\":0.5},"
    "\"range\":{\"last_pct\":12.5}},"
    "{\"interruption\":{\"total_above_s\":10},\"role\":\"customer\",\"range\":{\"first_pct\":50}},"
    "{\"interruption\":{\"count_below\":3}},"
    "{\"non_talk\":{\"longest_above_s\":20},\"range\":{\"from_pct\":10,\"until_pct\":80}},"
    "{\"overlap\":{\"share_above_pct\":12.5}},"
    "{\"talk_speed\":{\"above_wpm\":180,\"over_s\":30}},"
    "{\"loudness\":{\"peak_above\":90}},"
    "{\"sentiment\":{\"label\":\"negative\",\"share_pct\":50}},"
    "{\"sentiment\":{\"score_below\":-0.25,\"over_s\":60}},"
    "{\"sentiment\":{\"trend\":\"down\"}},"
    "{\"duration\":{\"above_s\":600}},"
    "{\"call\":{\"queue\":[\"a\",\"b\"],\"caller\":[\"+1*\"],"
    "\"attributes\":{\"tier\":[\"gold\"],\"7\":[\"x\"]}}},"
    "{\"any\":[{\"phrase\":[\"x\"]},{\"all\":[{\"not\":{\"phrase\":[\"y\"]}},"
    "{\"category\":\"other\"}]}]}]}";

static struct st_rule_book *read_book(const char *yaml)
{
    struct st_rule_book *book = st_rule_book_create();
    struct st_problems problems;
    st_problems_init(&problems, "r");
    heard[0] = '\0';
    int err = st_rule_book_read(book, yaml, strlen(yaml), &problems);
    st_problems_send(&problems, tell_problem, NULL);
    ck_assert_msg(err == 0, "%s", heard);
    st_problems_fini(&problems);
    return book;
}

static int put(struct st_rule_book *book, const char *name, const char *text)
{
    struct st_problems problems;
    st_problems_init(&problems, "body");
    heard[0] = '\0';
    int err = st_rule_book_put(book, name, text, strlen(text), &problems);
    st_problems_send(&problems, tell_problem, NULL);
    st_problems_fini(&problems);
    return err;
}

static char *written(const struct st_rule_book *book, const char *name)
{
    struct st_json_writer json;
    st_json_init(&json);
    ck_assert_int_eq(st_rule_book_write(book, name, &json), 0);
    char *text = strndup(json.data, json.len);
    st_json_fini(&json);
    return text;
}

START_TEST(a_category_is_written_in_one_form_that_reads_back)
{
    struct st_rule_book *book = read_book(every_kind), *other = st_rule_book_create();
    struct st_rule_summary first, again;
    char *text = written(book, "everything");
    ck_assert_str_eq(text, everything);
    ck_assert_int_eq(put(other, "everything", text), 0);
    char *second = written(other, "everything");
    ck_assert_str_eq(second, everything);
    ck_assert(st_rule_book_find(book, "everything", &first));
    ck_assert(st_rule_book_find(other, "everything", &again));
    ck_assert_str_eq(first.version, again.version);
    ck_assert_str_eq(first.description, "all \"kinds\"");
    ck_assert_int_eq(first.severity, ST_SEVERITY_CRITICAL);
    st_rules_unref(make_rules(every_kind));
    free(text);
    free(second);
    st_rule_book_destroy(book);
    st_rule_book_destroy(other);
}
END_TEST

START_TEST(short_and_long_say_the_same)
{
    struct st_rule_book *book = read_book("categories:\n"
                                          "- {name: a, phrases: [x, y]}\n"
                                          "- {name: b, rules: [{phrase: [x, y]}]}\n");
    char *a = written(book, "a"), *b = written(book, "b");
    ck_assert_str_eq(
        a, "{\"name\":\"a\",\"severity\":\"none\",\"rules\":[{\"phrase\":[\"x\",\"y\"]}]}");
    b[9] = 'a';
    ck_assert_str_eq(a, b);
    free(a);
    free(b);
    st_rule_book_destroy(book);
}
END_TEST

START_TEST(categories_are_put_and_removed)
{
    struct st_rule_book *book = read_book("categories: [{name: a, phrases: [x]}]");
    struct st_rule_book *copy = st_rule_book_copy(book);
    struct st_rule_summary before, after;
    ck_assert(st_rule_book_find(book, "a", &before));
    char *version = strdup(before.version);
    ck_assert_int_eq(put(book, "a", "{\"phrases\": [\"y\"], \"severity\": \"low\"}"), 0);
    ck_assert_int_eq(put(book, "b", "name: b\nphrases: [z]\n"), 0);
    ck_assert_uint_eq(st_rule_book_count(book), 2);
    ck_assert_str_eq(st_rule_book_name(book, 0), "a");
    ck_assert_str_eq(st_rule_book_name(book, 1), "b");
    ck_assert_ptr_null(st_rule_book_name(book, 2));
    ck_assert(st_rule_book_find(book, "a", &after));
    ck_assert_str_ne(version, after.version);
    ck_assert_int_eq(after.severity, ST_SEVERITY_LOW);
    ck_assert_int_eq(st_rule_book_remove(book, "a"), 0);
    ck_assert_int_eq(st_rule_book_remove(book, "a"), -ENOENT);
    ck_assert(!st_rule_book_find(book, "a", &after));
    ck_assert_uint_eq(st_rule_book_count(copy), 1);
    ck_assert(st_rule_book_find(copy, "a", &after));
    ck_assert_str_eq(version, after.version);
    free(version);
    st_rule_book_destroy(book);
    st_rule_book_destroy(copy);
    st_rule_book_destroy(NULL);
}
END_TEST

START_TEST(a_bad_category_is_not_put)
{
    struct st_rule_book *book = read_book("categories: [{name: a, phrases: [x]}]");
    ck_assert_int_eq(put(book, "a", "name: b\nphrases: [z]\n"), -EINVAL);
    ck_assert_str_eq(heard, "body:1: category 'a': 'name' is another one than the path says\n");
    ck_assert_int_eq(put(book, "a", "phrases: []\n"), -EINVAL);
    ck_assert_str_eq(heard, "body:1: category 'a': 'phrases' needs an entry\n");
    ck_assert_int_eq(put(book, "a", ""), -EINVAL);
    ck_assert_str_eq(heard, "body:1: category 'a': needs 'rules' or 'phrases'\n");
    ck_assert_int_eq(put(book, "a", "[1]"), -EINVAL);
    ck_assert_int_eq(put(book, "a\xff", "phrases: [x]"), -EINVAL);
    ck_assert_str_eq(heard, "body:1: a name has 1 to 128 bytes of UTF-8\n");
    ck_assert_int_eq(put(book, "", "phrases: [x]"), -EINVAL);
    char *text = written(book, "a");
    ck_assert_str_eq(text,
                     "{\"name\":\"a\",\"severity\":\"none\",\"rules\":[{\"phrase\":[\"x\"]}]}");
    free(text);
    st_rule_book_destroy(book);
}
END_TEST

START_TEST(a_document_cut_anywhere_is_read_or_refused)
{
    for (size_t cut = 0; cut < sizeof(every_kind); cut++) {
        char *exact = malloc(cut ? cut : 1);
        struct st_rule_book *book = st_rule_book_create();
        struct st_problems problems;
        memcpy(exact, every_kind, cut);
        st_problems_init(&problems, "r");
        int err = st_rule_book_read(book, exact, cut, &problems);
        ck_assert((err < 0) == (problems.count > 0));
        st_problems_fini(&problems);
        st_rule_book_destroy(book);
        free(exact);
    }
}
END_TEST

static void *use(void *user)
{
    struct st_rules *rules = user;
    for (int i = 0; i < 10000; i++)
        st_rules_unref(st_rules_ref(rules));
    st_rules_unref(rules);
    return NULL;
}

START_TEST(references_are_counted_across_threads)
{
    pthread_t threads[3];
    struct st_rules *rules = make_rules(every_kind);
    ck_assert_uint_eq(st_rules_count(rules), 2);
    for (size_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, use, st_rules_ref(rules));
    st_rules_unref(rules);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    st_rules_unref(NULL);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {bad_documents_are_refused_with_their_line,
                            bad_rules_are_refused_with_their_line,
                            circles_are_shown_with_their_way,
                            every_problem_is_told_in_one_run_and_has_no_echo,
                            numbers_of_everything_are_bounded,
                            a_hundred_thousand_targets_are_refused_at_their_line,
                            compositions_are_bounded_in_all,
                            long_things_are_refused,
                            chains_of_categories_are_bounded,
                            a_category_is_written_in_one_form_that_reads_back,
                            short_and_long_say_the_same,
                            categories_are_put_and_removed,
                            a_bad_category_is_not_put,
                            a_document_cut_anywhere_is_read_or_refused,
                            references_are_counted_across_threads};
    return run_tests("rules", tests, sizeof(tests) / sizeof(tests[0]));
}
