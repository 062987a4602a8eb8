#include "ws_frame.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum { CLOSE_PROTOCOL = 1002, CLOSE_PAYLOAD = 1007, CLOSE_TOO_BIG = 1009, CLOSE_INTERNAL = 1011 };
enum { FINAL = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f, CONTROL = 8 };
enum { LENGTH_16 = 126, LENGTH_64 = 127, MESSAGE_FIRST_CAP = 4096 };

size_t st_ws_frame_head(uint8_t out[ST_WS_FRAME_HEAD_MAX_BYTES], uint8_t opcode, size_t bytes,
                        const uint8_t mask[4])
{
    size_t n = 2;
    out[0] = (uint8_t)(FINAL | opcode);
    if (bytes < LENGTH_16) {
        out[1] = (uint8_t)bytes;
    } else if (bytes <= 0xffff) {
        out[1] = LENGTH_16;
        out[n++] = (uint8_t)(bytes >> 8);
        out[n++] = (uint8_t)bytes;
    } else {
        out[1] = LENGTH_64;
        for (int shift = 56; shift >= 0; shift -= 8)
            out[n++] = (uint8_t)((uint64_t)bytes >> shift);
    }
    if (mask) {
        out[1] |= MASKED;
        memcpy(out + n, mask, 4);
        n += 4;
    }
    return n;
}

void st_ws_frame_mask(uint8_t *out, const uint8_t *in, size_t bytes, const uint8_t mask[4],
                      size_t at)
{
    uint8_t turned[8];
    uint64_t wide, word;
    for (size_t i = 0; i < 8; i++)
        turned[i] = mask[(at + i) & 3];
    memcpy(&wide, turned, 8);
    size_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
        memcpy(&word, in + i, 8);
        word ^= wide;
        memcpy(out + i, &word, 8);
    }
    for (; i < bytes; i++)
        out[i] = in[i] ^ turned[i & 7];
}

bool st_ws_frame_close_code_is_valid(uint16_t code)
{
    if (code >= 3000)
        return code < 5000;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

static size_t utf8_sequence(const uint8_t *p, size_t left)
{
    uint8_t c = p[0];
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return len;
}

bool st_ws_frame_is_utf8(const uint8_t *data, size_t bytes)
{
    const uint64_t high_bits = 0x8080808080808080u;
    for (size_t i = 0; i < bytes;) {
        uint64_t word;
        if (i + 8 <= bytes) {
            memcpy(&word, data + i, 8);
            if ((word & high_bits) == 0) {
                i += 8;
                continue;
            }
        }
        size_t len = utf8_sequence(data + i, bytes - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

void st_ws_frame_reader_init(struct st_ws_frame_reader *reader, size_t message_max)
{
    memset(reader, 0, sizeof(*reader));
    reader->message_max = message_max;
    reader->head_need = 2;
}

void st_ws_frame_reader_fini(struct st_ws_frame_reader *reader)
{
    free(reader->message);
    memset(reader, 0, sizeof(*reader));
}

static uint16_t check_first_two(struct st_ws_frame_reader *reader)
{
    uint8_t first = reader->head[0], second = reader->head[1];
    uint8_t opcode = first & OPCODE;
    bool is_control = opcode & CONTROL;
    if (first & RESERVED || !(second & MASKED))
        return CLOSE_PROTOCOL;
    if ((opcode > ST_WS_FRAME_BINARY && !is_control) || opcode > ST_WS_FRAME_PONG)
        return CLOSE_PROTOCOL;
    if (is_control && (!(first & FINAL) || (second & LENGTH) > ST_WS_FRAME_CONTROL_MAX_BYTES))
        return CLOSE_PROTOCOL;
    if (!is_control && (opcode == ST_WS_FRAME_CONTINUATION) != (reader->message_opcode != 0))
        return CLOSE_PROTOCOL;
    reader->opcode = opcode;
    reader->is_final = first & FINAL;
    return 0;
}

static uint8_t head_length(uint8_t second)
{
    uint8_t length = second & LENGTH;
    return (uint8_t)(2 + 4 + (length == LENGTH_16 ? 2 : length == LENGTH_64 ? 8 : 0));
}

static uint16_t begin_payload(struct st_ws_frame_reader *reader)
{
    uint8_t length = reader->head[1] & LENGTH;
    uint64_t payload = length;
    if (length >= LENGTH_16) {
        payload = 0;
        for (size_t i = 2; i < (size_t)reader->head_need - 4; i++)
            payload = payload << 8 | reader->head[i];
    }
    bool is_minimal = length < LENGTH_16 || payload > (length == LENGTH_16 ? 125u : 0xffffu);
    if (!is_minimal || payload >> 63)
        return CLOSE_PROTOCOL;
    bool is_control = reader->opcode & CONTROL;
    if (!is_control && payload > reader->message_max - reader->message_bytes)
        return CLOSE_TOO_BIG;
    if (!is_control && reader->opcode != ST_WS_FRAME_CONTINUATION)
        reader->message_opcode = reader->opcode;
    reader->payload = reader->left = payload;
    reader->is_in_payload = true;
    return 0;
}

/* Takes bytes of the head; 0 with *ret_used, or a close code. */
static uint16_t take_head(struct st_ws_frame_reader *reader, const uint8_t *data, size_t bytes,
                          size_t *ret_used)
{
    size_t used = 0;
    while (used < bytes && reader->head_bytes < reader->head_need) {
        reader->head[reader->head_bytes++] = data[used++];
        if (reader->head_bytes == 2) {
            uint16_t code = check_first_two(reader);
            if (code)
                return code;
            reader->head_need = head_length(reader->head[1]);
        }
    }
    *ret_used = used;
    return reader->head_bytes == reader->head_need ? begin_payload(reader) : 0;
}

static bool reserve(struct st_ws_frame_reader *reader, size_t bytes)
{
    if (bytes <= reader->message_cap)
        return true;
    size_t cap = reader->message_cap ? reader->message_cap : MESSAGE_FIRST_CAP;
    while (cap < bytes)
        cap *= 2;
    uint8_t *message = realloc(reader->message, cap);
    if (!message)
        return false;
    reader->message = message;
    reader->message_cap = cap;
    return true;
}

bool st_ws_frame_reader_keep(struct st_ws_frame_reader *reader, const uint8_t *data, size_t bytes)
{
    if (!reserve(reader, reader->message_bytes + bytes))
        return false;
    if (bytes > 0)
        memcpy(reader->message + reader->message_bytes, data, bytes);
    reader->message_bytes += bytes;
    return true;
}

static uint16_t check_close(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    if (bytes == 1 || !st_ws_frame_close_code_is_valid((uint16_t)(data[0] << 8 | data[1])))
        return CLOSE_PROTOCOL;
    return st_ws_frame_is_utf8(data + 2, bytes - 2) ? 0 : CLOSE_PAYLOAD;
}

static uint16_t deliver(struct st_ws_frame_reader *reader, uint8_t opcode, const uint8_t *data,
                        size_t bytes, bool *ret_goes_on, st_ws_frame_fn handle, void *user)
{
    uint16_t code = 0;
    if (opcode == ST_WS_FRAME_CLOSE)
        code = check_close(data, bytes);
    else if (opcode == ST_WS_FRAME_TEXT && !st_ws_frame_is_utf8(data, bytes))
        code = CLOSE_PAYLOAD;
    if (code)
        return code;
    if (!(opcode & CONTROL)) {
        reader->message_opcode = 0;
        reader->message_bytes = 0;
    }
    *ret_goes_on = handle(user, opcode, data, bytes);
    return 0;
}

static void end_frame(struct st_ws_frame_reader *reader)
{
    reader->head_bytes = 0;
    reader->head_need = 2;
    reader->is_in_payload = false;
}

/* Unmasks and keeps `bytes` of the payload, or passes it on when it is whole already. */
static uint16_t take_payload(struct st_ws_frame_reader *reader, uint8_t *data, size_t bytes,
                             bool *ret_goes_on, st_ws_frame_fn handle, void *user)
{
    const uint8_t *mask = reader->head + reader->head_need - 4;
    size_t at = (size_t)(reader->payload - reader->left);
    bool is_control = reader->opcode & CONTROL;
    st_ws_frame_mask(data, data, bytes, mask, at);
    reader->left -= bytes;
    if (is_control) {
        if (bytes > 0)
            memcpy(reader->control + at, data, bytes);
        if (reader->left > 0)
            return 0;
        end_frame(reader);
        return deliver(reader, reader->opcode, reader->control, (size_t)reader->payload,
                       ret_goes_on, handle, user);
    }
    bool is_whole = reader->is_final && reader->left == 0;
    if (is_whole && reader->message_bytes == 0) {
        end_frame(reader);
        return deliver(reader, reader->message_opcode, data, bytes, ret_goes_on, handle, user);
    }
    if (!st_ws_frame_reader_keep(reader, data, bytes))
        return CLOSE_INTERNAL;
    if (reader->left == 0)
        end_frame(reader);
    if (!is_whole)
        return 0;
    return deliver(reader, reader->message_opcode, reader->message, reader->message_bytes,
                   ret_goes_on, handle, user);
}

uint16_t st_ws_frame_reader_feed(struct st_ws_frame_reader *reader, uint8_t *data, size_t bytes,
                                 st_ws_frame_fn handle, void *user)
{
    bool goes_on = true;
    for (size_t used = 0; goes_on && used < bytes;) {
        size_t n = 0;
        uint16_t code = 0;
        if (!reader->is_in_payload) {
            code = take_head(reader, data + used, bytes - used, &n);
            used += n;
        }
        if (code == 0 && reader->is_in_payload) {
            n = bytes - used < reader->left ? bytes - used : (size_t)reader->left;
            if (n == 0 && reader->left > 0)
                break;
            code = take_payload(reader, data + used, n, &goes_on, handle, user);
            used += n;
        }
        if (code)
            return code;
    }
    return 0;
}
