#include "clear.h"
#include "run.h"

/* A call: what the customer says (or "A:", the agent), and what is left of it; NULL ends it. */
struct line {
    const char *said, *left;
};

static const struct line calls[][12] = {
    /* one number, in the manners in which it is said */
    {{"my card number is four five three nine one four eight eight zero three four three six four "
      "six "
      "seven",
      "my card number is [CREDIT_DEBIT_NUMBER]"}},
    {{"It's forty-five thirty-nine, fourteen eighty-eight, oh three four three, sixty four sixty "
      "seven.",
      "It's [CREDIT_DEBIT_NUMBER]."}},
    {{"4539 1488 0343 6467", "[CREDIT_DEBIT_NUMBER]"}},
    {{"use 4539-1488-0343-6467.", "use [CREDIT_DEBIT_NUMBER]."}},
    {{"card number double four triple one, oh, two two", "card number [CREDIT_DEBIT_NUMBER]"}},
    {{"4539 1488 0343 6468 is my card", "[CREDIT_DEBIT_NUMBER] is my card"}},
    {{"\xef\xbc\x94\xef\xbc\x95\xef\xbc\x93\xef\xbc\x99 1488 0343 6467", "[CREDIT_DEBIT_NUMBER]"}},
    /* in pieces, with questions and echo between */
    {{"A:can i have the card number please", "can i have the card number please"},
     {"sure it's four one one one", "sure it's [CREDIT_DEBIT_NUMBER]"},
     {"A:four one one one yes and the rest", "[CREDIT_DEBIT_NUMBER] yes and the rest"},
     {"five", "[CREDIT_DEBIT_NUMBER]"},
     {"two two", "[CREDIT_DEBIT_NUMBER]"},
     {"A:so that's five two two", "so that's [CREDIT_DEBIT_NUMBER]"},
     {"and expiry oh four twenty eight", "and expiry [CREDIT_DEBIT_EXPIRY]"},
     {"A:and the three digits on the back", "and the three digits on the back"},
     {"nine oh one", "[CREDIT_DEBIT_CVV]"}},
    /* nobody said what it is */
    {{"four one one one", "[NUMBER]"}, {"one one", "[NUMBER]"}, {"one one one one", "[NUMBER]"}},
    {{"the code was seven two nine", "the code was [CREDIT_DEBIT_CVV]"}},
    {{"that would be seven two nine", "that would be [NUMBER]"}},
    {{"so 4539148803436467 then", "so [CREDIT_DEBIT_NUMBER] then"}},
    /* a card and what follows in one breath */
    {{"A:card number, expiry date and security code please", NULL},
     {"4539 1488 0343 6467 04/28 and 123",
      "[CREDIT_DEBIT_NUMBER] [CREDIT_DEBIT_EXPIRY] and [CREDIT_DEBIT_CVV]"}},
    /* other numbers */
    {{"my social is five one two, two two, three three four four", "my social is [SSN]"}},
    {{"512-22-3344", "[SSN]"}},
    {{"A:the last four of your social please", NULL}, {"one two three four", "[SSN]"}},
    {{"my social is one two three dash four five dash six seven eight nine", "my social is [SSN]"}},
    {{"social security is triple five oh two double one three four", "social security is [SSN]"}},
    {{"six one three four four seven oh nine one that is my social security number",
      "[SSN] that is my social security number"}},
    {{"seven seven one nine are the last four of my social",
      "[SSN] are the last four of my social"}},
    {{"A:so i have six oh one two two four four seven eight for the social",
      "so i have [SSN] for the social"}},
    {{"A:what are the last four digits of your social", NULL},
     {"Four digits? 9283.", "Four digits? [SSN]."}},
    /* corrections and asides */
    {{"A:please tell me your social security number", NULL},
     {"three one four no sorry three one five six two eight eight one two",
      "[SSN] no sorry [SSN]"}},
    {{"A:your social security please", NULL},
     {"uh hold on two two one hold on nine eight and six five four three",
      "uh hold on [SSN] hold on [SSN]"}},
    {{"A:can you read me your social", NULL},
     {"it starts with four one nine", "it starts with [SSN]"},
     {"then two two", "then [SSN]"},
     {"A:and the last four", NULL},
     {"oh nine three one", "[SSN]"}},
    /* amounts are for something, too */
    {{"i paid two fifty for the card", "i paid two fifty for the card"}},
    {{"i transferred four thousand two hundred to my savings account",
      "i transferred four thousand two hundred to my savings account"}},
    {{"they cut my social security by two hundred forty dollars",
      "they cut my social security by two hundred forty dollars"}},
    {{"call me at five five five one two three four five six seven", "call me at [PHONE]"}},
    {{"(555) 123-4567 or +44 20 7946 0018", "[PHONE] or [PHONE]"}},
    {{"dial nine one one", "dial nine one one"}},
    {{"the routing number is 021000021 and the account number is 123456789",
      "the routing number is [BANK_ROUTING] and the account number is [BANK_ACCOUNT_NUMBER]"}},
    {{"four five six seven is my pin", "[PIN] is my pin"}},
    {{"my date of birth is the fourth of march nineteen eighty two",
      "my date of birth is [DATE_OF_BIRTH]"}},
    {{"born 03/04/1982", "born [DATE_OF_BIRTH]"}},
    {{"A:what is your date of birth", NULL},
     {"three four eighty two", "[DATE_OF_BIRTH]"},
     {"A:you paid on march fourth", "you paid on [DATE]"}},
    {{"i am forty two years old", "i am [AGE] years old"}},
    {{"passport number X as in xray one two three four five six seven",
      "passport number [PASSPORT_NUMBER]"}},
    {{"the plate is seven A B C one two three", "the plate is [LICENSE_PLATE]"}},
    {{"GB29 NWBK 6016 1331 9268 19", "[INTERNATIONAL_BANK_ACCOUNT_NUMBER]"}},
    {{"1HGCM82633A004352", "[VEHICLE_IDENTIFICATION_NUMBER]"}},
    /* addresses of all kinds */
    {{"it's john dot smith at gmail dot com", "it's [EMAIL]"}},
    {{"email me at j underscore doe eighty two at brightside dot co dot uk",
      "email me at [EMAIL]"}},
    {{"a@b.com@c.com and 1@2@3", "[EMAIL] and [EMAIL]"}},
    {{"John.Smith+x@mail.example.com.", "[EMAIL]."}},
    {{"one ninety two dot one sixty eight dot one dot one", "[IP_ADDRESS]"}},
    {{"it is 10.0.0.1 and 00:1a:2b:3c:4d:5e", "it is [IP_ADDRESS] and [MAC_ADDRESS]"}},
    {{"see www.example.com/help or example dot org", "see [URL] or [URL]"}},
    {{"i live at forty two elm street apartment four b austin texas seven eight seven oh one",
      "i live at [ADDRESS]"}},
    {{"123 Main Street, Suite 5, Denver, CO 80202 is it", "[ADDRESS] is it"}},
    {{"p o box one two three", "[ADDRESS]"}},
    {{"SW1A 1AA please", "[ADDRESS] please"}},
    {{"my username is jsmith42 and my password is bluebird 77",
      "my username is [USERNAME] and my password is [PASSWORD]"}},
    {{"my password is not working", "my password is not working"}},
    /* names */
    {{"Hello, my name is Sarah Thompson.", "Hello, my name is [NAME]."},
     {"A:Thanks, Thompson, was it?", "Thanks, [NAME], was it?"}},
    {{"my name is siobhan o'rourke", "my name is [NAME]"}},
    {{"this is john", "this is [NAME]"}, {"this is ridiculous", "this is ridiculous"}},
    {{"Sarah's account", "[NAME]'s account"}},
    {{"A:who am i speaking with", NULL}, {"wilhelmina baker", "[NAME]"}},
    {{"i spoke to mark baker", "i spoke to [NAME]"}, {"mark it as paid", "mark it as paid"}},
    {{"will you call me in may", "will you call me in may"}},
    {{"thank you mister o'leary", "thank you mister [NAME]"}},
    {{"last name petrov spelled p e t r o v", "last name [NAME] spelled [NAME]"}},
    {{"i live in austin", "i live in [ADDRESS]"}},
    /* numbers that are nobody's secret */
    {{"it costs $20 or twenty five dollars and ten cents",
      "it costs $20 or twenty five dollars and ten cents"}},
    {{"order number 7 7 1 2 9 4", "order number 7 7 1 2 9 4"},
     {"A:771294 is on its way", "771294 is on its way"}},
    {{"A:what's your reference number", NULL}, {"seven seven one two", "seven seven one two"}},
    {{"since nineteen ninety two or 2019", "since nineteen ninety two or 2019"}},
    {{"at four thirty or 3:15 pm", "at four thirty or 3:15 pm"}},
    {{"two thousand five hundred of them, 1,250 or 3.5",
      "two thousand five hundred of them, 1,250 or 3.5"}},
    {{"one of the two", "one of the two"}},
    {{"oh, three things", "oh, three things"}},
};

START_TEST(what_is_taken_out)
{
    unsigned wrong = 0;
    struct st_pii_lexicon *lexicon = load_names();
    for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++) {
        struct st_pii *pii = begin_call(lexicon, ST_PII_REDACT);
        for (const struct line *line = calls[c]; line->said; line++) {
            bool is_agent = strncmp(line->said, "A:", 2) == 0;
            const char *left =
                clear(pii, is_agent ? AGENT : CUSTOMER, line->said + 2 * is_agent, true);
            if (!line->left || strcmp(left, line->left) == 0)
                continue;
            fprintf(stderr, "%s\n  gives %s\n  not   %s\n", line->said, left, line->left);
            wrong++;
        }
        st_pii_destroy(pii);
    }
    st_pii_lexicon_destroy(lexicon);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(a_partial_ends_before_what_is_undecided)
{
    static const struct line partials[] = {
        {"i paid twenty", "i paid"},
        {"the number is four", "the number is"},
        {"the number is four five uh", "the number is"},
        {"i have double", "i have"},
        {"write to bluebird dot", "write to"},
        {"my password is blue", "my password is"},
        {"my name is siob", "my name is [NAME]"},
        {"my card is 4539 1488 0343 6467 and", "my card is [CREDIT_DEBIT_NUMBER] and"},
        {"that is it thank you", "that is it thank you"},
    };
    struct st_pii_lexicon *lexicon = load_names();
    struct st_pii *pii = begin_call(lexicon, ST_PII_REDACT);
    for (size_t i = 0; i < sizeof(partials) / sizeof(partials[0]); i++)
        ck_assert_str_eq(clear(pii, CUSTOMER, partials[i].said, false), partials[i].left);
    clear(pii, AGENT, "what is your address", true);
    ck_assert_str_eq(clear(pii, CUSTOMER, "it's elm", false), "it's");
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(partials_change_nothing)
{
    struct st_pii_lexicon *lexicon = load_names();
    struct st_pii *pii = begin_call(lexicon, ST_PII_REDACT);
    clear(pii, AGENT, "what is your card number", false);
    clear(pii, CUSTOMER, "my name is okonkwo", false);
    ck_assert_str_eq(clear(pii, CUSTOMER, "twelve", true), "twelve");
    ck_assert_str_eq(clear(pii, CUSTOMER, "okonkwo", true), "okonkwo");
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(what_was_given_is_awaited_no_longer)
{
    struct st_pii_lexicon *lexicon = load_names();
    struct st_pii *pii = begin_call(lexicon, ST_PII_REDACT);
    clear(pii, AGENT, "your card number please", true);
    clear(pii, CUSTOMER, "4539 1488 0343 6467", true);
    clear(pii, AGENT, "how many do you want", true);
    ck_assert_str_eq(clear(pii, CUSTOMER, "twelve", true), "twelve");
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(a_question_is_forgotten_in_time)
{
    struct st_pii_lexicon *lexicon = load_names();
    struct st_pii *pii = begin_call(lexicon, ST_PII_REDACT);
    struct st_pii_clearing clearing;
    struct st_segment segment = {.is_final = true, .text = "your pin please", .end_us = 1000000};
    st_pii_clear(pii, AGENT, &segment, &clearing);
    st_pii_clearing_fini(&clearing);
    segment.text = "forty two";
    segment.end_us = 200000000;
    st_pii_clear(pii, CUSTOMER, &segment, &clearing);
    ck_assert_str_eq(clearing.cleared.segment.text, "forty two");
    st_pii_clearing_fini(&clearing);
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(off_lets_everything_through)
{
    struct st_pii_settings settings = {.mode = ST_PII_OFF};
    struct st_pii *pii = st_pii_create(&settings);
    ck_assert_ptr_null(pii);
    ck_assert_str_eq(clear(pii, CUSTOMER, "4539 1488 0343 6467", true), "4539 1488 0343 6467");
    st_pii_destroy(pii);
}
END_TEST

START_TEST(settings_may_change_within_a_call)
{
    struct st_pii_lexicon *lexicon = load_names();
    struct st_pii *pii = begin_call(lexicon, ST_PII_OFF);
    struct st_pii_settings settings = {.mode = ST_PII_REDACT, .lexicon = lexicon};
    st_pii_set_settings(&pii, &settings);
    ck_assert_str_eq(clear(pii, CUSTOMER, "my pin is 1234 since may fourth", true),
                     "my pin is [PIN] since may fourth");
    settings.style = ST_PII_STYLE_PLAIN;
    st_pii_set_settings(&pii, &settings);
    ck_assert_str_eq(clear(pii, CUSTOMER, "yes one two three four", true), "yes [PII]");
    settings.mode = ST_PII_OFF;
    st_pii_set_settings(&pii, &settings);
    ck_assert_ptr_null(pii);
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(a_long_text_is_hidden_beyond_its_limit)
{
    struct st_pii_lexicon *lexicon = load_names();
    struct st_pii *pii = begin_call(lexicon, ST_PII_REDACT);
    char *text = malloc(1000001);
    for (size_t i = 0; i < 1000000; i++)
        text[i] = "four one "[i % 9];
    text[1000000] = '\0';
    const char *left = clear(pii, CUSTOMER, text, true);
    ck_assert_uint_lt(strlen(left), 64);
    ck_assert_ptr_nonnull(strstr(left, "[PII]"));
    for (size_t i = 0; i < 1000000; i++)
        text[i] = "\xc3\xa9"[i % 2];
    left = clear(pii, CUSTOMER, text, true);
    ck_assert_uint_le(strlen(left), 16384 + 6);
    ck_assert_str_eq(left + strlen(left) - 6, " [PII]");
    free(text);
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_is_taken_out,
                            a_partial_ends_before_what_is_undecided,
                            partials_change_nothing,
                            what_was_given_is_awaited_no_longer,
                            a_question_is_forgotten_in_time,
                            off_lets_everything_through,
                            settings_may_change_within_a_call,
                            a_long_text_is_hidden_beyond_its_limit};
    return run_tests("pii", tests, sizeof(tests) / sizeof(tests[0]));
}
