#include "graph_edit.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Field numbers of onnx.proto, by message. */
enum { MODEL_GRAPH = 7 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_GRAPH = 6 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, ELEMENT_FLOAT = 1 };

enum { LAYERS = 6, NODES_MAX = 8192, BYPASSES_MAX = 256, BRANCHES = 2, BYPASSES_EXPECTED = 96 };

struct node {
    struct st_protobuf_span whole, op, input, output; /* the first input and output */
};

/* What reads `from` reads `to` instead, and the node that made `from` goes. */
struct bypass {
    struct st_protobuf_span from, to;
};

struct branch {
    struct node *nodes;
    size_t node_count;
    struct bypass bypasses[BYPASSES_MAX];
    size_t bypass_count;
};

struct edit {
    size_t branch_count;
    size_t bypass_count;
    size_t if_count;
};

static int read_node(struct st_protobuf_span whole, struct node *ret_node)
{
    struct st_protobuf_reader reader = {.rest = whole};
    struct node node = {.whole = whole};
    int got;
    while ((got = st_protobuf_next(&reader)) > 0) {
        if (reader.field == NODE_INPUT && !node.input.data)
            node.input = reader.value;
        else if (reader.field == NODE_OUTPUT && !node.output.data)
            node.output = reader.value;
        else if (reader.field == NODE_OP_TYPE)
            node.op = reader.value;
    }
    *ret_node = node;
    return got;
}

static int read_nodes(struct branch *branch, struct st_protobuf_span graph)
{
    struct st_protobuf_reader reader = {.rest = graph};
    int got;
    while ((got = st_protobuf_next(&reader)) > 0) {
        if (reader.field != GRAPH_NODE)
            continue;
        if (branch->node_count == NODES_MAX)
            return -EBADMSG;
        got = read_node(reader.value, &branch->nodes[branch->node_count++]);
        if (got < 0)
            break;
    }
    return got;
}

static const struct node *find_maker(const struct branch *branch, struct st_protobuf_span output)
{
    for (size_t i = 0; i < branch->node_count; i++)
        if (st_protobuf_same(branch->nodes[i].output, output))
            return &branch->nodes[i];
    return NULL;
}

/* Slice(Transpose(MatMul)): cuts an attention's result back to its width. */
static bool is_cut(const struct branch *branch, const struct node *node)
{
    if (!st_protobuf_equals(node->op, "Slice") ||
        !st_protobuf_contains(node->input, "_attn/Transpose"))
        return false;
    const struct node *maker = find_maker(branch, node->input);
    return maker && st_protobuf_contains(maker->input, "attn/MatMul_1");
}

static int find_bypasses(struct branch *branch)
{
    for (size_t i = 0; i < branch->node_count; i++) {
        const struct node *node = &branch->nodes[i];
        if (!st_protobuf_equals(node->op, "Pad") && !is_cut(branch, node))
            continue;
        if (branch->bypass_count == BYPASSES_MAX)
            return -EBADMSG;
        branch->bypasses[branch->bypass_count++] = (struct bypass){node->output, node->input};
    }
    return 0;
}

static const struct bypass *find_bypass(const struct branch *branch, struct st_protobuf_span name)
{
    for (size_t i = 0; i < branch->bypass_count; i++)
        if (st_protobuf_same(branch->bypasses[i].from, name))
            return &branch->bypasses[i];
    return NULL;
}

static int write_node(const struct branch *branch, struct st_protobuf_span whole,
                      struct st_protobuf_buffer *out)
{
    struct st_protobuf_reader reader = {.rest = whole};
    struct st_protobuf_buffer node = {0};
    int got;
    while ((got = st_protobuf_next(&reader)) > 0) {
        const struct bypass *bypass =
            reader.field == NODE_INPUT ? find_bypass(branch, reader.value) : NULL;
        if (bypass)
            st_protobuf_put_field(&node, NODE_INPUT, bypass->to);
        else
            st_protobuf_put(&node, reader.whole);
    }
    st_protobuf_put_take(out, GRAPH_NODE, &node);
    return got;
}

/* A float tensor of any shape. */
static void put_output(struct st_protobuf_buffer *graph, const char *name)
{
    struct st_protobuf_buffer value = {0}, type = {0}, tensor = {0};
    st_protobuf_put_varint(&tensor, TENSOR_ELEMENT << 3);
    st_protobuf_put_varint(&tensor, ELEMENT_FLOAT);
    st_protobuf_put_take(&type, TYPE_TENSOR, &tensor);
    st_protobuf_put_text(&value, VALUE_NAME, name);
    st_protobuf_put_take(&value, VALUE_TYPE, &type);
    st_protobuf_put_take(graph, GRAPH_OUTPUT, &value);
}

static int write_branch(struct branch *branch, struct st_protobuf_span whole, const char *name,
                        struct st_protobuf_buffer *out)
{
    struct st_protobuf_reader reader = {.rest = whole};
    st_protobuf_put_text(out, GRAPH_NAME, name);
    size_t at = 0;
    int got;
    while ((got = st_protobuf_next(&reader)) > 0) {
        if (reader.field == GRAPH_NAME)
            continue;
        if (reader.field != GRAPH_NODE)
            st_protobuf_put(out, reader.whole);
        else if (!find_bypass(branch, branch->nodes[at++].output))
            got = write_node(branch, reader.value, out);
        if (got < 0)
            return got;
    }
    for (int layer = 0; layer < LAYERS; layer++) {
        char output[80];
        snprintf(output, sizeof(output), "/model/decoder/layers.%d/encoder_attn/Softmax_output_0",
                 layer);
        put_output(out, output);
    }
    return got;
}

/* The runtime refuses branches without a name. */
static int edit_branch(struct edit *edit, struct st_protobuf_span whole,
                       struct st_protobuf_buffer *out)
{
    static const char *const names[BRANCHES] = {"first", "later"};
    if (edit->branch_count == BRANCHES)
        return -EBADMSG;
    struct branch branch = {.nodes = st_mem_alloc_array(NODES_MAX, sizeof(struct node))};
    int err = read_nodes(&branch, whole);
    if (err >= 0)
        err = find_bypasses(&branch);
    if (err >= 0)
        err = write_branch(&branch, whole, names[edit->branch_count++], out);
    edit->bypass_count += branch.bypass_count;
    free(branch.nodes);
    return err;
}

static int edit_attribute(struct edit *edit, struct st_protobuf_span whole,
                          struct st_protobuf_buffer *out)
{
    struct st_protobuf_reader reader = {.rest = whole};
    int got;
    while ((got = st_protobuf_next(&reader)) > 0) {
        if (reader.field != ATTRIBUTE_GRAPH) {
            st_protobuf_put(out, reader.whole);
            continue;
        }
        struct st_protobuf_buffer branch = {0};
        int err = edit_branch(edit, reader.value, &branch);
        st_protobuf_put_take(out, ATTRIBUTE_GRAPH, &branch);
        if (err < 0)
            return err;
    }
    return got;
}

static int edit_if(struct edit *edit, struct st_protobuf_span whole, struct st_protobuf_buffer *out)
{
    struct st_protobuf_reader reader = {.rest = whole};
    int got;
    edit->if_count++;
    while ((got = st_protobuf_next(&reader)) > 0) {
        if (reader.field != NODE_ATTRIBUTE) {
            st_protobuf_put(out, reader.whole);
            continue;
        }
        struct st_protobuf_buffer attribute = {0};
        int err = edit_attribute(edit, reader.value, &attribute);
        st_protobuf_put_take(out, NODE_ATTRIBUTE, &attribute);
        if (err < 0)
            return err;
    }
    for (int layer = 0; layer < LAYERS; layer++) {
        char output[40];
        snprintf(output, sizeof(output), "cross_attentions.%d", layer);
        st_protobuf_put_text(out, NODE_OUTPUT, output);
    }
    return got;
}

static int edit_graph(struct edit *edit, struct st_protobuf_span whole,
                      struct st_protobuf_buffer *out)
{
    struct st_protobuf_reader reader = {.rest = whole};
    int got;
    while ((got = st_protobuf_next(&reader)) > 0) {
        struct node node = {0};
        if (reader.field == GRAPH_NODE && read_node(reader.value, &node) < 0)
            return -EBADMSG;
        if (!st_protobuf_equals(node.op, "If")) {
            st_protobuf_put(out, reader.whole);
            continue;
        }
        struct st_protobuf_buffer changed = {0};
        int err = edit_if(edit, reader.value, &changed);
        st_protobuf_put_take(out, GRAPH_NODE, &changed);
        if (err < 0)
            return err;
    }
    for (int layer = 0; layer < LAYERS; layer++) {
        char output[40];
        snprintf(output, sizeof(output), "cross_attentions.%d", layer);
        put_output(out, output);
    }
    return got;
}

int st_graph_edit_decoder(struct st_protobuf_span model, struct st_protobuf_buffer *out)
{
    struct st_protobuf_reader reader = {.rest = model};
    struct edit edit = {0};
    int got;
    while ((got = st_protobuf_next(&reader)) > 0) {
        if (reader.field != MODEL_GRAPH) {
            st_protobuf_put(out, reader.whole);
            continue;
        }
        struct st_protobuf_buffer graph = {0};
        int err = edit_graph(&edit, reader.value, &graph);
        st_protobuf_put_take(out, MODEL_GRAPH, &graph);
        if (err < 0)
            return err;
    }
    bool is_expected = edit.if_count == 1 && edit.branch_count == BRANCHES &&
                       edit.bypass_count == BYPASSES_EXPECTED;
    return got < 0 ? got : is_expected ? 0 : -EBADMSG;
}
