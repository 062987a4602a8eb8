#include "rule_phrases.h"

#include "sidetone/json_writer.h"

#include <stdio.h>
#include <string.h>

enum { TARGET_BYTES_MAX = 2000 };

static void read_texts(struct st_rule_reader *reader, const struct st_node *node,
                       struct st_rule_texts *ret_texts)
{
    st_rule_read_texts(reader, node, ST_RULE_TARGETS_MAX, TARGET_BYTES_MAX, ret_texts);
    reader->target_count += ret_texts->count;
}

static void read_any(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    read_texts(reader, value, &((struct st_rule_phrases *)into)->any);
}

static void read_except(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    read_texts(reader, value, &((struct st_rule_phrases *)into)->except);
}

static void read_verbatim(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    st_rule_read_bool(reader, value, &((struct st_rule_phrases *)into)->is_verbatim);
}

static const struct st_rule_key keys[] = {
    {"any", read_any},
    {"except", read_except},
    {"verbatim", read_verbatim},
    {NULL, NULL},
};

void st_rule_phrases_read(struct st_rule_reader *reader, const struct st_node *node,
                          struct st_rule_phrases *ret_phrases)
{
    char what[ST_PROBLEMS_SHOWN_MAX + 2];
    if (node->type != ST_NODE_SECTION) {
        read_texts(reader, node, &ret_phrases->any);
        return;
    }
    snprintf(what, sizeof(what), "'%.40s'", node->key ? node->key : "phrase");
    st_rule_read_section(reader, node, what, keys, ret_phrases);
    if (!st_node_find(node, "any"))
        st_rule_reader_refuse(reader, node->line, "%s needs 'any': a phrase or a list of them",
                              what);
}

void st_rule_phrases_write(const struct st_rule_phrases *phrases, struct st_json_writer *json)
{
    if (phrases->except.count == 0 && !phrases->is_verbatim) {
        st_rule_texts_write(&phrases->any, json);
        return;
    }
    st_json_begin_object(json);
    st_json_key(json, "any");
    st_rule_texts_write(&phrases->any, json);
    if (phrases->except.count > 0) {
        st_json_key(json, "except");
        st_rule_texts_write(&phrases->except, json);
    }
    if (phrases->is_verbatim)
        st_json_set_bool(json, "verbatim", true);
    st_json_end_object(json);
}

void st_rule_phrases_free(struct st_rule_phrases *phrases)
{
    st_rule_texts_free(&phrases->any);
    st_rule_texts_free(&phrases->except);
}

const char *st_rule_phrases_text(const struct st_rule_phrases *phrases,
                                 char out[ST_RULE_PHRASES_SHOWN])
{
    char shown[ST_PROBLEMS_SHOWN_MAX];
    const struct st_rule_texts *any = &phrases->any;
    if (any->count == 0)
        snprintf(out, ST_RULE_PHRASES_SHOWN, "?");
    else if (any->count == 1)
        snprintf(out, ST_RULE_PHRASES_SHOWN, "%s", st_problems_shown(any->items[0], shown));
    else
        snprintf(out, ST_RULE_PHRASES_SHOWN, "%s (or %zu more)",
                 st_problems_shown(any->items[0], shown), any->count - 1);
    return out;
}
