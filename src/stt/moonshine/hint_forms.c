#include "hint_forms.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { SHOUTED_MIN = 4 }; /* letters: shorter ones are abbreviations */

static const char curly_apostrophe[] = "\xe2\x80\x99";

typedef void (*change)(char *text);

static bool is_separator(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f || c == '"';
}

/* Single spaces between words, none around, plain apostrophes; "" when it does not fit. */
static void tidy(const char *hint, char *out)
{
    size_t n = 0;
    bool is_gap = false;
    for (; *hint; hint++) {
        if (is_separator(*hint)) {
            is_gap = n > 0;
            continue;
        }
        bool is_curly = strncmp(hint, curly_apostrophe, sizeof(curly_apostrophe) - 1) == 0;
        if (n + is_gap + 1 > ST_HINT_BYTES_MAX) {
            n = 0;
            break;
        }
        if (is_gap)
            out[n++] = ' ';
        is_gap = false;
        out[n++] = is_curly ? '\'' : *hint;
        hint += is_curly ? sizeof(curly_apostrophe) - 2 : 0;
    }
    out[n] = '\0';
}

static size_t word_bytes(const char *word)
{
    return strcspn(word, " ");
}

static char *next_word(char *word)
{
    size_t bytes = word_bytes(word);
    return word + bytes + (word[bytes] == ' ');
}

static bool has_upper(const char *word)
{
    for (size_t i = 0; i < word_bytes(word); i++)
        if (isupper((unsigned char)word[i]))
            return true;
    return false;
}

static bool is_shouted(const char *word)
{
    size_t letters = 0;
    for (size_t i = 0; i < word_bytes(word); i++) {
        if (islower((unsigned char)word[i]) || (uint8_t)word[i] >= 0x80)
            return false;
        letters += isupper((unsigned char)word[i]) != 0;
    }
    return letters >= SHOUTED_MIN;
}

static void capitalise(char *word)
{
    if (!has_upper(word))
        word[0] = (char)toupper((unsigned char)word[0]);
}

static void keep(char *text)
{
}

static void begin_sentence(char *text)
{
    capitalise(text);
}

static void make_title(char *text)
{
    for (char *word = text; *word; word = next_word(word))
        capitalise(word);
}

static void speak_softly(char *text)
{
    for (char *word = text; *word; word = next_word(word)) {
        size_t bytes = is_shouted(word) ? word_bytes(word) : 0;
        for (size_t i = 1; i < bytes; i++)
            word[i] = (char)tolower((unsigned char)word[i]);
    }
}

static void drop_dots(char *text)
{
    char *out = text;
    for (const char *at = text; *at; at++)
        if (*at != '.' || (at[1] != ' ' && at[1] != '\0'))
            *out++ = *at;
    *out = '\0';
}

static void part_hyphens(char *text)
{
    for (char *at = text; *at; at++)
        if (*at == '-' && at > text && isalnum((unsigned char)at[-1]) &&
            isalnum((unsigned char)at[1]))
            *at = ' ';
}

static void add(struct st_hint_forms *forms, const char *text)
{
    for (size_t i = 0; i < forms->count; i++)
        if (strcmp(forms->texts[i], text) == 0)
            return;
    if (text[0])
        memcpy(forms->texts[forms->count++], text, strlen(text) + 1);
}

void st_hint_forms_make(struct st_hint_forms *forms, const char *hint)
{
    static const change spellings[] = {keep, drop_dots, part_hyphens};
    static const change casings[] = {keep, begin_sentence, make_title, speak_softly};
    char tidied[ST_HINT_BYTES_MAX + 1];
    tidy(hint, tidied);
    forms->count = 0;
    for (size_t s = 0; s < sizeof(spellings) / sizeof(spellings[0]); s++)
        for (size_t c = 0; c < sizeof(casings) / sizeof(casings[0]); c++) {
            char text[ST_HINT_BYTES_MAX + 1];
            memcpy(text, tidied, sizeof(text));
            spellings[s](text);
            casings[c](text);
            add(forms, text);
        }
}
