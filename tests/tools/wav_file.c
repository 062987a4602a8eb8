#include "wav_file.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CODEC_PCM = 1, CODEC_MULAW = 7, HEADER_BYTES = 12 };

struct layout {
    unsigned codec;
    const uint8_t *data;
    size_t bytes;
};

static uint32_t read_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static int16_t decode_mulaw(uint8_t byte)
{
    unsigned code = ~byte & 0xffU;
    int magnitude = (int)((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
    return (int16_t)(code & 0x80 ? -magnitude : magnitude);
}

static int find_layout(const uint8_t *file, size_t bytes, struct wav_file *ret_file,
                       struct layout *ret_layout)
{
    for (size_t at = HEADER_BYTES; at + 8 <= bytes;) {
        const uint8_t *chunk = file + at, *body = chunk + 8;
        size_t length = read_u32(chunk + 4), rest = bytes - at - 8;
        if (length > rest)
            length = rest;
        if (memcmp(chunk, "fmt ", 4) == 0 && length >= 16) {
            ret_layout->codec = body[0];
            ret_file->channels = body[2];
            ret_file->rate_hz = read_u32(body + 4);
        }
        if (memcmp(chunk, "data", 4) == 0) {
            ret_layout->data = body;
            ret_layout->bytes = length;
            return 0;
        }
        at += 8 + length + (length & 1);
    }
    return -EBADMSG;
}

static void split(struct wav_file *file, const struct layout *layout)
{
    size_t width = layout->codec == CODEC_PCM ? 2 : 1;
    file->count = layout->bytes / width / file->channels;
    for (unsigned c = 0; c < file->channels; c++) {
        file->samples[c] = st_mem_alloc_array(file->count + 1, sizeof(int16_t));
        for (size_t i = 0; i < file->count; i++) {
            const uint8_t *at = layout->data + (i * file->channels + c) * width;
            file->samples[c][i] = width == 2 ? (int16_t)(at[0] | at[1] << 8) : decode_mulaw(at[0]);
        }
    }
}

static int read_bytes(const char *path, uint8_t **ret_bytes, size_t *ret_count)
{
    struct stat info;
    FILE *stream = fopen(path, "rbe");
    if (!stream || fstat(fileno(stream), &info) < 0) {
        int err = -errno;
        if (stream)
            fclose(stream);
        return err;
    }
    *ret_bytes = st_mem_alloc((size_t)info.st_size + 1);
    *ret_count = fread(*ret_bytes, 1, (size_t)info.st_size, stream);
    fclose(stream);
    return 0;
}

int wav_file_read(struct wav_file *ret_file, const char *path)
{
    uint8_t *bytes = NULL;
    size_t count = 0;
    int err = read_bytes(path, &bytes, &count);
    if (err)
        return err;
    struct wav_file file = {0};
    struct layout layout = {0};
    err = find_layout(bytes, count, &file, &layout);
    if (!err && (file.channels < 1 || file.channels > WAV_FILE_CHANNELS_MAX ||
                 (layout.codec != CODEC_PCM && layout.codec != CODEC_MULAW)))
        err = -ENOTSUP;
    if (!err) {
        split(&file, &layout);
        *ret_file = file;
    }
    free(bytes);
    return err;
}

void wav_file_free(struct wav_file *file)
{
    for (unsigned c = 0; c < WAV_FILE_CHANNELS_MAX; c++)
        free(file->samples[c]);
    *file = (struct wav_file){0};
}
