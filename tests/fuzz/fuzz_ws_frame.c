/* The first byte says in pieces of which size the rest is fed. */
#include "../../src/net/ws_frame.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool on_frame(void *user, uint8_t opcode, const uint8_t *data, size_t bytes)
{
    if (bytes > MESSAGE_MAX || (opcode >= 8 && bytes > ST_WS_FRAME_CONTROL_MAX_BYTES))
        abort();
    if (opcode == ST_WS_FRAME_TEXT && !st_ws_frame_is_utf8(data, bytes))
        abort();
    return bytes != 13;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct st_ws_frame_reader reader;
    size_t step = size > 0 && data[0] > 0 ? data[0] : 1;
    uint16_t code = 0;
    st_ws_frame_reader_init(&reader, MESSAGE_MAX);
    for (size_t at = 1; at < size && code == 0; at += step) {
        size_t n = size - at < step ? size - at : step;
        uint8_t *piece = malloc(n);
        memcpy(piece, data + at, n);
        code = st_ws_frame_reader_feed(&reader, piece, n, on_frame, NULL);
        free(piece);
    }
    st_ws_frame_reader_fini(&reader);
    return 0;
}
