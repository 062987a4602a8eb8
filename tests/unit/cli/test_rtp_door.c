#include "rtp_door.h"
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BYE = 203, BYE_BYTES = 8 };

static struct st_rtp_plan plan;
static struct st_rtp_leg *legs[ST_RTP_PLAN_LEGS];

static void setup(void)
{
    struct sockaddr_storage local = {.ss_family = AF_INET};
    inet_pton(AF_INET, "127.0.0.1", &((struct sockaddr_in *)&local)->sin_addr);
    st_rtp_plan_init(&plan, "send");
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        ck_assert_int_eq(st_rtp_leg_open(&legs[i], &plan, i, false, &local), 0);
}

static void teardown(void)
{
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        st_rtp_leg_close(legs[i]);
}

static int listen_at(const char *ip, unsigned *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(at);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    inet_pton(AF_INET, ip, &at.sin_addr);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, bytes), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &bytes), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

/* Two lines of one port, each with that attribute. */
static int take_answer(unsigned port, const char *attribute)
{
    char text[512];
    int chars = snprintf(text, sizeof(text), "v=0\r\nc=IN IP4 127.0.0.1\r\n");
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        chars += snprintf(text + chars, sizeof(text) - (size_t)chars,
                          "m=audio %u RTP/AVP 0\r\n%s\r\n", port, attribute);
    return st_rtp_door_take_answer(legs, text, (size_t)chars);
}

START_TEST(reports_go_where_the_answer_has_them_go)
{
    static const struct {
        const char *ip, *before, *behind; /* the port */
    } rows[] = {{"127.0.0.1", "a=rtcp:", ""},
                {"127.0.0.2", "a=rtcp:", " IN IP4 127.0.0.2"},
                {"127.0.0.2", "c=IN IP4 127.0.0.2\r\na=rtcp:", ""},
                {"127.0.0.1", "c=IN IP4 127.0.0.2\r\na=rtcp:", " IN IP4 127.0.0.1"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char attribute[100];
        uint8_t data[512];
        unsigned port;
        int fd = listen_at(rows[i].ip, &port);
        snprintf(attribute, sizeof(attribute), "%s%u%s", rows[i].before, port, rows[i].behind);
        ck_assert_int_eq(take_answer(9, attribute), 0);
        st_rtp_leg_say_bye(legs[0]);
        ssize_t bytes = recv(fd, data, sizeof(data), MSG_DONTWAIT);
        ck_assert_msg(bytes > BYE_BYTES && data[bytes - BYE_BYTES + 1] == BYE, "row %zu", i);
        close(fd);
    }
}
END_TEST

START_TEST(an_answer_that_does_not_fit_is_refused)
{
    static const char *const attributes[] = {
        "a=rtcp:9 IN IP6 ::1", "m=audio 9 RTP/AVP 0",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"};
    for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
        ck_assert_msg(take_answer(9, attributes[i]) == -EPROTO, "%s", attributes[i]);
    ck_assert_int_eq(take_answer(0, "a=recvonly"), -EPROTO);
    ck_assert_int_eq(take_answer(9, "a=recvonly"), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, reports_go_where_the_answer_has_them_go);
    tcase_add_test(tcase, an_answer_that_does_not_fit_is_refused);
    return run_case("rtp_door", tcase);
}
