/*
 * Defaults by completing the document: libcyaml gives absent fields zeros and cannot tell them
 * from zeros that were written.
 */
#include "config_parts.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_mapping(yaml_document_t *document, const cyaml_schema_field_t *fields, int id,
                         const char *path);

static int must(int id)
{
    if (id == 0)
        abort(); /* libyaml is out of memory */
    return id;
}

static int add_text(yaml_document_t *document, const char *text)
{
    return must(yaml_document_add_scalar(document, NULL, (const yaml_char_t *)text,
                                         (int)strlen(text), YAML_DOUBLE_QUOTED_SCALAR_STYLE));
}

/* Of "[word]". */
static int add_word(yaml_document_t *document, const char *list)
{
    return must(yaml_document_add_scalar(document, NULL, (const yaml_char_t *)list + 1,
                                         (int)strlen(list) - 2, YAML_DOUBLE_QUOTED_SCALAR_STYLE));
}

static int add_default(yaml_document_t *document, const cyaml_schema_value_t *schema,
                       const char *path)
{
    if (schema->type == CYAML_MAPPING)
        return must(yaml_document_add_mapping(document, NULL, YAML_ANY_MAPPING_STYLE));
    const struct st_config_option *option = st_config_option_find(path);
    assert(option && option->fallback);
    if (schema->type != CYAML_SEQUENCE)
        return add_text(document, option->fallback);
    int id = must(yaml_document_add_sequence(document, NULL, YAML_ANY_SEQUENCE_STYLE));
    if (strcmp(option->fallback, "[]") != 0) {
        int entry = strcmp(option->fallback, "[{}]") == 0
                        ? must(yaml_document_add_mapping(document, NULL, YAML_ANY_MAPPING_STYLE))
                        : add_word(document, option->fallback);
        must(yaml_document_append_sequence_item(document, id, entry));
    }
    return id;
}

static void fill_value(yaml_document_t *document, const cyaml_schema_value_t *schema, int id,
                       const char *path)
{
    char entry[ST_CONFIG_PATH_MAX];
    if (schema->type == CYAML_MAPPING) {
        fill_mapping(document, schema->mapping.fields, id, path);
        return;
    }
    if (schema->type != CYAML_SEQUENCE)
        return;
    snprintf(entry, sizeof(entry), "%.120s[]", path);
    for (size_t i = 0;; i++) {
        yaml_node_t *node = yaml_document_get_node(document, id);
        if (node->data.sequence.items.start + i == node->data.sequence.items.top)
            return;
        fill_value(document, schema->sequence.entry, node->data.sequence.items.start[i], entry);
    }
}

static yaml_node_pair_t *find_pair(yaml_document_t *document, int id, const char *key)
{
    yaml_node_t *node = yaml_document_get_node(document, id);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *name = yaml_document_get_node(document, pair->key);
        if (strcmp((const char *)name->data.scalar.value, key) == 0)
            return pair;
    }
    return NULL;
}

/* The number of the field's node, which is there afterwards. */
static int complete_field(yaml_document_t *document, const cyaml_schema_field_t *field, int id,
                          const char *path)
{
    yaml_node_pair_t *pair = find_pair(document, id, field->key);
    bool is_section = field->value.type == CYAML_MAPPING || field->value.type == CYAML_SEQUENCE;
    if (pair &&
        (!is_section || yaml_document_get_node(document, pair->value)->type != YAML_SCALAR_NODE))
        return pair->value;
    int value = add_default(document, &field->value, path);
    if (pair) /* a section without a value */
        pair->value = value;
    else
        must(
            yaml_document_append_mapping_pair(document, id, add_text(document, field->key), value));
    return value;
}

static void fill_mapping(yaml_document_t *document, const cyaml_schema_field_t *fields, int id,
                         const char *path)
{
    for (; fields->key; fields++) {
        char below[ST_CONFIG_PATH_MAX];
        if (fields->value.type == CYAML_IGNORE)
            continue;
        snprintf(below, sizeof(below), "%s%s%.64s", path, *path ? "." : "", fields->key);
        fill_value(document, &fields->value, complete_field(document, fields, id, below), below);
    }
}

static int append_output(void *user, unsigned char *data, size_t bytes)
{
    st_json_append(user, (const char *)data, bytes);
    return 1;
}

/* Every scalar in quotes: escapes then cover whatever a value may hold. */
static void quote_scalars(yaml_document_t *document)
{
    for (yaml_node_t *node = document->nodes.start; node < document->nodes.top; node++)
        if (node->type == YAML_SCALAR_NODE)
            node->data.scalar.style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

int st_config_defaults_fill(yaml_document_t *document, struct st_json_writer *ret_yaml)
{
    yaml_emitter_t emitter;
    fill_mapping(document, st_config_schema()->mapping.fields, 1, "");
    quote_scalars(document);
    if (!yaml_emitter_initialize(&emitter))
        abort();
    yaml_emitter_set_output(&emitter, append_output, ret_yaml);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    bool is_written = yaml_emitter_open(&emitter) && yaml_emitter_dump(&emitter, document) &&
                      yaml_emitter_close(&emitter);
    yaml_emitter_delete(&emitter);
    return is_written ? 0 : -EINVAL;
}
