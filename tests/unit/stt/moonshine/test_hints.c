/* Words are letters: "AB CD" is the tokens _A B _C D. */
#include "moonshine/hints.h"

#include "small_vocabulary.h"

#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const entries[] = {"_A", "_B", "_C", "_D", "_E", "A", "B", "C",
                                      "D",  "E",  "_",  "'",  ".",  "1", "s"};
enum { ENTRIES = sizeof(entries) / sizeof(entries[0]), LETTERS = 5, TEXT_BYTES = 29 };

static struct st_tokenizer *tokenizer;
static struct st_pieces *pieces;
static struct st_hints *hints;
static double first, next; /* what the tokens of a hint earn */

static void make(const char *const *texts, size_t count)
{
    st_hints_unref(hints);
    st_hints_create(&hints, pieces, texts, count);
}

static int64_t id_of(const char *piece, size_t bytes)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (strlen(entries[i]) == bytes && strncmp(entries[i], piece, bytes) == 0)
            return FIRST_PIECE + (int64_t)i;
    ck_abort_msg("no piece %s", piece);
}

/* "_A B" to tokens; "$" is the end mark. */
static struct st_hint_walk walk_from(struct st_hint_walk walk, const char *tokens)
{
    while (*tokens) {
        size_t bytes = strcspn(tokens, " ");
        st_hints_step(hints, &walk, *tokens == '$' ? ST_TOKEN_END : id_of(tokens, bytes));
        tokens += bytes + (tokens[bytes] == ' ');
    }
    return walk;
}

static double bonus_of(const char *tokens)
{
    return walk_from((struct st_hint_walk){0}, tokens).bonus;
}

#define EXPECT(tokens, wanted)                                                                     \
    ck_assert_msg(fabs(bonus_of(tokens) - (wanted)) < 1e-5, "%s: %f", tokens, bonus_of(tokens))

static void begin(void)
{
    tokenizer = small_vocabulary(entries, ENTRIES);
    st_pieces_create(&pieces, tokenizer);
    hints = NULL;
    make((const char *const[]){"AB"}, 1);
    first = bonus_of("_A");
    next = bonus_of("_A B") - first;
}

static void end(void)
{
    st_hints_unref(hints);
    st_pieces_destroy(pieces);
    st_tokenizer_destroy(tokenizer);
}

START_TEST(the_first_token_earns_less_than_those_that_follow)
{
    ck_assert_double_gt(first, 0);
    ck_assert_double_gt(next, first);
}
END_TEST

START_TEST(a_complete_hint_keeps_what_it_earned)
{
    make((const char *const[]){"AB", "ABC", "DE DA"}, 3);
    EXPECT("_A B $", first + next);
    EXPECT("_A B _C", first + next);
    EXPECT("_A B . $", first + next);
    EXPECT("_A B ' s $", first + next);
    EXPECT("_A B C $", first + 2 * next);
    EXPECT("_D E _D A $", first + 3 * next);
    EXPECT("_C _A B _C _A B $", 2 * (first + next));
    EXPECT("_A B _A B $", 2 * (first + next));
}
END_TEST

START_TEST(what_is_left_unfinished_is_given_back)
{
    make((const char *const[]){"ABC", "DE DA"}, 2);
    EXPECT("_A B", first + next);
    EXPECT("_A B $", 0);
    EXPECT("_A B E", 0);
    EXPECT("_A B _C", 0);
    EXPECT("_A B _A", first);
    EXPECT("_A B _A B C $", first + 2 * next);
    EXPECT("_D E $", 0);
    EXPECT("_D E _D $", 0);
    EXPECT("_D E _E", 0);
    EXPECT("A B C $", 0); /* within a word */
}
END_TEST

START_TEST(a_word_that_only_begins_like_a_hint_is_none)
{
    make((const char *const[]){"AB"}, 1);
    EXPECT("_A B C", 0);
    EXPECT("_A B s $", 0);
    EXPECT("_A B 1 $", 0);
    EXPECT("_A B C _A B $", first + next);
}
END_TEST

START_TEST(the_shorter_of_two_hints_is_kept_when_the_longer_breaks)
{
    make((const char *const[]){"AB", "AB CD", "AB CD EA"}, 3);
    EXPECT("_A B _C $", first + next);
    EXPECT("_A B _C D $", first + 3 * next);
    EXPECT("_A B _C D E $", first + next);
    EXPECT("_A B _C D _E $", first + 3 * next);
    EXPECT("_A B _C D _E A $", first + 5 * next);
}
END_TEST

START_TEST(a_hint_within_another_is_not_lost)
{
    make((const char *const[]){"AB CD E", "CD", "CD B"}, 3);
    EXPECT("_A B _C D _A", first + next + first);
    EXPECT("_A B _C D $", first + next);
    EXPECT("_A B _C D _B $", first + 2 * next);
    EXPECT("_A B _C D _E $", first + 4 * next);
}
END_TEST

/* "AB CD" and "CD EA" share a word: it is not counted twice. */
START_TEST(hints_that_overlap_earn_no_more_than_their_tokens)
{
    make((const char *const[]){"AB CD", "CD EA"}, 2);
    double both = bonus_of("_A B _C D _E A $");
    ck_assert_double_ge(both, first + 3 * next - 1e-5);
    ck_assert_double_le(both, 2 * first + 4 * next + 1e-5);
}
END_TEST

/* The longest hint from each word on; nothing begins within another in this list. */
static double reference(const int64_t *tokens, size_t count)
{
    static const struct {
        const char *pieces[5];
        size_t count;
    } known[] = {{{"_A", "B"}, 2},
                 {{"_A", "B", "_C", "D"}, 4},
                 {{"_E", "A", "B"}, 3},
                 {{"_E"}, 1},
                 {{"_B", "A", "B", "A"}, 4}};
    double sum = 0;
    for (size_t at = 0; at < count;) {
        size_t longest = 0;
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
            size_t same = 0;
            while (same < known[k].count && at + same < count &&
                   tokens[at + same] == id_of(known[k].pieces[same], strlen(known[k].pieces[same])))
                same++;
            bool is_over = at + same == count || tokens[at + same] < FIRST_PIECE + LETTERS;
            if (same == known[k].count && is_over && same > longest)
                longest = same;
        }
        sum += longest ? first + (double)(longest - 1) * next : 0;
        at += longest ? longest : 1;
    }
    return sum;
}

START_TEST(any_sequence_ends_with_its_complete_hints_alone)
{
    srand(7);
    make((const char *const[]){"AB", "AB CD", "EAB", "E", "BABA"}, 5);
    for (unsigned round = 0; round < 20000; round++) {
        struct st_hint_walk walk = {0};
        int64_t tokens[12];
        for (size_t i = 0; i < 12; i++) {
            tokens[i] = FIRST_PIECE + rand() % (2 * LETTERS);
            st_hints_step(hints, &walk, tokens[i]);
            ck_assert_double_ge(walk.bonus, -1e-5);
        }
        st_hints_step(hints, &walk, ST_TOKEN_END);
        ck_assert_uint_eq(walk.node, 0);
        ck_assert(fabs(walk.bonus - reference(tokens, 12)) < 1e-4);
    }
}
END_TEST

START_TEST(expected_tokens_are_those_that_go_on)
{
    make((const char *const[]){"AB CD", "AC", "CE"}, 3);
    const uint16_t *tokens;
    ck_assert_uint_eq(st_hints_expected(hints, 0, &tokens), 2);
    ck_assert_uint_eq(tokens[0], id_of("_A", 2));
    ck_assert_uint_eq(tokens[1], id_of("_C", 2));
    struct st_hint_walk walk = walk_from((struct st_hint_walk){0}, "_A");
    ck_assert_uint_eq(st_hints_expected(hints, walk.node, &tokens), 2);
    ck_assert_uint_eq(tokens[0], id_of("B", 1));
    ck_assert_uint_eq(tokens[1], id_of("C", 1));
    ck_assert_uint_eq(st_hints_back(hints, walk.node), 0);
    walk = walk_from(walk, "B _C");
    ck_assert_uint_eq(st_hints_expected(hints, walk.node, &tokens), 1);
    uint32_t back = st_hints_back(hints, walk.node);
    ck_assert_uint_ne(back, 0);
    ck_assert_uint_eq(st_hints_expected(hints, back, &tokens), 1);
    ck_assert_uint_eq(tokens[0], id_of("E", 1));
}
END_TEST

START_TEST(what_lies_ahead_is_known)
{
    make((const char *const[]){"AB", "AB CDE", "AC"}, 3);
    struct st_hint_walk walk = {0};
    ck_assert(st_hints_ahead(hints, walk.node) < 1e-6);
    walk = walk_from(walk, "_A");
    ck_assert(fabs(st_hints_ahead(hints, walk.node) - 4 * next) < 1e-5);
    ck_assert(st_hints_ahead(hints, walk_from(walk, "C").node) < 1e-6);
    walk = walk_from(walk, "B _C D");
    ck_assert(fabs(st_hints_ahead(hints, walk.node) - next) < 1e-5);
}
END_TEST

START_TEST(what_cannot_be_a_hint_is_passed_over)
{
    char too_long[200];
    memset(too_long, 'A', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    char too_many[ST_HINTS_TOKENS_MAX + 2];
    memset(too_many, 'A', sizeof(too_many) - 1);
    too_many[sizeof(too_many) - 1] = '\0';
    make((const char *const[]){"", "  ", too_long, too_many, "AB"}, 5);
    const uint16_t *tokens;
    ck_assert_uint_eq(st_hints_expected(hints, 0, &tokens), 1);
    EXPECT("_A B $", first + next);
    make(NULL, 0);
    ck_assert_uint_eq(st_hints_expected(hints, 0, &tokens), 0);
    EXPECT("_A B $", 0);
}
END_TEST

START_TEST(there_are_no_more_than_the_limit)
{
    static char texts[ST_HINTS_MAX + 1][8];
    static const char *pointers[ST_HINTS_MAX + 1];
    for (unsigned i = 0; i <= ST_HINTS_MAX; i++) {
        unsigned n = i;
        for (unsigned k = 0; k < 6; k++, n /= 3)
            texts[i][k] = (char)(k % 3 == 2 ? ' ' : "ABC"[n % 3]);
        texts[i][6] = "ABC"[n % 3];
        pointers[i] = texts[i];
    }
    pointers[ST_HINTS_MAX] = "DE";
    make(pointers, ST_HINTS_MAX + 1);
    EXPECT("_D E $", 0);
    pointers[ST_HINTS_MAX - 1] = "DE";
    make(pointers, ST_HINTS_MAX + 1);
    EXPECT("_D E $", first + next);
}
END_TEST

/* Long hints with nothing in common do not all fit: those that come later are left out whole. */
START_TEST(the_room_is_bounded)
{
    static char texts[ST_HINTS_MAX][TEXT_BYTES + 1];
    static const char *pointers[ST_HINTS_MAX];
    srand(3);
    for (unsigned i = 0; i < ST_HINTS_MAX; i++) {
        for (unsigned k = 0; k < TEXT_BYTES; k++)
            texts[i][k] = k % 4 == 3 ? '-' : "abcde"[rand() % 5];
        texts[i][0] = 'A';
        pointers[i] = texts[i];
    }
    make(pointers, ST_HINTS_MAX);
    struct st_hint_walk walk = {0};
    for (unsigned i = 0; i < 100000; i++)
        st_hints_step(hints, &walk, FIRST_PIECE + rand() % ENTRIES);
    ck_assert_uint_lt(walk.node, ST_HINTS_NODES_MAX);
}
END_TEST

START_TEST(references_keep_it)
{
    struct st_hints *mine = st_hints_ref(hints);
    st_hints_unref(mine);
    EXPECT("_A B $", first + next);
    st_hints_unref(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, the_first_token_earns_less_than_those_that_follow);
    tcase_add_test(tcase, a_complete_hint_keeps_what_it_earned);
    tcase_add_test(tcase, what_is_left_unfinished_is_given_back);
    tcase_add_test(tcase, a_word_that_only_begins_like_a_hint_is_none);
    tcase_add_test(tcase, the_shorter_of_two_hints_is_kept_when_the_longer_breaks);
    tcase_add_test(tcase, a_hint_within_another_is_not_lost);
    tcase_add_test(tcase, hints_that_overlap_earn_no_more_than_their_tokens);
    tcase_add_test(tcase, any_sequence_ends_with_its_complete_hints_alone);
    tcase_add_test(tcase, expected_tokens_are_those_that_go_on);
    tcase_add_test(tcase, what_lies_ahead_is_known);
    tcase_add_test(tcase, what_cannot_be_a_hint_is_passed_over);
    tcase_add_test(tcase, there_are_no_more_than_the_limit);
    tcase_add_test(tcase, the_room_is_bounded);
    tcase_add_test(tcase, references_keep_it);
    return run_case("hints", tcase);
}
