/* Messages of a connection, however they are cut. */
#include "siprec_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_siprec_link *opened;

static void begin(void)
{
    rig_set_up();
    rig_start();
    rig.peer.transport = ST_SIPREC_TCP;
    rig.peer.connection = 9;
    ck_assert_int_eq(st_siprec_link_open(&opened, rig.siprec, &rig.peer), 0);
}

static void end(void)
{
    st_siprec_link_close(opened);
    rig_tear_down();
}

static int put(const char *text, size_t bytes)
{
    return st_siprec_link_put(opened, text, bytes, rig.now_us);
}

static const char *options(unsigned number, const char *length)
{
    static char text[1024];
    snprintf(text, sizeof(text),
             "OPTIONS sip:srs@198.51.100.7 SIP/2.0\r\n"
             "Via: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKo%u\r\n"
             "From: <sip:src@192.0.2.1>;tag=from1\r\nTo: <sip:srs@198.51.100.7>\r\n"
             "Call-ID: probe\r\nCSeq: %u OPTIONS\r\n%s\r\n",
             number, number, length);
    return text;
}

START_TEST(a_message_is_read_at_every_cut)
{
    char invite[4096];
    snprintf(invite, sizeof(invite), "%s", rig_invite("one", 1, "", rig_two_legs));
    size_t bytes = strlen(invite);
    for (size_t cut = 0; cut <= bytes; cut++) {
        begin();
        ck_assert_int_eq(put(invite, cut), 0);
        ck_assert_uint_eq(rig.sent, cut == bytes ? 2 : 0);
        ck_assert_int_eq(put(invite + cut, bytes - cut), 0);
        ck_assert_uint_eq(rig.sent, 2);
        ck_assert_int_eq(rig_status(), 200);
        end();
    }
}
END_TEST

START_TEST(messages_come_byte_by_byte_and_many_at_once)
{
    char many[4096] = "";
    for (unsigned i = 1; i <= 5; i++) {
        strcat(many, options(i, i % 2 ? "Content-Length: 0\r\n" : "l: 3\r\n"));
        strcat(many, i % 2 ? "" : "abc");
    }
    begin();
    ck_assert_int_eq(put(many, strlen(many)), 0);
    ck_assert_uint_eq(rig.sent, 5);
    end();
    begin();
    for (size_t i = 0; i < strlen(many); i++)
        ck_assert_int_eq(put(many + i, 1), 0);
    ck_assert_uint_eq(rig.sent, 5);
    ck_assert_int_eq(rig_status(), 200);
    end();
}
END_TEST

START_TEST(keep_alives_are_answered)
{
    begin();
    ck_assert_int_eq(put("\r\n", 2), 0);
    ck_assert_int_eq(put("\r", 1), 0);
    ck_assert_uint_eq(rig.sent, 0);
    ck_assert_int_eq(put("\n", 1), 0);
    ck_assert_uint_eq(rig.sent, 1);
    ck_assert_str_eq(rig_sent(0), "\r\n");
    const char *text = options(1, "Content-Length: 0\r\n");
    put(text, strlen(text));
    put("\r\n\r\n", 4);
    ck_assert_uint_eq(rig.sent, 3);
    ck_assert_str_eq(rig_sent(0), "\r\n");
    ck_assert_str_ne(rig_sent(1), "\r\n");
    end();
}
END_TEST

/* However many come at once, it is one ping. */
START_TEST(a_flood_of_keep_alives_is_answered_once)
{
    static char newlines[65536];
    memset(newlines, '\n', sizeof(newlines));
    begin();
    ck_assert_int_eq(put(newlines, sizeof(newlines)), 0);
    ck_assert_uint_eq(rig.sent, 1);
    const char *text = options(1, "Content-Length: 0\r\n");
    put(text, strlen(text));
    ck_assert_int_eq(rig_status(), 200);
    end();
}
END_TEST

/* Byte by byte is fine, for a while. */
START_TEST(half_a_message_does_not_stay)
{
    char text[1024];
    begin();
    snprintf(text, sizeof(text), "%s", options(1, "Content-Length: 0\r\n"));
    ck_assert(!st_siprec_link_is_stuck(opened, rig.now_us + 100000000));
    put(text, 10);
    rig.now_us += 31000000;
    put(text + 10, 10);
    ck_assert(!st_siprec_link_is_stuck(opened, rig.now_us));
    rig.now_us += 2000000;
    ck_assert(st_siprec_link_is_stuck(opened, rig.now_us));
    put(text + 20, strlen(text) - 20);
    ck_assert(!st_siprec_link_is_stuck(opened, rig.now_us + 100000000));
    put("\r\n", 2);
    ck_assert(!st_siprec_link_is_stuck(opened, rig.now_us + 100000000));
    end();
}
END_TEST

/* Content-Length at the edges of what is taken, and beyond. */
START_TEST(lengths_are_bounded)
{
    static const struct {
        const char *length;
        int err, status;
    } cases[] = {
        {"Content-Length: 65537\r\n", -EMSGSIZE, 513},
        {"Content-Length: 16777216\r\n", -EMSGSIZE, 513},
        {"Content-Length: 16777217\r\n", -EBADMSG, 0},
        {"Content-Length: 99999999999999999999\r\n", -EBADMSG, 0},
        {"Content-Length: -1\r\n", -EBADMSG, 0},
        {"Content-Length: 1x\r\n", -EBADMSG, 0},
        {"Content-Length:\r\n", -EBADMSG, 0},
        {"Content-Length: 3\r\nContent-Length: 4\r\n", -EBADMSG, 0},
        {"Content-Length: 0\r\nl: 0\r\n", 0, 200},
        {"", 0, 200},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        begin();
        const char *text = options(1, cases[i].length);
        ck_assert_msg(put(text, strlen(text)) == cases[i].err, "case %zu", i);
        ck_assert_uint_eq(rig.sent, cases[i].status != 0);
        if (cases[i].status)
            ck_assert_int_eq(rig_status(), cases[i].status);
        if (cases[i].err) /* nothing more is taken */
            ck_assert_int_eq(put("x", 1), cases[i].err);
        end();
    }
}
END_TEST

/* The largest that is taken, and one byte more. */
START_TEST(messages_of_64_kib_are_answered)
{
    static char text[70000];
    for (int more = 0; more < 2; more++) {
        begin();
        const char *head = options(1, "Content-Length: 00000\r\n");
        size_t head_bytes = strlen(head), body = ST_SIPREC_MESSAGE_MAX - head_bytes + (size_t)more;
        memcpy(text, head, head_bytes);
        char *length = strstr(text, "00000");
        char digits[8];
        snprintf(digits, sizeof(digits), "%05zu", body);
        memcpy(length, digits, 5);
        memset(text + head_bytes, 'x', body);
        ck_assert_int_eq(put(text, head_bytes + body), more ? -EMSGSIZE : 0);
        ck_assert_int_eq(rig_status(), more ? 513 : 200);
        end();
    }
}
END_TEST

START_TEST(heads_are_bounded)
{
    static char text[70000];
    begin();
    memset(text, 'a', sizeof(text));
    ck_assert_int_eq(put(text, 16383), 0);
    ck_assert_int_eq(put(text, 1), -EMSGSIZE);
    end();
    begin();
    char *at = text + snprintf(text, sizeof(text), "%s", options(1, ""));
    at -= 2;
    for (int i = 0; i < 300; i++)
        at += snprintf(at, 64, "X-%d: y\r\n", i);
    snprintf(at, 8, "\r\n");
    ck_assert_int_eq(put(text, strlen(text)), -EMSGSIZE);
    end();
    begin();
    ck_assert_int_eq(put("OPTIONS\0x\r\n\r\n", 13), -EBADMSG);
    ck_assert_uint_eq(rig.sent, 0);
    end();
}
END_TEST

/* Nothing that is no SIP brings anything down. */
START_TEST(noise_closes_the_connection)
{
    static const char *const noise[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",        "\x16\x03\x01\x02\r\n\r\n", "INVITE\r\n\r\n",
        "INVITE sip:a@b SIP/2.0\r\n\r\n",           "SIP/2.0 200 OK\r\n\r\n",   ": \r\n\r\n",
        "INVITE sip:a@b SIP/9.9\r\nVia: x\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(noise) / sizeof(*noise); i++) {
        begin();
        ck_assert_int_eq(put(noise[i], strlen(noise[i])), -EBADMSG);
        ck_assert_uint_eq(rig.sent, 0);
        end();
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_message_is_read_at_every_cut,  messages_come_byte_by_byte_and_many_at_once,
        keep_alives_are_answered,        a_flood_of_keep_alives_is_answered_once,
        half_a_message_does_not_stay,    lengths_are_bounded,
        messages_of_64_kib_are_answered, heads_are_bounded,
        noise_closes_the_connection,
    };
    return run_tests("link", tests, sizeof(tests) / sizeof(*tests));
}
