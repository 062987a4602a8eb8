/*
 * From text to YAML nodes, in two passes. The first sees only parser events and refuses what a
 * document of ours has no use for and a hostile one would abuse: anchors and aliases, tags, several
 * documents, depth, sheer number. Only then are the nodes built.
 */
#include "yaml_text.h"

#include <errno.h>
#include <stdlib.h>

enum { DEPTH_MAX = 16, EVENTS_MAX = 200000 };

/* The reader itself knows only how many bytes it has come. */
static int line_at(const char *text, size_t bytes, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && i < bytes; i++)
        line += text[i] == '\n';
    return line;
}

static void report_syntax(struct st_problems *problems, const yaml_parser_t *parser,
                          const char *text, size_t bytes)
{
    const yaml_mark_t *mark = parser->context ? &parser->context_mark : &parser->problem_mark;
    bool is_in_context = parser->context && parser->problem_mark.line <= mark->line;
    int line = (int)(is_in_context ? mark->line : parser->problem_mark.line) + 1;
    if (parser->error == YAML_READER_ERROR)
        line = line_at(text, bytes, parser->problem_offset);
    st_problems_add(problems, line, "this is no YAML: %s",
                    parser->problem ? parser->problem : "it cannot be read");
}

static const char *refuse_event(const yaml_event_t *event, int *depth, int *documents)
{
    bool is_tagged = false, is_anchored = event->type == YAML_ALIAS_EVENT;
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++*documents > 1)
            return "a second document: everything belongs into one";
        break;
    case YAML_SCALAR_EVENT:
        is_tagged = event->data.scalar.tag != NULL;
        is_anchored = event->data.scalar.anchor != NULL;
        break;
    case YAML_SEQUENCE_START_EVENT:
        ++*depth;
        is_tagged = event->data.sequence_start.tag != NULL;
        is_anchored = event->data.sequence_start.anchor != NULL;
        break;
    case YAML_MAPPING_START_EVENT:
        ++*depth;
        is_tagged = event->data.mapping_start.tag != NULL;
        is_anchored = event->data.mapping_start.anchor != NULL;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        --*depth;
        break;
    default:
        break;
    }
    return is_anchored          ? "anchors and aliases are not supported"
           : is_tagged          ? "tags are not supported"
           : *depth > DEPTH_MAX ? "nested too deeply"
                                : NULL;
}

static void start_parser(yaml_parser_t *parser, const char *text, size_t bytes)
{
    if (!yaml_parser_initialize(parser))
        abort();
    yaml_parser_set_input_string(parser, (const unsigned char *)text, bytes);
}

static int scan_events(const char *text, size_t bytes, struct st_problems *problems)
{
    yaml_parser_t parser;
    int depth = 0, documents = 0, err = 0;
    bool is_end = false;
    start_parser(&parser, text, bytes);
    for (int events = 0; !err && !is_end; events++) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            report_syntax(problems, &parser, text, bytes);
            err = -EINVAL;
            break;
        }
        const char *refused = refuse_event(&event, &depth, &documents);
        if (!refused && events == EVENTS_MAX)
            refused = "more entries than such a file has";
        if (refused) {
            st_problems_add(problems, (int)event.start_mark.line + 1, "%s", refused);
            err = -EINVAL;
        }
        is_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return err;
}

int st_yaml_load(yaml_document_t *ret_document, const char *text, size_t bytes,
                 struct st_problems *problems)
{
    yaml_parser_t parser;
    int err = scan_events(text, bytes, problems);
    if (err)
        return err;
    start_parser(&parser, text, bytes);
    if (!yaml_parser_load(&parser, ret_document)) {
        report_syntax(problems, &parser, text, bytes);
        err = -EINVAL;
    }
    yaml_parser_delete(&parser);
    return err;
}

bool st_yaml_is_null(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    const char *text = (const char *)node->data.scalar.value;
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}
