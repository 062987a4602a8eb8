#include "moonshine/hint_forms.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_hint_forms forms;

START_TEST(forms_are_what_a_recogniser_may_write)
{
    static const struct {
        const char *hint;
        const char *forms; /* joined by | */
    } rows[] = {
        {"Kubernetes", "Kubernetes"},
        {"prior authorization", "prior authorization|Prior authorization|Prior Authorization"},
        {"iPhone", "iPhone"},
        {"NORTHWIND Energy", "NORTHWIND Energy|Northwind Energy"},
        {"IBM", "IBM"},
        {"St. John's", "St. John's|St John's"},
        {"Wal-Mart", "Wal-Mart|Wal Mart"},
        {"co-pay", "co-pay|Co-pay|co pay|Co pay|Co Pay"},
        {"  two \t words\n", "two words|Two words|Two Words"},
        {"O\xe2\x80\x99"
         "Brien",
         "O'Brien"},
        {"\"Zephyr\"", "Zephyr"},
        {"M\xc3\xbcller", "M\xc3\xbcller"},
        {"v2.5", "v2.5|V2.5"},
        {"365", "365"},
        {"", ""},
        {" \t", ""},
        {".", "."},
        {"-", "-"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char joined[ST_HINT_FORMS_MAX * (ST_HINT_BYTES_MAX + 2)] = "";
        size_t at = 0;
        st_hint_forms_make(&forms, rows[i].hint);
        for (size_t k = 0; k < forms.count; k++)
            at += (size_t)snprintf(joined + at, sizeof(joined) - at, "%s%s", k ? "|" : "",
                                   forms.texts[k]);
        ck_assert_str_eq(joined, rows[i].forms);
    }
}
END_TEST

START_TEST(the_longest_fits_and_a_longer_one_is_none)
{
    char hint[ST_HINT_BYTES_MAX + 2];
    memset(hint, 'a', sizeof(hint));
    hint[ST_HINT_BYTES_MAX] = '\0';
    st_hint_forms_make(&forms, hint);
    ck_assert_uint_eq(forms.count, 2);
    ck_assert_str_eq(forms.texts[0], hint);
    hint[ST_HINT_BYTES_MAX] = 'a';
    hint[ST_HINT_BYTES_MAX + 1] = '\0';
    st_hint_forms_make(&forms, hint);
    ck_assert_uint_eq(forms.count, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, forms_are_what_a_recogniser_may_write);
    tcase_add_test(tcase, the_longest_fits_and_a_longer_one_is_none);
    return run_case("hint_forms", tcase);
}
