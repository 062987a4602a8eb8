#include "outbox.h"

#include "run.h"

#include <errno.h>
#include <string.h>

static void expect(struct st_outbox *outbox, const char *text, bool is_binary)
{
    const void *data;
    size_t bytes;
    bool was_binary;
    ck_assert(st_outbox_peek(outbox, &data, &bytes, &was_binary));
    ck_assert_uint_eq(bytes, strlen(text));
    ck_assert_mem_eq(data, text, bytes);
    ck_assert_int_eq(was_binary, is_binary);
    st_outbox_pop(outbox);
}

START_TEST(messages_come_out_whole_and_in_order)
{
    struct st_outbox outbox = {0};
    ck_assert(st_outbox_is_empty(&outbox));
    st_outbox_push(&outbox, "one", 3, false);
    st_outbox_push(&outbox, "", 0, true);
    expect(&outbox, "one", false);
    st_outbox_push(&outbox, "three", 5, true);
    expect(&outbox, "", true);
    expect(&outbox, "three", true);
    ck_assert(st_outbox_is_empty(&outbox));
    st_outbox_fini(&outbox);
}
END_TEST

START_TEST(a_full_outbox_refuses_and_takes_again)
{
    struct st_outbox outbox = {0};
    char message[65536] = "";
    int taken = 0;
    while (st_outbox_push(&outbox, message, sizeof(message), true) == 0)
        taken++;
    ck_assert_int_eq(taken, 3); /* with its head a fourth is a little too much */
    st_outbox_pop(&outbox);
    ck_assert_int_eq(st_outbox_push(&outbox, message, sizeof(message), true), 0);
    st_outbox_clear(&outbox);
    ck_assert(st_outbox_is_empty(&outbox));
    ck_assert_uint_eq(outbox.cap, 0);
    st_outbox_fini(&outbox);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, messages_come_out_whole_and_in_order);
    tcase_add_test(tcase, a_full_outbox_refuses_and_takes_again);
    return run_case("outbox", tcase);
}
