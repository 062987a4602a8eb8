#include "issues/issue_slots.h"

#include "run.h"

static struct st_issue_slots slots;
static enum st_issue_state state;
static uint32_t id;

static void setup(void)
{
    slots = (struct st_issue_slots){0};
}

/* 0 when it is not taken. */
static uint32_t offer(enum st_issue_kind kind, double score, uint64_t segment)
{
    struct st_issue_offer made = {.kind = kind, .score = score, .segment_id = segment};
    return st_issue_slots_offer(&slots, &made, &id, &state) ? id : 0;
}

static uint32_t offer_another(double score, uint64_t segment)
{
    struct st_issue_offer made = {
        .kind = ST_ISSUE_ISSUE, .score = score, .segment_id = segment, .is_another = true};
    return st_issue_slots_offer(&slots, &made, &id, &state) ? id : 0;
}

START_TEST(an_issue_is_replaced_by_a_clearly_better_one)
{
    setup();
    ck_assert_uint_eq(offer(ST_ISSUE_ISSUE, 1.0, 1), 0);
    ck_assert_uint_eq(offer(ST_ISSUE_ISSUE, 1.01, 2), 1);
    ck_assert_int_eq(state, ST_ISSUE_NEW);
    ck_assert_uint_eq(offer(ST_ISSUE_ISSUE, 1.5, 3), 0);
    ck_assert_uint_eq(offer(ST_ISSUE_ISSUE, 1.6, 4), 1);
    ck_assert_int_eq(state, ST_ISSUE_REPLACED);
    ck_assert_uint_eq(offer(ST_ISSUE_ISSUE, 1.55, 5), 0);
}
END_TEST

START_TEST(a_second_issue_stands_beside_the_first)
{
    setup();
    ck_assert_uint_eq(offer_another(2, 1), 1); /* the first, whatever it says */
    ck_assert_uint_eq(offer_another(1.5, 2), 2);
    ck_assert_int_eq(state, ST_ISSUE_NEW);
    ck_assert_uint_eq(offer_another(1.6, 3), 0);
    ck_assert_uint_eq(offer_another(2.5, 4), 2);
    ck_assert_int_eq(state, ST_ISSUE_REPLACED);
    ck_assert_uint_eq(offer(ST_ISSUE_ISSUE, 3, 5), 1);
}
END_TEST

START_TEST(the_best_two_of_a_kind_stand)
{
    setup();
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 2, 1), 1);
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 3, 2), 2);
    ck_assert_uint_eq(offer(ST_ISSUE_ACTION_ITEM, 2, 2), 3);
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 2.4, 3), 0);
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 4, 4), 1); /* in place of the worse */
    ck_assert_int_eq(state, ST_ISSUE_REPLACED);
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 3.2, 5), 0);
}
END_TEST

START_TEST(a_sentence_judged_again_keeps_its_place)
{
    setup();
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 2, 1), 1);
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 2.2, 1), 0);
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 2.9, 1), 1); /* a second opinion, much later */
    ck_assert_uint_eq(offer(ST_ISSUE_OUTCOME, 2, 2), 2);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_issue_is_replaced_by_a_clearly_better_one,
        a_second_issue_stands_beside_the_first,
        the_best_two_of_a_kind_stand,
        a_sentence_judged_again_keeps_its_place,
    };
    return run_tests("issue_slots", tests, sizeof(tests) / sizeof(tests[0]));
}
