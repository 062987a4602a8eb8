#include "wordpiece.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
    PIECES_MAX = 1 << 16,
    SLOTS = 1 << 17,
    WORD_BYTES_MAX = 4 * ST_WORDPIECE_WORD_CHARS_MAX,
    PIECE_BYTES_MAX = WORD_BYTES_MAX + 2, /* with "##" */
};

struct slot {
    uint32_t offset; /* in the text */
    uint16_t bytes;
    bool is_taken;
    int32_t token;
};

struct st_wordpiece {
    char *text;
    struct slot *slots;
    int32_t unknown, first, last; /* tokens: no such piece, the ends of a text */
};

/* ---- vocabulary ---- */

static uint32_t hash(const char *text, size_t bytes)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619U;
    return hash ^ hash >> 15;
}

/* The slot of a piece, or the free one where it would be. */
static struct slot *find_slot(const struct st_wordpiece *wordpiece, const char *piece, size_t bytes)
{
    for (uint32_t at = hash(piece, bytes);; at++) {
        struct slot *slot = &wordpiece->slots[at % SLOTS];
        if (!slot->is_taken ||
            (slot->bytes == bytes && memcmp(wordpiece->text + slot->offset, piece, bytes) == 0))
            return slot;
    }
}

/* -1 when there is none. */
static int32_t find(const struct st_wordpiece *wordpiece, const char *piece, size_t bytes)
{
    const struct slot *slot = find_slot(wordpiece, piece, bytes);
    return slot->is_taken ? slot->token : -1;
}

static const char *read_pieces(struct st_wordpiece *wordpiece, size_t bytes)
{
    int32_t token = 0;
    for (size_t at = 0; at < bytes; token++) {
        const char *line = wordpiece->text + at;
        const char *end = memchr(line, '\n', bytes - at);
        size_t line_bytes = end ? (size_t)(end - line) : bytes - at;
        size_t piece_bytes = line_bytes - (line_bytes > 0 && line[line_bytes - 1] == '\r');
        at += line_bytes + 1;
        if (token == PIECES_MAX)
            return "has more than 65536 pieces";
        if (piece_bytes > PIECE_BYTES_MAX)
            continue; /* never looked for */
        struct slot *slot = find_slot(wordpiece, line, piece_bytes);
        if (!slot->is_taken)
            *slot = (struct slot){.offset = (uint32_t)(line - wordpiece->text),
                                  .bytes = (uint16_t)piece_bytes,
                                  .is_taken = true,
                                  .token = token};
    }
    wordpiece->unknown = find(wordpiece, "[UNK]", 5);
    wordpiece->first = find(wordpiece, "[CLS]", 5);
    wordpiece->last = find(wordpiece, "[SEP]", 5);
    bool is_whole = wordpiece->unknown >= 0 && wordpiece->first >= 0 && wordpiece->last >= 0;
    return is_whole ? NULL : "lacks [UNK], [CLS] or [SEP]";
}

int st_wordpiece_create(struct st_wordpiece **ret_wordpiece, const char *text, size_t bytes,
                        char *ret_why, size_t why_bytes)
{
    struct st_wordpiece *wordpiece = st_mem_alloc(sizeof(*wordpiece));
    wordpiece->text = st_mem_alloc(bytes + 1);
    memcpy(wordpiece->text, text, bytes);
    wordpiece->slots = st_mem_alloc_array(SLOTS, sizeof(*wordpiece->slots));
    const char *problem = bytes > UINT32_MAX ? "is too large" : read_pieces(wordpiece, bytes);
    if (problem) {
        snprintf(ret_why, why_bytes, "the vocabulary %s", problem);
        st_wordpiece_destroy(wordpiece);
        return -EBADMSG;
    }
    *ret_wordpiece = wordpiece;
    return 0;
}

void st_wordpiece_destroy(struct st_wordpiece *wordpiece)
{
    if (!wordpiece)
        return;
    free(wordpiece->slots);
    free(wordpiece->text);
    free(wordpiece);
}

/* ---- encoding ---- */

struct encoder {
    const struct st_wordpiece *wordpiece;
    int64_t *tokens;
    size_t count;
    char word[WORD_BYTES_MAX];
    size_t word_bytes;
    size_t word_chars; /* may exceed what `word` holds: then it is unknown */
};

static void add_token(struct encoder *encoder, int64_t token)
{
    if (encoder->count < ST_WORDPIECE_TOKENS_MAX - 1)
        encoder->tokens[encoder->count++] = token;
}

/* The longest piece at `start`; its end in *ret_end, or -1. */
static int32_t longest_piece(const struct encoder *encoder, size_t start, size_t *ret_end)
{
    char piece[PIECE_BYTES_MAX] = "##";
    size_t prefix = start > 0 ? 2 : 0;
    memcpy(piece + prefix, encoder->word + start, encoder->word_bytes - start);
    for (size_t end = encoder->word_bytes; end > start; end--) {
        bool is_inside = end < encoder->word_bytes && ((uint8_t)encoder->word[end] & 0xc0) == 0x80;
        if (is_inside)
            continue;
        int32_t token = find(encoder->wordpiece, piece, prefix + end - start);
        if (token >= 0) {
            *ret_end = end;
            return token;
        }
    }
    return -1;
}

static void close_word(struct encoder *encoder)
{
    size_t first = encoder->count;
    bool is_known = encoder->word_chars <= ST_WORDPIECE_WORD_CHARS_MAX;
    for (size_t at = 0; is_known && at < encoder->word_bytes;) {
        int32_t token = longest_piece(encoder, at, &at);
        is_known = token >= 0;
        if (is_known)
            add_token(encoder, token);
    }
    if (!is_known) {
        encoder->count = first;
        add_token(encoder, encoder->wordpiece->unknown);
    }
    encoder->word_bytes = encoder->word_chars = 0;
}

static bool is_chinese(int32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x2a6df) ||
           (c >= 0x2a700 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
           (c >= 0x2f800 && c <= 0x2fa1f);
}

static bool is_punctuation(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    if (c < 0x80)
        return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
               (c >= '{' && c <= '~');
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

static bool is_space(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return c == '\t' || c == '\n' || c == '\r' || category == UTF8PROC_CATEGORY_ZS ||
           category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

static bool is_dropped(int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
        return true;
    default:
        return c == 0xfffd;
    }
}

static void put_char(struct encoder *encoder, int32_t c)
{
    uint8_t bytes[4];
    if (utf8proc_category(c) == UTF8PROC_CATEGORY_MN)
        return; /* an accent */
    c = utf8proc_tolower(c);
    bool stands_alone = is_punctuation(c) || is_chinese(c);
    if (stands_alone)
        close_word(encoder);
    size_t used = (size_t)utf8proc_encode_char(c, bytes);
    if (++encoder->word_chars <= ST_WORDPIECE_WORD_CHARS_MAX) {
        memcpy(encoder->word + encoder->word_bytes, bytes, used);
        encoder->word_bytes += used;
    }
    if (stands_alone)
        close_word(encoder);
}

static void put_decomposed(struct encoder *encoder, int32_t c)
{
    enum { PARTS_MAX = 32 };
    int32_t parts[PARTS_MAX];
    int boundary = 0;
    ptrdiff_t count = utf8proc_decompose_char(c, parts, PARTS_MAX,
                                              UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, &boundary);
    if (count <= 0 || count > PARTS_MAX) {
        put_char(encoder, c);
        return;
    }
    for (ptrdiff_t i = 0; i < count; i++)
        put_char(encoder, parts[i]);
}

size_t st_wordpiece_encode(const struct st_wordpiece *wordpiece, const char *text, size_t bytes,
                           int64_t ret_tokens[ST_WORDPIECE_TOKENS_MAX])
{
    struct encoder encoder = {.wordpiece = wordpiece, .tokens = ret_tokens};
    add_token(&encoder, wordpiece->first);
    for (size_t at = 0; at < bytes && encoder.count < ST_WORDPIECE_TOKENS_MAX - 1;) {
        int32_t c;
        ptrdiff_t used = utf8proc_iterate((const uint8_t *)text + at, (ptrdiff_t)(bytes - at), &c);
        at += used > 0 ? (size_t)used : 1;
        if (used <= 0)
            continue;
        if (is_space(c))
            close_word(&encoder);
        else if (c < 0x80 && c > 0x20 && c < 0x7f)
            put_char(&encoder, c);
        else if (!is_dropped(c))
            put_decomposed(&encoder, c);
    }
    close_word(&encoder);
    encoder.tokens[encoder.count++] = wordpiece->last;
    return encoder.count;
}
