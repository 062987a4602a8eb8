#include "analysis_rig.h"
#include "run.h"
#include "stage.h"

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

/* ---- the stage alone: matches by meaning come later than the segment ---- */

static void on_topic(void *user, const struct st_finding *finding)
{
    (void)user;
    note(finding);
    if (finding->topic->example)
        add_line("like '%s' %.2f", finding->topic->example, finding->topic->score);
}

static void put(void *stage, uint64_t id, int64_t start_ms, int64_t end_ms)
{
    struct st_segment segment = {.id = id, .is_final = true, .text = ""};
    struct st_tokens tokens = {.start_us = start_ms * 1000, .end_us = end_ms * 1000};
    struct st_stage_input input = {.channel = 1, .segment = &segment, .tokens = &tokens};
    st_stage_topics.final(stage, &input, on_topic, NULL);
}

static void put_sentence(void *stage, uint64_t id)
{
    struct st_stage_statement input = {.channel = 1, .segment_id = id};
    st_stage_topics.sentence(stage, &input, on_topic, NULL);
}

static void match(void *stage, const char *topic, uint64_t id, const char *example, double score)
{
    struct st_category_evidence evidence = {
        .text = example, .words = "", .has_score = true, .score = score};
    struct st_category_match found = {
        .category = topic, .is_topic = true, .evidence = &evidence, .evidence_count = 1};
    struct st_finding finding = {.type = ST_FINDING_CATEGORY,
                                 .channel = 1,
                                 .role = ST_ROLE_CUSTOMER,
                                 .segment_id = id,
                                 .start_us = (int64_t)id * 1000000,
                                 .end_us = (int64_t)id * 1000000 + 500000,
                                 .category = &found};
    st_stage_topics.found(stage, &finding);
}

START_TEST(a_match_counts_for_its_segment_whenever_it_comes)
{
    static const char final[] = "0 a final: 1, 1000 ms, 0.25, customer 1000-1500\nlike 'x' 0.70\n"
                                "1 b final: 1, 2000 ms, 0.50, customer 2000-2500\nlike 'y' 0.80";
    struct st_stage_view view = {.media_us = 0};
    told[0] = '\0';
    void *stage = st_stage_topics.create(&view);
    put(stage, 0, 0, 1000);
    put(stage, 1, 1000, 2000);
    match(stage, "a", 1, "x", 0.7);
    put_sentence(stage, 1);
    expect_told("0 a: 1, 1000 ms, 0.50, customer 1000-1500\nlike 'x' 0.70");
    put(stage, 2, 2000, 3000);
    match(stage, "b", 2, "y", 0.8);
    put_sentence(stage, 2);
    put(stage, 3, 3000, 4000);
    put_sentence(stage, 3);
    told[0] = '\0';
    st_stage_topics.finish(stage, on_topic, NULL);
    expect_told(final);
    st_stage_topics.destroy(stage);

    stage = st_stage_topics.create(&view);
    for (unsigned id = 0; id < 4; id++)
        put(stage, id, id * 1000, id * 1000 + 1000);
    match(stage, "a", 1, "x", 0.7);
    put_sentence(stage, 1);
    match(stage, "b", 2, "y", 0.8);
    put_sentence(stage, 2);
    put_sentence(stage, 3);
    told[0] = '\0';
    st_stage_topics.finish(stage, on_topic, NULL);
    expect_told(final);
    st_stage_topics.destroy(stage);
}
END_TEST

START_TEST(the_best_example_and_the_earliest_match_are_told)
{
    struct st_stage_view view = {.media_us = 0};
    void *stage = st_stage_topics.create(&view);
    for (unsigned id = 1; id < 4; id++)
        put(stage, id, id * 1000, id * 1000 + 1000);
    match(stage, "a", 3, "good", 0.7);
    match(stage, "a", 2, "best", 0.9);
    match(stage, "a", 2, "worst", 0.6);
    told[0] = '\0';
    st_stage_topics.finish(stage, on_topic, NULL);
    expect_told("0 a final: 3, 2000 ms, 0.67, customer 2000-2500\nlike 'best' 0.90");
    st_stage_topics.destroy(stage);
}
END_TEST

START_TEST(segments_that_wait_are_bounded)
{
    struct st_stage_view view = {.media_us = 0};
    void *stage = st_stage_topics.create(&view);
    match(stage, "a", 0, "x", 0.7);
    for (unsigned id = 0; id < 1000; id++)
        put(stage, id, id * 1000, id * 1000 + 1000);
    match(stage, "b", 1, "y", 0.7); /* too late for its segment: the next has it */
    put(stage, 1000, 1000000, 1001000);
    told[0] = '\0';
    st_stage_topics.finish(stage, on_topic, NULL);
    ck_assert_ptr_nonnull(strstr(told, "0 a final: 1, 62000 ms, 0.06,"));
    ck_assert_ptr_nonnull(strstr(told, "1 b final: 1, 1000 ms, 0.00,"));
    st_stage_topics.destroy(stage);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {talk_is_shared_among_topics,
                            a_topic_fades,
                            topics_are_bounded,
                            a_match_counts_for_its_segment_whenever_it_comes,
                            the_best_example_and_the_earliest_match_are_told,
                            segments_that_wait_are_bounded};
    return run_tests("stage_topics", tests, sizeof(tests) / sizeof(tests[0]));
}
