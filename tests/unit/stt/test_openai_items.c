#include "openai_items.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_openai_items items;

static void teardown(void)
{
    st_openai_items_fini(&items);
}

static void expect(const char *ids)
{
    char text[1024] = "";
    for (unsigned i = 0; i < items.count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%s ", st_openai_items_at(&items, i)->id);
    }
    ck_assert_str_eq(text, ids);
}

static void commit(const char *id, const char *previous)
{
    st_openai_items_commit(&items, st_openai_items_get(&items, id), previous);
}

START_TEST(items_stand_as_they_were_committed)
{
    commit("b", "a"); /* of an item not known */
    commit("d", "b");
    commit("c", "b");
    expect("b c d ");
    st_openai_items_pop(&items);
    ck_assert(st_openai_items_is_told(&items, "b"));
    ck_assert_ptr_null(st_openai_items_get(&items, "b"));
    commit("x", "b");
    expect("x c d ");
    ck_assert_ptr_eq(st_openai_items_get(&items, "x"), st_openai_items_at(&items, 0));
}
END_TEST

START_TEST(an_item_goes_behind_one_that_came_later)
{
    st_openai_items_get(&items, "a");
    commit("b", "");
    expect("b "); /* a was never committed: nothing came of it */
    commit("c", "b");
    commit("b2", "c");
    commit("b", "c");
    expect("c b b2 ");
}
END_TEST

START_TEST(there_is_a_limit_to_items)
{
    char id[8];
    for (int i = 0; i < ST_OPENAI_ITEMS_MAX; i++) {
        snprintf(id, sizeof(id), "%d", i);
        ck_assert_ptr_nonnull(st_openai_items_get(&items, id));
    }
    ck_assert_ptr_null(st_openai_items_get(&items, "more"));
    ck_assert(!st_openai_items_is_told(&items, "more"));
    st_openai_items_pop(&items);
    ck_assert_ptr_nonnull(st_openai_items_get(&items, "more"));
}
END_TEST

START_TEST(there_is_a_limit_to_text)
{
    static char piece[4097];
    struct st_openai_item *item = st_openai_items_get(&items, "a");
    ck_assert_str_eq(st_openai_item_text(item), "");
    memset(piece, 'a', sizeof(piece) - 1);
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(st_openai_item_add_text(item, piece), 0);
    ck_assert_int_eq(st_openai_item_add_text(item, "b"), -EPROTO);
    ck_assert_uint_eq(strlen(st_openai_item_text(item)), 65536);
    st_openai_item_clear_text(item);
    ck_assert_int_eq(st_openai_item_add_text(item, "b"), 0);
    ck_assert_str_eq(st_openai_item_text(item), "b");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, items_stand_as_they_were_committed);
    tcase_add_test(tcase, an_item_goes_behind_one_that_came_later);
    tcase_add_test(tcase, there_is_a_limit_to_items);
    tcase_add_test(tcase, there_is_a_limit_to_text);
    return run_case("openai_items", tcase);
}
