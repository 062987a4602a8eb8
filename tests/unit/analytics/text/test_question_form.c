#include "run.h"
#include "text/question_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_tokens tokens;

/* The last sentence that asks; as the file writes it: kind, then the words. */
static void find(const char *text, char *ret_line, size_t size)
{
    struct st_segment segment = {.text = text, .end_us = 1000000};
    st_tokens_read(&tokens, &segment);
    snprintf(ret_line, size, ". %s", text);
    for (size_t begin = 0, end; begin < tokens.count; begin = end) {
        struct st_question_form form;
        end = st_question_sentence_end(&tokens, begin);
        if (!st_question_find(&tokens, begin, end, &form))
            continue;
        uint32_t from = tokens.items[form.begin].begin, to = tokens.items[form.end - 1].end;
        snprintf(ret_line, size, "%c %s|%.*s", form.is_open ? 'w' : '?', text, (int)(to - from),
                 text + from);
    }
}

START_TEST(sentences_of_calls)
{
    FILE *file = fopen(ST_VECTORS "/questions.txt", "re");
    char line[300], text[300], got[700];
    unsigned count = 0;
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        snprintf(text, sizeof(text), "%.*s", (int)strcspn(line + 2, "|"), line + 2);
        find(text, got, sizeof(got));
        ck_assert_str_eq(got, line);
        count++;
    }
    ck_assert_uint_gt(count, 60);
    fclose(file);
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(a_pause_opens_a_clause)
{
    struct st_word words[] = {{"the", 0, 100000, 1},
                              {"box", 100000, 200000, 1},
                              {"is", 900000, 1000000, 1},
                              {"it", 1000000, 1100000, 1},
                              {"open", 1100000, 1200000, 1}};
    struct st_segment segment = {
        .text = "the box is it open", .end_us = 1200000, .words = words, .word_count = 5};
    struct st_question_form form;
    st_tokens_read(&tokens, &segment);
    ck_assert(st_question_find(&tokens, 0, 5, &form));
    ck_assert_uint_eq(form.begin, 2);
    segment.word_count = 0;
    st_tokens_read(&tokens, &segment);
    ck_assert(!st_question_find(&tokens, 0, 5, &form));
    st_tokens_fini(&tokens);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {sentences_of_calls, a_pause_opens_a_clause};
    return run_tests("question_form", tests, sizeof(tests) / sizeof(tests[0]));
}
