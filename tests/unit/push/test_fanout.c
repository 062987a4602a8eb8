/* What one event costs with many subscribers: the same buffer for all, and no memory for each. */
#include "allocations.h"
#include "made.h"
#include "run.h"
#include "step_loop.h"

#include "sidetone/buf.h"
#include "sidetone/hub.h"

enum { LOOPS = 2, SUBSCRIBERS = 1000, EVENTS = 20 };

struct link {
    struct st_subscriber *subscriber;
    const struct st_buf *last;
    unsigned events;
};

static struct st_loop *loops[LOOPS];
static struct st_hub *hub;
static struct st_call_facts *facts;
static struct link links[SUBSCRIBERS];
static bool has_copies;

static int on_send(void *user, struct st_buf *json, const struct st_message *message)
{
    struct link *link = user;
    link->last = json;
    link->events += message != NULL;
    return 0;
}

static size_t on_queued_bytes(void *user)
{
    return 0;
}

static void on_close(void *user, uint16_t code, const char *reason)
{
    ck_abort_msg("closed: %u %s", code, reason);
}

static const struct st_subscriber_link link_ops = {
    .send = on_send, .queued_bytes = on_queued_bytes, .close = on_close};

static void collect_nothing(void *source, unsigned loop_index,
                            const struct st_subscription *subscription,
                            struct st_hub_backlog *backlog)
{
}

static const struct st_hub_source no_calls = {.collect = collect_nothing};

static void open_hub(void)
{
    for (unsigned i = 0; i < LOOPS; i++)
        st_loop_create(&loops[i], i, 4096);
    struct st_hub_config config = {
        .loops = loops,
        .loop_count = LOOPS,
        .queue_bytes = 65536,
        .partial_bytes = 16384,
        .subscribers_max = SUBSCRIBERS,
        .source = &no_calls,
    };
    ck_assert_int_eq(st_hub_create(&hub, &config), 0);
    facts = made_facts("c1", "a1", "q1");
}

static void subscribe(unsigned from, unsigned until)
{
    for (unsigned i = from; i < until; i++) {
        ck_assert_int_eq(
            st_subscriber_open(&links[i].subscriber, hub, i % LOOPS, &link_ops, &links[i]), 0);
        st_subscriber_subscribe(links[i].subscriber, st_subscription_create());
        step_loop_settle();
    }
}

/* Without Check, which allocates for every assertion. */
static void publish(uint64_t seq)
{
    struct st_message *message = made_message(ST_EVENT_TRANSCRIPT_FINAL, facts, seq);
    st_hub_publish(hub, 0, message);
    step_loop_settle();
    for (unsigned i = 0; i < SUBSCRIBERS && links[i].subscriber; i++)
        has_copies |= links[i].last != message->json;
    st_message_unref(message);
}

/* Of one event, once everything has grown to its size. */
static uint64_t allocations_per_event(void)
{
    static uint64_t seq;
    publish(++seq);
    uint64_t before = allocations_count();
    for (unsigned i = 0; i < EVENTS; i++)
        publish(++seq);
    return (allocations_count() - before) / EVENTS;
}

START_TEST(an_event_costs_no_memory_per_subscriber)
{
    open_hub();
    subscribe(0, LOOPS);
    uint64_t for_two = allocations_per_event();
    subscribe(LOOPS, SUBSCRIBERS);
    ck_assert_uint_eq(allocations_per_event(), for_two);
    ck_assert(!has_copies);
    ck_assert_uint_eq(links[0].events, 2 * (EVENTS + 1));
    ck_assert_uint_eq(links[SUBSCRIBERS - 1].events, EVENTS + 1);

    for (unsigned i = 0; i < SUBSCRIBERS; i++)
        st_subscriber_close(links[i].subscriber);
    for (unsigned i = 0; i < LOOPS; i++)
        st_loop_stop(loops[i]);
    step_loop_settle();
    for (unsigned i = 0; i < LOOPS; i++)
        st_loop_destroy(loops[i]);
    st_hub_destroy(hub);
    st_call_facts_unref(facts);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {an_event_costs_no_memory_per_subscriber};
    allocations_watch();
    return run_tests("fanout", tests, sizeof(tests) / sizeof(tests[0]));
}
