/*
 * VADER's rules over the words of one text: Hutto and Gilbert, "VADER: A Parsimonious Rule-based
 * Model for Sentiment Analysis of Social Media Text", ICWSM 2014, section 3.
 *
 * Where the paper leaves a rule open, the published implementation (vaderSentiment 3.3.2) decides,
 * down to the order of operations: users compare scores with it. Some of what it does looks odd;
 * such places are marked "as published". Emoji, which it turns into words, are not: nobody says
 * them.
 */
#include "sidetone/sentiment.h"

#include "lexicon.h"
#include "vader_words.h"

#include "sidetone/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Mean differences that the paper measured on human ratings (sections 3.3 and 3.4). */
static const double capitals_step = 0.733;
static const double negation_factor = -0.74;
static const double exclamation_step = 0.292;
static const double question_step = 0.18;
static const double question_most = 0.96;
static const double never_so_factor = 1.25;
static const double distance_factors[] = {1, 0.95, 0.9};
static const double normal_alpha = 15;
static const double mixed_from = 0.15;

enum { WORDS_MAX = 4096, REACH = 3 };

struct word {
    const char *lower;
    double valence; /* by the lexicon */
    double degree;
    bool is_in_lexicon;
    bool is_negation;
    bool is_shouted; /* in capitals */
};

struct text {
    const struct st_sentiment_lexicon *lexicon;
    struct word *words;
    double *valences;
    size_t count;
    bool is_mixed_case; /* some words are shouted, others not */
    unsigned exclamations, questions;
    char *lower; /* storage of all words */
    size_t lower_bytes;
};

/* ---- words ---- */

static bool is_space(int32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool is_punctuation(char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

/* Reads one character; a byte that is not UTF-8 counts as one. */
static size_t read_char(const char *text, size_t bytes, int32_t *ret_char)
{
    ptrdiff_t used = utf8proc_iterate((const uint8_t *)text, (ptrdiff_t)bytes, ret_char);
    if (used > 0)
        return (size_t)used;
    *ret_char = 0xfffd;
    return 1;
}

enum letter_case { CASE_NONE, CASE_UPPER, CASE_OTHER };

static enum letter_case case_of(int32_t c)
{
    if ((c >= 0x2160 && c <= 0x216f) || (c >= 0x24b6 && c <= 0x24cf))
        return CASE_UPPER;
    if (c == 0xaa || c == 0xba || (c >= 0x2170 && c <= 0x217f) || (c >= 0x24d0 && c <= 0x24e9))
        return CASE_OTHER;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
        return CASE_UPPER;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
        return CASE_OTHER;
    default:
        return CASE_NONE;
    }
}

static int32_t lower_of(int32_t c)
{
    /* The dotted capital I becomes two characters, which no word of the lexicon has. */
    return c == 0x130 ? c : utf8proc_tolower(c);
}

static void add_word(struct text *text, const char *data, size_t bytes)
{
    struct word *word = &text->words[text->count++];
    char *lower = text->lower + text->lower_bytes, *at = lower;
    bool has_upper = false, has_other = false;
    int32_t c;
    for (size_t i = 0; i < bytes;) {
        i += read_char(data + i, bytes - i, &c);
        has_upper |= case_of(c) == CASE_UPPER;
        has_other |= case_of(c) == CASE_OTHER;
        at += utf8proc_encode_char(lower_of(c), (uint8_t *)at);
    }
    *at++ = '\0';
    text->lower_bytes += (size_t)(at - lower);
    word->lower = lower;
    word->is_shouted = has_upper && !has_other;
    word->degree = st_vader_degree(lower);
    word->is_negation = st_vader_is_negation(lower);
    word->is_in_lexicon =
        st_lexicon_find(text->lexicon, lower, (size_t)(at - lower) - 1, &word->valence);
}

/* Punctuation around a word goes; what would leave two characters or fewer is an emoticon. */
static void add_token(struct text *text, const char *data, size_t bytes)
{
    size_t start = 0, end = bytes, chars = 0;
    while (start < end && is_punctuation(data[start]))
        start++;
    while (end > start && is_punctuation(data[end - 1]))
        end--;
    for (size_t i = start; i < end; i++)
        chars += ((unsigned char)data[i] & 0xc0) != 0x80;
    if (chars <= 2)
        add_word(text, data, bytes);
    else
        add_word(text, data + start, end - start);
}

static void split(struct text *text, const char *data, size_t bytes)
{
    size_t start = 0, shouted = 0;
    int32_t c;
    for (size_t i = 0, used; i < bytes && text->count < WORDS_MAX; i += used) {
        used = read_char(data + i, bytes - i, &c);
        text->exclamations += c == '!';
        text->questions += c == '?';
        if (!is_space(c))
            continue;
        if (i > start)
            add_token(text, data + start, i - start);
        start = i + used;
    }
    if (start < bytes && text->count < WORDS_MAX)
        add_token(text, data + start, bytes - start);
    for (size_t i = 0; i < text->count; i++)
        shouted += text->words[i].is_shouted;
    text->is_mixed_case = shouted > 0 && shouted < text->count;
}

static bool is_word(const struct text *text, size_t i, const char *lower)
{
    return strcmp(text->words[i].lower, lower) == 0;
}

static bool is_so_or_this(const struct text *text, size_t i)
{
    return is_word(text, i, "so") || is_word(text, i, "this");
}

/* ---- the strength of one word in its surroundings ---- */

/* "no" before a sentiment word negates it and is no sentiment itself. */
static double valence_with_no(const struct text *text, size_t i)
{
    const struct word *word = &text->words[i];
    bool is_negated = (i > 0 && is_word(text, i - 1, "no")) ||
                      (i > 1 && is_word(text, i - 2, "no")) ||
                      (i > 2 && is_word(text, i - 3, "no") &&
                       (is_word(text, i - 1, "or") || is_word(text, i - 1, "nor")));
    if (is_negated)
        return word->valence * negation_factor;
    if (is_word(text, i, "no") && i + 1 < text->count && text->words[i + 1].is_in_lexicon)
        return 0;
    return word->valence;
}

static double degree_of(const struct text *text, const struct word *adverb, double valence,
                        size_t distance)
{
    double degree = valence < 0 ? -adverb->degree : adverb->degree;
    if (adverb->degree == 0)
        return 0;
    if (adverb->is_shouted && text->is_mixed_case)
        degree += valence > 0 ? capitals_step : -capitals_step;
    return degree * distance_factors[distance - 1];
}

/* "never so good" praises; "without doubt" does not negate. */
static double negation_of(const struct text *text, size_t i, size_t distance)
{
    const struct word *before = &text->words[i - distance];
    if (distance == 2) {
        if (is_word(text, i - 2, "never") && is_so_or_this(text, i - 1))
            return never_so_factor;
        if (is_word(text, i - 2, "without") && is_word(text, i - 1, "doubt"))
            return 1;
    }
    if (distance == 3) {
        /* As published: "so" or "this" right before the word is enough, "never" or not. */
        if ((is_word(text, i - 3, "never") && is_so_or_this(text, i - 2)) ||
            is_so_or_this(text, i - 1))
            return never_so_factor;
        if (is_word(text, i - 3, "without") &&
            (is_word(text, i - 2, "doubt") || is_word(text, i - 1, "doubt")))
            return 1;
    }
    return before->is_negation ? negation_factor : 1;
}

static bool is_idiom_at(const struct text *text, size_t i, const struct st_vader_idiom *idiom,
                        size_t words)
{
    if (i + words > text->count || (words < 3 && idiom->words[words]))
        return false;
    for (size_t k = 0; k < words; k++)
        if (!idiom->words[k] || !is_word(text, i + k, idiom->words[k]))
            return false;
    return true;
}

static const struct st_vader_idiom *find_idiom(const struct st_vader_idiom *list,
                                               const struct text *text, size_t i, size_t words)
{
    for (; list->words[0]; list++)
        if (is_idiom_at(text, i, list, words))
            return list;
    return NULL;
}

/* Idioms around word i, which has at least three words before it. */
static double valence_with_idioms(const struct text *text, size_t i, double valence)
{
    static const struct {
        size_t back, words;
    } before[] = {{1, 2}, {2, 3}, {2, 2}, {3, 3}, {3, 2}}, pairs[] = {{3, 2}, {2, 2}};
    const struct st_vader_idiom *idiom = NULL;
    for (size_t k = 0; k < sizeof(before) / sizeof(before[0]) && !idiom; k++)
        idiom = find_idiom(st_vader_idioms, text, i - before[k].back, before[k].words);
    if (idiom)
        valence = idiom->valence;
    for (size_t words = 2; words <= 3; words++) {
        idiom = find_idiom(st_vader_idioms, text, i, words);
        if (idiom)
            valence = idiom->valence;
    }
    for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++) {
        idiom = find_idiom(st_vader_degree_pairs, text, i - pairs[k].back, pairs[k].words);
        if (idiom)
            valence += idiom->valence;
    }
    return valence;
}

static bool is_least(const struct text *text, size_t i)
{
    if (i == 0 || text->words[i - 1].is_in_lexicon || !is_word(text, i - 1, "least"))
        return false;
    return i == 1 || (!is_word(text, i - 2, "at") && !is_word(text, i - 2, "very"));
}

static double valence_in_context(const struct text *text, size_t i)
{
    double valence = valence_with_no(text, i);
    if (text->words[i].is_shouted && text->is_mixed_case)
        valence += valence > 0 ? capitals_step : -capitals_step;
    for (size_t distance = 1; distance <= REACH && distance <= i; distance++) {
        const struct word *before = &text->words[i - distance];
        if (before->is_in_lexicon)
            continue;
        valence += degree_of(text, before, valence, distance);
        valence *= negation_of(text, i, distance);
        if (distance == REACH)
            valence = valence_with_idioms(text, i, valence);
    }
    return is_least(text, i) ? valence * negation_factor : valence;
}

static double valence_of(const struct text *text, size_t i)
{
    const struct word *word = &text->words[i];
    bool is_kind_of = i + 1 < text->count && is_word(text, i, "kind") && is_word(text, i + 1, "of");
    if (word->degree != 0 || is_kind_of || !word->is_in_lexicon)
        return 0;
    return valence_in_context(text, i);
}

/* What follows "but" counts more than what comes before it. As published: a valence that occurs
 * several times is looked up by value, so its first occurrence is the one that changes. */
static void weigh_but(struct text *text)
{
    size_t but = 0;
    while (but < text->count && !is_word(text, but, "but"))
        but++;
    if (but == text->count)
        return;
    for (size_t i = 0; i < text->count; i++) {
        size_t first = 0;
        while (text->valences[first] != text->valences[i])
            first++;
        if (first != but)
            text->valences[first] *= first < but ? 0.5 : 1.5;
    }
}

/* ---- scores ---- */

static double emphasis_of(const struct text *text)
{
    unsigned exclamations = text->exclamations > 4 ? 4 : text->exclamations;
    double questions = 0;
    if (text->questions > 1)
        questions = text->questions <= 3 ? text->questions * question_step : question_most;
    return exclamations * exclamation_step + questions;
}

/* Correctly rounded as a decimal number, halves to even. */
static double round_to(double value, int decimals)
{
    char digits[32];
    snprintf(digits, sizeof(digits), "%.*f", decimals, value);
    return strtod(digits, NULL);
}

static double compound_of(const struct text *text, double emphasis)
{
    double sum = 0;
    for (size_t i = 0; i < text->count; i++)
        sum += text->valences[i];
    if (sum > 0)
        sum += emphasis;
    else if (sum < 0)
        sum -= emphasis;
    return round_to(sum / sqrt(sum * sum + normal_alpha), 4);
}

/* Each sentiment word counts one more than its strength, as a neutral word counts one. */
static struct st_sentiment_scores scores_of(const struct text *text)
{
    double positive = 0, negative = 0, neutral = 0, emphasis = emphasis_of(text);
    for (size_t i = 0; i < text->count; i++) {
        double valence = text->valences[i];
        positive += valence > 0 ? valence + 1 : 0;
        negative += valence < 0 ? valence - 1 : 0;
        neutral += valence == 0;
    }
    if (positive > fabs(negative))
        positive += emphasis;
    else if (positive < fabs(negative))
        negative -= emphasis;
    double total = positive + fabs(negative) + neutral;
    return (struct st_sentiment_scores){
        .compound = compound_of(text, emphasis),
        .positive = round_to(fabs(positive / total), 3),
        .neutral = round_to(fabs(neutral / total), 3),
        .negative = round_to(fabs(negative / total), 3),
    };
}

/* Room for the words of a text of so many bytes. */
static bool reserve(struct text *text, size_t bytes)
{
    size_t words = bytes / 2 + 1;
    words = words < WORDS_MAX ? words : WORDS_MAX;
    text->words = st_mem_alloc_array(words, sizeof(*text->words));
    text->valences = st_mem_alloc_array(words, sizeof(*text->valences));
    /* Three bytes replace one that is not UTF-8, and every word gets its NUL. */
    text->lower = st_mem_try_alloc(3 * bytes + words + 4);
    return text->lower != NULL;
}

struct st_sentiment_scores st_sentiment_score_part(const struct st_sentiment_lexicon *lexicon,
                                                   const char *data, size_t bytes)
{
    struct st_sentiment_scores scores = {0};
    struct text text = {.lexicon = lexicon};
    if (reserve(&text, bytes))
        split(&text, data, bytes);
    for (size_t i = 0; i < text.count; i++)
        text.valences[i] = valence_of(&text, i);
    if (text.count > 0) {
        weigh_but(&text);
        scores = scores_of(&text);
    }
    free(text.words);
    free(text.valences);
    free(text.lower);
    return scores;
}

struct st_sentiment_scores st_sentiment_score(const struct st_sentiment_lexicon *lexicon,
                                              const char *text)
{
    return st_sentiment_score_part(lexicon, text, strlen(text));
}

enum st_sentiment_label st_sentiment_label_of(const struct st_sentiment_scores *scores)
{
    double less = fmin(scores->positive, scores->negative);
    double more = fmax(scores->positive, scores->negative);
    if (less >= mixed_from && 2 * less >= more)
        return ST_SENTIMENT_MIXED;
    return st_sentiment_label(scores->compound);
}

enum st_sentiment_label st_sentiment_label(double compound)
{
    if (compound >= 0.05)
        return ST_SENTIMENT_POSITIVE;
    return compound <= -0.05 ? ST_SENTIMENT_NEGATIVE : ST_SENTIMENT_NEUTRAL;
}
