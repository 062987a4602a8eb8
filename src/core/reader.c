#include "sidetone/reader.h"

void st_reader_init(struct st_reader *reader, const void *data, size_t bytes)
{
    static const uint8_t nothing[1];
    reader->at = data ? data : nothing;
    reader->end = reader->at + (data ? bytes : 0);
    reader->is_short = false;
}

size_t st_reader_left(const struct st_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

const uint8_t *st_reader_bytes(struct st_reader *reader, size_t bytes)
{
    if (reader->is_short || bytes > st_reader_left(reader)) {
        reader->is_short = true;
        return NULL;
    }
    const uint8_t *at = reader->at;
    reader->at += bytes;
    return at;
}

bool st_reader_skip(struct st_reader *reader, size_t bytes)
{
    return st_reader_bytes(reader, bytes) != NULL;
}

uint8_t st_reader_u8(struct st_reader *reader)
{
    const uint8_t *at = st_reader_bytes(reader, 1);
    return at ? at[0] : 0;
}

uint16_t st_reader_u16le(struct st_reader *reader)
{
    const uint8_t *at = st_reader_bytes(reader, 2);
    return at ? (uint16_t)(at[0] | at[1] << 8) : 0;
}

uint32_t st_reader_u32le(struct st_reader *reader)
{
    const uint8_t *at = st_reader_bytes(reader, 4);
    return at ? at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24 : 0;
}

uint16_t st_reader_u16be(struct st_reader *reader)
{
    const uint8_t *at = st_reader_bytes(reader, 2);
    return at ? (uint16_t)(at[0] << 8 | at[1]) : 0;
}

uint32_t st_reader_u32be(struct st_reader *reader)
{
    const uint8_t *at = st_reader_bytes(reader, 4);
    return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3] : 0;
}
