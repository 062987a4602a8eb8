#include "pieces.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 2 * ST_TOKENIZER_VOCABULARY,
    BYTE_IDS = 3, /* of byte 0; those of other bytes follow */
    FIRST_PIECE = BYTE_IDS + 256,
    PIECE_BYTES_MAX = 64,
    NO_PIECE = 0,
};

struct st_pieces {
    const struct st_tokenizer *tokenizer;
    uint16_t slots[SLOTS]; /* ids by their text's hash; NO_PIECE: free */
};

struct part {
    size_t at, bytes; /* in the text */
    int64_t id;
};

static size_t hash(const char *text, size_t bytes)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619U;
    return (hash ^ hash >> 16) % SLOTS;
}

static bool has_text(const struct st_pieces *pieces, int64_t id, const char *text, size_t bytes)
{
    char own[PIECE_BYTES_MAX];
    return st_tokenizer_bytes(pieces->tokenizer, id, own, sizeof(own)) == bytes &&
           memcmp(own, text, bytes) == 0;
}

/* Where the piece stands, or would. */
static size_t find_slot(const struct st_pieces *pieces, const char *text, size_t bytes)
{
    size_t slot = hash(text, bytes);
    while (pieces->slots[slot] != NO_PIECE && !has_text(pieces, pieces->slots[slot], text, bytes))
        slot = (slot + 1) % SLOTS;
    return slot;
}

static int64_t find_piece(const struct st_pieces *pieces, const char *text, size_t bytes)
{
    return bytes < PIECE_BYTES_MAX ? pieces->slots[find_slot(pieces, text, bytes)] : NO_PIECE;
}

void st_pieces_create(struct st_pieces **ret_pieces, const struct st_tokenizer *tokenizer)
{
    struct st_pieces *pieces = st_mem_alloc(sizeof(*pieces));
    pieces->tokenizer = tokenizer;
    for (int64_t id = FIRST_PIECE; id < ST_TOKENIZER_VOCABULARY; id++) {
        char text[PIECE_BYTES_MAX];
        size_t bytes = st_tokenizer_bytes(tokenizer, id, text, sizeof(text));
        if (bytes == 0 || bytes == sizeof(text))
            continue;
        size_t slot = find_slot(pieces, text, bytes);
        if (pieces->slots[slot] == NO_PIECE)
            pieces->slots[slot] = (uint16_t)id;
    }
    *ret_pieces = pieces;
}

void st_pieces_destroy(struct st_pieces *pieces)
{
    free(pieces);
}

const struct st_tokenizer *st_pieces_tokenizer(const struct st_pieces *pieces)
{
    return pieces->tokenizer;
}

static size_t character_bytes(const char *text, size_t left)
{
    size_t bytes = 1;
    while (bytes < left && ((uint8_t)text[bytes] & 0xc0) == 0x80)
        bytes++;
    return bytes;
}

/* One part for each character, or for each of its bytes when the vocabulary does not have it. */
static size_t split_characters(const struct st_pieces *pieces, const char *text, size_t bytes,
                               struct part *parts)
{
    size_t count = 0;
    for (size_t at = 0; at < bytes;) {
        size_t length = character_bytes(text + at, bytes - at);
        int64_t id = find_piece(pieces, text + at, length);
        if (id != NO_PIECE)
            parts[count++] = (struct part){at, length, id};
        for (size_t i = 0; i < length && id == NO_PIECE; i++)
            parts[count++] = (struct part){at + i, 1, BYTE_IDS + (uint8_t)text[at + i]};
        at += length;
    }
    return count;
}

/* Joins the two neighbours that go together first; false when none do. */
static bool join_two(const struct st_pieces *pieces, const char *text, struct part *parts,
                     size_t *count)
{
    int64_t best = ST_TOKENIZER_VOCABULARY;
    size_t where = 0;
    for (size_t i = 0; i + 1 < *count; i++) {
        int64_t id = find_piece(pieces, text + parts[i].at, parts[i].bytes + parts[i + 1].bytes);
        if (id == NO_PIECE || id >= best)
            continue;
        best = id;
        where = i;
    }
    if (best == ST_TOKENIZER_VOCABULARY)
        return false;
    parts[where].bytes += parts[where + 1].bytes;
    parts[where].id = best;
    (*count)--;
    memmove(parts + where + 1, parts + where + 2, (*count - where - 1) * sizeof(parts[0]));
    return true;
}

int st_pieces_split(const struct st_pieces *pieces, const char *text, int64_t *ret_ids, size_t max)
{
    char spaced[ST_PIECES_TEXT_BYTES_MAX + 1] = " ";
    struct part parts[ST_PIECES_TEXT_BYTES_MAX + 1];
    size_t bytes = strlen(text);
    if (bytes > ST_PIECES_TEXT_BYTES_MAX)
        return -ENOBUFS;
    memcpy(spaced + 1, text, bytes);
    size_t count = split_characters(pieces, spaced, bytes + 1, parts);
    while (join_two(pieces, spaced, parts, &count)) {
    }
    if (count > max)
        return -ENOBUFS;
    for (size_t i = 0; i < count; i++)
        ret_ids[i] = parts[i].id;
    return (int)count;
}
