/* From text to YAML nodes that libcyaml will take, with every structural problem on the way told:
 * the nodes are walked along the schema. */
#include "config_parts.h"

#include "yaml_text.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    yaml_document_t *document;
    struct st_config_report *report;
    bool *is_broken; /* by node number less one: something in it was cut out */
    int node_count;
};

/* ---- nodes ---- */

static int line_of(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

static const char *text_of(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static void join(char *path, const char *above, const char *key)
{
    snprintf(path, ST_CONFIG_PATH_MAX, "%s%s%.64s", above, *above ? "." : "", key);
}

static const char *field_name(const void *fields, unsigned i)
{
    return ((const cyaml_schema_field_t *)fields)[i].key;
}

static const char *enum_name(const void *schema, unsigned i)
{
    const cyaml_schema_value_t *value = schema;
    return i < value->enumeration.count ? value->enumeration.strings[i].str : NULL;
}

static bool check_number(struct walk *walk, const yaml_node_t *node, const char *path)
{
    const struct st_config_option *option = st_config_option_find(path);
    const char *text = text_of(node);
    size_t digits = strspn(text, "0123456789");
    /* libcyaml would read 010 as eight. */
    bool is_number =
        digits > 0 && digits <= 12 && text[digits] == '\0' && (digits == 1 || text[0] != '0');
    long long number = is_number ? strtoll(text, NULL, 10) : -1;
    if (is_number && number >= option->min && number <= option->max)
        return true;
    char out[ST_PROBLEMS_SHOWN_MAX];
    st_config_report_add(
        walk->report, line_of(node), "'%s' must be a whole number from %lld to %lld, not '%s'",
        path, (long long)option->min, (long long)option->max, st_problems_shown(text, out));
    return false;
}

static bool check_bool(struct walk *walk, const yaml_node_t *node, const char *path)
{
    /* libcyaml takes any word that it does not know for true. */
    if (strcmp(text_of(node), "true") == 0 || strcmp(text_of(node), "false") == 0)
        return true;
    char out[ST_PROBLEMS_SHOWN_MAX];
    st_config_report_add(walk->report, line_of(node), "'%s' must be true or false, not '%s'", path,
                         st_problems_shown(text_of(node), out));
    return false;
}

static bool check_enum(struct walk *walk, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, const char *path)
{
    char list[256] = "", out[ST_PROBLEMS_SHOWN_MAX];
    size_t len = 0;
    const char *name;
    for (unsigned i = 0; (name = enum_name(schema, i)) != NULL; i++) {
        if (strcmp(name, text_of(node)) == 0)
            return true;
        const char *separator = i == 0 ? "" : i + 1 == schema->enumeration.count ? " or " : ", ";
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", separator, name);
    }
    const char *meant = st_problems_closest(text_of(node), enum_name, schema);
    st_config_report_add(walk->report, line_of(node), "'%s' must be %s, not '%s'%s%s%s", path, list,
                         st_problems_shown(text_of(node), out), meant ? ", did you mean '" : "",
                         meant ? meant : "", meant ? "'?" : "");
    return false;
}

static bool check_text(struct walk *walk, const cyaml_schema_value_t *schema,
                       const yaml_node_t *node, const char *path)
{
    size_t len = node->data.scalar.length;
    const char *problem = NULL;
    if (memchr(text_of(node), '\0', len))
        problem = "holds a NUL character";
    else if (len < schema->string.min || (schema->string.min > 0 && st_yaml_is_null(node)))
        problem = "is empty";
    else if (len > schema->string.max)
        problem = "is too long";
    if (problem)
        st_config_report_add(walk->report, line_of(node), "'%s' %s", path, problem);
    return !problem;
}

static bool check_scalar(struct walk *walk, const cyaml_schema_value_t *schema, yaml_node_t *node,
                         const char *path)
{
    if (node->type != YAML_SCALAR_NODE) {
        st_config_report_add(walk->report, line_of(node), "'%s' must be a single value, not a %s",
                             path, node->type == YAML_MAPPING_NODE ? "section" : "list");
        return false;
    }
    switch (schema->type) {
    case CYAML_UINT:
        return check_number(walk, node, path);
    case CYAML_BOOL:
        return check_bool(walk, node, path);
    case CYAML_ENUM:
        return check_enum(walk, schema, node, path);
    default:
        return check_text(walk, schema, node, path);
    }
}

static bool check_value(struct walk *walk, const cyaml_schema_value_t *schema, int id,
                        const char *path);

static void mark_broken(struct walk *walk, int id)
{
    if (id <= walk->node_count)
        walk->is_broken[id - 1] = true;
}

static void report_unknown(struct walk *walk, const cyaml_schema_field_t *fields,
                           const yaml_node_t *key, const char *above)
{
    char out[ST_PROBLEMS_SHOWN_MAX];
    if (st_problems_is_full(&walk->report->problems))
        return;
    const char *meant = st_problems_closest(text_of(key), field_name, fields);
    st_config_report_add(walk->report, line_of(key), "unknown key '%s'%s%s%s%s%s%s",
                         st_problems_shown(text_of(key), out), *above ? " in '" : "", above,
                         *above ? "'" : "", meant ? ", did you mean '" : "", meant ? meant : "",
                         meant ? "'?" : "");
}

static int find_field(const cyaml_schema_field_t *fields, const yaml_node_t *key)
{
    for (int i = 0; fields[i].key; i++)
        if (strcmp(fields[i].key, text_of(key)) == 0)
            return i;
    return -ENOENT;
}

/* True when the pair may stay. lines[] holds where each field stood first. */
static bool check_pair(struct walk *walk, const cyaml_schema_field_t *fields, yaml_node_pair_t pair,
                       const char *above, int *lines)
{
    char path[ST_CONFIG_PATH_MAX];
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair.key);
    if (key->type != YAML_SCALAR_NODE || strlen(text_of(key)) != key->data.scalar.length) {
        st_config_report_add(walk->report, line_of(key), "a key must be a word");
        return false;
    }
    int i = find_field(fields, key);
    if (i < 0) {
        report_unknown(walk, fields, key, above);
        return false;
    }
    join(path, above, fields[i].key);
    if (lines[i]) {
        st_config_report_add(walk->report, line_of(key), "'%s' is given twice, first in line %d",
                             path, lines[i]);
        return false;
    }
    lines[i] = line_of(key);
    return check_value(walk, &fields[i].value, pair.value, path);
}

enum { FIELDS_MAX = 24 };

static bool check_mapping(struct walk *walk, const cyaml_schema_field_t *fields, int id,
                          const char *path)
{
    int lines[FIELDS_MAX] = {0};
    bool is_whole = true;
    yaml_node_t *node = yaml_document_get_node(walk->document, id);
    yaml_node_pair_t *kept = node->data.mapping.pairs.start, *pair = kept;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        if (check_pair(walk, fields, *pair, path, lines))
            *kept++ = *pair;
        else
            mark_broken(walk, id);
    }
    node->data.mapping.pairs.top = kept;
    for (int i = 0; fields[i].key; i++) {
        char missing[ST_CONFIG_PATH_MAX];
        join(missing, path, fields[i].key);
        if (lines[i] || (fields[i].value.flags & CYAML_FLAG_OPTIONAL))
            continue;
        st_config_report_add(walk->report, line_of(node), "'%s' is missing", missing);
        is_whole = false;
    }
    for (int i = 0; is_whole && fields[i].key; i++) {
        bool is_kept = false;
        for (pair = node->data.mapping.pairs.start; pair < kept; pair++)
            is_kept |= strcmp(text_of(yaml_document_get_node(walk->document, pair->key)),
                              fields[i].key) == 0;
        is_whole = is_kept || (fields[i].value.flags & CYAML_FLAG_OPTIONAL);
    }
    return is_whole;
}

static bool check_sequence(struct walk *walk, const cyaml_schema_value_t *schema, int id,
                           const char *path)
{
    yaml_node_t *node = yaml_document_get_node(walk->document, id);
    yaml_node_item_t *first = node->data.sequence.items.start, *kept = first;
    size_t count = (size_t)(node->data.sequence.items.top - first);
    if (count < schema->sequence.min) {
        st_config_report_add(walk->report, line_of(node), "'%s' needs an entry", path);
        return false;
    }
    if (count > schema->sequence.max) {
        st_config_report_add(walk->report, line_of(node), "'%s' has more than %u entries", path,
                             schema->sequence.max);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        char entry[ST_CONFIG_PATH_MAX];
        snprintf(entry, sizeof(entry), "%.120s[%zu]", path, i);
        if (check_value(walk, schema->sequence.entry, first[i], entry))
            *kept++ = first[i];
        else
            mark_broken(walk, id);
    }
    node->data.sequence.items.top = kept;
    return (size_t)(kept - first) >= schema->sequence.min;
}

static bool check_value(struct walk *walk, const cyaml_schema_value_t *schema, int id,
                        const char *path)
{
    yaml_node_t *node = yaml_document_get_node(walk->document, id);
    bool is_section = schema->type == CYAML_MAPPING, is_list = schema->type == CYAML_SEQUENCE;
    if (schema->type == CYAML_IGNORE)
        return true;
    if (!is_section && !is_list)
        return check_scalar(walk, schema, node, path);
    /* Everything in it is commented out: as good as absent. */
    if ((schema->flags & CYAML_FLAG_OPTIONAL) && st_yaml_is_null(node))
        return true;
    if (node->type != (is_section ? YAML_MAPPING_NODE : YAML_SEQUENCE_NODE)) {
        st_config_report_add(walk->report, line_of(node), "'%s' must be a %s", path,
                             is_section ? "section with keys" : "list");
        return false;
    }
    return is_section ? check_mapping(walk, schema->mapping.fields, id, path)
                      : check_sequence(walk, schema, id, path);
}

/* After the walk, because cutting out moves the indexes. */
static void remember_places(struct walk *walk, int id, int line, const char *path)
{
    char below[ST_CONFIG_PATH_MAX];
    yaml_node_t *node = yaml_document_get_node(walk->document, id);
    st_config_report_place(walk->report, path, line, walk->is_broken[id - 1]);
    if (node->type == YAML_MAPPING_NODE) {
        for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++) {
            yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
            join(below, path, text_of(key));
            remember_places(walk, pair->value, line_of(key), below);
        }
    } else if (node->type == YAML_SEQUENCE_NODE) {
        yaml_node_item_t *items = node->data.sequence.items.start;
        for (size_t i = 0; items + i < node->data.sequence.items.top; i++) {
            snprintf(below, sizeof(below), "%.120s[%zu]", path, i);
            remember_places(walk, items[i],
                            line_of(yaml_document_get_node(walk->document, items[i])), below);
        }
    }
}

static int walk_document(yaml_document_t *document, struct st_config_report *report)
{
    struct walk walk = {.document = document, .report = report};
    yaml_node_t *root = yaml_document_get_root_node(document);
    if (!root || st_yaml_is_null(root))
        return 0;
    if (root->type != YAML_MAPPING_NODE) {
        st_config_report_add(report, line_of(root), "a configuration is a section with keys");
        return -EINVAL;
    }
    walk.node_count = (int)(document->nodes.top - document->nodes.start);
    walk.is_broken = st_mem_alloc_array((size_t)walk.node_count, sizeof(bool));
    check_mapping(&walk, st_config_schema()->mapping.fields, 1, "");
    remember_places(&walk, 1, 1, "");
    free(walk.is_broken);
    return 1;
}

int st_config_document_read(yaml_document_t *ret_document, const char *text, size_t bytes,
                            struct st_config_report *report)
{
    int ret = st_yaml_load(ret_document, text, bytes, &report->problems);
    if (ret < 0)
        return ret;
    ret = walk_document(ret_document, report);
    if (ret <= 0)
        yaml_document_delete(ret_document);
    return ret;
}

int st_config_document_categories(struct st_document **ret_categories, yaml_document_t *document,
                                  struct st_config_report *report)
{
    const yaml_node_t *root = yaml_document_get_root_node(document);
    for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++)
        if (strcmp(text_of(yaml_document_get_node(document, pair->key)), "categories") == 0)
            return st_yaml_tree(ret_categories, document, pair->value, &report->problems);
    *ret_categories = NULL;
    return 0;
}
