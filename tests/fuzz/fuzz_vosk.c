/* Replies of a vosk server, one a line. */
#include "fuzz_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct fuzz_service vosk = {
        .type = "vosk", .channels = 1, .chunks = 1, .separator = '\n'};
    return fuzz_engine(&vosk, data, bytes);
}
