#include "phrase_ways.h"

#include "text/contraction.h"
#include "text/number.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    EDGES_MAX = 64,       /* into one node */
    CHUNK_DIGITS_MAX = 4, /* written together inside a longer number */
    NODE_UNKNOWN = -1,
};

struct way {
    struct st_phrase_graph *graph;
    const struct st_phrase_text *text;
    uint32_t tokens[ST_PHRASE_WORDS_MAX];
    struct st_number_word words[ST_PHRASE_WORDS_MAX];
    size_t count;
    int64_t before[ST_PHRASE_WORDS_MAX]; /* the node before each token */
    /* edges to the node that is to be added next */
    struct st_phrase_edge edges[EDGES_MAX];
    size_t edge_count;
};

static void lead(struct way *way, uint32_t from, uint32_t symbol)
{
    assert(way->edge_count < EDGES_MAX);
    way->edges[way->edge_count++] = (struct st_phrase_edge){.from = from, .symbol = symbol};
}

static void lead_word(struct way *way, uint32_t from, const char *word, size_t bytes)
{
    lead(way, from, st_phrase_graph_add_symbol(way->graph, ST_PHRASE_WORD, word, bytes));
}

/* All but the last of `said`, words with blanks between, are nodes of their own. */
static void lead_said(struct way *way, uint32_t from, const char *said)
{
    const char *blank;
    while ((blank = strchr(said, ' ')) != NULL) {
        struct st_phrase_edge edge = {
            .from = from,
            .symbol = st_phrase_graph_add_symbol(way->graph, ST_PHRASE_WORD, said,
                                                 (size_t)(blank - said)),
        };
        from = st_phrase_graph_add_node(way->graph, &edge, 1);
        said = blank + 1;
    }
    lead_word(way, from, said, strlen(said));
}

static uint32_t arrive(struct way *way)
{
    uint32_t node = st_phrase_graph_add_node(way->graph, way->edges, way->edge_count);
    way->edge_count = 0;
    return node;
}

/* ---- words ---- */

static const struct st_phrase_token *token_at(const struct way *way, size_t i)
{
    return &way->text->tokens[way->tokens[i]];
}

static const struct st_contraction *find_contraction(const struct st_number_word *word)
{
    for (size_t i = 0; i < st_contraction_count; i++)
        if (st_contractions[i].word[0] == word->text[0] &&
            strlen(st_contractions[i].word) == word->bytes &&
            memcmp(st_contractions[i].word, word->text, word->bytes) == 0)
            return &st_contractions[i];
    return NULL;
}

/* "e-mail" is "email". */
static void lead_joined(struct way *way, size_t i)
{
    char joined[512];
    size_t used = 0, first = i + 1 - token_at(way, i)->joins;
    if (way->before[first] == NODE_UNKNOWN)
        return;
    for (size_t k = first; k <= i; k++) {
        assert(used + way->words[k].bytes <= sizeof(joined));
        memcpy(joined + used, way->words[k].text, way->words[k].bytes);
        used += way->words[k].bytes;
    }
    lead_word(way, (uint32_t)way->before[first], joined, used);
}

static uint32_t add_word(struct way *way, uint32_t from, size_t i)
{
    const struct st_phrase_token *token = token_at(way, i);
    const struct st_number_word *word = &way->words[i];
    const struct st_contraction *contraction = NULL;
    way->before[i] = from;
    if (token->kind == ST_PHRASE_WORD)
        contraction = find_contraction(word);
    if (!contraction)
        lead(way, from,
             st_phrase_graph_add_symbol(way->graph, token->kind, word->text, word->bytes));
    /* What is said is read in full as well, so the short form needs no edge of its own. */
    for (size_t k = 0; contraction && k < ST_CONTRACTION_READINGS_MAX; k++)
        if (contraction->readings[k])
            lead_said(way, from, contraction->readings[k]);
    if (token->joins > 0)
        lead_joined(way, i);
    return arrive(way);
}

/* ---- numbers ---- */

/* Neighbouring numbers, read as one. */
struct run {
    size_t words; /* read */
    size_t len;   /* of digits */
    char digits[ST_NUMBER_DIGITS_MAX + 1];
    struct {
        size_t word, words; /* of the way */
        size_t digit, len;
        bool is_written;
    } items[ST_NUMBER_DIGITS_MAX];
    size_t item_count;
    bool has_commas; /* as in "1,200" */
};

static size_t count_plain_words(const struct way *way, size_t i)
{
    size_t count = 0;
    while (i + count < way->count && token_at(way, i + count)->kind == ST_PHRASE_WORD)
        count++;
    return count;
}

/* Digits that belong together are written in threes. */
static bool has_commas(const struct run *run)
{
    for (size_t i = 0; i < run->item_count; i++)
        if (!run->items[i].is_written || (i > 0 && run->items[i].len != 3) || run->items[i].len > 3)
            return false;
    return run->item_count > 1;
}

static bool read_run(const struct way *way, size_t first, struct run *ret_run)
{
    struct st_number number;
    size_t count = count_plain_words(way, first);
    *ret_run = (struct run){0};
    for (;;) {
        size_t at = first + ret_run->words;
        st_number_read(way->words + at, count - ret_run->words, ret_run->len > 0, &number);
        if (number.words == 0 || number.is_ordinal)
            break;
        if (ret_run->len + number.len > ST_NUMBER_DIGITS_MAX)
            return false;
        memcpy(ret_run->digits + ret_run->len, number.digits, number.len);
        ret_run->items[ret_run->item_count].word = at;
        ret_run->items[ret_run->item_count].words = number.words;
        ret_run->items[ret_run->item_count].digit = ret_run->len;
        ret_run->items[ret_run->item_count].len = number.len;
        ret_run->items[ret_run->item_count++].is_written = number.is_written;
        ret_run->len += number.len;
        ret_run->words += number.words;
    }
    ret_run->has_commas = has_commas(ret_run);
    return ret_run->len > 0;
}

static void lead_digit(struct way *way, const struct run *run, uint32_t from, char digit)
{
    lead_said(way, from, st_number_units[digit - '0']);
    if (digit == '0' && run->len > 1) {
        lead_said(way, from, "oh");
        lead_said(way, from, "o");
    }
}

/* "ninety" before "nine" would be ninety nine. */
static bool swallows_next(const struct run *run, size_t start)
{
    const char *at = run->digits + start;
    return at[0] >= '2' && at[1] == '0' && start + 2 < run->len && at[2] != '0';
}

/* "eleven", "forty five", "double five", "nineteen hundred". */
static void lead_pair(struct way *way, const struct run *run, uint32_t from, size_t start)
{
    char said[ST_NUMBER_SAID_BYTES_MAX];
    const char *digits = run->digits + start;
    st_number_say(digits, 2, false, false, said);
    if (said[0] != '\0' && !swallows_next(run, start))
        lead_said(way, from, said);
    if (digits[0] == digits[1]) {
        snprintf(said, sizeof(said), "double %s", st_number_units[digits[0] - '0']);
        lead_said(way, from, said);
    }
    if (digits[0] == '0' && digits[1] == '0' && start == 2 && run->len == 4)
        lead_said(way, from, "hundred");
}

/* "ninety ninety five", whose first word is no number of its own here. */
static void lead_pairs(struct way *way, const struct run *run, uint32_t from, size_t start)
{
    char first[ST_NUMBER_SAID_BYTES_MAX], second[ST_NUMBER_SAID_BYTES_MAX], said[64];
    st_number_say(run->digits + start, 2, false, false, first);
    st_number_say(run->digits + start + 2, 2, false, false, second);
    snprintf(said, sizeof(said), "%.24s %.24s", first, second);
    if (swallows_next(run, start))
        lead_said(way, from, said);
}

static void lead_cardinal(struct way *way, uint32_t from, const char *digits, size_t len)
{
    char said[ST_NUMBER_SAID_BYTES_MAX];
    for (unsigned form = 0; len > 2 && form < 4; form++) {
        st_number_say(digits, len, (form & 1) != 0, (form & 2) != 0, said);
        if (said[0] != '\0')
            lead_said(way, from, said);
    }
}

/* The words as they stand in the phrase. */
static void lead_words(struct way *way, uint32_t from, size_t first, size_t count)
{
    for (size_t i = first; i < first + count - 1; i++) {
        struct st_phrase_edge edge = {
            .from = from,
            .symbol = st_phrase_graph_add_symbol(way->graph, ST_PHRASE_WORD, way->words[i].text,
                                                 way->words[i].bytes),
        };
        from = st_phrase_graph_add_node(way->graph, &edge, 1);
    }
    const struct st_number_word *last = &way->words[first + count - 1];
    lead_word(way, from, last->text, last->bytes);
}

/* What ends behind `count` digits. */
static void lead_digits(struct way *way, const struct run *run, const uint32_t *nodes, size_t count)
{
    for (size_t len = 1; len <= CHUNK_DIGITS_MAX && len <= count; len++)
        lead_word(way, nodes[count - len], run->digits + count - len, len);
    lead_digit(way, run, nodes[count - 1], run->digits[count - 1]);
    if (count >= 2)
        lead_pair(way, run, nodes[count - 2], count - 2);
    if (count >= 4)
        lead_pairs(way, run, nodes[count - 4], count - 4);
    const char *last = run->digits + count - 1;
    if (count >= 3 && last[-1] == *last && last[-2] == *last) {
        char said[ST_NUMBER_SAID_BYTES_MAX];
        snprintf(said, sizeof(said), "triple %s", st_number_units[*last - '0']);
        lead_said(way, nodes[count - 3], said);
    }
    if (count != run->len)
        return;
    lead_word(way, nodes[0], run->digits, run->len);
    if (run->has_commas)
        lead_cardinal(way, nodes[0], run->digits, run->len);
}

static uint32_t add_run(struct way *way, uint32_t from, const struct run *run)
{
    uint32_t nodes[ST_NUMBER_DIGITS_MAX + 1] = {from};
    size_t item = 0;
    for (size_t count = 1; count <= run->len; count++) {
        size_t begin = run->items[item].digit, len = run->items[item].len;
        lead_digits(way, run, nodes, count);
        if (count == begin + len) {
            lead_words(way, nodes[begin], run->items[item].word, run->items[item].words);
            lead_cardinal(way, nodes[begin], run->digits + begin, len);
            item++;
        }
        nodes[count] = arrive(way);
    }
    return nodes[run->len];
}

static uint32_t add_ordinal(struct way *way, uint32_t from, size_t first,
                            const struct st_number *number)
{
    char said[ST_NUMBER_SAID_BYTES_MAX], written[8];
    unsigned value = 0;
    for (size_t i = 0; i < number->len; i++)
        value = 10 * value + (unsigned)(number->digits[i] - '0');
    st_number_say_ordinal(value, said, written);
    lead_said(way, from, said);
    lead_said(way, from, written);
    lead_words(way, from, first, number->words);
    return arrive(way);
}

/* Returns how many words are a number; `*node` is then the one behind it. */
static size_t add_number(struct way *way, size_t first, uint32_t *node)
{
    struct st_number number;
    struct run run;
    st_number_read(way->words + first, count_plain_words(way, first), false, &number);
    if (number.words == 0)
        return 0;
    if (number.is_ordinal) {
        *node = add_ordinal(way, *node, first, &number);
        return number.words;
    }
    if (!read_run(way, first, &run))
        return 0;
    *node = add_run(way, *node, &run);
    return run.words;
}

/* ---- the whole ---- */

static void collect_tokens(struct way *way, uint32_t path)
{
    const struct st_phrase_text *text = way->text;
    way->count = text->paths[path].words;
    for (size_t i = way->count; i > 0; i--, path = text->paths[path].prev) {
        const struct st_phrase_token *token = &text->tokens[text->paths[path].token];
        way->tokens[i - 1] = text->paths[path].token;
        way->words[i - 1] =
            (struct st_number_word){.text = text->chars + token->at, .bytes = token->bytes};
        way->before[i - 1] = NODE_UNKNOWN;
    }
}

uint32_t st_phrase_ways_add(struct st_phrase_graph *graph, const struct st_phrase_text *text,
                            uint32_t path)
{
    struct way way;
    uint32_t node = 0;
    way.graph = graph;
    way.text = text;
    way.edge_count = 0;
    collect_tokens(&way, path);
    for (size_t i = 0; i < way.count;) {
        size_t used = token_at(&way, i)->kind == ST_PHRASE_WORD ? add_number(&way, i, &node) : 0;
        if (used > 0) {
            i += used;
            continue;
        }
        node = add_word(&way, node, i);
        i++;
    }
    return node;
}
