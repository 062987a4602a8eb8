#include "text_rules.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const double tokens_per_second_min = 1.7;

/* Whole texts, lower case, letters only. */
static const char *const invented[] = {
    "you",
    "thanks for watching",
    "thank you for watching",
    "thank you so much for watching",
};

static unsigned continuation_count(uint8_t lead)
{
    return lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0;
}

/* Shortest forms only, no surrogates, nothing above U+10FFFF. */
static bool is_allowed(uint32_t code, unsigned continuations)
{
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    return code >= smallest[continuations] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* Returns the length of the sequence at `text`, 0 when there is no valid one. */
static size_t read_code(const char *text, size_t bytes, uint32_t *ret_code)
{
    uint8_t lead = (uint8_t)text[0];
    if (lead < 0x80) {
        *ret_code = lead;
        return 1;
    }
    unsigned more = continuation_count(lead);
    if (more == 0 || bytes <= more)
        return 0;
    uint32_t code = lead & (0x3fU >> more);
    for (unsigned i = 1; i <= more; i++) {
        uint8_t byte = (uint8_t)text[i];
        if ((byte & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (byte & 0x3fU);
    }
    if (!is_allowed(code, more))
        return 0;
    *ret_code = code;
    return more + 1;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

size_t st_text_rules_clean(char *text, size_t bytes)
{
    size_t written = 0;
    for (size_t i = 0; i < bytes;) {
        uint32_t code = 0;
        size_t length = read_code(text + i, bytes - i, &code);
        bool is_leading_space = code == ' ' && written == 0;
        if (length > 0 && !is_control(code) && !is_leading_space) {
            memmove(text + written, text + i, length);
            written += length;
        }
        i += length > 0 ? length : 1;
    }
    while (written > 0 && text[written - 1] == ' ')
        written--;
    text[written] = '\0';
    return written;
}

/* Lower-case letters and digits with single spaces between words; what does not fit is cut. */
static void fold(const char *text, char *out, size_t out_bytes)
{
    size_t n = 0;
    bool is_gap = false;
    for (; *text && n + 2 < out_bytes; text++) {
        if (!isalnum((unsigned char)*text)) {
            is_gap = n > 0;
            continue;
        }
        if (is_gap)
            out[n++] = ' ';
        is_gap = false;
        out[n++] = (char)tolower((unsigned char)*text);
    }
    out[n] = '\0';
}

/* Notes, hearts, and scripts that an English recogniser writes only when it hears no words. */
static bool is_foreign(uint32_t code)
{
    return (code >= 0x2669 && code <= 0x266f) || code == 0x2764 || code == 0x1f3b5 ||
           code == 0x1f3b6 || (code >= 0x0e00 && code <= 0x0e7f) ||
           (code >= 0x3040 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x9fff) ||
           (code >= 0xac00 && code <= 0xd7a3);
}

static bool has_foreign(const char *text)
{
    size_t bytes = strlen(text);
    for (size_t i = 0; i < bytes;) {
        uint32_t code = 0;
        size_t length = read_code(text + i, bytes - i, &code);
        if (length > 0 && is_foreign(code))
            return true;
        i += length > 0 ? length : 1;
    }
    return false;
}

bool st_text_rules_is_invented(const char *text)
{
    char folded[64];
    fold(text, folded, sizeof(folded));
    if (!folded[0])
        return true;
    for (size_t i = 0; i < sizeof(invented) / sizeof(invented[0]); i++)
        if (strcmp(folded, invented[i]) == 0)
            return true;
    return has_foreign(text);
}

bool st_text_rules_is_sparse(const char *text, size_t tokens, double seconds)
{
    for (const char *c = text; *c; c++)
        if (*c >= '0' && *c <= '9')
            return false;
    return (double)tokens < tokens_per_second_min * seconds;
}
