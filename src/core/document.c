#include "sidetone/document.h"

#include "yaml_text.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MAX = 256 };

struct st_document {
    struct st_node root;
};

struct building {
    yaml_document_t *yaml;
    struct st_problems *problems;
    int err;
};

static void build(struct building *building, struct st_node *node, int id);

static void refuse(struct building *building, int line, const char *what)
{
    st_problems_add(building->problems, line, "%s", what);
    building->err = -EINVAL;
}

static char *copy_text(struct building *building, const yaml_node_t *from)
{
    const char *text = (const char *)from->data.scalar.value;
    if (strlen(text) != from->data.scalar.length)
        refuse(building, (int)from->start_mark.line + 1, "a text holds a NUL character");
    return st_mem_strdup(text);
}

static void build_list(struct building *building, struct st_node *node, const yaml_node_t *from)
{
    const yaml_node_item_t *items = from->data.sequence.items.start;
    size_t count = (size_t)(from->data.sequence.items.top - items);
    struct st_node *nodes = st_mem_alloc_array(count + 1, sizeof(*nodes));
    node->nodes = nodes;
    for (; node->count < count; node->count++)
        build(building, &nodes[node->count], items[node->count]);
}

/* False when it is left out. */
static bool name_member(struct building *building, struct st_node *section, struct st_node *member,
                        yaml_node_t *key)
{
    int line = (int)key->start_mark.line + 1;
    if (key->type != YAML_SCALAR_NODE) {
        refuse(building, line, "a key must be a word");
        return false;
    }
    member->line = line;
    member->key = copy_text(building, key);
    const struct st_node *first = st_node_find(section, member->key);
    if (!first)
        return true;
    char out[ST_PROBLEMS_SHOWN_MAX];
    st_problems_add(building->problems, line, "'%s' is given twice, first in line %d",
                    st_problems_shown(member->key, out), first->line);
    building->err = -EINVAL;
    free((char *)member->key);
    return false;
}

static void build_section(struct building *building, struct st_node *node, const yaml_node_t *from)
{
    const yaml_node_pair_t *pairs = from->data.mapping.pairs.start;
    size_t count = (size_t)(from->data.mapping.pairs.top - pairs);
    if (count > MEMBERS_MAX) {
        refuse(building, node->line, "a section has more than 256 keys");
        return;
    }
    struct st_node *nodes = st_mem_alloc_array(count + 1, sizeof(*nodes));
    node->nodes = nodes;
    for (size_t i = 0; i < count; i++) {
        struct st_node *member = &nodes[node->count];
        yaml_node_t *key = yaml_document_get_node(building->yaml, pairs[i].key);
        *member = (struct st_node){.text = ""};
        if (!name_member(building, node, member, key))
            continue;
        build(building, member, pairs[i].value);
        node->count++;
    }
}

static void build(struct building *building, struct st_node *node, int id)
{
    const yaml_node_t *from = yaml_document_get_node(building->yaml, id);
    if (!node->key)
        node->line = (int)from->start_mark.line + 1;
    node->text = "";
    if (from->type == YAML_SEQUENCE_NODE) {
        node->type = ST_NODE_LIST;
        build_list(building, node, from);
    } else if (from->type == YAML_MAPPING_NODE) {
        node->type = ST_NODE_SECTION;
        build_section(building, node, from);
    } else {
        node->type = ST_NODE_TEXT;
        node->text = copy_text(building, from);
        node->is_plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    }
}

static void release(const struct st_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        release(&node->nodes[i]);
    free((struct st_node *)node->nodes);
    free((char *)node->key);
    if (node->type == ST_NODE_TEXT)
        free((char *)node->text);
}

void st_document_destroy(struct st_document *document)
{
    if (!document)
        return;
    release(&document->root);
    free(document);
}

int st_yaml_tree(struct st_document **ret_document, yaml_document_t *yaml, int id,
                 struct st_problems *problems)
{
    struct building building = {.yaml = yaml, .problems = problems};
    struct st_document *document = st_mem_alloc(sizeof(*document));
    build(&building, &document->root, id);
    if (building.err) {
        st_document_destroy(document);
        return building.err;
    }
    *ret_document = document;
    return 0;
}

static struct st_document *empty_document(void)
{
    struct st_document *document = st_mem_alloc(sizeof(*document));
    document->root = (struct st_node){.type = ST_NODE_SECTION, .line = 1, .text = ""};
    return document;
}

int st_document_read(struct st_document **ret_document, const char *text, size_t bytes,
                     struct st_problems *problems)
{
    yaml_document_t yaml;
    int err = st_yaml_load(&yaml, text, bytes, problems);
    if (err)
        return err;
    const yaml_node_t *root = yaml_document_get_root_node(&yaml);
    if (!root || st_yaml_is_null(root))
        *ret_document = empty_document();
    else
        err = st_yaml_tree(ret_document, &yaml, 1, problems);
    yaml_document_delete(&yaml);
    return err;
}

const struct st_node *st_document_root(const struct st_document *document)
{
    return &document->root;
}

const struct st_node *st_node_find(const struct st_node *section, const char *key)
{
    for (size_t i = 0; section->type == ST_NODE_SECTION && i < section->count; i++)
        if (strcmp(section->nodes[i].key, key) == 0)
            return &section->nodes[i];
    return NULL;
}

bool st_node_is_null(const struct st_node *node)
{
    return node->type == ST_NODE_TEXT && node->is_plain &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}
