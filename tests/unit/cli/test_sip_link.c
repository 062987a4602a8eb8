#include "run.h"
#include "sip_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

START_TEST(messages_are_cut_out_of_a_connection)
{
    static const char text[] = "SIP/2.0 200 OK\r\nl: 3\r\n\r\nabcSIP/2.0 100 T\r\n\r\n";
    const size_t first = sizeof("SIP/2.0 200 OK\r\nl: 3\r\n\r\nabc") - 1, all = sizeof(text) - 1;
    for (size_t bytes = 0; bytes < first; bytes++) {
        char *copy = malloc(bytes ? bytes : 1);
        memcpy(copy, text, bytes);
        ck_assert_int_eq(st_sip_link_frame(copy, bytes), 0);
        free(copy);
    }
    ck_assert_int_eq(st_sip_link_frame(text, all), (long)first);
    ck_assert_int_eq(st_sip_link_frame(text + first, all - first), (long)(all - first));
    static const char huge[] = "SIP/2.0 200 OK\r\nContent-Length: 99999999\r\n\r\n";
    ck_assert_int_eq(st_sip_link_frame(huge, sizeof(huge) - 1), -EBADMSG);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {messages_are_cut_out_of_a_connection};
    return run_tests("sip_link", tests, sizeof(tests) / sizeof(*tests));
}
