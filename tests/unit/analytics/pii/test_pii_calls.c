/* Labelled calls (tests/vectors/pii): how much of their personal data is found, and that no digit
 * of a card shows in any partial. What is reached on the lines that were tuned on is the floor. */
#include "clear.h"
#include "run.h"

#include <strings.h>

enum { LINE_MAX_BYTES = 1024, LABELS_MAX = 16 };

struct label {
    int type;
    unsigned begin, end; /* bytes; the lines are ASCII */
};

struct line {
    char text[LINE_MAX_BYTES];
    unsigned channel;
    struct label labels[LABELS_MAX];
    unsigned count;
};

struct score {
    unsigned said, found, hit;
};

static int type_of(const char *name, size_t bytes)
{
    for (int i = 0; i < ST_PII_TYPES; i++)
        if (strlen(st_pii_type_name(i)) == bytes && memcmp(st_pii_type_name(i), name, bytes) == 0)
            return i;
    ck_abort_msg("no type %.*s", (int)bytes, name);
}

/* "C|it's {PIN|one two}" */
static void parse(const char *row, struct line *line)
{
    unsigned at = 0;
    *line = (struct line){.channel = row[0] == 'A' ? AGENT : CUSTOMER};
    for (row += 2; *row && *row != '\n'; row++) {
        struct label *label = &line->labels[line->count];
        ck_assert_uint_lt(at + 1, LINE_MAX_BYTES);
        if (*row == '{') {
            size_t bytes = strcspn(row, "|");
            label->type = type_of(row + 1, bytes - 1);
            label->begin = at;
            row += bytes;
        } else if (*row == '}') {
            label->end = at;
            ck_assert_uint_lt(++line->count, LABELS_MAX);
        } else {
            line->text[at++] = *row;
        }
    }
}

static unsigned shared(const struct label *label, const struct st_pii_entity *entity)
{
    unsigned begin = label->begin > entity->begin ? label->begin : entity->begin;
    unsigned end = label->end < entity->end ? label->end : entity->end;
    return (int)entity->type == label->type && end > begin ? end - begin : 0;
}

static void score_line(struct st_pii *pii, const struct line *line, struct score scores[])
{
    struct st_pii_clearing clearing;
    struct st_segment segment = {.is_final = true, .text = line->text, .end_us = 1000};
    st_pii_clear(pii, line->channel, &segment, &clearing);
    const struct st_pii_finding *finding = &clearing.finding;
    for (unsigned i = 0; i < line->count; i++) {
        unsigned covered = 0;
        for (size_t e = 0; e < finding->count; e++)
            covered += shared(&line->labels[i], &finding->entities[e]);
        scores[line->labels[i].type].said++;
        scores[line->labels[i].type].hit +=
            2 * covered >= line->labels[i].end - line->labels[i].begin;
    }
    for (size_t e = 0; e < finding->count; e++) {
        scores[finding->entities[e].type].found++;
    }
    st_pii_clearing_fini(&clearing);
}

static bool is_digit_word(const char *word, size_t bytes)
{
    static const char *const words[] = {
        "zero",  "oh",    "one",   "two",     "three",  "four",   "five",   "six",
        "seven", "eight", "nine",  "ten",     "eleven", "twelve", "twenty", "thirty",
        "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "double", "triple"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == bytes && strncasecmp(words[i], word, bytes) == 0)
            return true;
    return bytes > 0 && strspn(word, "0123456789") >= bytes;
}

static unsigned count_digit_words(const char *text)
{
    unsigned count = 0;
    while (*text) {
        size_t bytes = strcspn(text, " ,.-/:?");
        count += is_digit_word(text, bytes);
        text += bytes + (text[bytes] != '\0');
    }
    return count;
}

static bool is_secret(int type)
{
    return type == ST_PII_CARD_NUMBER || type == ST_PII_CARD_CVV || type == ST_PII_CARD_EXPIRY ||
           type == ST_PII_SSN || type == ST_PII_PIN || type == ST_PII_BANK_ACCOUNT;
}

static unsigned count_harmless(const struct line *line)
{
    char rest[LINE_MAX_BYTES];
    memcpy(rest, line->text, sizeof(rest));
    for (unsigned i = 0; i < line->count; i++)
        if (is_secret(line->labels[i].type))
            memset(rest + line->labels[i].begin, '-', line->labels[i].end - line->labels[i].begin);
    return count_digit_words(rest);
}

/* Whatever is shown has no more digits in it than the harmless ones of the line. */
static void check_partials(struct st_pii *pii, const struct line *line)
{
    char grown[LINE_MAX_BYTES];
    unsigned harmless = count_harmless(line);
    for (size_t end = 1; end <= strlen(line->text); end++) {
        if (line->text[end] != ' ' && line->text[end] != '\0')
            continue;
        memcpy(grown, line->text, end);
        grown[end] = '\0';
        const char *shown = clear(pii, line->channel, grown, false);
        ck_assert_msg(count_digit_words(shown) <= harmless, "%s: %s", grown, shown);
    }
    const char *shown = clear(pii, line->channel, line->text, true);
    ck_assert_msg(count_digit_words(shown) <= harmless, "%s: %s", line->text, shown);
}

/* Calls `each` for every line; a new call begins at each empty one. */
static unsigned read_calls(const char *path, enum st_pii_mode mode,
                           void (*each)(struct st_pii *pii, const struct line *line,
                                        struct score *scores),
                           struct score *scores)
{
    static struct line line;
    char row[LINE_MAX_BYTES];
    unsigned lines = 0;
    struct st_pii_lexicon *lexicon = load_names();
    struct st_pii *pii = begin_call(lexicon, mode);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    while (fgets(row, sizeof(row), file)) {
        if (row[0] == '\n') {
            st_pii_destroy(pii);
            pii = begin_call(lexicon, mode);
            continue;
        }
        parse(row, &line);
        each(pii, &line, scores);
        lines++;
    }
    fclose(file);
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
    return lines;
}

static void each_partials(struct st_pii *pii, const struct line *line, struct score *scores)
{
    (void)scores;
    check_partials(pii, line);
}

START_TEST(what_is_found_does_not_get_less)
{
    struct score scores[ST_PII_TYPES] = {{0, 0, 0}};
    ck_assert_uint_gt(
        read_calls(ST_VECTORS "/../pii/tune.txt", ST_PII_IDENTIFY, score_line, scores), 600);
    for (int i = 0; i < ST_PII_TYPES; i++) {
        unsigned both = scores[i].said + scores[i].found;
        double f1 = both > 0 ? 2.0 * scores[i].hit / both : 1;
        ck_assert_msg(f1 >= (i == ST_PII_NAME ? 0.95 : 0.97), "%s: %.3f", st_pii_type_name(i), f1);
    }
}
END_TEST

/* Names and towns of these are in no list: their numbers are found all the same. */
START_TEST(numbers_are_found_without_a_lexicon_of_names)
{
    static const enum st_pii_type types[] = {
        ST_PII_CARD_NUMBER, ST_PII_CARD_CVV,     ST_PII_CARD_EXPIRY,  ST_PII_PIN,
        ST_PII_SSN,         ST_PII_BANK_ACCOUNT, ST_PII_BANK_ROUTING, ST_PII_PHONE,
        ST_PII_EMAIL,       ST_PII_DATE_OF_BIRTH};
    struct score scores[ST_PII_TYPES] = {{0, 0, 0}};
    read_calls(ST_VECTORS "/../pii/tune2.txt", ST_PII_IDENTIFY, score_line, scores);
    read_calls(ST_VECTORS "/../pii/tune3.txt", ST_PII_IDENTIFY, score_line, scores);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const struct score *score = &scores[types[i]];
        double f1 = 2.0 * score->hit / (score->said + score->found);
        ck_assert_msg(f1 >= 0.9, "%s: %.3f", st_pii_type_name(types[i]), f1);
    }
}
END_TEST

START_TEST(no_digit_of_a_card_shows_in_a_partial)
{
    read_calls(ST_VECTORS "/../pii/tune.txt", ST_PII_REDACT, each_partials, NULL);
    read_calls(ST_VECTORS "/../pii/tune2.txt", ST_PII_REDACT, each_partials, NULL);
    read_calls(ST_VECTORS "/../pii/tune3.txt", ST_PII_REDACT, each_partials, NULL);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_is_found_does_not_get_less,
                            numbers_are_found_without_a_lexicon_of_names,
                            no_digit_of_a_card_shows_in_a_partial};
    return run_tests("pii_calls", tests, sizeof(tests) / sizeof(tests[0]));
}
