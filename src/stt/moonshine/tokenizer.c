#include "tokenizer.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 4 << 20, FIRST_TEXT_ID = 3 };

static const char space_mark[] = "\xe2\x96\x81";
enum { SPACE_MARK_BYTES = sizeof(space_mark) - 1 };

struct entry {
    uint32_t offset;
    uint16_t bytes;
};

struct st_tokenizer {
    struct entry entries[ST_TOKENIZER_VOCABULARY];
    char data[];
};

/* Returns bytes of the length itself, or 0 when the data ends within it. */
static size_t read_length(const uint8_t *data, size_t bytes, size_t *ret_length)
{
    if (bytes == 0)
        return 0;
    if (data[0] < 128) {
        *ret_length = data[0];
        return 1;
    }
    if (bytes < 2)
        return 0;
    *ret_length = data[0] - 128U + data[1] * 128U;
    return 2;
}

static int index_entries(struct st_tokenizer *tokenizer, size_t bytes)
{
    size_t at = 0;
    for (size_t id = 0; id < ST_TOKENIZER_VOCABULARY; id++) {
        size_t length = 0;
        size_t used = read_length((const uint8_t *)tokenizer->data + at, bytes - at, &length);
        at += used;
        if (used == 0 || length > bytes - at)
            return -EBADMSG;
        tokenizer->entries[id] = (struct entry){(uint32_t)at, (uint16_t)length};
        at += length;
    }
    return at == bytes ? 0 : -EBADMSG;
}

int st_tokenizer_parse(struct st_tokenizer **ret_tokenizer, const void *data, size_t bytes)
{
    if (bytes > FILE_BYTES_MAX)
        return -EBADMSG;
    struct st_tokenizer *tokenizer = st_mem_try_alloc(sizeof(*tokenizer) + bytes);
    if (!tokenizer)
        return -ENOMEM;
    memcpy(tokenizer->data, data, bytes);
    int err = index_entries(tokenizer, bytes);
    if (err) {
        free(tokenizer);
        return err;
    }
    *ret_tokenizer = tokenizer;
    return 0;
}

int st_tokenizer_open(struct st_tokenizer **ret_tokenizer, const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return -errno;
    char *data = st_mem_alloc(FILE_BYTES_MAX + 1);
    size_t bytes = fread(data, 1, FILE_BYTES_MAX + 1, file);
    int err = ferror(file) ? -EIO : st_tokenizer_parse(ret_tokenizer, data, bytes);
    free(data);
    fclose(file);
    return err;
}

void st_tokenizer_destroy(struct st_tokenizer *tokenizer)
{
    free(tokenizer);
}

static bool is_space_mark(const char *text, size_t bytes)
{
    return bytes >= SPACE_MARK_BYTES && memcmp(text, space_mark, SPACE_MARK_BYTES) == 0;
}

bool st_tokenizer_starts_word(const struct st_tokenizer *tokenizer, int64_t id)
{
    if (id < FIRST_TEXT_ID || id >= ST_TOKENIZER_VOCABULARY)
        return false;
    const struct entry *entry = &tokenizer->entries[id];
    return is_space_mark(tokenizer->data + entry->offset, entry->bytes);
}

static bool is_mark(const char *text, size_t bytes)
{
    return bytes > 7 && memcmp(text, "<<ST_", 5) == 0 && memcmp(text + bytes - 2, ">>", 2) == 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "<0x0A>", the spelled-out form of a raw byte; -1 when it is none. */
static int spelled_byte(const char *text, size_t bytes)
{
    if (bytes != 6 || memcmp(text, "<0x", 3) != 0 || text[5] != '>')
        return -1;
    int high = hex_digit(text[3]), low = hex_digit(text[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

size_t st_tokenizer_bytes(const struct st_tokenizer *tokenizer, int64_t id, char *out, size_t bytes)
{
    if (id < FIRST_TEXT_ID || id >= ST_TOKENIZER_VOCABULARY || bytes == 0)
        return 0;
    const struct entry *entry = &tokenizer->entries[id];
    const char *text = tokenizer->data + entry->offset;
    if (is_mark(text, entry->bytes))
        return 0;
    int byte = spelled_byte(text, entry->bytes);
    if (byte >= 0) {
        out[0] = (char)byte;
        return 1;
    }
    size_t written = 0;
    for (size_t i = 0; i < entry->bytes && written < bytes;) {
        bool is_space = is_space_mark(text + i, entry->bytes - i);
        out[written++] = is_space ? ' ' : text[i];
        i += is_space ? SPACE_MARK_BYTES : 1;
    }
    return written;
}
