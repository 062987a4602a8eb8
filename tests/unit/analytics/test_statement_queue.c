#include "statement_queue.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ANSWERS_AT_ONCE, ANSWERS_LATER, REFUSES };

static struct st_statement_queue queue;
static char left[4096], asked[4096];
static int manner;
static uint64_t tickets[64];
static unsigned ticket_count;

static int on_ask(void *user, uint64_t ticket, const char *text, float *ret_vector)
{
    (void)user;
    size_t used = strlen(asked);
    snprintf(asked + used, sizeof(asked) - used, "[%s]", text);
    if (manner == REFUSES)
        return -EBUSY;
    if (manner == ANSWERS_LATER) {
        tickets[ticket_count++] = ticket;
        return 0;
    }
    memset(ret_vector, 0, ST_VECTOR_LEN * sizeof(*ret_vector));
    ret_vector[0] = 9;
    return 1;
}

static void on_leave(void *user, const struct st_stage_statement *sentence)
{
    (void)user;
    size_t used = strlen(left);
    snprintf(left + used, sizeof(left) - used, "[%.*s", (int)sentence->sentence.bytes,
             sentence->sentence.text);
    used = strlen(left);
    if (sentence->vector)
        snprintf(left + used, sizeof(left) - used, " %.0f]", (double)sentence->vector[0]);
    else
        snprintf(left + used, sizeof(left) - used, "]");
}

static void open_queue(int how)
{
    manner = how;
    left[0] = asked[0] = '\0';
    ticket_count = 0;
    queue = (struct st_statement_queue){.ask = on_ask, .leaves = on_leave};
}

static void say(const char *text)
{
    char copy[512];
    snprintf(copy, sizeof(copy), "%s", text);
    struct st_segment segment = {.id = 1, .is_final = true, .text = copy, .end_us = 1000000};
    struct st_stage_input input = {.role = ST_ROLE_CUSTOMER, .segment = &segment};
    st_statement_queue_put(&queue, &input);
    memset(copy, '#', sizeof(copy)); /* it was borrowed */
}

static bool answer(unsigned which, float value)
{
    float vector[ST_VECTOR_LEN] = {value};
    return st_statement_queue_answer(&queue, tickets[which], vector);
}

START_TEST(without_anybody_to_ask_sentences_leave_at_once)
{
    open_queue(REFUSES);
    queue.ask = NULL;
    say("I lost my card. It is gone.");
    ck_assert_str_eq(left, "[I lost my card.][It is gone.]");
    ck_assert_uint_eq(queue.count, 0);
}
END_TEST

START_TEST(short_sentences_are_not_asked_and_digits_not_told)
{
    open_queue(ANSWERS_AT_ONCE);
    say("Oh no. My card 4111-1111.5 was used 3 times.");
    ck_assert_str_eq(asked, "[My card 0 was used 0 times.]");
    ck_assert_str_eq(left, "[Oh no.][My card 4111-1111.5 was used 3 times. 9]");
}
END_TEST

START_TEST(a_refusal_lets_it_go)
{
    open_queue(REFUSES);
    say("I lost my card.");
    ck_assert_str_eq(left, "[I lost my card.]");
}
END_TEST

START_TEST(order_is_kept_whatever_order_answers_come_in)
{
    open_queue(ANSWERS_LATER);
    say("Number one is here. Number two is here. Yes.");
    say("Number three is here.");
    ck_assert_str_eq(left, "");
    ck_assert(answer(1, 2));
    ck_assert_str_eq(left, "");
    ck_assert(answer(0, 1));
    ck_assert_str_eq(left, "[Number one is here. 1][Number two is here. 2][Yes.]");
    ck_assert(!answer(0, 1));
    ck_assert(st_statement_queue_answer(&queue, tickets[2], NULL));
    ck_assert_uint_eq(queue.count, 0);
    ck_assert_ptr_nonnull(strstr(left, "[Number three is here.]"));
}
END_TEST

START_TEST(one_too_many_pushes_the_oldest_out)
{
    open_queue(ANSWERS_LATER);
    for (int i = 0; i < ST_STATEMENTS_HELD_MAX + 2; i++)
        say("Number x is here.");
    ck_assert_str_eq(left, "[Number x is here.][Number x is here.]");
    ck_assert_uint_eq(queue.count, ST_STATEMENTS_HELD_MAX);
    ck_assert(!answer(0, 1));
    ck_assert(answer(2, 1));
    st_statement_queue_fini(&queue);
}
END_TEST

START_TEST(a_flush_lets_everything_go)
{
    open_queue(ANSWERS_LATER);
    say("Number one is here. Number two is here.");
    ck_assert(answer(1, 2));
    st_statement_queue_flush(&queue);
    ck_assert_str_eq(left, "[Number one is here.][Number two is here. 2]");
    ck_assert(!answer(0, 1));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_anybody_to_ask_sentences_leave_at_once,
        short_sentences_are_not_asked_and_digits_not_told,
        a_refusal_lets_it_go,
        order_is_kept_whatever_order_answers_come_in,
        one_too_many_pushes_the_oldest_out,
        a_flush_lets_everything_go,
    };
    return run_tests("statement_queue", tests, sizeof(tests) / sizeof(tests[0]));
}
