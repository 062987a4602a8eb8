#include "metadata.h"

#include <string.h>

void metadata_init(struct metadata *metadata)
{
    *metadata = (struct metadata){.is_empty = true};
}

static bool is_there(const char *id, const char *wanted)
{
    return *wanted && strcmp(id, wanted) == 0;
}

int metadata_find_label(const struct metadata *metadata, const char *label)
{
    for (unsigned i = 0; i < metadata->stream_count; i++)
        if (is_there(metadata->streams[i].label, label))
            return (int)i;
    return -1;
}

static bool sends(const struct metadata_participant *participant, const char *stream_id)
{
    for (unsigned i = 0; i < participant->send_count; i++)
        if (is_there(participant->sends[i], stream_id))
            return true;
    return false;
}

/* The latest that has not left: a transfer adds who takes over behind who was there. */
int metadata_find_sender(const struct metadata *metadata, const char *stream_id)
{
    for (unsigned i = metadata->participant_count; i-- > 0;)
        if (!metadata->participants[i].has_left && sends(&metadata->participants[i], stream_id))
            return (int)i;
    return -1;
}
