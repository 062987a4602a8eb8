#include "analysis_rig.h"
#include "run.h"

#include "sidetone/topic.h"

static void note(const struct st_finding *finding)
{
    const struct st_topic_finding *topic = finding->topic;
    if (finding->type == ST_FINDING_TOPIC)
        add_line("%u %s%s: %u, %lld ms, %.2f, %s %lld-%lld", topic->number, topic->topic,
                 topic->is_final ? " final" : "", topic->matches, (long long)topic->talk_us / 1000,
                 topic->share, st_role_name(finding->role), (long long)finding->start_us / 1000,
                 (long long)finding->end_us / 1000);
}

static const char two[] = "categories:\n"
                          "- {name: billing, topic: true, phrases: [bill, invoice]}\n"
                          "- {name: repair, topic: true, phrases: [broken]}\n"
                          "- {name: other, phrases: [hello]}\n";

static void begin(const char *text)
{
    struct st_rules *rules;
    struct st_problems problems;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "a.yaml");
    ck_assert_int_eq(st_rule_book_read(book, text, strlen(text), &problems), 0);
    ck_assert_int_eq(st_rules_compile(&rules, book, &problems), 0);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    begin_call((struct st_analysis_settings){.rules = rules});
    st_rules_unref(rules);
}

START_TEST(talk_is_shared_among_topics)
{
    begin(two);
    say(0, 0, 2000, "hello");
    expect_told("");
    say(1, 2000, 6000, "my bill");
    expect_told("0 billing: 1, 4000 ms, 0.67, customer 3714-6000");
    say(0, 6000, 10000, "let me see");
    say(1, 10000, 14000, "and the invoice of the broken thing");
    ck_assert_ptr_nonnull(strstr(told, "1 repair: 1, 2000 ms, 0.14, customer "));
    told[0] = '\0';
    say(0, 14000, 20000, "it is broken");
    end_call(20000);
    expect_told("0 billing final: 2, 10000 ms, 0.50, customer 3714-6000\n"
                "1 repair final: 2, 8000 ms, 0.40, customer 12628-13314");
}
END_TEST

START_TEST(a_topic_fades)
{
    begin(two);
    say(1, 0, 2000, "my bill");
    say(1, 61000, 63000, "still that");
    say(1, 64000, 66000, "something else");
    end_call(70000);
    ck_assert_ptr_nonnull(strstr(told, "0 billing final: 1, 4000 ms, 0.67,"));
}
END_TEST

START_TEST(topics_are_bounded)
{
    char text[4096] = "categories:\n", name[100];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "- {name: t%d, topic: true, phrases: [word]}\n", i);
        strcat(text, name);
    }
    begin(text);
    say(0, 0, 1000, "word");
    end_call(1000);
    unsigned lines = 1;
    for (const char *at = told; *at; at++)
        lines += *at == '\n';
    ck_assert_uint_eq(lines, 2 * ST_TOPICS_OF_CALL_MAX);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {talk_is_shared_among_topics, a_topic_fades, topics_are_bounded};
    return run_tests("stage_topics", tests, sizeof(tests) / sizeof(tests[0]));
}
