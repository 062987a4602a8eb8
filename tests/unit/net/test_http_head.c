#include "http_head.h"
#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: h\r\n"

static const struct {
    const char *what, *text;
    int err;
} heads[] = {
    {"plain", "GET / HTTP/1.1\r\n" HOST "\r\n", 0},
    {"1.0 without host", "GET / HTTP/1.0\r\n\r\n", 0},
    {"1.1 without host", "GET / HTTP/1.1\r\n\r\n", -EBADMSG},
    {"two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", -EBADMSG},
    {"2.0", "PRI * HTTP/2.0\r\n\r\n", -EPROTONOSUPPORT},
    {"1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", -EPROTONOSUPPORT},
    {"lower version", "GET / http/1.1\r\n" HOST "\r\n", -EBADMSG},
    {"no version", "GET /\r\n" HOST "\r\n", -EBADMSG},
    {"no target", "GET HTTP/1.1\r\n" HOST "\r\n", -EBADMSG},
    {"absolute target", "GET http://h/ HTTP/1.1\r\n" HOST "\r\n", -EBADMSG},
    {"fragment", "GET /#a HTTP/1.1\r\n" HOST "\r\n", -EBADMSG},
    {"two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", -EBADMSG},
    {"tab", "GET /\tx HTTP/1.1\r\n" HOST "\r\n", -EBADMSG},
    {"high byte in target", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", -EBADMSG},
    {"bare line feed", "GET / HTTP/1.1\n" HOST "\r\n", -EBADMSG},
    {"bare line feed in fields", "GET / HTTP/1.1\r\n" HOST "A: b\nC: d\r\n\r\n", -EBADMSG},
    {"carriage return in value", "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", -EBADMSG},
    {"folded", "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", -EBADMSG},
    {"space before colon", "GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", -EBADMSG},
    {"no colon", "GET / HTTP/1.1\r\n" HOST "A\r\n\r\n", -EBADMSG},
    {"no name", "GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", -EBADMSG},
    {"control in value", "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n", -EBADMSG},
    {"length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 12\r\n\r\n", 0},
    {"length twice", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
     -EBADMSG},
    {"length list", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", -EBADMSG},
    {"length signed", "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", -EBADMSG},
    {"length negative", "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", -EBADMSG},
    {"length hex", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n", -EBADMSG},
    {"length empty", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", -EBADMSG},
    {"length huge", "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n",
     -EBADMSG},
    {"length and chunks",
     "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     -EBADMSG},
    {"two authorizations", "GET / HTTP/1.1\r\n" HOST "Authorization: a\r\nauthorization: b\r\n\r\n",
     -EBADMSG},
    {"two origins", "GET / HTTP/1.1\r\n" HOST "Origin: a\r\nOrigin: b\r\n\r\n", -EBADMSG},
    {"long method", "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n" HOST "\r\n", -EBADMSG},
};
enum { HEADS = sizeof(heads) / sizeof(heads[0]) };

static int parse(struct st_http_head *head, char **ret_data, const char *text, size_t bytes)
{
    char *data = malloc(bytes ? bytes : 1);
    memcpy(data, text, bytes);
    int err = st_http_head_parse(head, data, bytes);
    *ret_data = data;
    return err;
}

START_TEST(heads_are_read_or_refused)
{
    struct st_http_head head;
    char *data;
    int err = parse(&head, &data, heads[_i].text, strlen(heads[_i].text));
    ck_assert_msg(err == heads[_i].err, "%s: %d", heads[_i].what, err);
    free(data);
}
END_TEST

START_TEST(cut_heads_are_refused)
{
    static const char whole[] = "GET /a?b HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
    struct st_http_head head;
    char *data;
    for (size_t bytes = 0; bytes < sizeof(whole) - 1; bytes++) {
        ck_assert_int_lt(parse(&head, &data, whole, bytes), 0);
        free(data);
    }
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
    char text[8192] = "GET / HTTP/1.1\r\n" HOST;
    struct st_http_head head;
    char *data;
    for (int i = 0; i < ST_HTTP_FIELDS_MAX; i++)
        strcat(text, "A: b\r\n");
    strcat(text, "\r\n");
    ck_assert_int_eq(parse(&head, &data, text, strlen(text)), -ENOBUFS);
    free(data);
}
END_TEST

START_TEST(a_connection_field_may_come_twice)
{
    static const char text[] = "GET / HTTP/1.1\r\n" HOST "Connection: keep-alive, Upgrade\r\n"
                               "connection: ,CLOSE ,x\r\n\r\n";
    struct st_http_head head;
    char *data;
    ck_assert_int_eq(parse(&head, &data, text, sizeof(text) - 1), 0);
    ck_assert(head.wants_close);
    ck_assert(head.wants_upgrade);
    free(data);
}
END_TEST

START_TEST(a_nul_is_refused_anywhere)
{
    static const char text[] = "GET /a HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
    struct st_http_head head;
    char *data;
    char broken[sizeof(text)];
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        memcpy(broken, text, sizeof(text));
        broken[i] = '\0';
        ck_assert_int_lt(parse(&head, &data, broken, sizeof(text) - 1), 0);
        free(data);
    }
}
END_TEST

START_TEST(the_parts_are_found)
{
    static const char text[] = "PUT /a%20b/c?d=e&f HTTP/1.1\r\nhost: h\r\nX-Odd:  spaced out \t\r\n"
                               "Content-Length: 010\r\nConnection: foo, Close\r\n\r\n";
    struct st_http_head head;
    char *data;
    ck_assert_int_eq(parse(&head, &data, text, sizeof(text) - 1), 0);
    ck_assert_str_eq(head.method, "PUT");
    ck_assert_str_eq(head.target, "/a%20b/c?d=e&f");
    ck_assert_str_eq(head.query, "d=e&f");
    ck_assert_str_eq(st_http_head_find(&head, "x-odd"), "spaced out");
    ck_assert_ptr_null(st_http_head_find(&head, "x-od"));
    ck_assert_uint_eq(head.length, 10);
    ck_assert(head.wants_close);
    free(data);
}
END_TEST

static const struct {
    const char *text;
    bool plus_is_space;
    int ret;
    const char *out;
} decodings[] = {
    {"abc", false, 3, "abc"},
    {"a%20b", false, 3, "a b"},
    {"a+b", false, 3, "a+b"},
    {"a+b", true, 3, "a b"},
    {"%c3%A9", false, 2, "\xc3\xa9"},
    {"%", false, -EBADMSG, NULL},
    {"%4", false, -EBADMSG, NULL},
    {"%4x", false, -EBADMSG, NULL},
    {"%00", false, -EBADMSG, NULL},
    {"%0d%0a", false, -EBADMSG, NULL},
    {"", false, 0, ""},
    {"12345678", false, -ENOBUFS, NULL},
};

START_TEST(escapes_are_decoded)
{
    char out[8];
    int ret = st_http_decode(out, sizeof(out), decodings[_i].text, strlen(decodings[_i].text),
                             decodings[_i].plus_is_space);
    ck_assert_int_eq(ret, decodings[_i].ret);
    if (ret >= 0)
        ck_assert_str_eq(out, decodings[_i].out);
}
END_TEST

START_TEST(lists_hold_tokens)
{
    ck_assert(st_http_list_has("upgrade", "Upgrade", false));
    ck_assert(st_http_list_has("keep-alive , Upgrade", "upgrade", false));
    ck_assert(!st_http_list_has("upgrades", "upgrade", false));
    ck_assert(!st_http_list_has("Upgrade", "upgrade", true));
    ck_assert(!st_http_list_has(NULL, "upgrade", false));
    ck_assert(st_http_list_has(",,a", "a", true));
}
END_TEST

START_TEST(lines_to_send_are_checked)
{
    ck_assert(st_http_lines_are_clean(""));
    ck_assert(st_http_lines_are_clean("A: b\r\nC: d\r\n"));
    ck_assert(!st_http_lines_are_clean("A: b"));
    ck_assert(!st_http_lines_are_clean("A: b\n"));
    ck_assert(!st_http_lines_are_clean("A\r\n"));
    ck_assert(!st_http_lines_are_clean("A: b\r\n\r\n"));
    ck_assert(!st_http_lines_are_clean("A : b\r\n"));
    ck_assert(!st_http_lines_are_clean("A: b\x01\r\n"));
    ck_assert(!st_http_value_is_clean("a\r\nb"));
    ck_assert(st_http_value_is_clean("text/plain; charset=utf-8"));
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_loop_test(tcase, heads_are_read_or_refused, 0, HEADS);
    tcase_add_test(tcase, cut_heads_are_refused);
    tcase_add_test(tcase, too_many_fields_are_refused);
    tcase_add_test(tcase, a_connection_field_may_come_twice);
    tcase_add_test(tcase, a_nul_is_refused_anywhere);
    tcase_add_test(tcase, the_parts_are_found);
    tcase_add_loop_test(tcase, escapes_are_decoded, 0, sizeof(decodings) / sizeof(decodings[0]));
    tcase_add_test(tcase, lists_hold_tokens);
    tcase_add_test(tcase, lines_to_send_are_checked);
}

int main(void)
{
    return run_suite("http_head", add);
}
