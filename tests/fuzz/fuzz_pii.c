/*
 * A call's segments. Lines; their first byte chooses the channel (lowest bit), whether it is a
 * partial (second) and, in mode redact, that a card is dictated in pieces between them (third).
 *
 * In the output there is valid UTF-8, spans are in the text and in order, and of the card never
 * five digits in a row.
 */
#include "sidetone/pii.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 1 << 16, CARD_DIGITS = 16, DIGITS_IN_A_ROW_MAX = 4 };

static const char card[] = "4539148803436467";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct call {
    struct st_pii *pii;
    bool is_redacting;
    unsigned given; /* digits of the card */
    int64_t at_us;
};

static void check(bool is_right)
{
    if (!is_right)
        abort();
}

static size_t count_characters(const char *text)
{
    size_t characters = 0;
    for (; *text; text++)
        characters += ((uint8_t)*text & 0xc0) != 0x80;
    return characters;
}

/* Cut texts may begin or end within nothing but whole characters. */
static bool is_utf8(const char *text)
{
    for (const uint8_t *at = (const uint8_t *)text; *at; at++) {
        unsigned more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 0;
        if (*at >= 0x80 && *at < 0xc0)
            return false;
        for (; more > 0; more--)
            if ((*++at & 0xc0) != 0x80)
                return false;
    }
    return true;
}

static void check_spans(const struct st_pii_clearing *clearing)
{
    size_t characters = count_characters(clearing->cleared.segment.text);
    uint32_t last = 0;
    for (size_t i = 0; i < clearing->finding.count; i++) {
        const struct st_pii_entity *entity = &clearing->finding.entities[i];
        check(entity->begin >= last && entity->end > entity->begin && entity->end <= characters);
        check(entity->confidence > 0 && entity->confidence <= 1);
        last = entity->end;
    }
}

static void show(struct call *call, unsigned channel, const struct st_segment *segment)
{
    struct st_pii_clearing clearing;
    bool is_valid = is_utf8(segment->text);
    st_pii_clear(call->pii, channel, segment, &clearing);
    check(!is_valid || is_utf8(clearing.cleared.segment.text));
    check_spans(&clearing);
    st_pii_clearing_fini(&clearing);
}

static void put(struct call *call, unsigned choice, const char *text)
{
    struct st_word word = {.text = text, .start_us = call->at_us, .end_us = call->at_us + 1};
    struct st_segment segment = {.id = (uint64_t)call->at_us,
                                 .is_final = !(choice & 2),
                                 .start_us = call->at_us,
                                 .end_us = call->at_us + 1000000,
                                 .text = text,
                                 .words = &word,
                                 .word_count = !(choice & 2)};
    call->at_us += 1000000;
    show(call, choice & 1, &segment);
}

/* One to four digits of the card, in words or figures, as a final of the customer. */
static void dictate(struct call *call, unsigned choice)
{
    static const char *const words[] = {"zero", "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};
    char text[128] = "", digits[8] = "";
    unsigned count = 1 + (choice >> 4 & 3);
    for (unsigned i = 0; i < count; i++) {
        char digit = card[call->given++ % CARD_DIGITS];
        if (call->given % CARD_DIGITS == 0)
            count = i + 1;
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? " " : "", words[digit - '0']);
        digits[i] = digit;
    }
    struct st_pii_clearing clearing;
    struct st_segment segment = {.is_final = true,
                                 .start_us = call->at_us,
                                 .end_us = call->at_us + 1000000,
                                 .text = choice & 8 ? digits : text};
    call->at_us += 1000000;
    st_pii_clear(call->pii, 1, &segment, &clearing);
    check(clearing.cleared.segment.text[0] == '[');
    st_pii_clearing_fini(&clearing);
}

static void ask(struct call *call)
{
    struct st_segment question = {
        .is_final = true, .end_us = call->at_us, .text = "what is your card number"};
    show(call, 0, &question);
}

static void run(const struct st_pii_lexicon *lexicon, enum st_pii_mode mode, const char *input)
{
    struct st_pii_settings settings = {.mode = mode, .types = ST_PII_TYPES_ALL, .lexicon = lexicon};
    struct call call = {.pii = st_pii_create(&settings), .is_redacting = mode == ST_PII_REDACT};
    char *text = strdup(input), *rest = text, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        unsigned choice = (unsigned char)line[0];
        put(&call, choice, line[0] ? line + 1 : line);
        if (choice & 4 && call.is_redacting) {
            ask(&call);
            dictate(&call, choice);
            if (call.given % CARD_DIGITS != 0)
                dictate(&call, (choice >> 1 & 0x18));
        }
    }
    free(text);
    st_pii_destroy(call.pii);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct st_pii_lexicon *lexicon;
    static const char names[] = "given\tSarah\nsurname\tBaker\ncity\tAustin\n";
    char why[64], *text = malloc(bytes + 1);
    if (!lexicon && st_pii_lexicon_create(&lexicon, names, sizeof(names) - 1, why, sizeof(why)) < 0)
        abort();
    for (size_t i = 0; i < bytes; i++)
        text[i] = data[i] == 0 ? ' ' : (char)data[i];
    text[bytes] = '\0';
    run(lexicon, ST_PII_IDENTIFY, text);
    run(lexicon, ST_PII_REDACT, text);
    free(text);
    return 0;
}
