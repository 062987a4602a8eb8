/* What the streams of a call count, as the sum of all calls has it. */
#include "call_internal.h"
#include "call_rig.h"

#include "run.h"

static struct call_rig rig;
static struct rig_leg leg;
static struct call *call;

static void put(uint64_t received, int64_t lost, bool is_last)
{
    struct st_media_quality facts = {.received = received, .lost = lost, .mos = 4};
    quality_put(call, 0, &facts, is_last);
}

static uint64_t counted(void)
{
    return st_counter_read(rig.service->metrics.quality.lost);
}

static void begin(void)
{
    rig_open(&rig, 1, "");
    rig_leg_open(&leg, &rig, 0, "pcm");
    rig_leg_start(&leg, "c1", "\"queue\":\"q\"");
    call = NULL;
    for (unsigned i = 0; !call; i++)
        call = rig.service->shards[0].buckets[i];
}

static void end(void)
{
    rig_leg_close(&leg);
    rig_close(&rig);
}

/* Packets that are only late are missing for a while, and then they are not. */
START_TEST(each_packet_is_lost_once)
{
    begin();
    uint64_t before = counted();
    put(0, 0, false);
    put(100, 5, false);
    put(200, 4, false); /* one of the five was late */
    ck_assert_uint_eq(counted() - before, 4);
    put(300, 4, false);
    put(400, 6, false);
    put(500, 4, false);
    put(600, 5, true);
    ck_assert_uint_eq(counted() - before, 5);
    put(0, 0, false); /* another stream */
    put(100, 3, false);
    put(200, 3, true);
    ck_assert_uint_eq(counted() - before, 8);
    end();
}
END_TEST

START_TEST(two_channels_of_one_stream_have_lost_its_packets_once)
{
    begin();
    uint64_t before = counted();
    struct st_media_quality facts = {.received = 100, .lost = 5, .mos = 4};
    quality_put(call, 0, &facts, true);
    facts.is_shared = true;
    quality_put(call, 1, &facts, true);
    ck_assert_uint_eq(counted() - before, 5);
    ck_assert_int_eq(call->story.quality[1].lost, 5);
    end();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {each_packet_is_lost_once,
                                  two_channels_of_one_stream_have_lost_its_packets_once};
    return run_tests("quality", tests, sizeof(tests) / sizeof(*tests));
}
