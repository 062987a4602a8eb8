#include "metadata_reader.h"

#include <string.h>

static void merge_text(char *into, const char *from, size_t bytes)
{
    if (*from)
        memcpy(into, from, bytes);
}

/* A long call sees many take part: who has left makes way, but for the first, whose place says that
 * it called. */
static struct metadata_participant *make_place(struct metadata *into)
{
    struct metadata_participant *all = into->participants;
    if (into->participant_count < METADATA_PARTICIPANTS_MAX)
        return &all[into->participant_count++];
    for (unsigned i = 1; i < METADATA_PARTICIPANTS_MAX; i++) {
        if (!all[i].has_left)
            continue;
        memmove(&all[i], &all[i + 1], (METADATA_PARTICIPANTS_MAX - 1 - i) * sizeof(*all));
        return &all[METADATA_PARTICIPANTS_MAX - 1];
    }
    return NULL;
}

static void merge_participant(struct metadata *into, const struct metadata_participant *from)
{
    struct metadata_participant *found = NULL;
    for (unsigned i = 0; i < into->participant_count && *from->id; i++)
        if (strcmp(into->participants[i].id, from->id) == 0)
            found = &into->participants[i];
    if (!found) {
        found = make_place(into);
        if (found)
            *found = *from;
        return;
    }
    merge_text(found->aor, from->aor, sizeof(found->aor));
    merge_text(found->name, from->name, sizeof(found->name));
    found->party = from->party ? from->party : found->party;
    found->has_left = from->has_left;
    if (from->send_count > 0 || from->is_silent) {
        found->send_count = from->send_count;
        memcpy(found->sends, from->sends, sizeof(found->sends));
    }
}

static void merge_stream(struct metadata *into, const struct metadata_stream *from)
{
    struct metadata_stream *found = NULL;
    for (unsigned i = 0; i < into->stream_count && *from->id; i++)
        if (strcmp(into->streams[i].id, from->id) == 0)
            found = &into->streams[i];
    if (!found && into->stream_count < METADATA_STREAMS_MAX) {
        into->streams[into->stream_count++] = *from;
        return;
    }
    if (found)
        merge_text(found->label, from->label, sizeof(found->label));
}

/* Ids of the call stay when an update is silent about them. A broken document may be silent about
 * anything. */
void metadata_merge(struct metadata *into, const struct metadata *from, bool is_broken)
{
    if (!from->is_partial && !is_broken && (from->participant_count || from->stream_count)) {
        into->participant_count = 0;
        into->stream_count = 0;
    }
    for (unsigned i = 0; i < from->participant_count; i++)
        merge_participant(into, &from->participants[i]);
    for (unsigned i = 0; i < from->stream_count; i++)
        merge_stream(into, &from->streams[i]);
    merge_text(into->group, from->group, sizeof(into->group));
    merge_text(into->session, from->session, sizeof(into->session));
    merge_text(into->sip_session, from->sip_session, sizeof(into->sip_session));
    merge_text(into->tracking, from->tracking, sizeof(into->tracking));
    merge_text(into->caller, from->caller, sizeof(into->caller));
    merge_text(into->called, from->called, sizeof(into->called));
    merge_text(into->user, from->user, sizeof(into->user));
    into->is_partial = from->is_partial;
    into->is_empty = false;
}
