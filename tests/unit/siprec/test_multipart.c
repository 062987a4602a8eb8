#include "multipart.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sip_bodies bodies;

static void read_body(const char *type, const char *body)
{
    sip_bodies_read(&bodies, type, body, strlen(body));
}

static void expect(const struct body_part *part, const char *text)
{
    ck_assert_ptr_nonnull(part->data);
    ck_assert_uint_eq(part->bytes, strlen(text));
    ck_assert_mem_eq(part->data, text, part->bytes);
}

START_TEST(parts_are_found_however_they_are_written)
{
    static const struct {
        const char *type, *body;
    } cases[] = {
        {"multipart/mixed;boundary=b",
         "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: "
         "application/rs-metadata+xml\r\n\r\n<r/>\r\n--b--\r\n"},
        {"Multipart/Mixed ; charset=x; Boundary = \"b\"",
         "preamble\r\n--b  \r\nContent-Type:application/sdp;x=y\r\n\r\nv=0\r\n--b\r\nc: "
         "application/rs-metadata\r\n\r\n<r/>\r\n--b--epilogue"},
        {"multipart/related;boundary=b", /* without its last boundary */
         "--b\nContent-Type: application/rs-metadata+xml\nX: y\n\n<r/>\n--b\nContent-Type: "
         "APPLICATION/SDP\n\nv=0"},
        {"multipart/mixed;boundary=b;x=y", /* of several of a kind the first counts */
         "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: application/gtd"
         "\r\n\r\nIAM,\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=1\r\n--b\r\nContent-Type: "
         "application/rs-metadata\r\n\r\n<r/>\r\n--b--"},
        {"multipart/mixed;boundary=b", /* without its first boundary */
         "Content-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: "
         "application/rs-metadata\r\n\r\n<r/>\r\n--b--\r\n"},
        {"multipart/mixed;boundary=b", /* parts of a part, its type in two lines */
         "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type:\r\n multipart/"
         "related;\r\n\tboundary=\"in\"\r\nX: y\r\n\r\n--in\r\nContent-Type: application/sdp\r\n"
         "\r\nv=0\r\n--in\r\nContent-Type: application/rs-metadata\r\n\r\n<r/>\r\n--in--\r\n"
         "--b\r\nContent-Type: application/sdp\r\n\r\nv=1\r\n--b--\r\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        read_body(cases[i].type, cases[i].body);
        ck_assert(bodies.is_known);
        expect(&bodies.sdp, "v=0");
        expect(&bodies.metadata, "<r/>");
    }
}
END_TEST

START_TEST(a_body_may_be_one_part)
{
    read_body("application/sdp", "v=0\r\n");
    expect(&bodies.sdp, "v=0\r\n");
    ck_assert(bodies.is_known && !bodies.metadata.data);
    read_body(" application/rs-metadata+xml; charset=utf-8", "<r/>");
    expect(&bodies.metadata, "<r/>");
    read_body("text/plain", "v=0");
    ck_assert(!bodies.is_known && !bodies.sdp.data);
    read_body("", "v=0");
    ck_assert(!bodies.is_known);
}
END_TEST

START_TEST(what_is_no_boundary_is_content)
{
    read_body("multipart/mixed;boundary=b",
              "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--bc\r\n--\r\n-b\r\n--b--\r\n");
    expect(&bodies.sdp, "v=0\r\n--bc\r\n--\r\n-b");
}
END_TEST

START_TEST(what_has_no_boundary_has_no_parts)
{
    static const char *const types[] = {
        "multipart/mixed",
        "multipart/mixed;boundary=",
        "multipart/mixed;boundary",
        "multipart/mixed;boundary=\"\"",
        "multipart/mixed;xboundary=b",
        "multipart/"
        "mixed;boundary=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        read_body(types[i], "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--");
        ck_assert(bodies.is_known);
        ck_assert_ptr_null(bodies.sdp.data);
    }
}
END_TEST

START_TEST(parts_are_bounded)
{
    static char body[4096];
    char *at = body;
    for (int i = 0; i < 100; i++)
        at += snprintf(at, 64, "--b\r\nContent-Type: x/y\r\n\r\nz\r\n");
    read_body("multipart/mixed;boundary=b", body);
    ck_assert_uint_eq(bodies.parts, 16);
}
END_TEST

/* Parts within parts without end. */
START_TEST(nesting_is_bounded)
{
    static char body[8192];
    char *at = body;
    for (int i = 0; i < 100; i++)
        at += snprintf(at, 128,
                       "--b\r\nContent-Type: multipart/mixed;boundary=b%d\r\n\r\n--b%d\r\n", i, i);
    snprintf(at, 64, "Content-Type: application/sdp\r\n\r\nv=0\r\n");
    read_body("multipart/mixed;boundary=b", body);
    ck_assert_uint_le(bodies.parts, 16);
    at = body;
    for (int i = 0; i < 6; i++)
        at += snprintf(at, 128, "--b%d\r\nContent-Type: multipart/mixed;boundary=b%d\r\n\r\n", i,
                       i + 1);
    snprintf(at, 64, "--b6\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n");
    read_body("multipart/mixed;boundary=b0", body);
    ck_assert_ptr_null(bodies.sdp.data); /* deeper than anybody means it */
    read_body("multipart/mixed;boundary=b4", strstr(body, "--b4"));
    expect(&bodies.sdp, "v=0");
}
END_TEST

/* A part is never more than there is. */
START_TEST(any_cut_is_read)
{
    static const char body[] = "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=-\r\n--b\r\n"
                               "Content-Type: application/rs-metadata+xml\r\n\r\n<r/>\r\n--b--";
    for (size_t cut = 0; cut < sizeof(body); cut++) {
        char *exact = malloc(cut ? cut : 1);
        memcpy(exact, body, cut);
        sip_bodies_read(&bodies, "multipart/mixed;boundary=b", exact, cut);
        if (bodies.sdp.data)
            ck_assert(bodies.sdp.data >= exact &&
                      bodies.sdp.data + bodies.sdp.bytes <= exact + cut);
        free(exact);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        parts_are_found_however_they_are_written,
        a_body_may_be_one_part,
        what_is_no_boundary_is_content,
        what_has_no_boundary_has_no_parts,
        parts_are_bounded,
        nesting_is_bounded,
        any_cut_is_read,
    };
    return run_tests("multipart", tests, sizeof(tests) / sizeof(*tests));
}
