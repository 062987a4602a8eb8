#include "sidetone/digest_auth.h"

#include "run.h"

/* RFC 7616, 3.9.1 */
START_TEST(the_examples_of_the_rfc)
{
    char out[ST_DIGEST_AUTH_HEX_MAX];
    const struct st_digest_auth parts = {
        .name = "Mufasa",
        .realm = "http-auth@example.org",
        .password = "Circle of Life",
        .nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        .count = "00000001",
        .cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        .qop = "auth",
        .method = "GET",
        .uri = "/dir/index.html",
    };
    st_digest_auth_response(&parts, true, out);
    ck_assert_str_eq(out, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    st_digest_auth_response(&parts, false, out);
    ck_assert_str_eq(out, "8ca523f5e9506fed4657c9700eebdbec");
}
END_TEST

/* RFC 2069, 2.4, as its erratum 749 has it */
START_TEST(without_qop_it_is_the_older_sum)
{
    char out[ST_DIGEST_AUTH_HEX_MAX];
    const struct st_digest_auth parts = {
        .name = "Mufasa",
        .realm = "testrealm@host.com",
        .password = "CircleOfLife",
        .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        .method = "GET",
        .uri = "/dir/index.html",
    };
    st_digest_auth_response(&parts, false, out);
    ck_assert_str_eq(out, "1949323746fe6a43ef61f9606e7febea");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_examples_of_the_rfc, without_qop_it_is_the_older_sum};
    return run_tests("digest_auth", tests, sizeof(tests) / sizeof(*tests));
}
