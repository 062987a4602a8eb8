#include "run.h"
#include "text/contraction.h"
#include "text/fold.h"

#include <string.h>

static void count_word(void *user, const struct st_fold_word *word)
{
    size_t *bytes = user;
    bytes[0]++;
    bytes[1] += word->bytes;
}

/* The words of a text, when it is folded and has single blanks; 0 otherwise. */
static size_t count_words(const char *text)
{
    size_t counts[2] = {0};
    st_fold_words(text, strlen(text), count_word, counts);
    return counts[0] > 0 && counts[1] + counts[0] - 1 == strlen(text) ? counts[0] : 0;
}

static bool is_contraction(const char *word)
{
    for (size_t i = 0; i < st_contraction_count; i++)
        if (strcmp(st_contractions[i].word, word) == 0)
            return true;
    return false;
}

START_TEST(all_entries_are_folded_words_and_full_forms)
{
    for (size_t i = 0; i < st_contraction_count; i++) {
        const struct st_contraction *entry = &st_contractions[i];
        ck_assert_msg(count_words(entry->word) == 1, "%s", entry->word);
        ck_assert_ptr_nonnull(entry->readings[0]);
        if (i > 0)
            ck_assert_msg(strcmp(st_contractions[i - 1].word, entry->word) < 0, "%s", entry->word);
        for (size_t k = 0; k < ST_CONTRACTION_READINGS_MAX && entry->readings[k]; k++) {
            char reading[64], *rest = reading;
            size_t words = count_words(entry->readings[k]);
            ck_assert_msg(words >= 1 && words <= ST_CONTRACTION_WORDS_MAX, "%s", entry->word);
            strcpy(reading, entry->readings[k]);
            while (rest)
                ck_assert_msg(!is_contraction(strsep(&rest, " ")), "%s", entry->word);
        }
    }
    ck_assert(is_contraction("can't"));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {all_entries_are_folded_words_and_full_forms};
    return run_tests("contraction", tests, sizeof(tests) / sizeof(tests[0]));
}
