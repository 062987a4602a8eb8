#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *answer_next_item(const char **at, size_t *ret_bytes)
{
    while (**at == ' ' || **at == ',' || **at == '\t')
        (*at)++;
    if (**at == '\0')
        return NULL;
    const char *item = *at;
    size_t bytes = strcspn(item, ",");
    *at = item + bytes;
    while (bytes > 0 && (item[bytes - 1] == ' ' || item[bytes - 1] == '\t'))
        bytes--;
    *ret_bytes = bytes;
    return item;
}

static void put_error(struct st_json_writer *json, const char *code, const char *message)
{
    st_json_begin_object(json);
    st_json_key(json, "error");
    st_json_begin_object(json);
    st_json_set_string(json, "code", code);
    st_json_set_string(json, "message", message);
    st_json_end_object(json);
    st_json_end_object(json);
}

void answer_text(struct st_http_exchange *exchange, int status, const char *content_type,
                 const void *text, size_t bytes)
{
    struct st_buf *body = st_buf_copy(text, bytes);
    struct st_http_answer answer = {
        .status = status,
        .content_type = content_type,
        .headers = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n",
        .body = body,
    };
    st_http_answer(exchange, &answer);
    st_buf_unref(body);
}

void answer_json_with(struct st_http_exchange *exchange, int status,
                      const struct st_json_writer *json, const char *headers)
{
    char lines[512];
    struct st_buf *body = st_buf_copy(json->data, json->len);
    snprintf(lines, sizeof(lines),
             "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s", headers);
    st_http_answer(exchange, &(struct st_http_answer){.status = status,
                                                      .content_type = "application/json",
                                                      .headers = lines,
                                                      .body = body});
    st_buf_unref(body);
}

void answer_method(struct st_http_exchange *exchange, const char *allowed)
{
    char headers[96], message[96];
    struct st_json_writer json;
    snprintf(headers, sizeof(headers), "Allow: %s\r\n", allowed);
    snprintf(message, sizeof(message), "this path takes %s", allowed);
    st_json_init(&json);
    put_error(&json, "method_not_allowed", message);
    answer_json_with(exchange, 405, &json, headers);
    st_json_fini(&json);
}

void answer_json(struct st_http_exchange *exchange, int status, const struct st_json_writer *json)
{
    answer_text(exchange, status, "application/json", json->data, json->len);
}

void answer_error(struct st_http_exchange *exchange, int status, const char *code,
                  const char *message)
{
    struct st_json_writer json;
    st_json_init(&json);
    put_error(&json, code, message);
    answer_json(exchange, status, &json);
    st_json_fini(&json);
}

/* ---- states ---- */

struct states_answer {
    struct st_http_exchange *exchange;
    const char *list, *missing;
};

void *answer_states_later(struct st_http_exchange *exchange, const char *list, const char *missing)
{
    struct states_answer *answer = st_mem_alloc(sizeof(*answer));
    *answer = (struct states_answer){exchange, list, missing};
    return answer;
}

static void answer_list(struct st_http_exchange *exchange, const char *name,
                        struct st_buf *const *states, size_t count)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_key(&json, name);
    st_json_begin_array(&json);
    for (size_t i = 0; i < count; i++)
        st_json_raw(&json, (const char *)states[i]->data, states[i]->len);
    st_json_end_array(&json);
    st_json_end_object(&json);
    answer_json(exchange, 200, &json);
    st_json_fini(&json);
}

void answer_states(void *user, struct st_buf *const *states, size_t count)
{
    struct states_answer *answer = user;
    if (answer->list)
        answer_list(answer->exchange, answer->list, states, count);
    else if (count == 0)
        answer_error(answer->exchange, 404, "not_found", answer->missing);
    else
        answer_text(answer->exchange, 200, "application/json", states[count - 1]->data,
                    states[count - 1]->len);
    free(answer);
}
