#include "moonshine/answer.h"

#include "run.h"

#include <stdlib.h>
#include <string.h>

static struct st_recognition recognition;
static const struct st_utterance utterance = {
    .start = 8000, .end = 24000, .speech_start = 10400, .speech_end = 21600};

static void begin(void)
{
    recognition =
        (struct st_recognition){.word_times = ST_WORD_TIMES_MEASURED, .mean_log_prob = -0.5F};
    strcpy(recognition.words.text, "well yes");
    strcpy(recognition.words.storage, "well");
    strcpy(recognition.words.storage + 5, "yes");
    recognition.words.count = 2;
    recognition.words.words[0] = (struct st_word){recognition.words.storage, 200000, 500000, 0.9F};
    recognition.words.words[1] =
        (struct st_word){recognition.words.storage + 5, 500000, 1900000, 0.8F};
}

START_TEST(times_count_from_the_first_sample_and_cover_the_words)
{
    begin();
    struct st_answer *answer = st_answer_create(7, true, &utterance, 8000, &recognition);
    const struct st_segment *segment = &answer->segment;
    ck_assert_uint_eq(segment->id, 7);
    ck_assert_str_eq(segment->text, "well yes");
    ck_assert_int_eq(segment->start_us, 1200000); /* the first word's, before the speech */
    ck_assert_int_eq(segment->end_us, 2900000);
    ck_assert_uint_eq(segment->word_count, 2);
    ck_assert_str_eq(segment->words[1].text, "yes");
    ck_assert_int_eq(segment->words[1].start_us, 1500000);
    ck_assert(!segment->is_unsure);
    free(answer);
}
END_TEST

START_TEST(a_partial_has_no_words)
{
    begin();
    struct st_answer *answer = st_answer_create(1, false, &utterance, 8000, &recognition);
    ck_assert_uint_eq(answer->segment.word_count, 0);
    ck_assert_int_eq(answer->segment.word_times, ST_WORD_TIMES_NONE);
    ck_assert_int_eq(answer->segment.start_us, 1300000);
    free(answer);
}
END_TEST

START_TEST(rejected_text_is_empty)
{
    begin();
    recognition.is_rejected = true;
    struct st_answer *answer = st_answer_create(1, true, &utterance, 8000, &recognition);
    ck_assert_str_eq(answer->segment.text, "");
    ck_assert_uint_eq(answer->segment.word_count, 0);
    ck_assert(answer->segment.confidence == ST_CONFIDENCE_ABSENT);
    free(answer);
}
END_TEST

START_TEST(improbable_text_is_unsure)
{
    begin();
    recognition.mean_log_prob = -0.91F;
    struct st_answer *answer = st_answer_create(1, true, &utterance, 8000, &recognition);
    ck_assert(answer->segment.is_unsure);
    free(answer);
}
END_TEST

static struct st_answer *make(uint64_t id, bool is_final)
{
    begin();
    return st_answer_create(id, is_final, &utterance, 8000, &recognition);
}

START_TEST(only_the_newest_partial_waits)
{
    struct st_answer_list list = {0};
    st_answer_list_add_take(&list, make(1, false));
    st_answer_list_add_take(&list, make(1, false));
    st_answer_list_add_take(&list, make(1, true));
    st_answer_list_add_take(&list, make(2, false));
    st_answer_list_add_take(&list, make(2, false));
    ck_assert_uint_eq(list.first->segment.id, 1);
    ck_assert(list.first->segment.is_final);
    ck_assert_uint_eq(list.first->next->segment.id, 2);
    ck_assert_ptr_eq(list.first->next, list.last);
    ck_assert_ptr_null(list.last->next);
    st_answer_list_clear(&list);
    ck_assert_ptr_null(list.first);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, times_count_from_the_first_sample_and_cover_the_words);
    tcase_add_test(tcase, a_partial_has_no_words);
    tcase_add_test(tcase, rejected_text_is_empty);
    tcase_add_test(tcase, improbable_text_is_unsure);
    tcase_add_test(tcase, only_the_newest_partial_waits);
    return run_case("answer", tcase);
}
