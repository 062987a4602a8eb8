/* Lines as a client's messages on /v1/events; each is also parsed by itself. */
#include "http_rig.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct http_rig rig;

static void check_parse(const uint8_t *line, size_t bytes)
{
    char why[160];
    struct st_subscription *subscription = st_subscription_create();
    int err = st_subscription_parse(subscription, (const char *)line, bytes, why, sizeof(why));
    if (err == 0 && (subscription->calls.count > ST_FILTER_NAMES_MAX ||
                     subscription->resume_count > ST_RESUME_MAX))
        abort();
    for (size_t i = 0; i < subscription->resume_count; i++) {
        const struct st_resume *point = &subscription->resume[i];
        if (st_subscription_find_resume(subscription, point->call_id) != point)
            abort();
    }
    st_subscription_free(subscription);
}

static struct st_ws *connect_client(void)
{
    struct st_ws *ws = NULL;
    struct st_http_exchange *exchange = http_new();
    exchange->path = "/v1/events";
    if (!rig.api)
        http_open(&rig, true, "");
    if (fake_net_upgrade(&rig.nets[0], MAIN, exchange, &ws) != 0)
        abort();
    return ws;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const uint8_t *end = data + bytes;
    struct st_ws *ws = connect_client();
    while (data < end) {
        const uint8_t *newline = memchr(data, '\n', (size_t)(end - data));
        size_t line = (size_t)((newline ? newline : end) - data);
        check_parse(data, line);
        if (!ws->is_closing)
            ws->accept.events->message(ws->accept.user, ws, data, line, false);
        step_loop_settle();
        fake_ws_take(ws);
        data += line + 1;
    }
    fake_ws_gone(ws);
    step_loop_settle();
    return 0;
}
