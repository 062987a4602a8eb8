#include "listen.h"
#include "run.h"

#include "sidetone/mem.h"

#include <stdlib.h>

#define A(rules) "categories:\n- name: a\n  rules:\n" rules

START_TEST(a_category_listens_to_its_role)
{
    struct st_category_matcher *matcher =
        listen_for("categories:\n"
                   "- {name: agent, role: agent, phrases: [manager]}\n"
                   "- {name: any, phrases: [manager]}\n"
                   "- {name: customer, role: customer, phrases: [manager]}\n");
    ck_assert_str_eq(agent(matcher, "manager", 0),
                     "agent#1 [manager] 0-700\nany#2 [manager] 0-700");
    ck_assert_str_eq(customer(matcher, "manager", 0),
                     "any#3 [manager] 0-700\ncustomer#4 [manager] 0-700");
    st_category_matcher_destroy(matcher);
    st_category_matcher_destroy(NULL);
}
END_TEST

START_TEST(matches_come_in_order_of_time_at_every_occurrence)
{
    struct st_category_matcher *matcher =
        listen_for("categories:\n"
                   "- {name: late, phrases: [manager]}\n"
                   "- {name: early, phrases: [refund, money back]}\n");
    ck_assert_str_eq(agent(matcher, "refund. a manager! money back", 0),
                     "early#1 [refund] 0-600\n"
                     "late#2 [manager] 1000-1700\n"
                     "early#3 [money back] 1900-2900");
    ck_assert_str_eq(evidence, "1 phrase money back [money back] 1900-2900");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(all_rules_must_hold_and_each_new_hit_counts)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - {phrase: refund, role: customer}\n  - {phrase: policy, role: agent}\n"));
    ck_assert_str_eq(customer(matcher, "refund", 0), "");
    ck_assert_str_eq(customer(matcher, "policy", 1000), "");
    ck_assert_str_eq(agent(matcher, "our policy", 2000), "a#1 [policy] 2400-3000");
    ck_assert_str_eq(evidence,
                     "1 phrase refund [refund] 0-600; 2 phrase policy [policy] 2400-3000");
    ck_assert_str_eq(agent(matcher, "well", 4000), "");
    ck_assert_str_eq(customer(matcher, "a refund", 5000), "a#2 [refund] 5200-5800");
    ck_assert_str_eq(evidence,
                     "1 phrase refund [refund] 5200-5800; 2 phrase policy [policy] 2400-3000");
    ck_assert_str_eq(end_at(matcher, 9000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(once_is_once)
{
    struct st_category_matcher *matcher =
        listen_for("categories: [{name: a, repeat: once, phrases: [x]}]");
    ck_assert_str_eq(agent(matcher, "x x", 0), "a#1 [x] 0-100");
    ck_assert_str_eq(agent(matcher, "x", 9000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(ranges_from_the_start_are_decided_at_once)
{
    struct st_category_matcher *matcher =
        listen_for("categories:\n"
                   "- {name: first, rules: [{phrase: x, range: {first_s: 2}}]}\n"
                   "- {name: between, rules: [{phrase: x, range: {from_s: 2, until_s: 4}}]}\n"
                   "- {name: late, rules: [{phrase: x, range: {from_s: 4}}]}\n");
    ck_assert_str_eq(agent(matcher, "x", 0), "first#1 [x] 0-100");
    ck_assert_str_eq(agent(matcher, "x", 1999), "first#2 [x] 1999-2099");
    ck_assert_str_eq(agent(matcher, "x", 2000), "between#3 [x] 2000-2100");
    ck_assert_str_eq(agent(matcher, "x", 4000), "late#4 [x] 4000-4100");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(shares_of_the_call_are_decided_as_soon_as_they_can_be)
{
    struct st_category_matcher *matcher =
        listen_for("categories:\n"
                   "- {name: first, rules: [{phrase: x, range: {first_pct: 50}}]}\n"
                   "- {name: middle, rules: [{phrase: x, range: {from_pct: 50, until_pct: 75}}]}\n"
                   "- {name: last, rules: [{phrase: x, range: {last_pct: 50}}]}\n"
                   "- {name: close, rules: [{phrase: x, range: {last_s: 5}}]}\n");
    ck_assert_str_eq(agent(matcher, "x", 4000), "");
    ck_assert_str_eq(pass(matcher, 8000), "");
    ck_assert_str_eq(pass(matcher, 8001), "first#1 [x] 4000-4100");
    ck_assert_str_eq(agent(matcher, "x", 13000), "");
    ck_assert_str_eq(agent(matcher, "x", 16000), "");
    /* 13 s is in the middle of 20 s, 16 s is not; both are in the second half. */
    ck_assert_str_eq(end_at(matcher, 20000), "middle#2 [x] 13000-13100\n"
                                             "last#3 [x] 13000-13100\n"
                                             "last#4 [x] 16000-16100\n"
                                             "close#5 [x] 16000-16100");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(what_is_absent_is_told_when_its_range_is_known)
{
    struct st_category_matcher *matcher = listen_for(
        A("  - {phrase: [welcome, hello], role: agent, range: {first_s: 20}, absent: true}\n"));
    ck_assert_str_eq(customer(matcher, "hello", 0), "");
    ck_assert_str_eq(pass(matcher, 19999), "");
    ck_assert_str_eq(pass(matcher, 20000), "a#1 [] 0-20000");
    ck_assert_str_eq(evidence, "1 no phrase welcome (or 1 more) [] 0-20000");
    ck_assert_str_eq(agent(matcher, "hello", 30000), "");
    ck_assert_str_eq(end_at(matcher, 60000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(what_is_there_is_not_absent)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - {phrase: hello, role: agent, range: {first_s: 20}, absent: true}\n"));
    ck_assert_str_eq(agent(matcher, "hello", 3000), "");
    ck_assert_str_eq(pass(matcher, 30000), "");
    ck_assert_str_eq(end_at(matcher, 60000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(without_an_end_absence_is_told_at_the_end)
{
    struct st_category_matcher *matcher = listen_for(
        "categories:\n"
        "- {name: never, rules: [{phrase: goodbye, absent: true}]}\n"
        "- {name: late, rules: [{phrase: goodbye, absent: true, range: {last_s: 10}}]}\n"
        "- {name: half, rules: [{phrase: goodbye, absent: true, range: {last_pct: 50}}]}\n");
    ck_assert_str_eq(agent(matcher, "goodbye", 12000), "");
    ck_assert_str_eq(pass(matcher, 100000), "");
    ck_assert_str_eq(end_at(matcher, 110000), "late#1 [] 100000-110000\nhalf#2 [] 55000-110000");
    ck_assert_str_eq(end_at(matcher, 110000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_late_segment_refutes_an_absence)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - {phrase: hello, range: {first_s: 20}, absent: true}\n"
                     "  - phrase: refund\n"));
    ck_assert_str_eq(customer(matcher, "refund", 1000), "");
    ck_assert_str_eq(pass(matcher, 25000), "a#1 [] 0-20000");
    ck_assert_str_eq(customer(matcher, "refund", 26000), "a#2 [refund] 26000-26600");
    ck_assert_str_eq(agent(matcher, "hello", 18000), "-a#1 refuted\n-a#2 refuted");
    ck_assert_str_eq(customer(matcher, "refund", 30000), "");
    ck_assert_str_eq(end_at(matcher, 40000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(one_thing_after_another)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - sequence: {first: {phrase: cancel, role: customer},\n"
                     "               then: {phrase: discount, role: agent}, within_s: 10}\n"));
    ck_assert_str_eq(agent(matcher, "discount", 0), "");
    ck_assert_str_eq(customer(matcher, "cancel", 5000), "");
    ck_assert_str_eq(customer(matcher, "discount", 6000), "");
    ck_assert_str_eq(agent(matcher, "discount", 15600), "a#1 [cancel … discount] 5000-16400");
    ck_assert_str_eq(agent(matcher, "discount", 15601), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_sequence_may_be_heard_in_the_wrong_order)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - sequence: {first: cancel, then: discount, within_s: 10}\n"));
    ck_assert_str_eq(agent(matcher, "discount", 8000), "");
    ck_assert_str_eq(customer(matcher, "cancel", 5000), "a#1 [cancel … discount] 5000-8800");
    ck_assert_str_eq(customer(matcher, "cancel", 6000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(one_thing_without_another)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - sequence: {first: one moment, without: [thanks for, i am back],\n"
                     "               within_s: 60}\n    role: agent\n"));
    ck_assert_str_eq(agent(matcher, "one moment please", 1000), "");
    ck_assert_str_eq(pass(matcher, 40000), "");
    ck_assert_str_eq(agent(matcher, "i'm back", 50000), "");
    ck_assert_str_eq(pass(matcher, 100000), "");
    ck_assert_str_eq(agent(matcher, "one moment please", 110000), "");
    ck_assert_str_eq(customer(matcher, "i am back", 120000), "");
    ck_assert_str_eq(pass(matcher, 171000), "");
    ck_assert_str_eq(pass(matcher, 171001), "a#1 [one moment] 110000-111000");
    ck_assert_str_eq(agent(matcher, "one moment", 180000), "");
    ck_assert_str_eq(end_at(matcher, 190000), "a#2 [one moment] 180000-181000");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(facts_of_the_call_hold_while_they_are_so)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - call: {queue: [bill*, sales], attributes: {tier: GOLD}}\n"
                     "  - phrase: refund\n"));
    ck_assert_str_eq(customer(matcher, "refund", 0), "");
    struct st_call_facts *gold = st_call_facts_copy(call_facts);
    st_call_facts_set(&gold->queue, "Billing");
    st_call_facts_add_attribute(gold, "tier", "gold");
    call_view.facts = gold;
    ck_assert_str_eq(pass(matcher, 1000), "a#1 [refund] 0-600");
    ck_assert_str_eq(evidence, "1 call call: queue, … [] 0-0; 2 phrase refund [refund] 0-600");
    ck_assert_str_eq(customer(matcher, "refund", 2000), "a#2 [refund] 2000-2600");
    call_view.facts = call_facts;
    ck_assert_str_eq(customer(matcher, "refund", 3000), "");
    st_call_facts_unref(gold);
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(patterns_of_facts_have_stars)
{
    static const struct {
        const char *pattern, *caller;
        bool fits;
    } rows[] = {
        {"+1555*", "+15550142", true},
        {"+1555*", "+14440142", false},
        {"*", "", true},
        {"*0142", "+15550142", true},
        {"+1*55*2", "+15550142", true},
        {"+1?550142", "+15550142", true},
        {"+1555", "+15550142", false},
        {"a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char yaml[200];
        snprintf(yaml, sizeof(yaml),
                 "categories: [{name: a, rules: [{call: {caller: '%s'}}, {phrase: x}]}]",
                 rows[i].pattern);
        struct st_category_matcher *matcher = listen_for(yaml);
        struct st_call_facts *facts = st_call_facts_copy(call_facts);
        st_call_facts_set(&facts->caller, rows[i].caller);
        call_view.facts = facts;
        ck_assert_msg((agent(matcher, "x", 0)[0] != '\0') == rows[i].fits, "%s", rows[i].pattern);
        st_category_matcher_destroy(matcher);
        st_call_facts_unref(facts);
    }
}
END_TEST

START_TEST(a_category_may_be_of_one_language)
{
    struct st_category_matcher *matcher =
        listen_for("categories: [{name: a, language: en, phrases: [x]}]");
    static const struct {
        const char *language;
        bool fits;
    } rows[] = {{"en-US", true}, {"EN", true}, {"es-US", false}, {"eng", false}, {"", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_call_facts *facts = st_call_facts_copy(call_facts);
        st_call_facts_set(&facts->language, rows[i].language);
        call_view.facts = facts;
        ck_assert_int_eq(agent(matcher, "x", 0)[0] != '\0', rows[i].fits);
        call_view.facts = call_facts;
        st_call_facts_unref(facts);
    }
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(rules_are_made_of_rules)
{
    struct st_category_matcher *matcher =
        listen_for(A("  - any: [{phrase: refund}, {all: [{phrase: money}, {phrase: back}]}]\n"
                     "  - not: {phrase: joking, range: {first_s: 30}}\n"));
    ck_assert_str_eq(agent(matcher, "money", 0), "");
    ck_assert_str_eq(agent(matcher, "back", 5000), "");
    ck_assert_str_eq(pass(matcher, 30000), "a#1 [] 0-30000");
    ck_assert_str_eq(evidence, "1 phrase money [money] 0-500; 1 phrase back [back] 5000-5400; "
                               "2 no phrase joking [] 0-30000");
    ck_assert_str_eq(agent(matcher, "refund", 40000), "a#2 [refund] 40000-40600");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(categories_build_on_one_another)
{
    struct st_category_matcher *matcher =
        listen_for("categories:\n"
                   "- {name: top, rules: [{category: angry}, {category: polite, absent: true}]}\n"
                   "- {name: angry, rules: [{any: [{category: rude}, {phrase: angry}]}]}\n"
                   "- {name: rude, phrases: [damn]}\n"
                   "- {name: polite, phrases: [please]}\n"
                   "- {name: echo, rules: [{category: rude}]}\n");
    ck_assert_str_eq(customer(matcher, "oh damn it", 0),
                     "rude#1 [damn] 300-700\nangry#2 [damn] 300-700\necho#3 [damn] 300-700");
    ck_assert_str_eq(end_at(matcher, 9000), "top#4 [] 0-9000");
    ck_assert_str_eq(evidence, "1 category category angry [damn] 300-700; "
                               "2 no category category polite [] 0-9000");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(long_calls_are_told)
{
    struct st_category_matcher *matcher =
        listen_for("categories:\n"
                   "- {name: long, rules: [{duration: {above_s: 600}}]}\n"
                   "- {name: short, rules: [{duration: {below_s: 700}}]}\n");
    ck_assert_str_eq(pass(matcher, 600000), "");
    ck_assert_str_eq(pass(matcher, 601000), "long#1 [] 0-600001");
    ck_assert_str_eq(pass(matcher, 602000), "");
    ck_assert_str_eq(end_at(matcher, 650000), "short#2 [] 0-650000");
    st_category_matcher_destroy(matcher);
}
END_TEST

/* ---- provisional ---- */

#define PROVISIONAL "categories: [{name: a, provisional: true, phrases: [money back]}]"

START_TEST(a_partial_is_confirmed_by_its_final)
{
    struct st_category_matcher *matcher = listen_for(PROVISIONAL);
    ck_assert_str_eq(mumble(matcher, 1, "i want my money", 0), "");
    ck_assert_str_eq(mumble(matcher, 1, "i want my money back", 0), "?a#1 [money back] 1000-2000");
    ck_assert_str_eq(mumble(matcher, 1, "i want my money back now", 0), "");
    ck_assert_str_eq(customer(matcher, "I want my money back, now. My money back!", 0),
                     "a#1 [money back] 1000-2000\na#2 [money back] 3000-4000");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_partial_that_changes_is_withdrawn)
{
    struct st_category_matcher *matcher = listen_for(PROVISIONAL);
    ck_assert_str_ne(mumble(matcher, 1, "money back", 0), "");
    ck_assert_str_eq(mumble(matcher, 1, "money bag", 0), "-a#1 changed");
    ck_assert_str_eq(mumble(matcher, 1, "money back", 0), "?a#2 [money back] 0-1000");
    ck_assert_str_eq(customer(matcher, "money bag", 0), "-a#2 final");
    ck_assert_str_ne(mumble(matcher, 0, "money back", 5000), "");
    begin_hearing();
    st_category_matcher_drop(matcher, 0, segment_id + 1);
    ck_assert_str_eq(heard, "-a#3 final");
    ck_assert_str_ne(mumble(matcher, 0, "money back", 5000), "");
    ck_assert_str_eq(end_at(matcher, 9000), "-a#4 ended");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(partials_of_other_categories_say_nothing)
{
    struct st_category_matcher *matcher =
        listen_for("categories:\n"
                   "- {name: a, phrases: [x]}\n"
                   "- {name: b, provisional: true, rules: [{phrase: x}, {phrase: y}]}\n");
    ck_assert_str_eq(mumble(matcher, 1, "x", 0), "");
    ck_assert_str_eq(customer(matcher, "x", 0), "a#1 [x] 0-100");
    ck_assert_str_eq(mumble(matcher, 1, "y", 1000), "?b#2 [y] 1000-1100");
    ck_assert_str_eq(customer(matcher, "y", 1000), "b#2 [y] 1000-1100");
    st_category_matcher_destroy(matcher);
}
END_TEST

/* ---- other rules ---- */

static void swap_rules(struct st_category_matcher *matcher, const char *yaml)
{
    struct st_rules *rules = make_rules(yaml);
    st_category_matcher_set_rules(matcher, rules);
    st_category_matcher_set_rules(matcher, rules);
    st_rules_unref(rules);
    begin_hearing();
}

START_TEST(new_rules_hold_at_once)
{
    struct st_category_matcher *matcher =
        listen_for("categories: [{name: a, phrases: [manager]}, {name: b, phrases: [money back]}]");
    ck_assert_str_eq(agent(matcher, "manager money", 0), "a#1 [manager] 0-700");
    swap_rules(matcher, "categories: [{name: b, phrases: [money back]}, {name: c, phrases: [x]}]");
    ck_assert_str_eq(agent(matcher, "back manager x", 1500),
                     "b#2 [money back] 800-1900\nc#3 [x] 2800-2900");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(what_has_not_changed_goes_on)
{
    const char *same = "- name: a\n  rules:\n  - {phrase: refund}\n  - {phrase: policy}\n"
                       "- name: greeting\n  rules:\n"
                       "  - {phrase: hello, absent: true, range: {first_s: 20}}\n";
    char before[500], after[500];
    snprintf(before, sizeof(before), "categories:\n%s- {name: x, phrases: [x]}\n", same);
    snprintf(after, sizeof(after), "categories:\n- {name: y, phrases: [y, z]}\n%s", same);
    struct st_category_matcher *matcher = listen_for(before);
    ck_assert_str_eq(agent(matcher, "refund", 0), "");
    ck_assert_str_eq(pass(matcher, 20000), "greeting#1 [] 0-20000");
    swap_rules(matcher, after);
    ck_assert_str_eq(pass(matcher, 21000), "");
    ck_assert_str_eq(agent(matcher, "policy", 22000), "a#2 [policy] 22000-22600");
    ck_assert_str_eq(evidence,
                     "1 phrase refund [refund] 0-600; 2 phrase policy [policy] 22000-22600");
    ck_assert_str_eq(agent(matcher, "hello", 19000), "-greeting#1 refuted");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_new_category_does_not_know_what_was_absent)
{
    struct st_category_matcher *matcher = listen_for("categories: []");
    agent(matcher, "hello", 0);
    pass(matcher, 30000);
    swap_rules(matcher,
               "categories:\n"
               "- {name: past, rules: [{phrase: hello, absent: true, range: {first_s: 20}}]}\n"
               "- {name: whole, rules: [{phrase: hello, absent: true}]}\n"
               "- {name: future, rules: [{phrase: hello, absent: true, range: {from_s: 40, "
               "until_s: 50}}]}\n");
    ck_assert_str_eq(pass(matcher, 45000), "");
    ck_assert_str_eq(pass(matcher, 50000), "future#1 [] 40000-50000");
    ck_assert_str_eq(end_at(matcher, 60000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_category_that_is_gone_takes_its_provisional_matches_along)
{
    struct st_category_matcher *matcher = listen_for(PROVISIONAL);
    mumble(matcher, 1, "money back", 0);
    swap_rules(matcher, "categories: []");
    ck_assert_str_eq(pass(matcher, 1000), "-a#1 rules");
    ck_assert_str_eq(customer(matcher, "money back", 0), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(a_hit_may_come_late_and_of_older_rules)
{
    struct st_rules *old = make_rules("categories: [{name: a, phrases: [x]}]");
    struct st_category_matcher *matcher = listen_for("categories: [{name: b, phrases: [y]}]");
    struct st_rule_hit hit = {.words = "later", .channel = 1, .end_us = 500000, .segment_id = 7};
    begin_hearing();
    st_category_matcher_hear(matcher, old, 1, &hit);
    ck_assert_str_eq(heard, "");
    swap_rules(matcher, "categories: [{name: b, phrases: [y]}, {name: a, phrases: [x]}]");
    st_category_matcher_hear(matcher, old, 1, &hit);
    ck_assert_str_eq(heard, "a#1 [later] 0-500");
    st_rules_unref(old);
    st_category_matcher_destroy(matcher);
}
END_TEST

/* ---- the same result whenever ticks come ---- */

static const char story_rules[] =
    "categories:\n"
    "- {name: quiet, rules: [{phrase: hello, absent: true, range: {first_s: 20}}]}\n"
    "- {name: noon, rules: [{phrase: x, range: {first_pct: 50}}]}\n"
    "- {name: wait, rules: [{sequence: {first: moment, without: back, within_s: 5}}]}\n"
    "- {name: both, rules: [{phrase: x}, {phrase: back, absent: true, range: {until_s: 40}}]}\n";

/* What stands in the end, each match without its number. */
static void tell_story(int64_t tick_ms, char *out, size_t bytes)
{
    static const struct {
        unsigned channel;
        const char *text;
        int64_t ms;
    } said[] = {{1, "x", 3000}, {0, "moment", 9000}, {1, "x", 30000}, {0, "moment", 41000}};
    struct st_category_matcher *matcher = listen_for(story_rules);
    char all[4096] = "";
    int64_t now_ms = 0;
    for (size_t i = 0; i < 5; i++) {
        int64_t until_ms = i < 4 ? said[i].ms : 60000;
        for (; tick_ms && now_ms + tick_ms < until_ms; now_ms += tick_ms) {
            strcat(strcat(all, pass(matcher, now_ms + tick_ms)), "\n");
        }
        if (i < 4)
            strcat(strcat(all, say(matcher, said[i].channel, said[i].text, said[i].ms)), "\n");
    }
    strcat(all, end_at(matcher, 60000));
    st_category_matcher_destroy(matcher);
    out[0] = '\0';
    for (int c = 0; c < 4; c++) {
        static const char *const names[] = {"quiet", "noon", "wait", "both"};
        char *rest = strdup(all), *text = rest;
        for (char *line; (line = strsep(&rest, "\n")) != NULL;)
            if (strncmp(line, names[c], strlen(names[c])) == 0)
                snprintf(out + strlen(out), bytes - strlen(out), "%s%s\n", names[c],
                         strchr(line, ' '));
        free(text);
    }
}

START_TEST(ticks_do_not_change_the_result)
{
    static const int64_t ticks[] = {0, 100, 250, 1000, 1700, 30000};
    char first[2000], other[2000];
    tell_story(ticks[0], first, sizeof(first));
    ck_assert_str_eq(first, "quiet [] 0-20000\n"
                            "noon [x] 3000-3100\n"
                            "wait [moment] 9000-9600\nwait [moment] 41000-41600\n"
                            "both [] 0-40000\n");
    for (size_t i = 1; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
        tell_story(ticks[i], other, sizeof(other));
        ck_assert_str_eq(first, other);
    }
}
END_TEST

START_TEST(what_is_kept_is_bounded)
{
    char *yaml = st_mem_alloc(200000);
    strcpy(yaml, "categories:\n");
    for (int i = 0; i < 600; i++)
        sprintf(
            yaml + strlen(yaml),
            "- {name: c%d, rules: [{phrase: w%d, range: {last_pct: 90}}, {sequence: {first: w%d, "
            "without: z, within_s: 100}}, {phrase: never}]}\n",
            i, i, i);
    struct st_category_matcher *matcher = listen_for(yaml);
    size_t before = st_category_matcher_bytes(matcher);
    for (int i = 0; i < 600; i++) {
        char text[20];
        snprintf(text, sizeof(text), "w%d", i);
        agent(matcher, text, 100 * i);
    }
    size_t grown = st_category_matcher_bytes(matcher) - before;
    ck_assert_uint_lt(grown, 64000);
    end_at(matcher, 100000);
    st_category_matcher_destroy(matcher);
    free(yaml);
}
END_TEST

START_TEST(hostile_segments_are_survived)
{
    struct st_category_matcher *matcher = listen_for(story_rules);
    static const int64_t times[] = {INT64_MIN, -1, 0, 1000000, INT64_MAX - 1, INT64_MAX};
    for (unsigned i = 0; i < 36; i++) {
        struct st_word word = {.text = "moment", .start_us = times[i % 6], .end_us = times[i / 6]};
        struct st_segment segment = {.id = i % 5,
                                     .is_final = true,
                                     .start_us = times[i / 6],
                                     .end_us = times[i % 6],
                                     .text = "moment",
                                     .words = i % 2 ? &word : NULL,
                                     .word_count = i % 2,
                                     .word_times =
                                         i % 2 ? ST_WORD_TIMES_MEASURED : ST_WORD_TIMES_NONE};
        call_view.media_us = times[i % 6];
        call_view.known_us = times[i / 6];
        st_category_matcher_set_view(matcher, &call_view);
        st_category_matcher_put_final(matcher, i % 2, ST_ROLE_AGENT, &segment);
        segment.is_final = false;
        st_category_matcher_put_partial(matcher, i % 2, ST_ROLE_AGENT, &segment);
    }
    st_category_matcher_finish(matcher);
    st_category_matcher_destroy(matcher);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_category_listens_to_its_role,
                            matches_come_in_order_of_time_at_every_occurrence,
                            all_rules_must_hold_and_each_new_hit_counts,
                            once_is_once,
                            ranges_from_the_start_are_decided_at_once,
                            shares_of_the_call_are_decided_as_soon_as_they_can_be,
                            what_is_absent_is_told_when_its_range_is_known,
                            what_is_there_is_not_absent,
                            without_an_end_absence_is_told_at_the_end,
                            a_late_segment_refutes_an_absence,
                            one_thing_after_another,
                            a_sequence_may_be_heard_in_the_wrong_order,
                            one_thing_without_another,
                            facts_of_the_call_hold_while_they_are_so,
                            patterns_of_facts_have_stars,
                            a_category_may_be_of_one_language,
                            rules_are_made_of_rules,
                            categories_build_on_one_another,
                            long_calls_are_told,
                            a_partial_is_confirmed_by_its_final,
                            a_partial_that_changes_is_withdrawn,
                            partials_of_other_categories_say_nothing,
                            new_rules_hold_at_once,
                            what_has_not_changed_goes_on,
                            a_new_category_does_not_know_what_was_absent,
                            a_category_that_is_gone_takes_its_provisional_matches_along,
                            a_hit_may_come_late_and_of_older_rules,
                            ticks_do_not_change_the_result,
                            what_is_kept_is_bounded,
                            hostile_segments_are_survived};
    return run_tests("matcher", tests, sizeof(tests) / sizeof(tests[0]));
}
