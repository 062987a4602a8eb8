#include "hint_trial.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS = 8, WORDS = 8 };

struct made {
    struct st_transcript_segment segments[SEGMENTS];
    struct st_word words[SEGMENTS][WORDS];
    char texts[SEGMENTS][64];
    struct st_transcript_call call;
};

static struct made before, after;

static void say(struct made *made, unsigned channel, int64_t start_us, const char *text)
{
    size_t at = made->call.count++;
    struct st_transcript_segment *segment = &made->segments[at];
    char *rest = made->texts[at];
    snprintf(rest, sizeof(made->texts[at]), "%s", text);
    segment->channel = channel;
    segment->segment.start_us = start_us;
    segment->segment.words = made->words[at];
    while (rest && *rest)
        made->words[at][segment->segment.word_count++].text = strsep(&rest, " ");
    made->call.segments = made->segments;
}

static void begin(void)
{
    memset(&before, 0, sizeof(before));
    memset(&after, 0, sizeof(after));
}

static void expect_words(const struct st_word *words, size_t count, const char *wanted)
{
    char joined[64] = "";
    for (size_t i = 0, at = 0; i < count; i++)
        at +=
            (size_t)snprintf(joined + at, sizeof(joined) - at, "%s%s", i ? " " : "", words[i].text);
    ck_assert_str_eq(joined, wanted);
}

START_TEST(words_that_differ_are_told)
{
    static const struct {
        const char *before, *after, *was, *is;
    } rows[] = {
        {"Hi sir.", "Hi Sarah.", "sir.", "Sarah."},
        {"North wind is here", "Northwind is here", "North wind", "Northwind"},
        {"it is there", "it is Tavistock", "there", "Tavistock"},
        {"it is", "it is is", "", "is"},
        {"a b c d e", "a x c y e", "b c d", "x c y"},
        {"all", "other words", "all", "other words"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_hint_change change;
        begin();
        say(&before, 1, 5, rows[i].before);
        say(&after, 1, 5, rows[i].after);
        ck_assert_uint_eq(st_hint_trial_compare(&before.call, &after.call, &change, 1), 1);
        ck_assert_uint_eq(change.channel, 1);
        ck_assert_int_eq(change.start_us, 5);
        expect_words(change.before, change.before_count, rows[i].was);
        expect_words(change.after, change.after_count, rows[i].is);
    }
}
END_TEST

START_TEST(utterances_are_compared_by_their_place)
{
    struct st_hint_change changes[4];
    say(&before, 0, 10, "one");
    say(&before, 1, 10, "two");
    say(&before, 0, 30, "gone");
    say(&after, 1, 10, "two too"); /* became final in another order */
    say(&after, 0, 10, "one");
    say(&after, 1, 20, "new");
    ck_assert_uint_eq(st_hint_trial_compare(&before.call, &after.call, changes, 4), 3);
    expect_words(changes[0].after, changes[0].after_count, "too");
    expect_words(changes[1].before, changes[1].before_count, "");
    expect_words(changes[1].after, changes[1].after_count, "new");
    expect_words(changes[2].before, changes[2].before_count, "gone");
    expect_words(changes[2].after, changes[2].after_count, "");
    ck_assert_uint_eq(changes[1].channel, 1);
    ck_assert_int_eq(changes[2].start_us, 30);
}
END_TEST

START_TEST(no_more_than_the_room_is_written)
{
    struct st_hint_change changes[2] = {0};
    for (int i = 0; i < 4; i++) {
        say(&before, 0, i, "a");
        say(&after, 0, i, i == 0 ? "a" : "b");
    }
    ck_assert_uint_eq(st_hint_trial_compare(&before.call, &after.call, changes, 1), 3);
    ck_assert_int_eq(changes[0].start_us, 1);
    ck_assert_ptr_null(changes[1].before);
    begin();
    ck_assert_uint_eq(st_hint_trial_compare(&before.call, &after.call, NULL, 0), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, words_that_differ_are_told);
    tcase_add_test(tcase, utterances_are_compared_by_their_place);
    tcase_add_test(tcase, no_more_than_the_room_is_written);
    return run_case("hint_trial", tcase);
}
