#include "call_internal.h"

#include "sidetone/mem.h"

#include "run.h"

static struct history history;
static struct st_call_facts *facts;
static struct st_json_writer scratch;

static void setup(void)
{
    history = (struct history){0};
    facts = st_call_facts_create();
    st_json_init(&scratch);
}

static void teardown(void)
{
    history_fini(&history);
    ck_assert_uint_eq(history.count, 0);
    ck_assert_uint_eq(facts->refs, 1);
    st_call_facts_unref(facts);
    st_json_fini(&scratch);
}

static void add(uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++) {
        struct st_event event = {.type = ST_EVENT_CALL_UPDATED, .seq = seq, .call = facts};
        struct st_message *message = st_message_encode(&event, &scratch);
        history_add(&history, message);
        st_message_unref(message);
    }
}

START_TEST(it_reaches_back_to_what_it_holds)
{
    ck_assert(history_reaches(&history, 0, 0));
    add(1, 10);
    ck_assert_uint_eq(history.first_seq, 1);
    ck_assert(history_reaches(&history, 0, 10));
    ck_assert(history_reaches(&history, 10, 10));
    ck_assert(!history_reaches(&history, 11, 10));
    ck_assert(!history_reaches(&history, UINT64_MAX, 10));
}
END_TEST

START_TEST(it_is_bounded_and_drops_the_oldest)
{
    add(1, HISTORY_MAX);
    ck_assert_uint_eq(history.first_seq, 1);
    add(HISTORY_MAX + 1, HISTORY_MAX + 1);
    uint64_t dropped = HISTORY_MAX / 10;
    ck_assert_uint_eq(history.count, HISTORY_MAX - dropped + 1);
    ck_assert_uint_eq(history.first_seq, dropped + 1);
    for (size_t i = 0; i < history.count; i++)
        ck_assert_uint_eq(history.messages[i]->seq, history.first_seq + i);
    ck_assert(history_reaches(&history, dropped, HISTORY_MAX + 1));
    ck_assert(!history_reaches(&history, dropped - 1, HISTORY_MAX + 1));
    add(HISTORY_MAX + 2, 2 * HISTORY_MAX);
    ck_assert_uint_le(history.count, HISTORY_MAX);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, it_reaches_back_to_what_it_holds);
    tcase_add_test(tcase, it_is_bounded_and_drops_the_oldest);
    return run_case("history", tcase);
}
