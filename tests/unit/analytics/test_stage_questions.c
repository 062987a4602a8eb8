#include "analysis_rig.h"
#include "run.h"

#include "sidetone/question.h"

static void note(const struct st_finding *finding)
{
    const struct st_question_finding *question = finding->question;
    if (finding->type != ST_FINDING_QUESTION)
        return;
    if (question->is_answered)
        add_line("answered %u at %lld by %llu from %lld", question->id,
                 (long long)question->decided_us / 1000,
                 (unsigned long long)question->answer_segment_id,
                 (long long)question->answer_start_us / 1000);
    else
        add_line("unanswered %u (%s) at %lld: %s of %llu, %lld-%lld, chars %u-%u: %s", question->id,
                 st_question_reason_name(question->reason), (long long)question->decided_us / 1000,
                 st_role_name(finding->role), (unsigned long long)finding->segment_id,
                 (long long)finding->start_us / 1000, (long long)finding->end_us / 1000,
                 question->begin_char, question->end_char, question->text);
}

static void begin(void)
{
    begin_call((struct st_analysis_settings){.rules = NULL});
}

START_TEST(an_answered_question_is_not_told)
{
    begin();
    say(0, 0, 2000, "what is your account number");
    say(1, 3000, 5000, "it is one two three");
    say(0, 6000, 8000, "Is that the gold card?");
    say(1, 8500, 9000, "yes");
    wait_until(120000);
    end_call(120000);
    expect_told("");
}
END_TEST

START_TEST(silence_is_no_answer)
{
    begin();
    say(0, 1000, 3000, "Okay. What is your account number?");
    wait_until(32900);
    expect_told("");
    wait_until(33500);
    expect_told("unanswered 1 (time) at 32941: agent of 1, 1352-2941, chars 6-34: What is your "
                "account number?");
    say(1, 50000, 52000, "sorry i was away it is one two three");
    expect_told("answered 1 at 52000 by 2 from 50000");
    say(1, 53000, 54000, "that account number");
    wait_until(300000);
    end_call(300000);
    expect_told("");
}
END_TEST

START_TEST(an_answer_that_begins_in_time_may_take_its_time)
{
    begin();
    say(0, 0, 2000, "what is wrong with it");
    wait_until(29000);
    say(1, 16000, 29000, "well the screen is black and then it makes a noise");
    end_call(60000);
    expect_told("");
    begin();
    say(0, 0, 2000, "what is wrong with it");
    say(1, 18000, 20000, "the weather is fine");
    expect_told("unanswered 1 (time) at 18000: agent of 1, 0-2000, chars 0-21: what is wrong with "
                "it\nanswered 1 at 20000 by 2 from 18000");
    end_call(60000);
}
END_TEST

START_TEST(a_bare_yes_answers_what_asks_for_yes_or_no)
{
    begin();
    say(0, 0, 2000, "where do you live");
    say(1, 3000, 3500, "yes okay");
    end_call(9000);
    expect_told("unanswered 1 (end) at 9000: agent of 1, 0-2000, chars 0-17: where do you live");
}
END_TEST

START_TEST(back_channels_and_counter_questions_are_no_answers)
{
    begin();
    say(1, 0, 2000, "can you give me a refund");
    say(0, 2500, 3000, "mm-hm");
    say(0, 3500, 5000, "what is the order number");
    say(1, 5500, 7000, "it is twelve");
    say(0, 7500, 9000, "and do you have an account with us");
    say(1, 9500, 10000, "yes");
    say(0, 10500, 12000, "have you called before");
    expect_told("");
    say(1, 12500, 13000, "no");
    expect_told("unanswered 1 (turns) at 12500: customer of 1, 0-2000, chars 0-24: can you give me "
                "a refund");
    say(0, 13500, 15000, "thanks the line is fine");
    say(1, 15500, 17000, "good");
    expect_told("");
    say(0, 17500, 19000, "about the refund i can do that");
    expect_told("answered 1 at 19000 by 11 from 17500");
    end_call(60000);
    expect_told("");
}
END_TEST

START_TEST(a_request_to_wait_stops_the_clock)
{
    begin();
    say(1, 0, 2000, "when will it arrive");
    say(0, 3000, 5000, "let me check that for you one moment");
    wait_until(34000);
    expect_told("");
    say(0, 34500, 36000, "please bear with me");
    expect_told("unanswered 1 (time) at 35000: customer of 1, 0-2000, chars 0-19: when will it "
                "arrive");
    end_call(60000);
    begin();
    say(1, 0, 2000, "when will it arrive");
    say(0, 3000, 5000, "one moment");
    say(0, 19000, 20000, "it arrives on monday");
    end_call(60000);
    expect_told("");
}
END_TEST

START_TEST(what_the_asker_adds_belongs_to_the_waiting)
{
    begin();
    say(0, 0, 2000, "Do you have the receipt?");
    say(0, 2500, 20000, "It is the long paper that came with the box.");
    wait_until(40000);
    expect_told("");
    say(1, 30000, 40000, "yes i do");
    end_call(90000);
    expect_told("");
}
END_TEST

START_TEST(a_question_may_cross_a_border)
{
    begin();
    say(0, 0, 2000, "okay then so what");
    say(0, 2300, 4000, "is your name");
    end_call(9000);
    expect_told("unanswered 1 (end) at 9000: agent of 2, 1529-4000, chars 0-12: what is your name");
    begin();
    say(0, 0, 2000, "okay what is your");
    say(0, 2300, 4000, "date of birth");
    end_call(9000);
    expect_told("unanswered 1 (end) at 9000: agent of 1, 588-4000, chars 5-17: what is your");
    begin();
    say(0, 0, 2000, "so what");
    say(0, 9000, 10000, "is your name on it");
    end_call(11000);
    expect_told("unanswered 1 (end) at 11000: agent of 2, 9000-10000, chars 0-18: is your name on "
                "it");
}
END_TEST

START_TEST(an_answer_answers_all_that_was_asked)
{
    begin();
    say(0, 0, 4000, "What is your name? And where do you live?");
    say(1, 5000, 8000, "[NAME] of [ADDRESS]");
    end_call(9000);
    expect_told("");
}
END_TEST

START_TEST(the_next_segment_decides_even_without_ticks)
{
    begin();
    say(0, 0, 2000, "what is wrong with it");
    say(0, 100000, 101000, "fine then");
    expect_told("unanswered 1 (time) at 32000: agent of 1, 0-2000, chars 0-21: what is wrong with "
                "it");
    end_call(102000);
}
END_TEST

START_TEST(questions_without_end_are_bounded)
{
    begin();
    for (int i = 0; i < 1000; i++)
        say(0, 0, 1, "why is it? can you?");
    end_call(1000);
    unsigned lines = 1;
    for (const char *at = told; *at; at++)
        lines += *at == '\n';
    ck_assert_uint_eq(lines, 6);
    told[0] = '\0';
}
END_TEST

START_TEST(long_questions_are_cut_between_characters)
{
    char text[1000] = "what is ";
    begin();
    for (int i = 0; i < 100; i++)
        strcat(text, "\xe2\x82\xac\xe2\x82\xac ");
    strcat(text, "really");
    say(0, 0, 2000, text);
    end_call(5000);
    const char *shown = strstr(told, "what is");
    ck_assert_ptr_nonnull(shown);
    ck_assert_uint_le(strlen(shown), ST_QUESTION_TEXT_MAX);
    ck_assert_uint_ge(strlen(shown), ST_QUESTION_TEXT_MAX - 3);
    ck_assert_int_eq(shown[strlen(shown) - 3], (char)0xe2);
    told[0] = '\0';
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_answered_question_is_not_told,
                            silence_is_no_answer,
                            an_answer_that_begins_in_time_may_take_its_time,
                            a_bare_yes_answers_what_asks_for_yes_or_no,
                            back_channels_and_counter_questions_are_no_answers,
                            a_request_to_wait_stops_the_clock,
                            what_the_asker_adds_belongs_to_the_waiting,
                            a_question_may_cross_a_border,
                            an_answer_answers_all_that_was_asked,
                            the_next_segment_decides_even_without_ticks,
                            questions_without_end_are_bounded,
                            long_questions_are_cut_between_characters};
    return run_tests("stage_questions", tests, sizeof(tests) / sizeof(tests[0]));
}
