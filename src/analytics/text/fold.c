#include "fold.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

enum char_class {
    SEPARATES,
    BUILDS_WORD,
    CONTINUES_WORD, /* invisible: neither begins a word nor ends one */
    APOSTROPHE,
    HYPHEN,
    STANDS_ALONE,
};

/* Scripts written without spaces between words. */
static const struct {
    int32_t first, last;
} unspaced[] = {
    {0x0e00, 0x0eff},   /* Thai, Lao */
    {0x1000, 0x109f},   /* Myanmar */
    {0x1780, 0x17ff},   /* Khmer */
    {0x3005, 0x3007},   /* ideographic marks */
    {0x3040, 0x30ff},   /* Hiragana, Katakana */
    {0x31f0, 0x31ff},   /* Katakana extensions */
    {0x3400, 0x4dbf},   /* Han */
    {0x4e00, 0x9fff},   /* Han */
    {0xf900, 0xfaff},   /* Han */
    {0xff66, 0xff9d},   /* half-width Katakana */
    {0x20000, 0x3ffff}, /* Han */
};

static bool is_unspaced(int32_t c)
{
    for (size_t i = 0; i < sizeof(unspaced) / sizeof(unspaced[0]); i++)
        if (c >= unspaced[i].first && c <= unspaced[i].last)
            return true;
    return false;
}

static enum char_class classify_letter(int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return BUILDS_WORD;
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return is_unspaced(c) ? STANDS_ALONE : BUILDS_WORD;
    case UTF8PROC_CATEGORY_CF:
        return CONTINUES_WORD;
    default:
        return SEPARATES;
    }
}

/* Most of what is said, without asking the Unicode tables. */
static enum char_class classify_ascii(int32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return BUILDS_WORD;
    return c == '\'' ? APOSTROPHE : c == '-' ? HYPHEN : SEPARATES;
}

static enum char_class classify(int32_t c)
{
    if (c < 0x80)
        return classify_ascii(c);
    switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x02bc:
    case 0xff07:
        return APOSTROPHE;
    case 0x2010:
    case 0x2011:
    case 0xfe63:
    case 0xff0d:
        return HYPHEN;
    default:
        return classify_letter(c);
    }
}

struct reader {
    const uint8_t *text;
    size_t bytes;
    size_t at;
    st_fold_fn emit;
    void *user;
    /* the word being read */
    size_t start, end;
    bool is_open;
    bool is_long;
    enum char_class joint; /* APOSTROPHE or HYPHEN seen after the word, SEPARATES otherwise */
    char raw[ST_FOLD_WORD_BYTES_MAX];
    size_t raw_bytes;
};

/* Reads one character; -1 for a byte that is not UTF-8. */
static int32_t next_char(struct reader *reader, size_t *ret_bytes)
{
    int32_t c;
    const uint8_t *at = reader->text + reader->at;
    *ret_bytes = 1;
    if (*at < 0x80)
        return *at;
    ptrdiff_t used = utf8proc_iterate(at, (ptrdiff_t)(reader->bytes - reader->at), &c);
    if (used <= 0)
        return -1;
    *ret_bytes = (size_t)used;
    return c;
}

static size_t fold_ascii(const char *raw, size_t bytes, char *out)
{
    for (size_t i = 0; i < bytes; i++) {
        if ((uint8_t)raw[i] >= 0x80)
            return 0;
        out[i] = raw[i] >= 'A' && raw[i] <= 'Z' ? (char)(raw[i] + 32) : raw[i];
    }
    return bytes;
}

/* Returns bytes folded, 0 when nothing is left of the word, -1 when it grew too long. */
static ptrdiff_t fold_unicode(const char *raw, size_t bytes, int32_t *scratch, size_t scratch_len)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    ptrdiff_t len = utf8proc_decompose((const uint8_t *)raw, (ptrdiff_t)bytes, scratch,
                                       (ptrdiff_t)scratch_len, options);
    if (len < 0 || (size_t)len >= scratch_len)
        return -1;
    ptrdiff_t folded = utf8proc_reencode(scratch, len, options);
    return folded > ST_FOLD_WORD_BYTES_MAX ? -1 : folded;
}

static void close_word(struct reader *reader)
{
    char ascii[ST_FOLD_WORD_BYTES_MAX];
    int32_t scratch[4 * ST_FOLD_WORD_BYTES_MAX + 1];
    struct st_fold_word word = {.start = reader->start, .end = reader->end, .text = ascii};
    reader->joint = SEPARATES;
    if (!reader->is_open)
        return;
    reader->is_open = false;
    if (!reader->is_long) {
        word.bytes = fold_ascii(reader->raw, reader->raw_bytes, ascii);
        if (word.bytes == 0) {
            ptrdiff_t folded = fold_unicode(reader->raw, reader->raw_bytes, scratch,
                                            sizeof(scratch) / sizeof(scratch[0]));
            if (folded == 0)
                return;
            word.text = (const char *)scratch;
            word.bytes = folded < 0 ? 0 : (size_t)folded;
        }
    }
    reader->emit(reader->user, &word);
}

static void append(struct reader *reader, const char *data, size_t bytes)
{
    if (reader->raw_bytes + bytes > sizeof(reader->raw)) {
        reader->is_long = true;
        return;
    }
    memcpy(reader->raw + reader->raw_bytes, data, bytes);
    reader->raw_bytes += bytes;
}

static void put_word_char(struct reader *reader, size_t bytes)
{
    if (!reader->is_open) {
        reader->is_open = true;
        reader->is_long = false;
        reader->start = reader->at;
        reader->raw_bytes = 0;
    } else if (reader->joint != SEPARATES) {
        append(reader, reader->joint == APOSTROPHE ? "'" : "-", 1);
    }
    reader->joint = SEPARATES;
    append(reader, (const char *)reader->text + reader->at, bytes);
    reader->end = reader->at + bytes;
}

static void put_joint(struct reader *reader, enum char_class joint)
{
    if (!reader->is_open || reader->joint != SEPARATES)
        close_word(reader);
    else
        reader->joint = joint;
}

static void put_char(struct reader *reader, enum char_class class, size_t bytes)
{
    switch (class) {
    case BUILDS_WORD:
        put_word_char(reader, bytes);
        break;
    case CONTINUES_WORD:
        break;
    case APOSTROPHE:
    case HYPHEN:
        put_joint(reader, class);
        break;
    case STANDS_ALONE:
        close_word(reader);
        put_word_char(reader, bytes);
        break;
    case SEPARATES:
        close_word(reader);
        break;
    }
}

static bool is_combining(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

void st_fold_words(const char *text, size_t bytes, st_fold_fn emit, void *user)
{
    struct reader reader = {
        .text = (const uint8_t *)text, .bytes = bytes, .emit = emit, .user = user};
    bool was_alone = false;
    while (reader.at < bytes) {
        size_t used;
        int32_t c = next_char(&reader, &used);
        enum char_class class = c < 0 ? SEPARATES : classify(c);
        /* A letter after an ideograph begins a new word; a mark belongs to it. */
        bool is_mark = was_alone && class == BUILDS_WORD && is_combining(c);
        if (was_alone && class != STANDS_ALONE && !is_mark)
            close_word(&reader);
        was_alone = class == STANDS_ALONE || is_mark;
        put_char(&reader, class, used);
        reader.at += used;
    }
    close_word(&reader);
}

bool st_fold_is_utf8(const char *text, size_t bytes)
{
    struct reader reader = {.text = (const uint8_t *)text, .bytes = bytes};
    while (reader.at < bytes) {
        size_t used;
        if (next_char(&reader, &used) < 0)
            return false;
        reader.at += used;
    }
    return true;
}
