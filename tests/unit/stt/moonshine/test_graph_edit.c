#include "moonshine/graph_edit.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Anything but the one model it was written for is refused, and never read past its end. */
START_TEST(other_models_are_refused)
{
    struct st_protobuf_buffer node = {0}, graph = {0}, model = {0}, out = {0};
    st_protobuf_put_text(&node, 1, "in");
    st_protobuf_put_text(&node, 2, "out");
    st_protobuf_put_text(&node, 4, "Pad");
    st_protobuf_put_take(&graph, 1, &node);
    st_protobuf_put_text(&graph, 2, "main");
    st_protobuf_put_take(&model, 7, &graph);
    for (size_t n = 0; n <= model.bytes; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, model.data, n);
        ck_assert_int_eq(st_graph_edit_decoder((struct st_protobuf_span){copy, n}, &out), -EBADMSG);
        st_protobuf_fini(&out);
        free(copy);
    }
    st_protobuf_fini(&model);
}
END_TEST

static void put_branch(struct st_protobuf_buffer *if_node, const char *op)
{
    struct st_protobuf_buffer node = {0}, graph = {0}, attribute = {0};
    st_protobuf_put_text(&node, 1, "in");
    st_protobuf_put_text(&node, 2, "out");
    st_protobuf_put_text(&node, 4, op);
    st_protobuf_put_take(&graph, 1, &node);
    st_protobuf_put_take(&attribute, 6, &graph);
    st_protobuf_put_take(if_node, 5, &attribute);
}

START_TEST(more_branches_than_two_are_refused)
{
    for (int branches = 0; branches <= 4; branches++) {
        struct st_protobuf_buffer node = {0}, graph = {0}, model = {0}, out = {0};
        st_protobuf_put_text(&node, 4, "If");
        for (int i = 0; i < branches; i++)
            put_branch(&node, "Pad");
        st_protobuf_put_take(&graph, 1, &node);
        st_protobuf_put_take(&model, 7, &graph);
        ck_assert_int_eq(
            st_graph_edit_decoder((struct st_protobuf_span){model.data, model.bytes}, &out),
            -EBADMSG);
        st_protobuf_fini(&out);
        st_protobuf_fini(&model);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, other_models_are_refused);
    tcase_add_test(tcase, more_branches_than_two_are_refused);
    return run_case("graph_edit", tcase);
}
