#include "run.h"
#include "text/number.h"

#include <stdio.h>
#include <string.h>

/* "digits/words read", with "th" behind the digits of an ordinal. */
static const char *read_text(const char *text, bool is_among_digits)
{
    static char out[80];
    struct st_number_word words[24];
    struct st_number number;
    size_t count = 0;
    for (const char *at = text; *at != '\0'; count++) {
        words[count] = (struct st_number_word){.text = at, .bytes = strcspn(at, " ")};
        at += words[count].bytes + (at[words[count].bytes] == ' ');
    }
    st_number_read(words, count, is_among_digits, &number);
    ck_assert_uint_eq(strlen(number.digits), number.len);
    snprintf(out, sizeof(out), "%s%s/%zu", number.digits, number.is_ordinal ? "th" : "",
             number.words);
    return out;
}

START_TEST(numbers_are_read)
{
    static const struct {
        const char *text, *number;
    } rows[] = {
        {"", "/0"},
        {"manager", "/0"},
        {"and five", "/0"},
        {"hundred", "/0"},
        {"a", "/0"},
        {"a manager", "/0"},
        {"411", "411/1"},
        {"4a", "/0"},
        {"0", "0/1"},
        {"zero", "0/1"},
        {"oh", "/0"},
        {"five", "5/1"},
        {"five six", "5/1"},
        {"forty", "40/1"},
        {"forty five", "45/2"},
        {"forty eleven", "40/1"},
        {"fifteen", "15/1"},
        {"a hundred", "100/2"},
        {"four hundred eleven", "411/3"},
        {"four hundred and eleven", "411/4"},
        {"four hundred and", "400/2"},
        {"four hundred and manager", "400/2"},
        {"nineteen hundred", "1900/2"},
        {"a thousand", "1000/2"},
        {"two thousand and five", "2005/4"},
        {"two thousand five hundred", "2500/4"},
        {"three hundred thousand", "300000/3"},
        {"one million two hundred thousand three hundred and four", "1200304/9"},
        {"two million and five", "2000005/4"},
        {"two thousand nineteen hundred", "2000/2"},
        {"double five", "55/2"},
        {"triple zero", "000/2"},
        {"double manager", "/0"},
        {"double", "/0"},
        {"first", "1th/1"},
        {"1st", "1th/1"},
        {"21st", "21th/1"},
        {"21th", "/0"},
        {"twenty first", "21th/2"},
        {"twentieth", "20th/1"},
        {"ninety ninth", "99th/2"},
        {"00000000000000000000000000000000", "00000000000000000000000000000000/1"},
        {"000000000000000000000000000000000", "/0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(strcmp(read_text(rows[i].text, false), rows[i].number) == 0, "%s: %s, not %s",
                      rows[i].text, read_text(rows[i].text, false), rows[i].number);
    ck_assert_str_eq(read_text("oh five", true), "0/1");
    ck_assert_str_eq(read_text("double o seven", true), "00/2");
}
END_TEST

static const char *say(const char *digits, bool has_and, bool has_a)
{
    static char said[ST_NUMBER_SAID_BYTES_MAX];
    st_number_say(digits, strlen(digits), has_and, has_a, said);
    return said;
}

START_TEST(numbers_are_said)
{
    ck_assert_str_eq(say("", true, true), "");
    ck_assert_str_eq(say("0", true, true), "");
    ck_assert_str_eq(say("05", true, true), "");
    ck_assert_str_eq(say("1234567890", true, true), "");
    ck_assert_str_eq(say("7", true, true), "seven");
    ck_assert_str_eq(say("40", true, true), "forty");
    ck_assert_str_eq(say("100", true, true), "a hundred");
    ck_assert_str_eq(say("100", true, false), "one hundred");
    ck_assert_str_eq(say("411", true, true), "four hundred and eleven");
    ck_assert_str_eq(say("411", false, true), "four hundred eleven");
    ck_assert_str_eq(say("1005", true, true), "a thousand and five");
    ck_assert_str_eq(say("1105", true, true), "a thousand one hundred and five");
    ck_assert_str_eq(say("777777777", true, false),
                     "seven hundred and seventy seven million seven hundred and seventy seven "
                     "thousand seven hundred and seventy seven");
}
END_TEST

START_TEST(what_is_said_is_read)
{
    for (unsigned value = 1; value < 1000000000; value += value < 3000 ? 1 : value / 97) {
        char digits[16], expected[40];
        snprintf(digits, sizeof(digits), "%u", value);
        for (unsigned form = 0; form < 4; form++) {
            const char *said = say(digits, (form & 1) != 0, (form & 2) != 0);
            unsigned words = 1;
            for (const char *at = said; *at != '\0'; at++)
                words += *at == ' ';
            snprintf(expected, sizeof(expected), "%u/%u", value, words);
            ck_assert_msg(strcmp(read_text(said, false), expected) == 0, "%s: %s", said,
                          read_text(said, false));
        }
    }
}
END_TEST

START_TEST(ordinals_are_said)
{
    static const struct {
        unsigned value;
        const char *said, *written;
    } rows[] = {{1, "first", "1st"},           {2, "second", "2nd"},
                {3, "third", "3rd"},           {4, "fourth", "4th"},
                {11, "eleventh", "11th"},      {12, "twelfth", "12th"},
                {20, "twentieth", "20th"},     {21, "twenty first", "21st"},
                {32, "thirty second", "32nd"}, {93, "ninety third", "93rd"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char said[ST_NUMBER_SAID_BYTES_MAX], written[8];
        st_number_say_ordinal(rows[i].value, said, written);
        ck_assert_str_eq(said, rows[i].said);
        ck_assert_str_eq(written, rows[i].written);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {numbers_are_read, numbers_are_said, what_is_said_is_read,
                            ordinals_are_said};
    return run_tests("spoken_number", tests, sizeof(tests) / sizeof(tests[0]));
}
