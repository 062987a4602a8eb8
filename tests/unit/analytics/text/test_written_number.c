#include "run.h"
#include "text/written_number.h"

#include <stdio.h>
#include <string.h>

static struct st_tokens tokens;

static void rewrite(const char *text, char *out, size_t size)
{
    struct st_segment segment = {.text = text, .end_us = 1000000};
    size_t at = 0, used = 0;
    st_tokens_read(&tokens, &segment);
    for (size_t i = 0; i < tokens.count;) {
        char digits[ST_WRITTEN_NUMBER_BYTES];
        size_t words = st_written_number_read(&tokens, i, digits);
        if (words > 0) {
            used += (size_t)snprintf(out + used, size - used, "%.*s%s",
                                     (int)(tokens.items[i].begin - at), text + at, digits);
            at = tokens.items[i + words - 1].end;
        }
        i += words > 0 ? words : 1;
    }
    snprintf(out + used, size - used, "%s", text + at);
}

START_TEST(numbers_whose_meaning_is_said)
{
    FILE *file = fopen(ST_VECTORS "/spoken_numbers.txt", "re");
    char line[300], got[600];
    unsigned count = 0;
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        char *wanted = strchr(line, '=');
        if (line[0] == '#')
            continue;
        ck_assert_ptr_nonnull(wanted);
        *wanted++ = '\0';
        rewrite(line, got, sizeof(got));
        ck_assert_str_eq(got, *wanted ? wanted : line);
        count++;
    }
    ck_assert_uint_gt(count, 40);
    fclose(file);
    st_tokens_fini(&tokens);
}
END_TEST

START_TEST(endless_numbers_are_bounded)
{
    char text[4096] = "", out[8192];
    while (strlen(text) < 4000)
        strcat(text, "nine hundred ninety nine million ");
    rewrite(text, out, sizeof(out));
    ck_assert_str_eq(out, text);
    st_tokens_fini(&tokens);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {numbers_whose_meaning_is_said, endless_numbers_are_bounded};
    return run_tests("spoken_numbers", tests, sizeof(tests) / sizeof(tests[0]));
}
