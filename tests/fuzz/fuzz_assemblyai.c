/* Messages of AssemblyAI, one a line. */
#include "fuzz_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct fuzz_service assemblyai = {.type = "assemblyai",
                                                   .channels = 1,
                                                   .chunks = 5,
                                                   .separator = '\n',
                                                   .end = "{\"type\":\"Termination\"}"};
    return fuzz_engine(&assemblyai, data, bytes);
}
