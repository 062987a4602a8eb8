#include "small_vocabulary.h"

#include <check.h>
#include <string.h>

static size_t write_piece(const char *piece, uint8_t *out)
{
    size_t bytes = 0;
    for (; *piece; piece++) {
        if (*piece == '_') {
            memcpy(out + 1 + bytes, "\xe2\x96\x81", 3);
            bytes += 3;
        } else {
            out[1 + bytes++] = (uint8_t)*piece;
        }
    }
    out[0] = (uint8_t)bytes;
    return bytes + 1;
}

struct st_tokenizer *small_vocabulary(const char *const *pieces, size_t count)
{
    static uint8_t file[ST_TOKENIZER_VOCABULARY * 2 + ROOM * 64];
    struct st_tokenizer *tokenizer = NULL;
    size_t at = 0;
    ck_assert_uint_le(count, ROOM);
    for (size_t id = 0; id < ST_TOKENIZER_VOCABULARY; id++) {
        bool is_piece = id >= FIRST_PIECE && id < FIRST_PIECE + count;
        char byte[2] = {id >= 3 && id < FIRST_PIECE ? (char)(id - 3) : '\0', '\0'};
        at += write_piece(is_piece ? pieces[id - FIRST_PIECE] : byte, file + at);
    }
    ck_assert_int_eq(st_tokenizer_parse(&tokenizer, file, at), 0);
    return tokenizer;
}
