#include "moonshine/job_queue.h"

#include "run.h"

#include <stdlib.h>

static struct st_job_queue queue;
static struct st_lane lanes[3];
static struct st_job jobs[16], *dropped;

static void begin(void)
{
    queue = (struct st_job_queue){0};
    for (size_t i = 0; i < 3; i++)
        lanes[i] = (struct st_lane){0};
    dropped = NULL;
}

static bool put(int job, int lane, bool is_final, int64_t now_us)
{
    jobs[job] = (struct st_job){.lane = &lanes[lane], .is_final = is_final};
    return st_job_queue_put(&queue, &jobs[job], now_us, &dropped);
}

static int take(int64_t now_us)
{
    struct st_job *job = st_job_queue_take(&queue, now_us, &dropped);
    return job ? (int)(job - jobs) : -1;
}

START_TEST(finals_go_first_and_in_order)
{
    begin();
    put(0, 0, false, 0);
    put(1, 1, true, 0);
    put(2, 2, true, 0);
    ck_assert_int_eq(take(1), 1);
    ck_assert_int_eq(take(1), 2);
    ck_assert_int_eq(take(1), 0);
    ck_assert_int_eq(take(1), -1);
}
END_TEST

START_TEST(a_lane_has_one_job_at_a_time)
{
    begin();
    put(0, 0, true, 0);
    put(1, 0, true, 0);
    put(2, 1, false, 0);
    ck_assert_int_eq(take(1), 0);
    ck_assert_int_eq(take(1), 2);
    ck_assert_int_eq(take(1), -1);
    st_job_queue_done(&jobs[0]);
    ck_assert_int_eq(take(1), 1);
}
END_TEST

START_TEST(a_newer_partial_replaces_the_waiting_one)
{
    begin();
    put(0, 0, false, 0);
    put(1, 1, false, 0);
    ck_assert(put(2, 0, false, 5));
    ck_assert_ptr_eq(dropped, &jobs[0]);
    ck_assert_ptr_null(dropped->next);
    ck_assert_int_eq(take(6), 1);
    ck_assert_int_eq(take(6), 2);
}
END_TEST

START_TEST(a_final_pushes_out_the_partial_before_it)
{
    begin();
    put(0, 0, false, 0);
    ck_assert(put(1, 0, true, 1));
    ck_assert_ptr_eq(dropped, &jobs[0]);
    ck_assert(!put(2, 0, false, 2)); /* and there is none beside it */
    ck_assert_ptr_eq(dropped, &jobs[2]);
    ck_assert_int_eq(take(3), 1);
    ck_assert_int_eq(take(3), -1);
}
END_TEST

START_TEST(late_partials_are_dropped_when_taken)
{
    begin();
    put(0, 0, false, 0);
    put(1, 1, false, 900000);
    ck_assert_int_eq(take(1000001), 1);
    ck_assert_ptr_eq(dropped, &jobs[0]);
}
END_TEST

START_TEST(partials_are_refused_while_finals_are_late)
{
    begin();
    put(0, 0, true, 0);
    ck_assert(put(1, 1, false, 1000000));
    ck_assert(!put(2, 2, false, 1000001));
    ck_assert_ptr_eq(dropped, &jobs[2]);
}
END_TEST

START_TEST(finals_are_never_dropped)
{
    begin();
    for (int i = 0; i < 12; i++)
        ck_assert(put(i, i % 3, true, i));
    for (int i = 0; i < 12; i++) {
        int job = take(1000000000);
        ck_assert_int_eq(job, i);
        ck_assert_ptr_null(dropped);
        st_job_queue_done(&jobs[job]);
    }
}
END_TEST

START_TEST(clearing_a_lane_leaves_the_others)
{
    begin();
    put(0, 0, true, 0);
    put(1, 1, true, 0);
    put(2, 0, true, 0);
    put(3, 2, false, 0);
    struct st_job *list = st_job_queue_clear(&queue, &lanes[0]);
    ck_assert_ptr_nonnull(list);
    ck_assert_ptr_nonnull(list->next);
    ck_assert_ptr_null(list->next->next);
    ck_assert_uint_eq(lanes[0].finals, 0);
    ck_assert_int_eq(take(1), 1);
    ck_assert_int_eq(take(1), 3);
    put(4, 0, true, 2);
    ck_assert_ptr_eq(st_job_queue_clear(&queue, NULL), &jobs[4]);
    ck_assert_int_eq(take(3), -1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, finals_go_first_and_in_order);
    tcase_add_test(tcase, a_lane_has_one_job_at_a_time);
    tcase_add_test(tcase, a_newer_partial_replaces_the_waiting_one);
    tcase_add_test(tcase, a_final_pushes_out_the_partial_before_it);
    tcase_add_test(tcase, late_partials_are_dropped_when_taken);
    tcase_add_test(tcase, partials_are_refused_while_finals_are_late);
    tcase_add_test(tcase, finals_are_never_dropped);
    tcase_add_test(tcase, clearing_a_lane_leaves_the_others);
    return run_case("job_queue", tcase);
}
