/* Events of a realtime transcription, one a line. */
#include "fuzz_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct fuzz_service openai = {
        .type = "openai", .channels = 1, .chunks = 5, .separator = '\n'};
    return fuzz_engine(&openai, data, bytes);
}
