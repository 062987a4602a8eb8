/*
 * What the engine finds is what a search finds that tries every pattern at every word, however the
 * words are cut into segments, whatever partials come between, and whenever the phrases are set
 * anew.
 */
#include "phrases/phrase_stream.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 1500,
    WORDS = 120,
    PATTERNS = 12,
    PARTS = 3,
    SLOTS = 3,
    CHOICES = 2,
    WORD_US = 300000,
    SILENCE_US = 10000001,
    HITS = 4000,
};

static unsigned seed;

static unsigned pick(unsigned count)
{
    return (unsigned)rand_r(&seed) % count;
}

/* ---- what is said ---- */

static const char *const vocabulary[] = {"alba", "albano", "bo",   "bode",  "mode",
                                         "code", "decode", "zora", "zoran", "x"};
enum { VOCABULARY = sizeof(vocabulary) / sizeof(vocabulary[0]) };

struct said {
    unsigned word[WORDS];
    size_t segment_end[WORDS]; /* of the segment that the word is in */
    unsigned stretch[WORDS];   /* counts the silences before it */
    size_t count;
};

static void make_said(struct said *said)
{
    size_t end = 0;
    unsigned range = 2 + pick(VOCABULARY - 1), stretch = 0;
    said->count = WORDS;
    for (size_t i = 0; i < WORDS; i++) {
        if (i == end) {
            end += 1 + pick(12);
            end = end < WORDS ? end : WORDS;
            stretch += pick(8) == 0;
        }
        said->word[i] = pick(range);
        said->segment_end[i] = end;
        said->stretch[i] = stretch;
    }
}

/* ---- patterns ---- */

struct part {
    unsigned gap; /* before it */
    size_t slots;
    char choices[SLOTS][CHOICES][16];
    size_t choice_count[SLOTS];
};

struct pattern {
    struct part parts[PARTS];
    size_t part_count;
    bool is_exclusion;
    uint32_t group;
    char text[600];
};

static void make_choice(char *choice, bool has_stars)
{
    const char *word = vocabulary[pick(VOCABULARY)];
    size_t len = strlen(word);
    unsigned form = has_stars && len > 2 ? pick(6) : 5;
    if (form == 0)
        snprintf(choice, 16, "%.*s*", 2 + (int)pick((unsigned)len - 1), word);
    else if (form == 1)
        snprintf(choice, 16, "*%s", word + pick((unsigned)len - 1));
    else
        snprintf(choice, 16, "%s", word);
}

static void make_part(struct part *part, bool is_plain)
{
    part->gap = 1 + pick(20);
    part->slots = 1 + pick(SLOTS);
    for (size_t i = 0; i < part->slots; i++) {
        part->choice_count[i] = is_plain ? 1 : 1 + pick(CHOICES);
        for (size_t k = 0; k < part->choice_count[i]; k++)
            make_choice(part->choices[i][k], !is_plain);
    }
}

static void write_pattern(struct pattern *pattern)
{
    char *at = pattern->text;
    for (size_t p = 0; p < pattern->part_count; p++) {
        const struct part *part = &pattern->parts[p];
        if (p > 0)
            at += sprintf(at, part->gap == 5 ? " ... " : " ...{%u} ", part->gap);
        for (size_t i = 0; i < part->slots; i++) {
            at += sprintf(at, part->choice_count[i] > 1 ? " (" : " ");
            for (size_t k = 0; k < part->choice_count[i]; k++)
                at += sprintf(at, "%s%s", k > 0 ? "|" : "", part->choices[i][k]);
            at += sprintf(at, "%s", part->choice_count[i] > 1 ? ")" : "");
        }
    }
}

static void make_pattern(struct pattern *pattern, uint32_t index)
{
    bool is_plain = pick(3) == 0;
    memset(pattern, 0, sizeof(*pattern));
    pattern->is_exclusion = pick(4) == 0;
    pattern->part_count = is_plain || pattern->is_exclusion ? 1 : 1 + pick(PARTS);
    for (size_t i = 0; i < pattern->part_count; i++)
        make_part(&pattern->parts[i], is_plain);
    pattern->group = index;
    write_pattern(pattern);
}

/* ---- the search ---- */

static bool is_choice(const char *choice, const char *word)
{
    size_t len = strlen(choice), bytes = strlen(word);
    if (choice[0] == '*')
        return bytes >= len - 1 && strcmp(word + bytes - (len - 1), choice + 1) == 0;
    if (choice[len - 1] == '*')
        return strncmp(word, choice, len - 1) == 0;
    return strcmp(word, choice) == 0;
}

static bool is_part_at(const struct said *said, const struct part *part, size_t first)
{
    for (size_t i = 0; i < part->slots; i++) {
        bool is_found = false;
        for (size_t k = 0; k < part->choice_count[i]; k++)
            is_found |= is_choice(part->choices[i][k], vocabulary[said->word[first + i]]);
        if (!is_found)
            return false;
    }
    return true;
}

/* The last word at which the parts 0…last can begin so that they end before word `end`; -1: none.
 */
static int find_start(const struct said *said, const struct pattern *pattern, size_t last,
                      size_t end)
{
    const struct part *part = &pattern->parts[last];
    int best = -1;
    if (end < part->slots || !is_part_at(said, part, end - part->slots))
        return -1;
    size_t begin = end - part->slots;
    if (last == 0)
        return (int)begin;
    for (size_t gap = 0; gap <= part->gap && gap <= begin; gap++) {
        int start = find_start(said, pattern, last - 1, begin - gap);
        best = start > best ? start : best;
    }
    return best;
}

static bool is_excluded(const struct said *said, const struct pattern *patterns, size_t count,
                        uint32_t group, size_t start, size_t end)
{
    for (size_t p = 0; p < count; p++) {
        if (!patterns[p].is_exclusion || patterns[p].group != group)
            continue;
        for (size_t at = start + 1; at <= said->segment_end[end - 1]; at++) {
            int first = find_start(said, &patterns[p], 0, at);
            if (first >= 0 && (size_t)first < end && said->stretch[first] == said->stretch[at - 1])
                return true;
        }
    }
    return false;
}

struct found {
    size_t pattern, first, last;
};

static int compare_found(const void *left, const void *right)
{
    const struct found *a = left, *b = right;
    if (a->last != b->last)
        return a->last < b->last ? -1 : 1;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return a->pattern < b->pattern ? -1 : a->pattern > b->pattern;
}

static size_t search(const struct said *said, const struct pattern *patterns, size_t count,
                     struct found *found)
{
    size_t found_count = 0;
    for (size_t p = 0; p < count; p++) {
        size_t free_from = 0;
        for (size_t end = 1; end <= said->count && !patterns[p].is_exclusion; end++) {
            int start = find_start(said, &patterns[p], patterns[p].part_count - 1, end);
            if (start < (int)free_from || said->stretch[start] != said->stretch[end - 1] ||
                is_excluded(said, patterns, count, patterns[p].group, (size_t)start, end))
                continue;
            ck_assert_uint_lt(found_count, HITS);
            found[found_count++] =
                (struct found){.pattern = p, .first = (size_t)start, .last = end - 1};
            free_from = end;
        }
    }
    qsort(found, found_count, sizeof(*found), compare_found);
    return found_count;
}

/* ---- the engine ---- */

struct ear {
    const struct said *said;
    struct found found[HITS];
    size_t count;
};

static int64_t time_of(const struct said *said, size_t word)
{
    return (int64_t)word * WORD_US + (int64_t)said->stretch[word] * SILENCE_US;
}

static void on_hit(void *user, const struct st_phrase_hit *hit)
{
    struct ear *ear = user;
    char words[WORDS * 8] = "";
    ck_assert_uint_lt(ear->count, HITS);
    for (size_t i = hit->first_word; i <= hit->last_word; i++) {
        strcat(words, i > hit->first_word ? " " : "");
        strcat(words, vocabulary[ear->said->word[i]]);
    }
    ck_assert_str_eq(words, hit->words);
    ck_assert_int_eq(hit->start_us, time_of(ear->said, hit->first_word));
    ck_assert_int_eq(hit->end_us, time_of(ear->said, hit->last_word) + WORD_US);
    ear->found[ear->count++] =
        (struct found){.pattern = hit->pattern, .first = hit->first_word, .last = hit->last_word};
}

static void on_partial_hit(void *user, const struct st_phrase_hit *hit)
{
    size_t *least = user;
    ck_assert_uint_ge(hit->last_word, *least);
}

static void put_partial(struct st_phrase_stream *stream, size_t first, int64_t start_us)
{
    char text[400] = "";
    for (unsigned i = pick(20); i > 0; i--) {
        strcat(text, vocabulary[pick(VOCABULARY)]);
        strcat(text, " ");
    }
    struct st_segment segment = {.text = text, .start_us = start_us, .end_us = start_us + 1};
    st_phrase_stream_put_partial(stream, 0, &segment, on_partial_hit, &first);
}

static void put_segment(struct st_phrase_stream *stream, struct ear *ear, size_t first, size_t end)
{
    struct st_word words[WORDS];
    for (size_t i = first; i < end; i++)
        words[i - first] = (struct st_word){.text = vocabulary[ear->said->word[i]],
                                            .start_us = time_of(ear->said, i),
                                            .end_us = time_of(ear->said, i) + WORD_US};
    struct st_segment segment = {.id = first,
                                 .is_final = true,
                                 .text = "",
                                 .start_us = words[0].start_us,
                                 .end_us = words[end - first - 1].end_us,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = end - first};
    ck_assert_uint_eq(st_phrase_stream_put_final(stream, 0, &segment, on_hit, ear), 0);
}

static struct st_phrase_set *compile(const struct pattern *patterns, size_t count)
{
    struct st_phrase_pattern texts[PATTERNS];
    struct st_phrase_problem problem;
    struct st_phrase_set *set;
    for (size_t i = 0; i < count; i++)
        texts[i] = (struct st_phrase_pattern){.text = patterns[i].text,
                                              .bytes = strlen(patterns[i].text),
                                              .group = patterns[i].group,
                                              .is_exclusion = patterns[i].is_exclusion};
    ck_assert_msg(st_phrase_set_create(&set, texts, count, &problem) == 0, "%s: %s",
                  patterns[problem.pattern].text, problem.text);
    return set;
}

static void listen(struct ear *ear, struct st_phrase_set *set)
{
    struct st_phrase_stream *stream = st_phrase_stream_create(set);
    for (size_t at = 0; at < ear->said->count; at = ear->said->segment_end[at]) {
        if (pick(2) == 0)
            put_partial(stream, at, time_of(ear->said, at));
        if (pick(6) == 0)
            st_phrase_stream_set_phrases(stream, set);
        put_segment(stream, ear, at, ear->said->segment_end[at]);
    }
    st_phrase_stream_destroy(stream);
}

static const char *describe(const struct pattern *patterns, const struct said *said,
                            const struct found *found)
{
    static char text[4000];
    snprintf(text, sizeof(text), "%s at %zu-%zu in", patterns[found->pattern].text, found->first,
             found->last);
    for (size_t i = 0; i < said->count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
                 vocabulary[said->word[i]]);
    return text;
}

START_TEST(it_finds_what_a_search_finds)
{
    static struct pattern patterns[PATTERNS];
    static struct found expected[HITS];
    static struct ear ear;
    static struct said said;
    size_t total = 0;
    for (seed = 1; seed < ROUNDS; seed++) {
        unsigned round = seed;
        make_said(&said);
        for (uint32_t i = 0; i < PATTERNS; i++)
            make_pattern(&patterns[i], i);
        for (uint32_t i = 0; i < PATTERNS; i++)
            if (patterns[i].is_exclusion)
                patterns[i].group = patterns[pick(PATTERNS)].group;
        struct st_phrase_set *set = compile(patterns, PATTERNS);
        ear.said = &said;
        ear.count = 0;
        listen(&ear, set);
        st_phrase_set_unref(set);
        size_t count = search(&said, patterns, PATTERNS, expected);
        for (size_t i = 0; i < count && i < ear.count; i++)
            ck_assert_msg(memcmp(&expected[i], &ear.found[i], sizeof(expected[i])) == 0,
                          "round %u: wanted %s", round, describe(patterns, &said, &expected[i]));
        ck_assert_msg(count == ear.count, "round %u: %zu, not %zu, of which the last is %s", round,
                      ear.count, count, describe(patterns, &said, &expected[count - 1]));
        total += count;
        seed = round;
    }
    ck_assert_uint_gt(total, 10 * ROUNDS);
}
END_TEST

/* ---- exact phrases in any words ---- */

static const char *const tricky[] = {
    "I'm",   "i am",   "forty", "five",  "45",     "one",    "ONE",   "411", "can",     "not",
    "can't", "cannot", "oh",    "first", "1st",    "follow", "up",    "a",   "hundred", "and",
    "gonna", "going",  "to",    "email", "e-mail", "do",     "don't", "know"};
enum { TRICKY = sizeof(tricky) / sizeof(tricky[0]) };

static void on_cover(void *user, const struct st_phrase_hit *hit)
{
    bool *covered = user;
    for (size_t i = hit->first_word; i <= hit->last_word && i < WORDS; i++)
        covered[i] = true;
}

static size_t join(char *out, const unsigned *words, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)sprintf(out + used, "%s%s", i > 0 ? " " : "", tricky[words[i]]);
    return used;
}

static void put_tricky(struct st_phrase_stream *stream, const unsigned *words, size_t count,
                       bool *covered)
{
    char text[200];
    for (size_t at = 0, len; at < count; at += len) {
        len = 1 + pick(5);
        len = at + len > count ? count - at : len;
        join(text, words + at, len);
        struct st_segment segment = {.text = text, .end_us = 1000};
        st_phrase_stream_put_final(stream, 0, &segment, on_cover, covered);
    }
}

/* Each place where the text of the phrase stands shares a word with a hit. */
START_TEST(an_exact_phrase_is_found_wherever_its_text_is)
{
    enum { SAID = 40 };
    size_t total = 0;
    for (seed = 1; seed < 20 * ROUNDS; seed++) {
        unsigned round = seed, phrase[4], said[SAID];
        size_t len = 1 + pick(4), word = 0, places[SAID + 1];
        bool covered[WORDS] = {false};
        char text[200];
        for (size_t i = 0; i < SAID; i++) {
            said[i] = pick(TRICKY);
            places[i] = word;
            word += strchr(tricky[said[i]], ' ') ? 2 : 1;
        }
        memcpy(phrase, said + pick(SAID - 4), len * sizeof(*phrase));
        struct st_phrase_pattern pattern = {.text = text, .bytes = join(text, phrase, len)};
        struct st_phrase_problem problem;
        struct st_phrase_set *set;
        ck_assert_int_eq(st_phrase_set_create(&set, &pattern, 1, &problem), 0);
        struct st_phrase_stream *stream = st_phrase_stream_create(set);
        put_tricky(stream, said, SAID, covered);
        for (size_t i = 0; i + len <= SAID; i++) {
            bool is_covered = false;
            if (memcmp(said + i, phrase, len * sizeof(*phrase)) != 0)
                continue;
            places[SAID] = word;
            for (size_t k = places[i]; k < places[i + len]; k++)
                is_covered |= covered[k];
            ck_assert_msg(is_covered, "round %u: \"%s\" at %zu", round, text, i);
            total++;
        }
        st_phrase_stream_destroy(stream);
        st_phrase_set_unref(set);
        seed = round;
    }
    ck_assert_uint_gt(total, 20 * ROUNDS);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {it_finds_what_a_search_finds,
                            an_exact_phrase_is_found_wherever_its_text_is};
    return run_tests("phrase_recall", tests, sizeof(tests) / sizeof(tests[0]));
}
