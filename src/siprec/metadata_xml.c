/* The document, element by element. What is read lies in a struct of its own until it is known
 * whether it may be taken. */
#include "metadata.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct reader {
    XML_Parser parser;
    struct metadata *out;
    int err;
    unsigned depth;
    char text[METADATA_TEXT_MAX]; /* of the element that is open */
    size_t text_bytes;
    char parents[METADATA_DEPTH_MAX][32];     /* local names, in lower case */
    struct metadata_participant *participant; /* being spoken of; NULL: none */
    struct metadata_stream *stream;
};

/* ---- texts ---- */

static void copy(char *out, size_t out_bytes, const char *text)
{
    size_t bytes = strnlen(text, out_bytes - 1);
    memcpy(out, text, bytes);
    out[bytes] = 0;
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

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static const char *attribute(const char *const *pairs, const char *name)
{
    for (; pairs[0]; pairs += 2)
        if (strcasecmp(local_name(pairs[0]), name) == 0)
            return pairs[1];
    return "";
}

/* The standard's name of an id, or the drafts' plain one. */
static const char *id_of(const char *const *pairs, const char *name)
{
    const char *id = attribute(pairs, name);
    return *id ? id : attribute(pairs, "id");
}

/* ---- entities ---- */

static void open_participant(struct reader *reader, const char *id)
{
    struct metadata *out = reader->out;
    reader->participant = NULL;
    for (unsigned i = 0; i < out->participant_count && *id; i++)
        if (strncmp(out->participants[i].id, id, METADATA_ID_MAX - 1) == 0)
            reader->participant = &out->participants[i];
    if (reader->participant || out->participant_count == METADATA_PARTICIPANTS_MAX)
        return;
    reader->participant = &out->participants[out->participant_count++];
    copy(reader->participant->id, sizeof(reader->participant->id), id);
}

static void open_stream(struct reader *reader, const char *const *pairs)
{
    struct metadata *out = reader->out;
    reader->stream = NULL;
    if (out->stream_count == METADATA_STREAMS_MAX)
        return;
    reader->stream = &out->streams[out->stream_count++];
    copy(reader->stream->id, sizeof(reader->stream->id), id_of(pairs, "stream_id"));
    const char *session = attribute(pairs, "session_id");
    copy(reader->stream->session, sizeof(reader->stream->session),
         *session ? session : attribute(pairs, "session"));
}

static void add_send(struct reader *reader, const char *stream_id)
{
    struct metadata_participant *participant = reader->participant;
    if (!participant || !*stream_id || participant->send_count == METADATA_SENDS_MAX)
        return;
    copy(participant->sends[participant->send_count++], METADATA_ID_MAX, stream_id);
}

static bool is_in(const struct reader *reader, const char *parent)
{
    for (unsigned i = 0; i < reader->depth && i < METADATA_DEPTH_MAX; i++)
        if (strcmp(reader->parents[i], parent) == 0)
            return true;
    return false;
}

/* ---- elements that begin ---- */

static void begin_group(struct reader *reader, const char *const *pairs)
{
    copy(reader->out->group, METADATA_ID_MAX, id_of(pairs, "group_id"));
}

static void begin_session(struct reader *reader, const char *const *pairs)
{
    if (!*reader->out->session)
        copy(reader->out->session, METADATA_ID_MAX, id_of(pairs, "session_id"));
}

static void begin_participant(struct reader *reader, const char *const *pairs)
{
    open_participant(reader, id_of(pairs, "participant_id"));
}

/* A participant joins or leaves the session; which streams it sends stays. */
static void begin_presence(struct reader *reader, const char *const *pairs)
{
    open_participant(reader, id_of(pairs, "participant_id"));
    if (reader->participant && *attribute(pairs, "disassociate-time"))
        reader->participant->has_left = true;
}

static void begin_name_id(struct reader *reader, const char *const *pairs)
{
    if (reader->participant && *attribute(pairs, "aor"))
        copy_aor(reader->participant->aor, METADATA_TEXT_MAX, attribute(pairs, "aor"));
}

static const struct {
    const char *name;
    void (*begin)(struct reader *reader, const char *const *pairs);
} beginnings[] = {
    {"group", begin_group},
    {"session", begin_session},
    {"participant", begin_participant},
    {"participantstreamassoc", begin_participant},
    {"participantsessionassoc", begin_presence},
    {"nameid", begin_name_id},
    {"stream", open_stream},
};

/* ---- elements that end ---- */

static void end_mode(struct reader *reader)
{
    reader->out->is_partial = strcasecmp(reader->text, "partial") == 0;
}

static void end_label(struct reader *reader)
{
    if (reader->stream)
        copy(reader->stream->label, METADATA_ID_MAX, reader->text);
}

static void end_send(struct reader *reader)
{
    add_send(reader, reader->text);
}

/* <send><id>…</id></send> */
static void end_id(struct reader *reader)
{
    if (reader->depth > 0 && reader->depth <= METADATA_DEPTH_MAX &&
        strcmp(reader->parents[reader->depth - 1], "send") == 0)
        add_send(reader, reader->text);
}

static void end_aor(struct reader *reader)
{
    if (reader->participant && *reader->text)
        copy_aor(reader->participant->aor, METADATA_TEXT_MAX, reader->text);
}

static void end_name(struct reader *reader)
{
    if (reader->participant && is_in(reader, "participant"))
        copy(reader->participant->name, METADATA_TEXT_MAX, reader->text);
}

static void end_sip_session(struct reader *reader)
{
    if (!*reader->out->sip_session)
        copy(reader->out->sip_session, METADATA_TEXT_MAX, reader->text);
}

static void end_presence(struct reader *reader)
{
    if (reader->participant && *reader->text)
        reader->participant->has_left = true;
}

static void end_calling_party(struct reader *reader)
{
    if (reader->participant && strcasecmp(reader->text, "true") == 0)
        reader->participant->party = METADATA_PARTY_CALLER;
    else if (reader->participant && strcasecmp(reader->text, "false") == 0)
        reader->participant->party = METADATA_PARTY_CALLED;
}

static void end_caller(struct reader *reader)
{
    copy_aor(reader->out->caller, METADATA_TEXT_MAX, reader->text);
}

static void end_called(struct reader *reader)
{
    copy_aor(reader->out->called, METADATA_TEXT_MAX, reader->text);
}

static void end_user(struct reader *reader)
{
    copy_aor(reader->out->user, METADATA_TEXT_MAX, reader->text);
}

static void end_tracking(struct reader *reader)
{
    copy(reader->out->tracking, METADATA_TEXT_MAX, reader->text);
}

static void end_group_ref(struct reader *reader)
{
    if (!*reader->out->group)
        copy(reader->out->group, METADATA_ID_MAX, reader->text);
}

static void leave_participant(struct reader *reader)
{
    reader->participant = NULL;
}

static void leave_stream(struct reader *reader)
{
    reader->stream = NULL;
}

static const struct {
    const char *name;
    const char *within; /* NULL: anywhere */
    void (*end)(struct reader *reader);
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
    {"participantstreamassoc", NULL, leave_participant},
    {"participantsessionassoc", NULL, leave_participant},
    {"stream", NULL, leave_stream},
};

/* ---- expat ---- */

static void fail(struct reader *reader, int err)
{
    reader->err = err;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void on_begin(void *user, const char *name, const char **pairs)
{
    struct reader *reader = user;
    char *local = reader->parents[reader->depth];
    if (reader->depth + 1 >= METADATA_DEPTH_MAX) {
        fail(reader, -EMSGSIZE);
        return;
    }
    copy(local, sizeof(reader->parents[0]), local_name(name));
    for (char *at = local; *at; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
    reader->text_bytes = 0;
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
        if (strcmp(local, beginnings[i].name) == 0)
            beginnings[i].begin(reader, (const char *const *)pairs);
    reader->depth++;
}

static void on_end(void *user, const char *name)
{
    struct reader *reader = user;
    if (reader->depth == 0)
        return;
    reader->depth--;
    reader->text[reader->text_bytes] = 0;
    trim(reader->text);
    const char *local = reader->parents[reader->depth];
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
        if (strcmp(local, endings[i].name) == 0 &&
            (!endings[i].within || is_in(reader, endings[i].within)))
            endings[i].end(reader);
    reader->text_bytes = 0;
}

static void on_text(void *user, const char *text, int bytes)
{
    struct reader *reader = user;
    size_t room = sizeof(reader->text) - 1 - reader->text_bytes;
    size_t taken = (size_t)bytes < room ? (size_t)bytes : room;
    memcpy(reader->text + reader->text_bytes, text, taken);
    reader->text_bytes += taken;
}

static void on_doctype(void *user, const char *name, const char *system, const char *public,
                       int has_subset)
{
    fail(user, -EPROTO);
}

static int parse(struct reader *reader, const char *text, size_t bytes)
{
    reader->parser = XML_ParserCreate(NULL);
    if (!reader->parser)
        return -ENOMEM;
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_begin, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    XML_SetParamEntityParsing(reader->parser, XML_PARAM_ENTITY_PARSING_NEVER);
    if (XML_Parse(reader->parser, text, (int)bytes, XML_TRUE) != XML_STATUS_OK && !reader->err)
        reader->err = -EBADMSG;
    XML_ParserFree(reader->parser);
    return reader->err;
}

/* ---- merging ---- */

static void merge_text(char *into, const char *from, size_t bytes)
{
    if (*from)
        memcpy(into, from, bytes);
}

static void merge_participant(struct metadata *into, const struct metadata_participant *from)
{
    struct metadata_participant *found = NULL;
    for (unsigned i = 0; i < into->participant_count && *from->id; i++)
        if (strcmp(into->participants[i].id, from->id) == 0)
            found = &into->participants[i];
    if (!found && into->participant_count < METADATA_PARTICIPANTS_MAX) {
        into->participants[into->participant_count++] = *from;
        return;
    }
    if (!found)
        return;
    merge_text(found->aor, from->aor, sizeof(found->aor));
    merge_text(found->name, from->name, sizeof(found->name));
    found->party = from->party ? from->party : found->party;
    found->has_left = from->has_left;
    if (from->send_count > 0) {
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
static void merge(struct metadata *into, const struct metadata *from, bool is_broken)
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

int metadata_read(struct metadata *metadata, const char *text, size_t bytes)
{
    struct metadata read;
    struct reader reader = {.out = &read};
    metadata_init(&read);
    if (bytes > METADATA_BYTES_MAX)
        return -EMSGSIZE;
    while (bytes > 0 && strchr(" \t\r\n", *text) && *text) {
        text++;
        bytes--;
    }
    while (bytes > 0 && (text[bytes - 1] == 0 || strchr(" \t\r\n", text[bytes - 1])))
        bytes--;
    int err = parse(&reader, text, bytes);
    if (err == 0 || err == -EBADMSG)
        merge(metadata, &read, err != 0);
    return err;
}
