/* The query of /v1/events/sse; behind a newline, a Last-Event-ID. */
#include "http_internal.h"

#include "sidetone/hub.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_names(const struct st_filter_names *names)
{
    if (names->count > ST_FILTER_NAMES_MAX)
        abort();
    for (size_t i = 0; i < names->count; i++)
        for (const char *at = names->names[i]; *at; at++)
            if ((unsigned char)*at < 0x20)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char why[QUERY_WHY_BYTES] = "";
    char *text = malloc(bytes + 1);
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    char *last_id = strchr(text, '\n');
    if (last_id)
        *last_id++ = '\0';
    struct st_subscription *subscription = st_subscription_create();
    if (sse_query_parse(subscription, text, why) < 0 && !why[0])
        abort();
    if (last_id)
        sse_query_apply_last_id(subscription, last_id);
    check_names(&subscription->calls);
    check_names(&subscription->agents);
    check_names(&subscription->queues);
    check_names(&subscription->teams);
    st_subscription_free(subscription);
    free(text);
    return 0;
}
