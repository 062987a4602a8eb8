#include "sidetone/wav.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_wav_info info;
    ssize_t used = st_wav_parse(&info, data, bytes);
    if (used <= 0)
        return 0;
    if ((size_t)used > bytes || info.data_offset != (uint64_t)used || info.channels < 1 ||
        info.channels > 2 || info.rate_hz < 8000 || info.rate_hz > 48000 || info.codec >= ST_CODECS)
        abort();
    size_t rest = bytes - (size_t)used;
    if (rest > info.data_bytes)
        rest = (size_t)info.data_bytes;
    int16_t *samples = malloc((rest + 1) * sizeof(*samples));
    for (unsigned channel = 0; channel < info.channels; channel++)
        st_codec_decode(info.codec, data + used, rest, channel, info.channels, samples);
    free(samples);
    return 0;
}
