/*
 * WebSocket frames (RFC 6455 section 5): bytes in, messages out, and the other way round.
 *
 * Knows nothing of sockets: it is fed as bytes come, in pieces of any size.
 */
#ifndef ST_NET_WS_FRAME_H
#define ST_NET_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_WS_FRAME_CONTINUATION = 0,
    ST_WS_FRAME_TEXT = 1,
    ST_WS_FRAME_BINARY = 2,
    ST_WS_FRAME_CLOSE = 8,
    ST_WS_FRAME_PING = 9,
    ST_WS_FRAME_PONG = 10,
    ST_WS_FRAME_HEAD_MAX_BYTES = 14,
    ST_WS_FRAME_CONTROL_MAX_BYTES = 125,
};

/* Writes the head of a final frame; with `mask` the payload must be masked. Returns its length. */
size_t st_ws_frame_head(uint8_t out[ST_WS_FRAME_HEAD_MAX_BYTES], uint8_t opcode, size_t bytes,
                        const uint8_t mask[4]);

/* out[i] = in[i] ^ mask[(at + i) & 3]; in place is fine. */
void st_ws_frame_mask(uint8_t *out, const uint8_t *in, size_t bytes, const uint8_t mask[4],
                      size_t at);

/* Whether a close code may come from a peer. */
bool st_ws_frame_close_code_is_valid(uint16_t code);

/* Text, binary, close, ping or pong, whole and unmasked; borrowed. False ends the feeding. */
typedef bool (*st_ws_frame_fn)(void *user, uint8_t opcode, const uint8_t *data, size_t bytes);

struct st_ws_frame_reader {
    size_t message_max;
    uint8_t head[ST_WS_FRAME_HEAD_MAX_BYTES];
    uint8_t head_bytes, head_need;
    uint8_t opcode, message_opcode; /* message_opcode 0: not inside a fragmented message */
    bool is_final, is_in_payload;
    uint64_t left;    /* of the current payload */
    uint64_t payload; /* its size */
    uint8_t control[ST_WS_FRAME_CONTROL_MAX_BYTES];
    uint8_t *message; /* kept between messages */
    size_t message_bytes, message_cap;
};

/* message_max: bytes of a message across its fragments. */
void st_ws_frame_reader_init(struct st_ws_frame_reader *reader, size_t message_max);
void st_ws_frame_reader_fini(struct st_ws_frame_reader *reader);

/* Reads frames of a client (masked). `data` is unmasked in place. Returns 0, or the close code to
 * answer a broken peer with: 1002, 1007, 1009, and 1011 when memory is short. */
uint16_t st_ws_frame_reader_feed(struct st_ws_frame_reader *reader, uint8_t *data, size_t bytes,
                                 st_ws_frame_fn handle, void *user);

/* Appends to the message being collected, which the caller has bounded. False: no memory. */
bool st_ws_frame_reader_keep(struct st_ws_frame_reader *reader, const uint8_t *data, size_t bytes);

/* Whether the bytes are UTF-8 (no surrogates, no overlong forms). */
bool st_ws_frame_is_utf8(const uint8_t *data, size_t bytes);

#endif
