#include "siprec/metadata.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Read twice: the second time as an update of the first. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct metadata metadata;
    metadata_init(&metadata);
    for (int i = 0; i < 2; i++) {
        metadata_read(&metadata, (const char *)data, bytes);
        if (metadata.participant_count > METADATA_PARTICIPANTS_MAX ||
            metadata.stream_count > METADATA_STREAMS_MAX)
            abort();
        for (unsigned p = 0; p < metadata.participant_count; p++)
            if (metadata.participants[p].send_count > METADATA_SENDS_MAX ||
                strlen(metadata.participants[p].aor) >= METADATA_TEXT_MAX)
                abort();
        for (unsigned s = 0; s < metadata.stream_count; s++)
            if (metadata_find_label(&metadata, metadata.streams[s].label) >
                (int)metadata.stream_count)
                abort();
    }
    return 0;
}
