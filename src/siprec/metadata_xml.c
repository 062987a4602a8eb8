/* The document as XML. What is read lies in a struct of its own until it is known whether it may
 * be taken. */
#include "metadata_reader.h"

#include <errno.h>
#include <expat.h>
#include <string.h>

struct document {
    XML_Parser parser;
    struct metadata_reader reader;
    int err;
};

static void fail(struct document *document, int err)
{
    document->err = err;
    XML_StopParser(document->parser, XML_FALSE);
}

static void forget_text(struct metadata_reader *reader)
{
    reader->text_bytes = 0;
    reader->is_cut = false;
    reader->code = METADATA_CODE_BEGIN;
}

static void lower_name(char *out, const char *name)
{
    size_t i = 0;
    for (; name[i] && i + 1 < METADATA_NAME_MAX; i++)
        out[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
    out[i] = 0;
}

static void on_begin(void *user, const char *name, const char **attributes)
{
    struct document *document = user;
    struct metadata_reader *reader = &document->reader;
    if (reader->depth + 1 >= METADATA_DEPTH_MAX) {
        fail(document, -EMSGSIZE);
        return;
    }
    lower_name(reader->parents[reader->depth], metadata_local_name(name));
    forget_text(reader);
    metadata_element_begin(reader, (const char *const *)attributes);
    reader->depth++;
}

static void on_end(void *user, const char *name)
{
    struct document *document = user;
    struct metadata_reader *reader = &document->reader;
    if (reader->depth == 0 || document->err)
        return;
    reader->depth--;
    reader->text[reader->text_bytes] = 0;
    metadata_element_end(reader);
    forget_text(reader);
}

static void on_text(void *user, const char *text, int bytes)
{
    struct document *document = user;
    struct metadata_reader *reader = &document->reader;
    size_t room = sizeof(reader->text) - 1 - reader->text_bytes;
    size_t taken = (size_t)bytes < room ? (size_t)bytes : room;
    memcpy(reader->text + reader->text_bytes, text, taken);
    reader->text_bytes += taken;
    reader->is_cut |= taken < (size_t)bytes;
    reader->code = metadata_code(reader->code, text, (size_t)bytes);
}

static void on_doctype(void *user, const char *name, const char *system, const char *public,
                       int has_subset)
{
    fail(user, -EPROTO);
}

static int parse(struct document *document, const char *text, size_t bytes)
{
    document->parser = XML_ParserCreate(NULL);
    if (!document->parser)
        return -ENOMEM;
    XML_SetUserData(document->parser, document);
    XML_SetElementHandler(document->parser, on_begin, on_end);
    XML_SetCharacterDataHandler(document->parser, on_text);
    XML_SetStartDoctypeDeclHandler(document->parser, on_doctype);
    XML_SetParamEntityParsing(document->parser, XML_PARAM_ENTITY_PARSING_NEVER);
    if (XML_Parse(document->parser, text, (int)bytes, XML_TRUE) != XML_STATUS_OK && !document->err)
        document->err = -EBADMSG;
    XML_ParserFree(document->parser);
    return document->err;
}

int metadata_read(struct metadata *metadata, const char *text, size_t bytes)
{
    struct metadata read;
    struct document document = {.reader = {.out = &read}};
    metadata_init(&read);
    if (bytes > METADATA_BYTES_MAX)
        return -EMSGSIZE;
    while (bytes > 0 && strchr(" \t\r\n", *text) && *text) {
        text++;
        bytes--;
    }
    while (bytes > 0 && (text[bytes - 1] == 0 || strchr(" \t\r\n", text[bytes - 1])))
        bytes--;
    int err = parse(&document, text, bytes);
    if (err == 0 || err == -EBADMSG)
        metadata_merge(metadata, &read, err != 0);
    return err;
}
