#include "sidetone/worker_pool.h"

#include "sidetone/loop.h"

#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { JOBS = 500 };

struct test_job {
    struct st_job job;
    int runs, dones;
    atomic_int releases;
};

static struct st_loop *loop;
static struct st_worker_pool *pool;
static struct test_job jobs[JOBS];
static int done_count;
static atomic_int release_count;
static atomic_int running_count;                         /* ever */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held: jobs do not get on */

static void run(struct st_job *job, unsigned worker)
{
    ck_assert_uint_lt(worker, st_worker_pool_threads(pool));
    ((struct test_job *)job)->runs++;
    running_count++;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static void on_done(struct st_job *job)
{
    ck_assert(st_loop_is_current(loop));
    ((struct test_job *)job)->dones++;
    if (++done_count + release_count == JOBS)
        st_loop_stop(loop);
}

static void on_release(struct st_job *job)
{
    ((struct test_job *)job)->releases++;
    release_count++;
}

static void setup(void)
{
    ck_assert_int_eq(st_loop_create(&loop, 0, 4), 0); /* a small inbox: posts are refused */
    ck_assert_int_eq(st_worker_pool_create(&pool, 2), 0);
    for (int i = 0; i < JOBS; i++)
        jobs[i].job =
            (struct st_job){.run = run, .done = on_done, .release = on_release, .loop = loop};
}

static void teardown(void)
{
    st_worker_pool_destroy(pool);
    st_loop_destroy(loop);
}

START_TEST(every_job_runs_once_and_comes_back)
{
    for (int i = 0; i < JOBS; i++)
        st_worker_pool_submit(pool, &jobs[i].job);
    st_loop_run(loop);
    for (int i = 0; i < JOBS; i++) {
        ck_assert_int_eq(jobs[i].runs, 1);
        ck_assert_int_eq(jobs[i].dones, 1);
    }
}
END_TEST

START_TEST(an_abandoned_job_is_released_once_wherever_it_was)
{
    pthread_mutex_lock(&gate);
    for (int i = 0; i < JOBS; i++)
        st_worker_pool_submit(pool, &jobs[i].job);
    for (int i = 0; i < JOBS; i += 2)
        st_worker_pool_abandon(pool, &jobs[i].job);
    pthread_mutex_unlock(&gate);
    st_loop_run(loop);
    st_worker_pool_destroy(pool);
    pool = NULL;
    for (int i = 0; i < JOBS; i++) {
        ck_assert_int_eq(jobs[i].releases, i % 2 == 0);
        ck_assert_int_eq(jobs[i].dones, i % 2 == 1);
    }
}
END_TEST

START_TEST(a_loop_may_go_before_its_abandoned_jobs)
{
    pthread_mutex_lock(&gate);
    st_worker_pool_submit(pool, &jobs[0].job);
    while (running_count == 0)
        sched_yield();
    st_worker_pool_abandon(pool, &jobs[0].job);
    ck_assert_int_eq(jobs[0].releases, 0);
    st_loop_destroy(loop);
    pthread_mutex_unlock(&gate);
    st_worker_pool_destroy(pool);
    ck_assert_int_eq(jobs[0].releases, 1);
    setup();
}
END_TEST

START_TEST(idle_work_is_refused_when_no_thread_is_free)
{
    pthread_mutex_lock(&gate);
    ck_assert_int_eq(st_worker_pool_submit_if_free(pool, &jobs[0].job), 0);
    st_worker_pool_submit(pool, &jobs[1].job);
    ck_assert_int_eq(st_worker_pool_submit_if_free(pool, &jobs[2].job), -EBUSY);
    st_worker_pool_submit(pool, &jobs[3].job);
    for (int i = 0; i < 4; i++)
        if (i != 2)
            st_worker_pool_abandon(pool, &jobs[i].job);
    pthread_mutex_unlock(&gate);
    st_worker_pool_destroy(pool);
    pool = NULL;
    ck_assert_int_eq(release_count, 3);
    ck_assert_int_eq(jobs[2].runs, 0);
}
END_TEST

START_TEST(a_pool_of_no_threads_is_refused)
{
    struct st_worker_pool *none;
    ck_assert_int_eq(st_worker_pool_create(&none, 0), -EINVAL);
    st_worker_pool_destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, every_job_runs_once_and_comes_back);
    tcase_add_test(tcase, an_abandoned_job_is_released_once_wherever_it_was);
    tcase_add_test(tcase, a_loop_may_go_before_its_abandoned_jobs);
    tcase_add_test(tcase, idle_work_is_refused_when_no_thread_is_free);
    tcase_add_test(tcase, a_pool_of_no_threads_is_refused);
    return run_case("worker_pool", tcase);
}
