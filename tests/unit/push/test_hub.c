#include "step_loop.h"
#include "toy_calls.h"

#include "sidetone/buf.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 6 };

static struct toy_calls *toys;
static struct fake_link links[4];
static unsigned seed;

static unsigned chance(unsigned of)
{
    return (unsigned)rand_r(&seed) % of;
}

static void open_toys(unsigned loop_count, size_t inbox_max, uint32_t queue_bytes)
{
    toys = calloc(1, sizeof(*toys));
    toys->loop_count = loop_count;
    toys->config.queue_bytes = queue_bytes;
    toys->config.partial_bytes = queue_bytes / 4;
    toys->config.subscribers_max = 8;
    for (unsigned i = 0; i < loop_count; i++)
        st_loop_create(&toys->loops[i], i, inbox_max);
    toy_calls_open(toys);
}

static void close_toys(void)
{
    for (unsigned i = 0; i < toys->loop_count; i++)
        st_loop_stop(toys->loops[i]);
    step_loop_advance(100000);
    ck_assert_uint_eq(step_loop_timers(), 0);
    for (unsigned i = 0; i < toys->loop_count; i++)
        st_loop_destroy(toys->loops[i]);
    toy_calls_close(toys);
    free(toys);
}

/* ---- random interleavings ---- */

static struct toy_client clients[CLIENTS];

static void revive(struct toy_client *client)
{
    if (client->is_open && client->link.closes) {
        toy_client_close(client);
    } else if (!client->is_open) {
        toy_client_open(client, toys, chance(toys->loop_count));
        client->link.keeps_queue = chance(2);
        toy_client_subscribe(client, chance(4) > 0);
    }
}

static void act_on_call(void)
{
    unsigned loop = chance(toys->loop_count);
    unsigned count = toys->on[loop].count;
    if (count == 0 || (count < TOY_CALLS_MAX && chance(400) == 0))
        toy_calls_begin(toys, loop);
    else if (chance(4) == 0)
        toy_calls_partial(toys, loop, chance(count));
    else
        toy_calls_event(toys, loop, chance(count));
}

static void act_on_client(bool disturbs)
{
    struct toy_client *client = &clients[chance(CLIENTS)];
    revive(client);
    if (!client->is_open || client->link.closes)
        return;
    if (chance(30) == 0)
        toy_client_subscribe(client, chance(2));
    else if (chance(60) == 0)
        toy_client_close(client);
    else if (client->link.queued_bytes > 0 && (!disturbs || chance(3) == 0))
        fake_link_drain(&client->link);
}

static void step(bool disturbs)
{
    unsigned what = chance(10);
    if (what < 3)
        act_on_call();
    else if (what < 5)
        act_on_client(disturbs);
    else
        step_loop_run_one(toys->loops[chance(toys->loop_count)]);
    if (disturbs && chance(50) == 0)
        step_loop_set_full(toys->loops[chance(toys->loop_count)], chance(2));
    if (chance(20) == 0)
        step_loop_advance(chance(8000));
}

static void calm_down(void)
{
    for (unsigned i = 0; i < toys->loop_count; i++)
        step_loop_set_full(toys->loops[i], false);
    for (int round = 0; round < 5; round++) {
        step_loop_advance(20000);
        for (unsigned i = 0; i < CLIENTS; i++) {
            struct toy_client *client = &clients[i];
            if (client->is_open && client->link.closes)
                toy_client_close(client);
            if (!client->is_open) {
                toy_client_open(client, toys, chance(toys->loop_count));
                toy_client_subscribe(client, true);
            }
            fake_link_drain(&client->link);
        }
    }
}

static void check_clients_know_everything(void)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        ck_assert(clients[i].is_complete);
        ck_assert_uint_eq(clients[i].link.closes, 0);
        for (unsigned loop = 0; loop < toys->loop_count; loop++)
            for (unsigned call = 0; call < toys->on[loop].count; call++)
                ck_assert_uint_eq(clients[i].seen[loop][call], toys->on[loop].calls[call].seq);
    }
}

static void run_random(unsigned with_seed, bool disturbs, size_t inbox_max, uint32_t queue_bytes)
{
    seed = with_seed;
    memset(clients, 0, sizeof(clients));
    open_toys(1 + chance(TOY_LOOPS_MAX), inbox_max, queue_bytes);
    for (int i = 0; i < 6000; i++)
        step(disturbs);
    calm_down();
    check_clients_know_everything();
    for (unsigned i = 0; i < CLIENTS; i++)
        toy_client_close(&clients[i]);
    close_toys();
}

START_TEST(no_event_is_missed_or_repeated)
{
    run_random(100 + (unsigned)_i, false, 0, 262144);
}
END_TEST

START_TEST(nor_with_full_inboxes_and_slow_links)
{
    run_random(200 + (unsigned)_i, true, 5 + (size_t)_i, 3000);
}
END_TEST

/* ---- one thing at a time ---- */

START_TEST(nothing_is_sent_before_subscribe)
{
    open_toys(2, 0, 10000);
    fake_link_open(&links[0], toys->hub, 1);
    toy_calls_begin(toys, 0);
    toy_calls_begin(toys, 1);
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&links[0]), "");
    fake_link_subscribe(&links[0], "{}");
    ck_assert_str_eq(fake_link_take(&links[0]), "snapshot");
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&links[0]), "snapshot snapshot.end");
    toy_calls_event(toys, 0, 0);
    toy_calls_event(toys, 1, 0);
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&links[0]), "transcript.final/2 transcript.final/2");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(replayed_events_come_with_their_message_and_unknown_calls_as_gaps)
{
    open_toys(2, 0, 10000);
    toy_calls_begin(toys, 0);
    toy_calls_event(toys, 0, 0);
    toy_calls_event(toys, 0, 0);
    fake_link_open(&links[0], toys->hub, 1);
    fake_link_subscribe(&links[0], "{\"resume\":{\"gone\":4,\"c0.0\":1}}");
    step_loop_settle();
    ck_assert_uint_eq(links[0].events, 2);
    const json_t *gap = fake_link_last(&links[0], "resume.gap");
    ck_assert_str_eq(json_string_value(json_object_get(gap, "call_id")), "gone");
    ck_assert_int_eq(json_integer_value(json_object_get(gap, "seq")), 4);
    ck_assert_str_eq(fake_link_take(&links[0]),
                     "transcript.final/2 transcript.final/3 resume.gap snapshot.end");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(partials_go_first_when_the_link_is_behind)
{
    open_toys(1, 0, 40000); /* partials: 10000 */
    toy_calls_begin(toys, 0);
    fake_link_open(&links[0], toys->hub, 0);
    fake_link_subscribe(&links[0], "{}");
    fake_link_take(&links[0]);
    links[0].queued_bytes = 10000;
    toy_calls_partial(toys, 0, 0);
    ck_assert_str_eq(fake_link_take(&links[0]), "transcript.partial");
    links[0].queued_bytes = 10001;
    toy_calls_partial(toys, 0, 0);
    toy_calls_event(toys, 0, 0);
    ck_assert_str_eq(fake_link_take(&links[0]), "transcript.final/2");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(a_slow_link_is_closed_with_a_goodbye_and_costs_others_nothing)
{
    open_toys(1, 0, 2000);
    toy_calls_begin(toys, 0);
    for (unsigned i = 0; i < 2; i++) {
        fake_link_open(&links[i], toys->hub, 0);
        fake_link_subscribe(&links[i], "{}");
    }
    links[0].keeps_queue = true;
    for (int i = 0; i < 50; i++)
        toy_calls_event(toys, 0, 0);
    ck_assert_uint_eq(links[0].closes, 1);
    ck_assert_uint_eq(links[0].code, 1013);
    ck_assert_uint_le(links[0].queued_bytes, 2100);
    const json_t *goodbye = fake_link_at(&links[0], fake_link_count(&links[0]) - 1);
    ck_assert_str_eq(json_string_value(json_object_get(goodbye, "reason")), "slow");
    ck_assert(json_is_true(json_object_get(goodbye, "resume")));
    ck_assert_uint_eq(fake_link_count_type(&links[1], "transcript.final"), 50);
    fake_link_close(&links[0]);
    fake_link_close(&links[1]);
    close_toys();
}
END_TEST

START_TEST(a_link_that_refuses_is_closed_and_one_that_is_gone_is_left_alone)
{
    open_toys(1, 0, 2000);
    toy_calls_begin(toys, 0);
    for (unsigned i = 0; i < 2; i++) {
        fake_link_open(&links[i], toys->hub, 0);
        fake_link_subscribe(&links[i], "{}");
    }
    links[0].result = -ENOBUFS;
    links[1].result = -ENOTCONN;
    toy_calls_event(toys, 0, 0);
    ck_assert_uint_eq(links[0].closes, 1);
    ck_assert_uint_eq(links[1].closes, 0);
    links[1].result = 0;
    toy_calls_event(toys, 0, 0);
    ck_assert_ptr_null(fake_link_last(&links[1], "transcript.final"));
    fake_link_close(&links[0]);
    fake_link_close(&links[1]);
    close_toys();
}
END_TEST

START_TEST(a_backlog_waits_for_the_link_and_deltas_behind_it_have_their_own_bound)
{
    open_toys(1, 0, 2000);
    toy_calls_begin(toys, 0);
    for (int i = 0; i < 2000; i++)
        toy_calls_event(toys, 0, 0);
    fake_link_open(&links[0], toys->hub, 0);
    links[0].keeps_queue = true;
    fake_link_subscribe(&links[0], "{\"resume\":{\"c0.0\":0}}");
    ck_assert_uint_le(links[0].queued_bytes, 65536);
    ck_assert_uint_gt(links[0].queued_bytes, 60000);
    links[0].queued_bytes = 100;
    toy_calls_partial(toys, 0, 0);
    toy_calls_event(toys, 0, 0); /* behind the backlog */
    fake_link_drain(&links[0]);
    ck_assert_uint_eq(links[0].closes, 0);
    ck_assert_uint_eq(links[0].events, 2002);
    const json_t *last = fake_link_at(&links[0], fake_link_count(&links[0]) - 1);
    ck_assert_int_eq(json_integer_value(json_object_get(last, "seq")), 2002);
    ck_assert_ptr_null(fake_link_last(&links[0], "transcript.partial"));

    fake_link_subscribe(&links[0], "{\"resume\":{\"c0.0\":0}}");
    links[0].queued_bytes = 0;
    for (int i = 0; i < 20; i++)
        toy_calls_event(toys, 0, 0);
    ck_assert_uint_eq(links[0].code, 1013);
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(what_waited_for_one_subscription_is_not_sent_for_the_next)
{
    open_toys(1, 0, 100000);
    toy_calls_begin(toys, 0);
    for (int i = 0; i < 5; i++)
        toy_calls_event(toys, 0, 0);
    fake_link_open(&links[0], toys->hub, 0);
    links[0].queued_bytes = 65536;
    fake_link_subscribe(&links[0], "{\"resume\":{\"c0.0\":1}}");
    toy_calls_event(toys, 0, 0);
    ck_assert_str_eq(fake_link_take(&links[0]), "");
    fake_link_subscribe(&links[0], "{\"resume\":{\"c0.0\":5}}");
    links[0].queued_bytes = 0;
    st_subscriber_drained(links[0].subscriber);
    ck_assert_str_eq(fake_link_take(&links[0]),
                     "transcript.final/6 transcript.final/7 snapshot.end");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(subscribing_again_and_again_asks_a_loop_one_thing_at_a_time)
{
    open_toys(2, 0, 10000);
    toy_calls_begin(toys, 0);
    fake_link_open(&links[0], toys->hub, 1);
    for (int i = 0; i < 1000; i++)
        fake_link_subscribe(&links[0], "{\"calls\":[\"c0.0\"]}");
    ck_assert_uint_eq(step_loop_posted(toys->loops[0]), 1);
    toys->collects = 0;
    fake_link_subscribe(&links[0], "{}");
    step_loop_settle();
    ck_assert_uint_eq(toys->collects, 3); /* here, there for the first, there for the last */
    ck_assert_str_eq(fake_link_take(&links[0]), "snapshot snapshot.end");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(an_answer_that_finds_no_room_is_collected_again)
{
    open_toys(2, 0, 10000);
    toy_calls_begin(toys, 0);
    fake_link_open(&links[0], toys->hub, 1);
    fake_link_subscribe(&links[0], "{}");
    step_loop_set_full(toys->loops[1], true);
    step_loop_run_one(toys->loops[0]);
    step_loop_set_full(toys->loops[1], false);
    toy_calls_event(toys, 0, 0); /* arrives before the answer */
    step_loop_advance(20000);
    ck_assert_str_eq(fake_link_take(&links[0]), "snapshot snapshot.end");
    toy_calls_event(toys, 0, 0);
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&links[0]), "transcript.final/3");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

static void ready_on_loop_1(void)
{
    open_toys(2, 0, 10000);
    toy_calls_begin(toys, 0);
    fake_link_open(&links[0], toys->hub, 1);
    fake_link_subscribe(&links[0], "{}");
    step_loop_settle();
    fake_link_take(&links[0]);
}

START_TEST(nothing_behind_a_lost_event_is_seen)
{
    ready_on_loop_1();
    step_loop_set_full(toys->loops[1], true);
    toy_calls_event(toys, 0, 0);
    step_loop_set_full(toys->loops[1], false);
    toy_calls_event(toys, 0, 0);
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&links[0]), "goodbye");
    ck_assert_uint_eq(links[0].code, 1013);
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(a_lost_event_is_told_when_it_was_the_last)
{
    ready_on_loop_1();
    step_loop_set_full(toys->loops[1], true);
    toy_calls_event(toys, 0, 0);
    step_loop_set_full(toys->loops[1], false);
    step_loop_advance(20000);
    ck_assert_str_eq(fake_link_take(&links[0]), "goodbye");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(a_lost_partial_is_no_matter)
{
    ready_on_loop_1();
    step_loop_set_full(toys->loops[1], true);
    toy_calls_partial(toys, 0, 0);
    step_loop_set_full(toys->loops[1], false);
    toy_calls_event(toys, 0, 0);
    step_loop_advance(20000);
    ck_assert_str_eq(fake_link_take(&links[0]), "transcript.final/2");
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(loops_without_subscribers_are_not_bothered)
{
    open_toys(3, 0, 10000);
    fake_link_open(&links[0], toys->hub, 1);
    toy_calls_begin(toys, 0);
    ck_assert_uint_eq(step_loop_posted(toys->loops[1]), 1);
    ck_assert_uint_eq(step_loop_posted(toys->loops[2]), 0);
    fake_link_close(&links[0]);
    toy_calls_event(toys, 0, 0);
    ck_assert_uint_eq(step_loop_posted(toys->loops[1]), 1);
    close_toys();
}
END_TEST

static void close_others(void *user)
{
    for (unsigned i = 0; i < 4; i++)
        if (&links[i] != user && links[i].sent)
            fake_link_close(&links[i]);
}

START_TEST(subscribers_may_go_while_an_event_goes_round)
{
    open_toys(1, 0, 10000);
    toy_calls_begin(toys, 0);
    for (unsigned i = 0; i < 4; i++) {
        fake_link_open(&links[i], toys->hub, 0);
        fake_link_subscribe(&links[i], "{}");
    }
    links[_i].on_send = close_others;
    links[_i].user = &links[_i];
    toy_calls_event(toys, 0, 0);
    toy_calls_event(toys, 0, 0);
    ck_assert_uint_eq(fake_link_count_type(&links[_i], "transcript.final"), 2);
    fake_link_close(&links[_i]);
    close_toys();
}
END_TEST

START_TEST(one_may_go_while_its_backlog_is_on_its_way)
{
    open_toys(2, 0, 10000);
    toy_calls_begin(toys, 0);
    fake_link_open(&links[0], toys->hub, 1);
    fake_link_subscribe(&links[0], "{}");
    fake_link_close(&links[0]);
    fake_link_open(&links[1], toys->hub, 1);
    step_loop_settle();
    ck_assert_str_eq(fake_link_take(&links[1]), "");
    fake_link_close(&links[1]);
    close_toys();
}
END_TEST

START_TEST(a_loop_that_stops_takes_its_questions_with_it)
{
    open_toys(2, 0, 10000);
    toy_calls_begin(toys, 0);
    fake_link_open(&links[0], toys->hub, 1);
    if (_i == 0)
        st_loop_stop(toys->loops[0]);
    fake_link_subscribe(&links[0], "{}");
    st_loop_stop(toys->loops[1]);
    step_loop_settle();
    fake_link_close(&links[0]);
    close_toys();
}
END_TEST

START_TEST(subscribers_are_bounded_and_told_goodbye)
{
    struct fake_link many[8];
    struct st_subscriber *more;
    open_toys(2, 0, 10000);
    for (unsigned i = 0; i < 8; i++)
        fake_link_open(&many[i], toys->hub, i % 2);
    ck_assert_int_eq(st_subscriber_open(&more, toys->hub, 0, &fake_subscriber_link, &many[0]),
                     -ENOBUFS);
    fake_link_close(&many[0]);
    fake_link_open(&many[0], toys->hub, 0);
    st_hub_shutdown(toys->hub, 0);
    st_hub_shutdown(toys->hub, 0);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(many[i].closes, i % 2 == 0);
        ck_assert_str_eq(fake_link_take(&many[i]), i % 2 ? "" : "goodbye");
        fake_link_close(&many[i]);
    }
    st_subscriber_close(NULL);
    close_toys();
}
END_TEST

START_TEST(a_call_that_comes_into_sight_comes_whole)
{
    open_toys(1, 0, 10000);
    fake_link_open(&links[0], toys->hub, 0);
    fake_link_open(&links[1], toys->hub, 0);
    fake_link_subscribe(&links[0], "{\"agents\":[\"a1\"],\"events\":[\"call.ended\"]}");
    fake_link_subscribe(&links[1], "{}");
    struct st_call_facts *before = made_facts("x", "", "q"), *after = made_facts("x", "a1", "q");
    struct st_message *message = made_message(ST_EVENT_CALL_UPDATED, after, 5);
    message->previous = st_call_facts_ref(before);
    for (unsigned i = 0; i < ST_SNAPSHOT_FORMS; i++) {
        char text[64];
        int n = snprintf(text, sizeof(text), "{\"type\":\"snapshot\",\"form\":%u}", i);
        message->snapshots[i] = st_buf_copy(text, (size_t)n);
    }
    fake_link_take(&links[0]);
    fake_link_take(&links[1]);
    st_hub_publish(toys->hub, 0, message);
    const json_t *snapshot = fake_link_at(&links[0], 0);
    ck_assert_int_eq(json_integer_value(json_object_get(snapshot, "form")), 0);
    ck_assert_str_eq(fake_link_take(&links[0]), "snapshot");
    ck_assert_str_eq(fake_link_take(&links[1]), "call.updated/5");
    st_message_unref(message);
    st_call_facts_unref(before);
    st_call_facts_unref(after);
    fake_link_close(&links[0]);
    fake_link_close(&links[1]);
    close_toys();
}
END_TEST

START_TEST(a_hub_has_one_to_64_loops)
{
    struct st_hub *hub;
    ck_assert_int_eq(st_hub_create(&hub, &(struct st_hub_config){.loop_count = 0}), -EINVAL);
    ck_assert_int_eq(st_hub_create(&hub, &(struct st_hub_config){.loop_count = 65}), -EINVAL);
    ck_assert_int_eq(st_hub_create(&hub, &(struct st_hub_config){.loop_count = 64}), 0);
    st_hub_destroy(hub);
    st_hub_destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, no_event_is_missed_or_repeated, 0, 8);
    tcase_add_loop_test(tcase, nor_with_full_inboxes_and_slow_links, 0, 16);
    tcase_add_test(tcase, nothing_is_sent_before_subscribe);
    tcase_add_test(tcase, replayed_events_come_with_their_message_and_unknown_calls_as_gaps);
    tcase_add_test(tcase, partials_go_first_when_the_link_is_behind);
    tcase_add_test(tcase, a_slow_link_is_closed_with_a_goodbye_and_costs_others_nothing);
    tcase_add_test(tcase, a_link_that_refuses_is_closed_and_one_that_is_gone_is_left_alone);
    tcase_add_test(tcase, a_backlog_waits_for_the_link_and_deltas_behind_it_have_their_own_bound);
    tcase_add_test(tcase, what_waited_for_one_subscription_is_not_sent_for_the_next);
    tcase_add_test(tcase, subscribing_again_and_again_asks_a_loop_one_thing_at_a_time);
    tcase_add_test(tcase, an_answer_that_finds_no_room_is_collected_again);
    tcase_add_test(tcase, nothing_behind_a_lost_event_is_seen);
    tcase_add_test(tcase, a_lost_event_is_told_when_it_was_the_last);
    tcase_add_test(tcase, a_lost_partial_is_no_matter);
    tcase_add_test(tcase, loops_without_subscribers_are_not_bothered);
    tcase_add_loop_test(tcase, subscribers_may_go_while_an_event_goes_round, 0, 4);
    tcase_add_test(tcase, one_may_go_while_its_backlog_is_on_its_way);
    tcase_add_loop_test(tcase, a_loop_that_stops_takes_its_questions_with_it, 0, 2);
    tcase_add_test(tcase, subscribers_are_bounded_and_told_goodbye);
    tcase_add_test(tcase, a_call_that_comes_into_sight_comes_whole);
    tcase_add_test(tcase, a_hub_has_one_to_64_loops);
    return run_case("hub", tcase);
}
