#include "pii_scan.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum char_kind { LETTER, DIGIT, SPACE, IGNORED, APOSTROPHE, PUNCTUATION };

struct reader {
    const uint8_t *text;
    uint32_t bytes, at;
    /* the character at `at` */
    enum char_kind kind;
    char ascii; /* the character, what it stands for, or 0 */
    uint8_t used;
    bool is_upper;
};

static bool is_between(int32_t c, int32_t first, int32_t last)
{
    return c >= first && c <= last;
}

/* Decimal digits of other scripts that keyboards and recognisers produce. */
static int digit_of(int32_t c)
{
    static const int32_t zeros[] = {0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6,
                                    0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0xff10};
    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
        if (is_between(c, zeros[i], zeros[i] + 9))
            return c - zeros[i];
    if (is_between(c, 0x1d7ce, 0x1d7ff))
        return (c - 0x1d7ce) % 10;
    return -1;
}

static void look_far(struct reader *reader)
{
    int32_t c;
    ptrdiff_t used =
        utf8proc_iterate(reader->text + reader->at, (ptrdiff_t)(reader->bytes - reader->at), &c);
    reader->used = used > 0 ? (uint8_t)used : 1;
    reader->ascii = 0;
    if (used <= 0) {
        reader->kind = PUNCTUATION;
        return;
    }
    int digit = digit_of(c);
    if (digit >= 0) {
        reader->kind = DIGIT;
        reader->ascii = (char)('0' + digit);
    } else if (c == 0xa0 || is_between(c, 0x2000, 0x200a) || c == 0x202f || c == 0x3000) {
        reader->kind = SPACE;
    } else if (c == 0xad || is_between(c, 0x200b, 0x200f) || c == 0x2060 || c == 0xfeff) {
        reader->kind = IGNORED;
    } else if (c == 0x2019 || c == 0x2018 || c == 0x02bc) {
        reader->kind = APOSTROPHE;
    } else if (is_between(c, 0x2010, 0x2015) || c == 0x2212) {
        reader->kind = PUNCTUATION;
        reader->ascii = '-';
    } else if (c == 0xa3 || c == 0xa5 || is_between(c, 0x20a0, 0x20cf)) {
        reader->kind = PUNCTUATION;
        reader->ascii = ST_PII_MARK_CURRENCY;
    } else if (is_between(c, 0x2018, 0x206f) || is_between(c, 0x80, 0xbf) || c == 0xd7) {
        reader->kind = PUNCTUATION;
    } else {
        reader->kind = LETTER;
        reader->is_upper = is_between(c, 0xc0, 0xde);
    }
}

static void look(struct reader *reader)
{
    uint8_t c = reader->text[reader->at];
    reader->is_upper = false;
    if (c >= 0x80) {
        look_far(reader);
        return;
    }
    reader->used = 1;
    reader->ascii = (char)c;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        reader->kind = LETTER;
        reader->is_upper = c <= 'Z';
    } else if (c >= '0' && c <= '9') {
        reader->kind = DIGIT;
    } else if (c <= ' ') {
        reader->kind = SPACE;
    } else if (c == '\'') {
        reader->kind = APOSTROPHE;
    } else {
        reader->kind = PUNCTUATION;
        if (c == '$')
            reader->ascii = ST_PII_MARK_CURRENCY;
    }
}

/* ---- between words ---- */

struct between {
    unsigned chars;
    bool has_space, has_stop, has_comma;
    char mark; /* the last character, when it is no space */
};

static void put_between(struct between *between, const struct reader *reader)
{
    between->chars++;
    between->mark = 0;
    if (reader->kind == SPACE) {
        between->has_space = true;
        return;
    }
    char c = reader->ascii;
    between->mark = c ? c : '?';
    between->has_stop |= c == '.' || c == '?' || c == '!';
    between->has_comma |= c == ',' || c == ';' || c == ':';
}

static enum st_pii_gap gap_of(const struct between *between)
{
    if (!between->has_space && between->chars <= 1)
        return ST_PII_GAP_JOINED;
    if (!between->has_space)
        return ST_PII_GAP_OTHER;
    return between->has_stop    ? ST_PII_GAP_STOP
           : between->has_comma ? ST_PII_GAP_COMMA
                                : ST_PII_GAP_SPACE;
}

/* ---- words ---- */

struct word {
    char text[ST_PII_WORD_BYTES_MAX + 4]; /* folded */
    unsigned bytes;                       /* more than the maximum: too long */
    unsigned letters, digits, uppers;
    uint32_t end, apostrophe;
};

static void put_char(struct word *word, const struct reader *reader)
{
    char folded = reader->ascii;
    word->letters += reader->kind == LETTER;
    word->digits += reader->kind == DIGIT;
    word->uppers += reader->is_upper;
    word->end = reader->at + reader->used;
    if (word->bytes + 4 > ST_PII_WORD_BYTES_MAX) {
        word->bytes = ST_PII_WORD_BYTES_MAX + 1;
        return;
    }
    if (reader->kind == APOSTROPHE) {
        folded = '\'';
        word->apostrophe = reader->at;
    } else if (reader->kind == LETTER && reader->is_upper && folded) {
        folded = (char)(folded + 32);
    }
    if (folded) {
        word->text[word->bytes++] = folded;
        return;
    }
    memcpy(word->text + word->bytes, reader->text + reader->at, reader->used);
    if (reader->is_upper) /* Latin-1 capitals, two bytes */
        word->text[word->bytes + 1] = (char)(word->text[word->bytes + 1] + 0x20);
    word->bytes += reader->used;
}

/* "4th", "10am", "o'clock": written numbers with an ending that says what they are. */
static void classify_mixed(struct st_pii_token *token, const struct word *word)
{
    static const struct {
        const char *ending;
        uint32_t class;
    } endings[] = {{"st", ST_PII_W_ORDINAL}, {"nd", ST_PII_W_ORDINAL},  {"rd", ST_PII_W_ORDINAL},
                   {"th", ST_PII_W_ORDINAL}, {"am", ST_PII_W_HALF_DAY}, {"pm", ST_PII_W_HALF_DAY},
                   {"k", ST_PII_W_UNIT},     {"gb", ST_PII_W_UNIT},     {"mb", ST_PII_W_UNIT},
                   {"mbps", ST_PII_W_UNIT},  {"hz", ST_PII_W_UNIT},     {"kg", ST_PII_W_UNIT},
                   {"x", ST_PII_W_UNIT},     {"km", ST_PII_W_UNIT},     {"s", ST_PII_W_UNIT},
                   {"w", ST_PII_W_UNIT},     {"kw", ST_PII_W_UNIT},     {"kwh", ST_PII_W_UNIT},
                   {"p", ST_PII_W_UNIT},     {"g", ST_PII_W_UNIT},      {"lb", ST_PII_W_UNIT},
                   {"lbs", ST_PII_W_UNIT},   {"mg", ST_PII_W_UNIT},     {"ml", ST_PII_W_UNIT}};
    unsigned value = 0, i = 0;
    for (; i < word->bytes && word->text[i] >= '0' && word->text[i] <= '9' && i < 4; i++)
        value = value * 10 + (unsigned)(word->text[i] - '0');
    for (size_t e = 0; i > 0 && e < sizeof(endings) / sizeof(endings[0]); e++)
        if (word->bytes - i == strlen(endings[e].ending) &&
            memcmp(word->text + i, endings[e].ending, word->bytes - i) == 0) {
            token->classes |= endings[e].class;
            token->value = (uint8_t)(value < 255 ? value : 255);
        }
}

static void look_up(const struct st_pii_scan *scan, struct st_pii_token *token, struct word *word)
{
    const struct st_pii_lexicon *lexicon = scan->settings->lexicon;
    token->hash = st_pii_lexicon_hash(word->text, word->bytes);
    if (word->bytes > ST_PII_WORD_BYTES_MAX)
        return;
    struct st_pii_lexeme lexeme =
        st_pii_lexicon_find(lexicon, word->text, word->bytes, token->hash);
    if (lexeme.classes == 0 && lexeme.word == 0 && word->bytes > 2 &&
        memcmp(word->text + word->bytes - 2, "'s", 2) == 0) {
        word->bytes -= 2;
        token->hash = st_pii_lexicon_hash(word->text, word->bytes);
        lexeme = st_pii_lexicon_find(lexicon, word->text, word->bytes, token->hash);
        token->end = word->apostrophe;
    }
    token->classes = lexeme.classes;
    token->word = lexeme.word;
    token->value = lexeme.value;
}

static void close_word(struct st_pii_scan *scan, struct word *word, uint32_t start,
                       const struct between *before)
{
    struct st_pii_token *token = &scan->tokens[scan->token_count++];
    *token = (struct st_pii_token){
        .start = start,
        .end = word->end,
        .kind = word->digits == 0    ? ST_PII_WORD
                : word->letters == 0 ? ST_PII_DIGITS
                                     : ST_PII_MIXED,
        .gap = (uint8_t)gap_of(before),
        .mark = before->mark,
        .is_upper = word->uppers > 0 && word->uppers == word->letters,
    };
    look_up(scan, token, word);
    if (token->kind == ST_PII_MIXED)
        classify_mixed(token, word);
}

static bool is_in_word(const struct reader *reader)
{
    return reader->kind == LETTER || reader->kind == DIGIT;
}

/* An apostrophe, or something without meaning, between two letters. */
static bool goes_on(struct reader *reader)
{
    if (reader->kind != APOSTROPHE && reader->kind != IGNORED)
        return false;
    struct reader next = *reader;
    next.at += next.used;
    while (next.at < next.bytes) {
        look(&next);
        if (next.kind != IGNORED)
            return is_in_word(&next) && (reader->kind == IGNORED || next.kind == LETTER);
        next.at += next.used;
    }
    return false;
}

static void read_word(struct st_pii_scan *scan, struct reader *reader, const struct between *before)
{
    struct word word = {.bytes = 0};
    uint32_t start = reader->at;
    bool is_capital = reader->is_upper;
    while (is_in_word(reader) || goes_on(reader)) {
        if (reader->kind != IGNORED)
            put_char(&word, reader);
        reader->at += reader->used;
        if (reader->at >= reader->bytes)
            break;
        look(reader);
    }
    close_word(scan, &word, start, before);
    scan->tokens[scan->token_count - 1].is_capital = is_capital;
}

static void read_words(struct st_pii_scan *scan)
{
    struct reader reader = {.text = (const uint8_t *)scan->text, .bytes = scan->bytes};
    struct between between = {.has_space = true};
    while (reader.at < reader.bytes) {
        look(&reader);
        if (is_in_word(&reader)) {
            read_word(scan, &reader, &between);
            between = (struct between){.chars = 0};
            continue;
        }
        if (reader.kind != IGNORED)
            put_between(&between, &reader);
        reader.at += reader.used;
    }
}

/* A cue's words announce numbers and are none: "last four", "sixteen digits". */
static void read_cues(struct st_pii_scan *scan)
{
    unsigned end = 0; /* of the cue before */
    for (unsigned i = 0; i < scan->token_count; i++) {
        struct st_pii_cue_match match;
        if (!st_pii_lexicon_match_cue(scan->settings->lexicon, &scan->tokens[i].word,
                                      scan->token_count - i, sizeof(scan->tokens[0]), &match))
            continue;
        if (i + match.words <= end)
            continue; /* "security number" within "social security number" */
        end = i + match.words;
        struct st_pii_cue *cue = &scan->cues[scan->cue_count++];
        *cue = (struct st_pii_cue){.first = i,
                                   .last = i + match.words - 1,
                                   .kind = match.kind,
                                   .is_strong = match.is_strong};
        scan->cue_kinds |= 1U << match.kind;
        for (unsigned t = cue->first; t <= cue->last; t++)
            scan->tokens[t].is_in_cue = true;
    }
}

static void note_case(struct st_pii_scan *scan)
{
    bool has_capital = false, has_small = false;
    for (unsigned i = 0; i < scan->token_count; i++) {
        const struct st_pii_token *token = &scan->tokens[i];
        has_capital |= token->is_capital && token->end - token->start > 1;
        has_small |= token->kind == ST_PII_WORD && !token->is_upper;
    }
    scan->is_cased = has_capital && has_small;
}

/* One block for all: a text of n bytes has at most n/2 + 1 words, and a word stands for at most
 * four digits more than it has characters. */
static void allocate(struct st_pii_scan *scan)
{
    size_t words = scan->bytes / 2 + 1;
    size_t each = sizeof(*scan->tokens) + sizeof(*scan->cues) + sizeof(*scan->atoms) +
                  sizeof(*scan->runs) + 2 * sizeof(*scan->found);
    char *at = st_mem_alloc_array(1, words * (each + 4) + scan->bytes + 64);
    scan->arena = at;
    scan->tokens = (void *)at;
    at += words * sizeof(*scan->tokens);
    scan->cues = (void *)at;
    at += words * sizeof(*scan->cues);
    scan->atoms = (void *)at;
    at += words * sizeof(*scan->atoms);
    scan->runs = (void *)at;
    at += words * sizeof(*scan->runs);
    scan->found = (void *)at;
    at += 2 * words * sizeof(*scan->found); /* a mailbox may be claimed twice: a@b@c */
    scan->digits = at;
}

void st_pii_tokens_read(struct st_pii_scan *scan)
{
    allocate(scan);
    read_words(scan);
    read_cues(scan);
    note_case(scan);
}

void st_pii_tokens_free(struct st_pii_scan *scan)
{
    free(scan->arena);
}
