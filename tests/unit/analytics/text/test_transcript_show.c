#include "analysis_rig.h"
#include "run.h"
#include "text/transcript_show.h"

#include "sidetone/issues.h"
#include "sidetone/profanity.h"
#include "sidetone/profanity_list.h"

#include <stdlib.h>

static struct st_tokens tokens;
static struct st_shown shown;

static const struct st_transcript_format removing = {.removes_disfluencies = true};
static const struct st_transcript_format masking = {.masks_profanity = true};
static const struct st_transcript_format digits = {.writes_digits = true};
static const struct st_transcript_format sentences = {.begins_sentences = true};
static const struct st_transcript_format all = {true, true, true, true};

static void note(const struct st_finding *finding)
{
    if (finding->type == ST_FINDING_ISSUE)
        add_line("issue %zu-%zu", finding->issue->begin_chars, finding->issue->end_chars);
    if (finding->type != ST_FINDING_PROFANITY)
        return;
    add_line("%u-%u", finding->profanity->spans[0].begin_char,
             finding->profanity->spans[0].end_char);
}

static struct st_profanity_list *own_words(void)
{
    struct st_profanity_list *list = st_profanity_list_create();
    st_profanity_list_add_own(list);
    return list;
}

/* A final as shown. */
static const char *show_text(const struct st_transcript_format *format, const char *text)
{
    static char out[4096];
    struct st_cleared_segment segment = {.segment = {.text = text, .is_final = true, .end_us = 9}};
    struct st_transcript_show *show = st_transcript_show_create(format);
    struct st_profanity_list *list = own_words();
    st_tokens_read(&tokens, &segment.segment);
    snprintf(out, sizeof(out), "%s",
             st_transcript_show_put(show, 0, &segment, &tokens, list, &shown)->segment.text);
    st_profanity_list_unref(list);
    st_transcript_show_destroy(show);
    st_tokens_fini(&tokens);
    return out;
}

START_TEST(disfluencies_are_left_out_where_they_are_certain)
{
    static const struct {
        const char *said, *wanted;
    } rows[] = {
        {"um i want uh a refund", "i want a refund"},
        {"So, um, I think.", "So, I think."},
        {"Um, the box is open", "The box is open"},
        {"I want it, um.", "I want it."},
        {"I want um. Then uh, we saw.", "I want. Then we saw."},
        {"i i want to to pay", "i want to pay"},
        {"I, I want", "I want"},
        {"i want i want to pay", "i want to pay"},
        {"we uh we would like we would like that", "we would like that"},
        {"he wan- wanted it", "he wanted it"},
        {"the um the box", "the box"},
        /* what stays */
        {"um", "um"},
        {"mm uh.", "mm uh."},
        {"he had had that that box", "he had had that that box"},
        {"no no it is very very good", "no no it is very very good"},
        {"four one one one", "four one one one"},
        {"thank you thank you", "thank you thank you"},
        {"new york new york is far", "new york new york is far"},
        {"i do i do", "i do i do"},
        {"I go. I stay", "I go. I stay"},
        {"take him to the ER now", "take him to the ER now"},
        {"a well- known thing", "a well- known thing"},
        {"mm-hmm yes", "mm-hmm yes"},
        {"[NAME] [NAME] [NAME]", "[NAME] [NAME] [NAME]"},
        {"", ""},
        {"...", "..."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(show_text(&removing, rows[i].said), rows[i].wanted);
}
END_TEST

START_TEST(profanity_is_masked)
{
    ck_assert_str_eq(show_text(&masking, "This damned thing, DAMN it."),
                     "This d***** thing, D*** it.");
    ck_assert_str_eq(show_text(&masking, "[DAMN] it"), "[DAMN] it");
    ck_assert_str_eq(show_text(&masking, "fine"), "fine");
}
END_TEST

START_TEST(sentences_begin_with_capitals)
{
    static const struct {
        const char *said, *wanted;
    } rows[] = {
        {"hello i am here. what's that? i'm", "Hello I am here. What's that? I'm"},
        {"WHAT IS THAT [NAME_X] I SAID", "What is that [NAME_X] I said"},
        {"i-five is a road", "I-five is a road"},
        {"\xc3\xa9t\xc3\xa9 i", "\xc3\xa9t\xc3\xa9 I"},
        {"it cost 3.50 i think", "It cost 3.50 I think"},
        {"OK", "OK"},
        {"[NAME] said so", "[NAME] said so"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(show_text(&sentences, rows[i].said), rows[i].wanted);
}
END_TEST

START_TEST(all_at_once)
{
    ck_assert_str_eq(show_text(&all, "um i owe uh twenty five damn dollars and it's fifty percent"),
                     "I owe twenty five d*** dollars and it's 50%");
    ck_assert_str_eq(show_text(&digits, "at nine a.m. or ten p.m. we go. five percent."),
                     "at 9:00 am or 10:00 pm we go. 5%.");
    ck_assert_str_eq(show_text(&all, "i i paid on june fifth"), "I paid on June 5");
}
END_TEST

START_TEST(as_it_is_costs_nothing)
{
    const struct st_transcript_format nothing = {false};
    struct st_cleared_segment segment = {.segment = {.text = "um"}};
    ck_assert_ptr_null(st_transcript_show_create(&nothing));
    ck_assert_ptr_eq(st_transcript_show_put(NULL, 0, &segment, &tokens, NULL, &shown), &segment);
    ck_assert_ptr_eq(shown.text, segment.segment.text);
    st_transcript_show_destroy(NULL);
}
END_TEST

static void list_words(const struct st_segment *segment, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < segment->word_count; i++) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s@%lld-%lld", i > 0 ? " " : "",
                 segment->words[i].text, (long long)segment->words[i].start_us,
                 (long long)segment->words[i].end_us);
    }
}

/* Words of 10 µs each. */
static void expect_words(const struct st_transcript_format *format, const char *text,
                         const char *wanted)
{
    struct st_word words[40];
    char copy[400], got[400], *rest = copy;
    size_t count = 0;
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *word; (word = strsep(&rest, " ")) != NULL; count++)
        words[count] = (struct st_word){word, 10 * (int64_t)count, 10 * (int64_t)count + 9, 0.5F};
    struct st_cleared_segment segment = {.segment = {.text = text,
                                                     .is_final = true,
                                                     .words = words,
                                                     .word_count = count,
                                                     .word_times = ST_WORD_TIMES_MEASURED}};
    struct st_transcript_show *show = st_transcript_show_create(format);
    struct st_profanity_list *list = own_words();
    st_tokens_read(&tokens, &segment.segment);
    const struct st_segment *after =
        &st_transcript_show_put(show, 0, &segment, &tokens, list, &shown)->segment;
    list_words(after, got, sizeof(got));
    ck_assert_str_eq(got, wanted);
    st_profanity_list_unref(list);
    st_transcript_show_destroy(show);
    st_tokens_fini(&tokens);
}

START_TEST(words_keep_their_times)
{
    expect_words(&removing, "um i i want uh it", "i@20-29 want@30-39 it@50-59");
    expect_words(&removing, "I want it, um.", "I@0-9 want@10-19 it.@20-29");
    expect_words(&masking, "a damn, thing", "a@0-9 d***,@10-19 thing@20-29");
    expect_words(&digits, "it is twenty five dollars, really",
                 "it@0-9 is@10-19 $25,@20-49 really@50-59");
    expect_words(&sentences, "i see. yes", "I@0-9 see.@10-19 Yes@20-29");
    expect_words(&all, "um pay twenty dollars", "Pay@10-19 $20@20-39");
}
END_TEST

START_TEST(words_that_are_not_the_texts_are_not_shown_beside_it)
{
    struct st_word word = {"damn", 0, 10, 1};
    struct st_cleared_segment segment = {
        .segment = {.text = "oh damn", .is_final = true, .words = &word, .word_count = 1}};
    struct st_transcript_show *show = st_transcript_show_create(&masking);
    struct st_profanity_list *list = own_words();
    st_tokens_read(&tokens, &segment.segment);
    const struct st_segment *after =
        &st_transcript_show_put(show, 0, &segment, &tokens, list, &shown)->segment;
    ck_assert_str_eq(after->text, "oh d***");
    ck_assert_uint_eq(after->word_count, 0);
    ck_assert_int_eq(after->word_times, ST_WORD_TIMES_NONE);
    st_profanity_list_unref(list);
    st_transcript_show_destroy(show);
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(a_sentence_may_go_on_in_the_next_segment)
{
    begin_call((struct st_analysis_settings){.format = sentences});
    say(0, 0, 1000, "well. i want");
    ck_assert_str_eq(shown_text, "Well. I want");
    say(0, 1200, 2000, "to go. now");
    ck_assert_str_eq(shown_text, "to go. Now");
    say(0, 9000, 9500, "then. what");
    ck_assert_str_eq(shown_text, "Then. What");
    say(1, 9600, 9900, "yes");
    ck_assert_str_eq(shown_text, "Yes");
    next_segment.is_final = false;
    say(1, 9950, 9990, "and");
    ck_assert_str_eq(shown_text, "And");
    end_call(10000);
}
END_TEST

START_TEST(findings_name_places_in_what_is_shown)
{
    struct st_profanity_list *list = own_words();
    begin_call((struct st_analysis_settings){.profanity = list, .format = all});
    say(0, 0, 1000, "um i i paid five dollars for this damn box");
    ck_assert_str_eq(shown_text, "I paid $5 for this d*** box");
    expect_told("19-23");
    end_call(2000);
    st_profanity_list_unref(list);
}
END_TEST

START_TEST(issues_too_name_places_in_what_is_shown)
{
    struct st_issue_model *model = st_issue_model_create(NULL);
    begin_call((struct st_analysis_settings){.issues = model, .format = removing});
    say(1, 0, 6000, "um hi. I'm calling because uh my internet has been down since yesterday.");
    ck_assert_str_eq(shown_text,
                     "hi. I'm calling because my internet has been down since yesterday.");
    ck_assert_ptr_nonnull(strstr(told, "issue 4-"));
    end_call(9000);
    st_issue_model_destroy(model);
}
END_TEST

START_TEST(long_segments_are_survived)
{
    size_t bytes = 1000000;
    char *text = malloc(bytes + 1);
    struct st_word *words = calloc(bytes / 3, sizeof(*words));
    struct st_transcript_show *show = st_transcript_show_create(&all);
    for (size_t i = 0; i < bytes; i++)
        text[i] = "um "[i % 3];
    text[bytes] = '\0';
    for (size_t i = 0; i < bytes / 3; i++)
        words[i].text = "um";
    struct st_cleared_segment segment = {
        .segment = {.text = text, .is_final = true, .words = words, .word_count = bytes / 3}};
    st_tokens_read(&tokens, &segment.segment);
    st_transcript_show_put(show, 0, &segment, &tokens, NULL, &shown);
    text[0] = 'a';
    st_tokens_read(&tokens, &segment.segment);
    st_transcript_show_put(show, 0, &segment, &tokens, NULL, &shown);
    ck_assert_uint_lt(strlen(shown.text), bytes);
    free(text);
    free(words);
    st_transcript_show_destroy(show);
    st_tokens_fini(&tokens);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {disfluencies_are_left_out_where_they_are_certain,
                            profanity_is_masked,
                            sentences_begin_with_capitals,
                            all_at_once,
                            as_it_is_costs_nothing,
                            words_keep_their_times,
                            words_that_are_not_the_texts_are_not_shown_beside_it,
                            a_sentence_may_go_on_in_the_next_segment,
                            findings_name_places_in_what_is_shown,
                            issues_too_name_places_in_what_is_shown,
                            long_segments_are_survived};
    return run_tests("transcript_show", tests, sizeof(tests) / sizeof(tests[0]));
}
