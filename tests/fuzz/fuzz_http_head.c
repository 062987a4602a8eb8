#include "../../src/net/http_head.h"
#include "sidetone/net.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was accepted must be clean enough to be quoted. */
static void check(const struct st_http_head *head)
{
    char path[256];
    if (head->target[0] != '/' || head->field_count > ST_HTTP_FIELDS_MAX)
        abort();
    for (size_t i = 0; i < head->field_count; i++)
        if (!st_http_value_is_clean(head->fields[i].value) || head->fields[i].name[0] == '\0')
            abort();
    int n = st_http_decode(path, sizeof(path), head->target, strcspn(head->target, "?"), false);
    if (n >= 0 && strlen(path) != (size_t)n)
        abort();
    st_http_list_has(st_http_head_find(head, "Connection"), "upgrade", false);
    st_http_decode(path, sizeof(path), head->query, strlen(head->query), true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct st_http_head head;
    char *copy = malloc(size ? size : 1);
    if (size > 0)
        memcpy(copy, data, size);
    if (st_http_head_parse(&head, copy, size) == 0)
        check(&head);
    free(copy);
    return 0;
}
