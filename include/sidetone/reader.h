/*
 * Reads binary fields with every length checked.
 *
 * Errors are sticky: a read past the end gives 0 and sets `is_short`, so a parser checks once.
 */
#ifndef SIDETONE_READER_H
#define SIDETONE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool is_short;
};

void st_reader_init(struct st_reader *reader, const void *data, size_t bytes);
size_t st_reader_left(const struct st_reader *reader);
uint8_t st_reader_u8(struct st_reader *reader);
uint16_t st_reader_u16le(struct st_reader *reader);
uint32_t st_reader_u32le(struct st_reader *reader);
uint16_t st_reader_u16be(struct st_reader *reader);
uint32_t st_reader_u32be(struct st_reader *reader);
/* Borrowed bytes, or NULL when fewer are left. */
const uint8_t *st_reader_bytes(struct st_reader *reader, size_t bytes);
bool st_reader_skip(struct st_reader *reader, size_t bytes);

#endif
