#include "metadata_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- texts ---- */

static void copy(char *out, size_t out_bytes, const char *text)
{
    size_t bytes = strnlen(text, out_bytes - 1);
    memcpy(out, text, bytes);
    out[bytes] = 0;
}

/* Of an id that is too long the end gives way to a code over all of it: half an id would be
 * another's. */
static void copy_id(char *out, size_t out_bytes, const char *id)
{
    enum { CODE_CHARS = 17 };
    if (strlen(id) < out_bytes)
        copy(out, out_bytes, id);
    else
        snprintf(out, out_bytes, "%.*s~%016" PRIx64, (int)(out_bytes - 1 - CODE_CHARS), id,
                 metadata_code(METADATA_CODE_BEGIN, id, strlen(id)));
}

static void copy_text_id(const struct metadata_reader *reader, char *out, size_t out_bytes)
{
    char id[2 * METADATA_TEXT_MAX] = "";
    if (reader->is_cut)
        snprintf(id, sizeof(id), "%s~%016" PRIx64, reader->text, reader->code);
    copy_id(out, out_bytes, reader->is_cut ? id : reader->text);
}

/* "sip:alice@example.com;user=phone" and "<tel:+1>" become what identifies who is meant. */
static void copy_aor(char *out, size_t out_bytes, const char *text)
{
    static const char *const schemes[] = {"sips:", "sip:", "tel:"};
    text += strspn(text, " \t\r\n<\"");
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
            text += strlen(schemes[i]);
            break;
        }
    snprintf(out, out_bytes, "%.*s", (int)strcspn(text, ">;? \t\r\n\""), text);
}

static void trim(char *text)
{
    size_t bytes = strlen(text), lead = strspn(text, " \t\r\n");
    while (bytes > lead && strchr(" \t\r\n", text[bytes - 1]))
        bytes--;
    memmove(text, text + lead, bytes - lead);
    text[bytes - lead] = 0;
}

const char *metadata_local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static const char *attribute(const char *const *pairs, const char *name)
{
    for (; pairs[0]; pairs += 2)
        if (strcasecmp(metadata_local_name(pairs[0]), name) == 0)
            return pairs[1];
    return "";
}

/* The standard's name of an id, or the drafts' plain one. */
static void copy_id_of(char *out, const char *const *pairs, const char *name)
{
    const char *id = attribute(pairs, name);
    copy_id(out, METADATA_ID_MAX, *id ? id : attribute(pairs, "id"));
}

/* ---- entities ---- */

static void open_participant(struct metadata_reader *reader, const char *const *pairs)
{
    struct metadata *out = reader->out;
    char id[METADATA_ID_MAX];
    copy_id_of(id, pairs, "participant_id");
    reader->participant = NULL;
    for (unsigned i = 0; i < out->participant_count && *id; i++)
        if (strcmp(out->participants[i].id, id) == 0)
            reader->participant = &out->participants[i];
    if (reader->participant || out->participant_count == METADATA_PARTICIPANTS_MAX)
        return;
    reader->participant = &out->participants[out->participant_count++];
    memcpy(reader->participant->id, id, sizeof(id));
}

static void open_stream(struct metadata_reader *reader, const char *const *pairs)
{
    struct metadata *out = reader->out;
    reader->stream = NULL;
    if (out->stream_count == METADATA_STREAMS_MAX)
        return;
    reader->stream = &out->streams[out->stream_count++];
    copy_id_of(reader->stream->id, pairs, "stream_id");
}

static bool is_in(const struct metadata_reader *reader, const char *parent)
{
    for (unsigned i = 0; i < reader->depth && i < METADATA_DEPTH_MAX; i++)
        if (strcmp(reader->parents[i], parent) == 0)
            return true;
    return false;
}

/* ---- elements that begin ---- */

static void begin_group(struct metadata_reader *reader, const char *const *pairs)
{
    copy_id_of(reader->out->group, pairs, "group_id");
}

static void begin_session(struct metadata_reader *reader, const char *const *pairs)
{
    if (!*reader->out->session)
        copy_id_of(reader->out->session, pairs, "session_id");
}

/* A participant joins or leaves the session; which streams it sends stays. Of several times the
 * last counts: whoever has left may be back. */
static void begin_presence(struct metadata_reader *reader, const char *const *pairs)
{
    open_participant(reader, pairs);
    if (reader->participant)
        reader->participant->has_left = *attribute(pairs, "disassociate-time") != 0;
}

/* A participant begins or ceases to send streams. */
static void begin_association(struct metadata_reader *reader, const char *const *pairs)
{
    open_participant(reader, pairs);
    reader->sends_before = reader->participant ? reader->participant->send_count : 0;
    reader->is_over = *attribute(pairs, "disassociate-time") != 0;
}

static void begin_name_id(struct metadata_reader *reader, const char *const *pairs)
{
    if (reader->participant && *attribute(pairs, "aor"))
        copy_aor(reader->participant->aor, METADATA_TEXT_MAX, attribute(pairs, "aor"));
}

static const struct {
    const char *name;
    void (*begin)(struct metadata_reader *reader, const char *const *pairs);
} beginnings[] = {
    {"group", begin_group},
    {"session", begin_session},
    {"participant", open_participant},
    {"participantstreamassoc", begin_association},
    {"participantsessionassoc", begin_presence},
    {"nameid", begin_name_id},
    {"stream", open_stream},
};

void metadata_element_begin(struct metadata_reader *reader, const char *const *attributes)
{
    const char *name = reader->parents[reader->depth];
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
        if (strcmp(name, beginnings[i].name) == 0)
            beginnings[i].begin(reader, attributes);
}

/* ---- elements that end ---- */

static void end_mode(struct metadata_reader *reader)
{
    reader->out->is_partial = strcasecmp(reader->text, "partial") == 0;
}

static void end_label(struct metadata_reader *reader)
{
    if (reader->stream)
        copy(reader->stream->label, METADATA_ID_MAX, reader->text);
}

static void end_send(struct metadata_reader *reader)
{
    struct metadata_participant *participant = reader->participant;
    if (participant && *reader->text && participant->send_count < METADATA_SENDS_MAX)
        copy_text_id(reader, participant->sends[participant->send_count++], METADATA_ID_MAX);
}

/* <send><id>…</id></send> */
static void end_id(struct metadata_reader *reader)
{
    if (reader->depth > 0 && strcmp(reader->parents[reader->depth - 1], "send") == 0)
        end_send(reader);
}

static void end_aor(struct metadata_reader *reader)
{
    if (reader->participant && *reader->text)
        copy_aor(reader->participant->aor, METADATA_TEXT_MAX, reader->text);
}

static void end_name(struct metadata_reader *reader)
{
    if (reader->participant && is_in(reader, "participant"))
        copy(reader->participant->name, METADATA_TEXT_MAX, reader->text);
}

static void end_sip_session(struct metadata_reader *reader)
{
    if (!*reader->out->sip_session)
        copy_text_id(reader, reader->out->sip_session, METADATA_TEXT_MAX);
}

static void end_presence(struct metadata_reader *reader)
{
    if (reader->participant && *reader->text)
        reader->participant->has_left = true;
}

static void end_association_time(struct metadata_reader *reader)
{
    reader->is_over |= *reader->text != 0;
}

/* What is over is not sent: those streams, or whatever it was when none is named. */
static void end_association(struct metadata_reader *reader)
{
    struct metadata_participant *participant = reader->participant;
    if (participant && reader->is_over) {
        participant->send_count = reader->sends_before;
        participant->is_silent = participant->send_count == 0;
    }
    reader->participant = NULL;
}

static void end_calling_party(struct metadata_reader *reader)
{
    if (reader->participant && strcasecmp(reader->text, "true") == 0)
        reader->participant->party = METADATA_PARTY_CALLER;
    else if (reader->participant && strcasecmp(reader->text, "false") == 0)
        reader->participant->party = METADATA_PARTY_CALLED;
}

static void end_caller(struct metadata_reader *reader)
{
    copy_aor(reader->out->caller, METADATA_TEXT_MAX, reader->text);
}

static void end_called(struct metadata_reader *reader)
{
    copy_aor(reader->out->called, METADATA_TEXT_MAX, reader->text);
}

static void end_user(struct metadata_reader *reader)
{
    copy_aor(reader->out->user, METADATA_TEXT_MAX, reader->text);
}

static void end_tracking(struct metadata_reader *reader)
{
    copy_text_id(reader, reader->out->tracking, METADATA_TEXT_MAX);
}

static void end_group_ref(struct metadata_reader *reader)
{
    if (!*reader->out->group)
        copy_text_id(reader, reader->out->group, METADATA_ID_MAX);
}

static void leave_participant(struct metadata_reader *reader)
{
    reader->participant = NULL;
}

static void leave_stream(struct metadata_reader *reader)
{
    reader->stream = NULL;
}

static const struct {
    const char *name;
    const char *within; /* NULL: anywhere */
    void (*end)(struct metadata_reader *reader);
} endings[] = {
    {"datamode", NULL, end_mode},
    {"label", NULL, end_label},
    {"send", NULL, end_send},
    {"id", NULL, end_id},
    {"aor", NULL, end_aor},
    {"name", NULL, end_name},
    {"sipsessionid", NULL, end_sip_session},
    {"group-ref", NULL, end_group_ref},
    {"disassociate-time", "participantsessionassoc", end_presence},
    {"disassociate-time", "participant", end_presence}, /* drafts */
    {"disassociate-time", "participantstreamassoc", end_association_time},
    {"callingparty", NULL, end_calling_party},
    {"fromheader", "calldata", end_caller},
    {"from", "calldata", end_caller},
    {"toheader", "calldata", end_called},
    {"to", "calldata", end_called},
    {"callingpartynumber", NULL, end_caller},
    {"calledpartynumber", NULL, end_called},
    {"userid", NULL, end_user},
    {"exttrackingid", NULL, end_tracking},
    {"participant", NULL, leave_participant},
    {"participantstreamassoc", NULL, end_association},
    {"participantsessionassoc", NULL, leave_participant},
    {"stream", NULL, leave_stream},
};

void metadata_element_end(struct metadata_reader *reader)
{
    const char *name = reader->parents[reader->depth];
    trim(reader->text);
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
        if (strcmp(name, endings[i].name) == 0 &&
            (!endings[i].within || is_in(reader, endings[i].within)))
            endings[i].end(reader);
}
