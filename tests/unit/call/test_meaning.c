/* What sentences mean is found on threads and with a model; here both are the test's. */
#include "call_internal.h"
#include "call_rig.h"

#include "sidetone/metrics.h"
#include "sidetone/worker_pool.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { QUEUE = 2, JOBS_MAX = 16 };

static struct st_job *jobs[JOBS_MAX];
static size_t job_count;
static const char *known; /* what was embedded lately */
static char pool, model;

/* ---- in the place of the threads ---- */

int st_worker_pool_create(struct st_worker_pool **ret_pool, unsigned threads)
{
    *ret_pool = (struct st_worker_pool *)&pool;
    return 0;
}

void st_worker_pool_destroy(struct st_worker_pool *destroyed)
{
    ck_assert_uint_eq(job_count, 0);
}

unsigned st_worker_pool_threads(const struct st_worker_pool *asked)
{
    return 1;
}

void st_worker_pool_submit(struct st_worker_pool *to, struct st_job *job)
{
    ck_assert_uint_lt(job_count, JOBS_MAX);
    jobs[job_count++] = job;
}

int st_worker_pool_submit_if_free(struct st_worker_pool *to, struct st_job *job)
{
    return -EBUSY;
}

void st_worker_pool_abandon(struct st_worker_pool *from, struct st_job *job)
{
    size_t kept = 0;
    for (size_t i = 0; i < job_count; i++)
        if (jobs[i] != job)
            jobs[kept++] = jobs[i];
    ck_assert_uint_eq(kept + 1, job_count);
    job_count = kept;
    job->release(job);
}

static void run_first(void)
{
    struct st_job *job = jobs[0];
    memmove(jobs, jobs + 1, --job_count * sizeof(jobs[0]));
    job->run(job, 0);
    job->done(job);
}

/* ---- in the place of the model ---- */

int st_embedder_create(struct st_embedder **ret_embedder, const char *dir, char *ret_why,
                       size_t why_bytes)
{
    return -ENOENT;
}

struct st_embedder *st_embedder_ref(struct st_embedder *embedder)
{
    return embedder;
}

void st_embedder_unref(struct st_embedder *embedder)
{
}

const char *st_embedder_runtime(const struct st_embedder *embedder)
{
    return "";
}

bool st_embedder_recall(struct st_embedder *embedder, const char *text, float *ret_vector)
{
    memset(ret_vector, 0, ST_VECTOR_LEN * sizeof(ret_vector[0]));
    return known && strcmp(known, text) == 0;
}

int st_embedder_embed(struct st_embedder *embedder, const char *text, float *ret_vector)
{
    memset(ret_vector, 0, ST_VECTOR_LEN * sizeof(ret_vector[0]));
    return 0;
}

/* ---- a call whose sentences are asked about ---- */

static struct call_rig rig;
static struct fake_link told;
static struct rig_leg leg;
static uint64_t said;
static uint64_t before[4];

static uint64_t total(const char *how)
{
    return st_counter_read(st_metrics_counter("sidetone_meaning_sentences_total", "", "how", how));
}

/* "asked recalled dropped late" since the setup. */
static const char *counted(void)
{
    static const char *const ways[] = {"asked", "recalled", "dropped", "late"};
    static char text[128];
    size_t used = 0;
    for (size_t i = 0; i < 4; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%llu", i ? " " : "",
                                 (unsigned long long)(total(ways[i]) - before[i]));
    return text;
}

static void setup(void)
{
    rig_open(&rig, 1, "categories: [{name: refund, severity: high, phrases: [money back]}]\n");
    rig.service->meaning = meaning_create((struct st_embedder *)&model, 1, QUEUE);
    before[0] = total("asked");
    before[1] = total("recalled");
    before[2] = total("dropped");
    before[3] = total("late");
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{}");
    rig_leg_open(&leg, &rig, 0, "pcm");
    rig_leg_start(&leg, "c1", "");
    rig_leg_talk(&leg, 1000);
    fake_link_take(&told);
    said = 0;
    known = NULL;
}

static void teardown(void)
{
    if (leg.leg)
        rig_leg_close(&leg);
    fake_link_close(&told);
    rig_close(&rig);
}

static void say(const char *text)
{
    said++;
    fake_engine_say(0, said, true, (int64_t)said * 100, (int64_t)said * 100 + 90, text);
}

START_TEST(a_full_queue_drops_and_counts_sentences_and_nothing_else)
{
    say("this is the first sentence");
    say("this is the second sentence");
    ck_assert_str_eq(counted(), "2 0 0 0");
    for (unsigned i = 0; i < 3; i++)
        say("i want my money back please");
    ck_assert_str_eq(counted(), "2 0 3 0");
    ck_assert_uint_eq(job_count, QUEUE);
    ck_assert_uint_eq(fake_link_count_type(&told, "transcript.final"), 5);
    ck_assert_uint_eq(fake_link_count_type(&told, "category.matched"), 3);
    ck_assert_uint_eq(fake_link_count_type(&told, "alert.raised"), 1);
    run_first();
    say("there is room for this one");
    say("but not for this one");
    ck_assert_str_eq(counted(), "3 0 4 0");
    while (job_count > 0)
        run_first();
    say("now all is well again");
    ck_assert_str_eq(counted(), "4 0 4 0");
    run_first();
}
END_TEST

START_TEST(what_is_known_needs_no_place)
{
    known = "everybody says the same thing";
    for (unsigned i = 0; i < 10; i++)
        say(known);
    ck_assert_str_eq(counted(), "0 10 0 0");
    say("two words");
    say("");
    ck_assert_str_eq(counted(), "0 10 0 0");
}
END_TEST

START_TEST(the_bound_is_of_all_calls_together)
{
    struct rig_leg other;
    rig_leg_open(&other, &rig, 0, "pcm");
    rig_leg_start(&other, "c2", "");
    rig_leg_talk(&other, 1000);
    say("this is the first sentence");
    fake_engine_say(2, 1, true, 0, 90, "and this is another call");
    fake_engine_say(2, 2, true, 100, 190, "which has no place left");
    ck_assert_str_eq(counted(), "2 0 1 0");
    rig_leg_say(&other, "{\"type\":\"stop\"}");
    while (job_count > 0)
        run_first();
    rig_leg_close(&other);
}
END_TEST

START_TEST(a_call_that_goes_gives_its_places_back)
{
    say("this is the first sentence");
    say("this is the second sentence");
    rig_leg_say(&leg, "{\"type\":\"stop\"}");
    step_loop_advance(10000);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.ended"), 0);
    /* Nobody answers: the call does not wait for ever. */
    step_loop_advance(60000000);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.ended"), 1);
    run_first();
    ck_assert_str_eq(counted(), "2 0 0 1");
    ck_assert_uint_eq(job_count, 1); /* the teardown sees it given back */
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_full_queue_drops_and_counts_sentences_and_nothing_else);
    tcase_add_test(tcase, what_is_known_needs_no_place);
    tcase_add_test(tcase, the_bound_is_of_all_calls_together);
    tcase_add_test(tcase, a_call_that_goes_gives_its_places_back);
    return run_case("meaning", tcase);
}
