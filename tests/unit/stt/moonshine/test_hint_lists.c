#include "moonshine/hint_lists.h"

#include "small_vocabulary.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const entries[] = {"_A", "B", "_", "A"};

static struct st_tokenizer *tokenizer;
static struct st_hint_lists *lists;

static void begin(void)
{
    tokenizer = small_vocabulary(entries, sizeof(entries) / sizeof(entries[0]));
    st_hint_lists_create(&lists, tokenizer);
}

static void end(void)
{
    st_hint_lists_destroy(lists);
    st_tokenizer_destroy(tokenizer);
}

static struct st_hints *get(const char *a, const char *b)
{
    char first[16], second[16]; /* the texts are the caller's alone */
    snprintf(first, sizeof(first), "%s", a);
    snprintf(second, sizeof(second), "%s", b);
    return st_hint_lists_get(lists, (const char *const[]){first, second}, 2);
}

START_TEST(the_same_list_is_made_once)
{
    struct st_hints *one = get("AB", "BA"), *two = get("AB", "BA"), *three = get("AB", "BB");
    ck_assert_ptr_eq(one, two);
    ck_assert_ptr_ne(one, three);
    struct st_hints *shorter = st_hint_lists_get(lists, (const char *const[]){"AB"}, 1);
    ck_assert_ptr_ne(one, shorter);
    st_hints_unref(one);
    st_hints_unref(two);
    st_hints_unref(three);
    st_hints_unref(shorter);
    struct st_hints *again = get("AB", "BA"); /* nobody has it any more, and it is still there */
    ck_assert_ptr_eq(again, one);
    st_hints_unref(again);
}
END_TEST

START_TEST(no_words_are_no_hints)
{
    ck_assert_ptr_null(st_hint_lists_get(lists, NULL, 0));
}
END_TEST

START_TEST(the_list_used_longest_ago_makes_room)
{
    struct st_hints *kept[ST_HINT_LISTS_KEPT];
    char name[16];
    for (unsigned i = 0; i < ST_HINT_LISTS_KEPT; i++) {
        snprintf(name, sizeof(name), "A%u", i);
        kept[i] = get(name, "B");
    }
    struct st_hints *first = get("A0", "B");
    ck_assert_ptr_eq(first, kept[0]);
    struct st_hints *new = get("A99", "B"); /* in the place of A1, which its holder keeps */
    struct st_hint_walk walk = {0};
    st_hints_step(kept[1], &walk, FIRST_PIECE);
    ck_assert_double_gt(walk.bonus, 0);
    struct st_hints *second = get("A0", "B"), *other = get("A1", "B");
    ck_assert_ptr_eq(second, kept[0]);
    ck_assert_ptr_ne(other, kept[1]);
    st_hints_unref(first);
    st_hints_unref(new);
    st_hints_unref(second);
    st_hints_unref(other);
    for (unsigned i = 0; i < ST_HINT_LISTS_KEPT; i++)
        st_hints_unref(kept[i]);
}
END_TEST

START_TEST(hints_outlive_the_lists)
{
    struct st_hints *mine = get("AB", "B");
    st_hint_lists_destroy(lists);
    lists = NULL;
    struct st_hint_walk walk = {0};
    st_hints_step(mine, &walk, FIRST_PIECE);
    ck_assert_double_gt(walk.bonus, 0);
    st_hints_unref(mine);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, the_same_list_is_made_once);
    tcase_add_test(tcase, no_words_are_no_hints);
    tcase_add_test(tcase, the_list_used_longest_ago_makes_room);
    tcase_add_test(tcase, hints_outlive_the_lists);
    return run_case("hint_lists", tcase);
}
