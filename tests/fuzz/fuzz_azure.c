/* Messages of Azure's speech service, each behind the letter T or B (text or binary), parted by the
 * byte 0x1e. */
#include "fuzz_engine.h"

static int receive(const struct st_engine_ops *ops, struct st_engine_stream *stream,
                   const uint8_t *data, size_t bytes)
{
    return bytes > 0 ? ops->receive(stream, data + 1, bytes - 1, data[0] == 'B') : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct fuzz_service azure = {
        .type = "azure",
        .channels = 1,
        .chunks = 5,
        .separator = 0x1e,
        .receive = receive,
        .end = "Path:turn.end\r\n\r\n{}",
    };
    return fuzz_engine(&azure, data, bytes);
}
