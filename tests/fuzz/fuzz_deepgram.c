/* Messages of Deepgram, one a line. */
#include "fuzz_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct fuzz_service deepgram = {.type = "deepgram",
                                                 .channels = 2,
                                                 .chunks = 5,
                                                 .separator = '\n',
                                                 .end = "{\"type\":\"Metadata\"}"};
    return fuzz_engine(&deepgram, data, bytes);
}
