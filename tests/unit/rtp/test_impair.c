#include "run.h"

#include "sidetone/rtp_impair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 20000, STEP_US = 20000 };

struct sent {
    uint64_t number;
    bool is_copy;
    int64_t at_us;
};

static struct st_rtp_impair *impair;
static struct st_rtp_impair_counts counts;
static struct sent sent[2 * COUNT];
static size_t sent_count;

static void take_until(int64_t now_us)
{
    struct st_rtp_impaired datagram;
    for (;;) {
        int64_t due_us = st_rtp_impair_due_us(impair);
        if (due_us > now_us || !st_rtp_impair_take(impair, due_us, &datagram))
            break;
        ck_assert_uint_eq(datagram.bytes, sizeof(uint64_t));
        ck_assert_mem_eq(datagram.data, &datagram.number, sizeof(datagram.number));
        sent[sent_count++] = (struct sent){datagram.number, datagram.is_copy, due_us};
    }
}

static void run(const struct st_rtp_impair_config *config, uint64_t count)
{
    sent_count = 0;
    ck_assert_int_eq(st_rtp_impair_create(&impair, config), 0);
    for (uint64_t i = 0; i < count; i++) {
        ck_assert_int_eq(st_rtp_impair_put(impair, &i, sizeof(i), (int64_t)i * STEP_US), 0);
        take_until((int64_t)i * STEP_US);
    }
    st_rtp_impair_end(impair);
    take_until(INT64_MAX - 1);
    ck_assert_int_eq(st_rtp_impair_due_us(impair), INT64_MAX);
    counts = st_rtp_impair_counts(impair);
    st_rtp_impair_destroy(impair);
    ck_assert_uint_eq(counts.put, count);
    ck_assert_uint_eq(counts.put, counts.sent + counts.lost);
    ck_assert_uint_eq(sent_count, counts.sent + counts.duplicated);
}

static void run_all(const struct st_rtp_impair_config *config)
{
    run(config, COUNT);
}

static double share(uint64_t part)
{
    return 100.0 * (double)part / COUNT;
}

START_TEST(without_harm_all_goes_through_at_its_time)
{
    run_all(&(struct st_rtp_impair_config){.seed = 1});
    ck_assert_uint_eq(sent_count, COUNT);
    for (uint64_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(sent[i].number, i);
        ck_assert_int_eq(sent[i].at_us, (int64_t)i * STEP_US);
    }
    ck_assert_uint_eq(counts.lost + counts.duplicated + counts.reordered + counts.bursts, 0);
}
END_TEST

START_TEST(as_much_is_lost_as_was_asked_for_in_bursts)
{
    for (unsigned burst = 1; burst <= 16; burst *= 2) {
        run_all(&(struct st_rtp_impair_config){.seed = 2, .loss_pct = 10, .burst = burst});
        ck_assert_double_eq_tol(share(counts.lost), 10, 1.5);
        double length = (double)counts.lost / (double)counts.bursts;
        ck_assert_double_ge(length, burst * 0.99); /* the last may be cut off */
        ck_assert_double_le(length, burst * 1.3);
        uint64_t gaps = 0, missing = 0;
        for (size_t i = 1; i < sent_count; i++) {
            gaps += sent[i].number != sent[i - 1].number + 1;
            missing += sent[i].number - sent[i - 1].number - 1;
        }
        ck_assert_uint_eq(missing, counts.lost - counts.lost_at_end);
        ck_assert_uint_le(counts.bursts - gaps, 2);
    }
}
END_TEST

START_TEST(what_nobody_can_miss_is_counted_apart)
{
    uint64_t seen = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        run(&(struct st_rtp_impair_config){.seed = seed, .loss_pct = 60, .burst = 3}, 40);
        ck_assert_uint_eq(counts.lost_at_end, 40 - 1 - sent[sent_count - 1].number);
        seen += counts.lost_at_end;
    }
    ck_assert_uint_gt(seen, 50);
}
END_TEST

START_TEST(the_first_two_go_unharmed)
{
    run(&(struct st_rtp_impair_config){.loss_pct = 100, .reorder_pct = 100, .duplicate_pct = 100},
        40);
    ck_assert_uint_eq(sent_count, 2);
    ck_assert_uint_eq(sent[1].number, 1);
    ck_assert_uint_eq(counts.lost, 38);
    ck_assert_uint_eq(counts.lost_at_end, 38);
}
END_TEST

START_TEST(some_leave_behind_their_next)
{
    uint64_t highest = 0, behind = 0;
    run_all(&(struct st_rtp_impair_config){.seed = 3, .reorder_pct = 5});
    for (size_t i = 0; i < sent_count; i++) {
        behind += sent[i].number < highest;
        ck_assert(sent[i].number + 1 >= highest);
        highest = sent[i].number > highest ? sent[i].number : highest;
    }
    ck_assert_uint_eq(behind, counts.reordered);
    ck_assert_uint_eq(counts.sent, COUNT);
    ck_assert_double_eq_tol(share(behind), 5, 1);
}
END_TEST

START_TEST(some_come_twice)
{
    run_all(&(struct st_rtp_impair_config){.seed = 4, .duplicate_pct = 5});
    ck_assert_double_eq_tol(share(counts.duplicated), 5, 1);
    for (size_t i = 1; i < sent_count; i++)
        ck_assert(sent[i].is_copy ? sent[i].number == sent[i - 1].number
                                  : sent[i].number == sent[i - 1].number + 1);
}
END_TEST

START_TEST(delays_are_bounded_and_keep_the_order)
{
    const int64_t jitter_us = 90000;
    int64_t most_us = 0;
    run_all(&(struct st_rtp_impair_config){.seed = 5, .jitter_us = jitter_us});
    for (size_t i = 0; i < sent_count; i++) {
        int64_t late_us = sent[i].at_us - (int64_t)sent[i].number * STEP_US;
        ck_assert_uint_eq(sent[i].number, i);
        ck_assert(late_us >= 0 && late_us <= jitter_us);
        most_us = late_us > most_us ? late_us : most_us;
    }
    ck_assert_int_gt(most_us, jitter_us * 9 / 10);
}
END_TEST

static uint64_t print(const struct st_rtp_impair_config *config)
{
    uint64_t hash = 14695981039346656037u;
    run_all(config);
    for (size_t i = 0; i < sent_count; i++)
        hash = (hash ^ sent[i].number ^ (uint64_t)sent[i].at_us << 20) * 1099511628211u;
    return hash;
}

START_TEST(the_seed_decides_everything)
{
    struct st_rtp_impair_config config = {.seed = 6,
                                          .loss_pct = 5,
                                          .burst = 3,
                                          .reorder_pct = 2,
                                          .duplicate_pct = 2,
                                          .jitter_us = 30000};
    uint64_t first = print(&config);
    ck_assert_uint_eq(print(&config), first);
    config.seed = 7;
    ck_assert_uint_ne(print(&config), first);
}
END_TEST

START_TEST(no_harm_changes_another)
{
    static bool was_sent[COUNT];
    memset(was_sent, 0, sizeof(was_sent));
    run_all(&(struct st_rtp_impair_config){.seed = 8, .loss_pct = 5, .burst = 3});
    uint64_t lost = counts.lost;
    for (size_t i = 0; i < sent_count; i++)
        was_sent[sent[i].number] = true;
    run_all(&(struct st_rtp_impair_config){.seed = 8,
                                           .loss_pct = 5,
                                           .burst = 3,
                                           .reorder_pct = 10,
                                           .duplicate_pct = 10,
                                           .jitter_us = 50000});
    ck_assert_uint_eq(counts.lost, lost);
    for (size_t i = 0; i < sent_count; i++)
        ck_assert(was_sent[sent[i].number]);
}
END_TEST

START_TEST(room_is_bounded)
{
    static uint8_t data[ST_RTP_IMPAIR_BYTES_MAX + 1];
    const struct st_rtp_impair_config config = {.duplicate_pct = 100};
    struct st_rtp_impaired datagram;
    int err = 0;
    unsigned puts = 0;
    ck_assert_int_eq(st_rtp_impair_create(&impair, &config), 0);
    ck_assert_int_eq(st_rtp_impair_put(impair, data, sizeof(data), 0), -EMSGSIZE);
    for (; !err && puts < 1000; puts++)
        err = st_rtp_impair_put(impair, data, sizeof(data) - 1, 0);
    ck_assert_int_eq(err, -ENOBUFS);
    ck_assert_uint_gt(puts, ST_RTP_IMPAIR_SLOTS / 2 - 4);
    ck_assert(!st_rtp_impair_take(impair, -1, &datagram));
    for (unsigned i = 0; i < 4; i++)
        ck_assert(st_rtp_impair_take(impair, 0, &datagram));
    ck_assert_int_eq(st_rtp_impair_put(impair, data, 1, 0), 0);
    st_rtp_impair_destroy(impair);
    st_rtp_impair_destroy(NULL);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    static const struct st_rtp_impair_config configs[] = {
        {.loss_pct = -1},        {.loss_pct = 100.1}, {.reorder_pct = 101},
        {.duplicate_pct = -0.1}, {.jitter_us = -1},   {.burst = 1001},
    };
    for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++)
        ck_assert_int_eq(st_rtp_impair_create(&impair, &configs[i]), -EINVAL);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {without_harm_all_goes_through_at_its_time,
                            as_much_is_lost_as_was_asked_for_in_bursts,
                            what_nobody_can_miss_is_counted_apart,
                            the_first_two_go_unharmed,
                            some_leave_behind_their_next,
                            some_come_twice,
                            delays_are_bounded_and_keep_the_order,
                            the_seed_decides_everything,
                            no_harm_changes_another,
                            room_is_bounded,
                            nonsense_is_refused};
    return run_tests("impair", tests, sizeof(tests) / sizeof(*tests));
}
