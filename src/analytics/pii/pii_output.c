/* The cleared segment: text with what was found replaced, words in step with it, spans of both. */
#include "pii_hash.h"
#include "pii_scan.h"
#include "pii_types.h"

#include "sidetone/mem.h"

#include <stdio.h>
#include <string.h>

enum {
    HASH_LETTERS = 8,
    LABEL_BYTES_MAX = ST_PII_TYPE_NAME_BYTES_MAX + HASH_LETTERS + 4,
    SPAN_US_MAX = 1000000000, /* for times that make no sense */
};

struct span {
    uint32_t start, end; /* bytes of the source */
    char label[LABEL_BYTES_MAX];
};

struct output {
    const struct st_pii_scan *scan;
    const struct st_segment *segment;
    struct span *spans;
    struct st_pii_entity *entities;
    struct st_word *words;
    uint32_t *word_starts; /* bytes of the source, in step with the segment's words */
    bool has_words;        /* which are the text's */
    char *text;
    size_t bytes, characters; /* of text, so far */
};

static bool is_redacting(const struct st_pii_scan *scan)
{
    return scan->settings->mode == ST_PII_REDACT;
}

/* ---- labels ---- */

static void hash_value(const struct st_pii_scan *scan, const struct st_pii_found *found,
                       struct st_pii_hash *hash)
{
    for (unsigned r = 0; r < scan->run_count; r++) {
        const struct st_pii_run *run = &scan->runs[r];
        if (run->first != found->first || run->last != found->last)
            continue;
        for (unsigned i = 0; i < run->digits; i++)
            st_pii_hash_put(hash, (uint8_t)scan->digits[run->at + i]);
        return;
    }
    for (unsigned i = found->first; i <= found->last; i++)
        for (unsigned byte = 0; byte < 4; byte++)
            st_pii_hash_put(hash, (uint8_t)(scan->tokens[i].hash >> (8 * byte)));
}

/* Letters, so that no label ever holds a digit. */
static void write_hash(const struct st_pii_scan *scan, const struct st_pii_found *found,
                       char ret_text[HASH_LETTERS + 1])
{
    struct st_pii_hash hash;
    st_pii_hash_init(&hash, scan->settings->key);
    st_pii_hash_put(&hash, (uint8_t)found->type);
    hash_value(scan, found, &hash);
    uint64_t value = st_pii_hash_finish(&hash);
    for (unsigned i = 0; i < HASH_LETTERS; i++)
        ret_text[i] = (char)('a' + (value >> (4 * i) & 15));
    ret_text[HASH_LETTERS] = '\0';
}

static void write_label(const struct st_pii_scan *scan, const struct st_pii_found *found,
                        char ret_label[LABEL_BYTES_MAX])
{
    char letters[HASH_LETTERS + 1];
    const char *name = st_pii_type_name(found->type);
    switch (scan->settings->style) {
    case ST_PII_STYLE_TYPE:
        snprintf(ret_label, LABEL_BYTES_MAX, "[%s]", name);
        break;
    case ST_PII_STYLE_PLAIN:
        snprintf(ret_label, LABEL_BYTES_MAX, "[PII]");
        break;
    case ST_PII_STYLE_HASH:
        write_hash(scan, found, letters);
        snprintf(ret_label, LABEL_BYTES_MAX, "[%s:%s]", name, letters);
        break;
    case ST_PII_STYLE_ENTITY:
        snprintf(ret_label, LABEL_BYTES_MAX, "[%s]", st_pii_types_entity(found->type));
        break;
    }
}

static void write_spans(struct output *output)
{
    const struct st_pii_scan *scan = output->scan;
    for (unsigned i = 0; i < scan->found_count; i++) {
        const struct st_pii_found *found = &scan->found[i];
        char mark = scan->tokens[found->first].mark;
        struct span *span = &output->spans[i];
        span->start = scan->tokens[found->first].start - (mark == '+' || mark == '(');
        span->end = scan->tokens[found->last].end;
        if (is_redacting(scan))
            write_label(scan, found, span->label);
    }
}

/* ---- text ---- */

static void put_text(struct output *output, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        output->characters += ((uint8_t)text[i] & 0xc0) != 0x80;
    if (output->text)
        memcpy(output->text + output->bytes, text, bytes);
    output->bytes += bytes;
}

static uint32_t text_end(const struct st_pii_scan *scan)
{
    if (scan->is_final || !is_redacting(scan))
        return scan->bytes;
    unsigned held = st_pii_hold_start(scan);
    if (held == scan->token_count)
        return scan->bytes;
    uint32_t end = scan->tokens[held].start;
    while (end > 0 && strchr(" +($-#", scan->text[end - 1]))
        end--;
    return end;
}

static void write_text(struct output *output)
{
    const struct st_pii_scan *scan = output->scan;
    uint32_t at = 0, end = text_end(scan);
    for (unsigned i = 0; i < scan->found_count && output->spans[i].start < end; i++) {
        const struct span *span = &output->spans[i];
        struct st_pii_entity *entity = &output->entities[i];
        put_text(output, scan->text + at, span->start - at);
        entity->begin = (uint32_t)output->characters;
        if (is_redacting(scan))
            put_text(output, span->label, strlen(span->label));
        else
            put_text(output, scan->text + span->start, span->end - span->start);
        entity->end = (uint32_t)output->characters;
        at = span->end;
    }
    if (end > at)
        put_text(output, scan->text + at, end - at);
    if (is_redacting(scan) && scan->text[scan->bytes] != '\0')
        put_text(output, " [PII]", 6);
    if (output->text)
        output->text[output->bytes] = '\0';
}

/* ---- words ---- */

static uint32_t word_end(const struct output *output, size_t i)
{
    return output->word_starts[i] + (uint32_t)strlen(output->segment->words[i].text);
}

static bool is_between_words(char c)
{
    return (uint8_t)c <= ' ' || strchr(".,;:!?-\"", c) != NULL;
}

/* Finds each word in the text, one behind the other. False: they are not this text's. */
static bool align_words(struct output *output)
{
    const struct st_pii_scan *scan = output->scan;
    const char *at = scan->text, *end = scan->text + scan->bytes;
    if (output->segment->word_count == 0)
        return false;
    for (size_t i = 0; i < output->segment->word_count; i++) {
        const char *word = output->segment->words[i].text;
        size_t bytes = strlen(word);
        while (at < end && is_between_words(*at) && *at != word[0])
            at++;
        if (bytes == 0 || (size_t)(end - at) < bytes || memcmp(at, word, bytes) != 0)
            return false;
        output->word_starts[i] = (uint32_t)(at - scan->text);
        at += bytes;
    }
    return true;
}

static void put_word(struct output *output, size_t *count, const struct st_word *word)
{
    output->words[(*count)++] = *word;
}

/* Every word that touches a span gives way to one with the span's label and times. */
static size_t write_words(struct output *output)
{
    const struct st_segment *segment = output->segment;
    unsigned s = 0, spans = output->scan->found_count;
    size_t count = 0;
    bool is_open = false; /* the last word written is the label of span s */
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = &segment->words[i];
        while (s < spans && output->spans[s].end <= output->word_starts[i]) {
            s++;
            is_open = false;
        }
        if (s == spans || output->spans[s].start >= word_end(output, i)) {
            put_word(output, &count, word);
        } else if (!is_open) {
            put_word(output, &count, word);
            output->words[count - 1].text = output->spans[s].label;
            is_open = true;
        } else {
            output->words[count - 1].end_us = word->end_us;
            if (word->confidence < output->words[count - 1].confidence)
                output->words[count - 1].confidence = word->confidence;
        }
    }
    return count;
}

/* ---- media times ---- */

static int64_t time_at(const struct output *output, uint32_t at)
{
    const struct st_segment *segment = output->segment;
    if (segment->end_us <= segment->start_us || segment->start_us < 0 ||
        segment->end_us - segment->start_us > SPAN_US_MAX)
        return segment->start_us;
    int64_t length_us = segment->end_us - segment->start_us;
    return segment->start_us + length_us * at / (output->scan->bytes > 0 ? output->scan->bytes : 1);
}

static void time_by_characters(const struct output *output)
{
    for (unsigned i = 0; i < output->scan->found_count; i++) {
        output->entities[i].start_us = time_at(output, output->spans[i].start);
        output->entities[i].end_us = time_at(output, output->spans[i].end);
    }
}

static void time_by_words(const struct output *output)
{
    size_t w = 0, count = output->segment->word_count;
    for (unsigned i = 0; i < output->scan->found_count; i++) {
        const struct span *span = &output->spans[i];
        while (w < count && word_end(output, w) <= span->start)
            w++;
        if (w == count || output->word_starts[w] >= span->end)
            continue;
        output->entities[i].start_us = output->segment->words[w].start_us;
        for (size_t last = w; last < count && output->word_starts[last] < span->end; last++)
            output->entities[i].end_us = output->segment->words[last].end_us;
    }
}

/* ---- all of it ---- */

/* One block: entities, words, spans, starts of words, text. */
static void allocate(struct output *output, struct st_pii_clearing *clearing)
{
    size_t found = output->scan->found_count, words = output->segment->word_count;
    size_t bytes = found * (sizeof(*output->entities) + sizeof(*output->spans) + LABEL_BYTES_MAX) +
                   words * (sizeof(*output->words) + sizeof(uint32_t)) + output->scan->bytes + 16;
    char *at = st_mem_alloc_array(1, bytes);
    clearing->memory = at;
    output->entities = (void *)at;
    at += found * sizeof(*output->entities);
    output->words = (void *)at;
    at += words * sizeof(*output->words);
    output->word_starts = (void *)at;
    at += words * sizeof(uint32_t);
    output->spans = (void *)at;
    at += found * sizeof(*output->spans);
    output->text = at;
}

static void fill_entities(struct output *output)
{
    for (unsigned i = 0; i < output->scan->found_count; i++) {
        output->entities[i].type = output->scan->found[i].type;
        output->entities[i].confidence = output->scan->found[i].confidence;
    }
    time_by_characters(output);
    if (output->has_words)
        time_by_words(output);
}

static void redact(struct output *output, struct st_segment *cleared)
{
    cleared->text = output->text;
    cleared->words = output->words;
    cleared->word_count = output->has_words ? write_words(output) : 0;
    if (!output->has_words)
        cleared->word_times = ST_WORD_TIMES_NONE;
}

void st_pii_output_write(const struct st_pii_scan *scan, const struct st_segment *segment,
                         struct st_pii_clearing *ret_clearing)
{
    struct output output = {.scan = scan, .segment = segment};
    *ret_clearing = (struct st_pii_clearing){.cleared.segment = *segment};
    allocate(&output, ret_clearing);
    write_spans(&output);
    output.has_words = align_words(&output);
    write_text(&output);
    fill_entities(&output);
    if (is_redacting(scan))
        redact(&output, &ret_clearing->cleared.segment);
    if (segment->is_final)
        ret_clearing->finding = (struct st_pii_finding){.entities = output.entities,
                                                        .count = scan->found_count,
                                                        .is_redacted = is_redacting(scan)};
}
