#include "peer.h"
#include "url.h"

#include <errno.h>

static const struct {
    const char *text;
    bool is_tls;
    uint16_t port; /* 0: refused */
    const char *host, *authority, *target;
} urls[] = {
    {"ws://host", false, 80, "host", "host", "/"},
    {"wss://host", true, 443, "host", "host", "/"},
    {"WSS://host:8443/a/b?c=d", true, 8443, "host", "host:8443", "/a/b?c=d"},
    {"ws://127.0.0.1:1?x", false, 1, "127.0.0.1", "127.0.0.1:1", "/?x"},
    {"ws://[::1]:2/", false, 2, "::1", "[::1]:2", "/"},
    {"ws://[::1]", false, 80, "::1", "[::1]", "/"},
    {"ws://[::1", false, 0, NULL, NULL, NULL},
    {"ws://[::1]x", false, 0, NULL, NULL, NULL},
    {"ws://user@host/", false, 0, NULL, NULL, NULL},
    {"ws://host:/", false, 0, NULL, NULL, NULL},
    {"ws://host:65536/", false, 0, NULL, NULL, NULL},
    {"ws://host:0/", false, 0, NULL, NULL, NULL},
    {"ws://host:1a/", false, 0, NULL, NULL, NULL},
    {"ws:///", false, 0, NULL, NULL, NULL},
    {"ws://a b/", false, 0, NULL, NULL, NULL},
    {"ws://a/#b", false, 0, NULL, NULL, NULL},
    {"ws://a/\r\nb", false, 0, NULL, NULL, NULL},
    {"http://a/", false, 0, NULL, NULL, NULL},
    {"", false, 0, NULL, NULL, NULL},
};

START_TEST(urls_are_split_or_refused)
{
    struct st_url url;
    int err = st_url_parse(&url, urls[_i].text);
    ck_assert_msg(err == (urls[_i].port ? 0 : -EINVAL), "%s", urls[_i].text);
    if (err)
        return;
    ck_assert(url.is_tls == urls[_i].is_tls);
    ck_assert_uint_eq(url.port, urls[_i].port);
    ck_assert_str_eq(url.host, urls[_i].host);
    ck_assert_str_eq(url.authority, urls[_i].authority);
    ck_assert_str_eq(url.target, urls[_i].target);
    st_url_fini(&url);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_loop_test(tcase, urls_are_split_or_refused, 0, sizeof(urls) / sizeof(urls[0]));
}

int main(void)
{
    return run_suite("url", add);
}
