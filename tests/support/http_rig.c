#include "http_rig.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_http_exchange exchange;

void http_open(struct http_rig *rig, bool is_dev, const char *yaml)
{
    char text[4096], why[256] = "";
    struct st_net *nets[RIG_LOOPS_MAX];
    *rig = (struct http_rig){0};
    snprintf(text, sizeof(text), "auth: {secret: %s}\n%s", HTTP_SECRET, yaml);
    rig_open(&rig->calls, 2, text);
    for (unsigned i = 0; i < RIG_LOOPS_MAX; i++)
        nets[i] = &rig->nets[i];
    struct st_api_config config = {.service = rig->calls.service,
                                   .loops = rig->calls.loops,
                                   .nets = nets,
                                   .loop_count = 2,
                                   .is_dev = is_dev};
    assert(st_api_create(&rig->api, &config, st_settings_config(rig->calls.settings), why,
                         sizeof(why)) == 0);
}

void http_close(struct http_rig *rig)
{
    st_api_destroy(rig->api);
    rig_close(&rig->calls);
}

struct st_http_exchange *http_new(void)
{
    memset(&exchange, 0, sizeof(exchange));
    return &exchange;
}

void http_ask(struct http_rig *rig, struct st_http_exchange *one)
{
    fake_net_request(&rig->nets[0], MAIN, one);
    step_loop_settle();
    assert(one->answers == 1);
}

struct st_http_exchange *http_get(struct http_rig *rig, const char *path)
{
    struct st_http_exchange *one = http_new();
    one->path = path;
    http_ask(rig, one);
    return one;
}

const char *http_bearer(const struct st_claims *claims, int64_t ttl_s)
{
    static char header[1024];
    char *token = NULL;
    struct st_claims mine = *claims;
    int64_t now_s = st_loop_wall_unix_ms() / 1000;
    mine.expires_unix_s = now_s + ttl_s;
    assert(st_token_sign(&token, &mine, HTTP_SECRET,
                         now_s < mine.expires_unix_s ? now_s : mine.expires_unix_s - 1) == 0);
    snprintf(header, sizeof(header), "Bearer %s", token);
    free(token);
    return header;
}
