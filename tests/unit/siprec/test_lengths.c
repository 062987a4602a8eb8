/* Every field that says how long, how many or how large: at nothing, at one, at what is there, one
 * less and one more, and at the most that it can say. */
#include "metadata.h"
#include "multipart.h"
#include "siprec_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- SIP ---- */

static const char body[] = "v=0\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 16000 RTP/AVP 0\r\n";
enum { BODY_BYTES = sizeof(body) - 1, EXTRA = 4 };

/* An INVITE that says so of its body, with more behind it than there should be. */
static const char *invite(const char *length)
{
    static char text[2048];
    snprintf(text, sizeof(text),
             "INVITE sip:srs@198.51.100.7 SIP/2.0\r\n"
             "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKlen;rport\r\n"
             "From: <sip:src@192.0.2.1>;tag=from1\r\nTo: <sip:srs@198.51.100.7>\r\n"
             "Call-ID: length\r\nCSeq: 1 INVITE\r\nContact: <sip:src@192.0.2.1>\r\n"
             "Content-Type: application/sdp\r\nContent-Length: %s\r\n\r\n%s",
             length, body);
    return text;
}

static const struct {
    const char *length; /* NULL: that of the body, and so much more or less */
    int more;
    int status;       /* of a datagram; 0: no answer */
    int err;          /* of a connection */
    bool waits;       /* it has not all come */
    int link_status;  /* 0: no answer */
    bool leaves_some; /* of what was put for the next message */
} lengths[] = {
    {"0", 0, 488, 0, false, 488, true},
    {"1", 0, 488, 0, false, 488, true},
    {NULL, -1, 200, 0, false, 200, false},
    {NULL, 0, 200, 0, false, 200, false},
    {NULL, 1, 400, 0, true, 0, false},
    {"65535", 0, 400, -EMSGSIZE, false, 513, false},
    {"16777216", 0, 400, -EMSGSIZE, false, 513, false},
    {"16777217", 0, 0, -EBADMSG, false, 0, false},
    {"4294967295", 0, 0, -EBADMSG, false, 0, false},
    {"4294967296", 0, 0, -EBADMSG, false, 0, false},
    {"18446744073709551615", 0, 0, -EBADMSG, false, 0, false},
    {"18446744073709551616", 0, 0, -EBADMSG, false, 0, false},
    {"-1", 0, 0, -EBADMSG, false, 0, false},
};

static const char *invite_of(size_t i)
{
    char digits[16];
    snprintf(digits, sizeof(digits), "%d", BODY_BYTES + lengths[i].more);
    return invite(lengths[i].length ? lengths[i].length : digits);
}

static void expect_answer(size_t i, int status)
{
    ck_assert_msg(rig.sent > 0 ? rig_status() == status : status == 0, "case %zu: %d", i,
                  rig.sent > 0 ? rig_status() : 0);
    ck_assert_uint_eq(rig.told.offers, status == 200);
}

START_TEST(a_datagrams_content_length)
{
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        rig_set_up();
        rig_start();
        const char *text = invite_of(i);
        size_t bytes = strlen(text);
        char *exact = malloc(bytes);
        memcpy(exact, text, bytes);
        st_siprec_datagram(rig.siprec, &rig.peer, exact, bytes, rig.now_us);
        free(exact);
        expect_answer(i, lengths[i].status);
        rig_tear_down();
    }
}
END_TEST

START_TEST(a_connections_content_length)
{
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        struct st_siprec_link *link;
        rig_set_up();
        rig_start();
        rig.peer.transport = ST_SIPREC_TCP;
        ck_assert_int_eq(st_siprec_link_open(&link, rig.siprec, &rig.peer), 0);
        const char *text = invite_of(i);
        ck_assert_int_eq(st_siprec_link_put(link, text, strlen(text), rig.now_us), lengths[i].err);
        expect_answer(i, lengths[i].link_status);
        /* What lies behind a message is the beginning of the next. */
        bool is_stuck = st_siprec_link_is_stuck(link, rig.now_us + 100000000);
        ck_assert_msg(is_stuck == (lengths[i].waits || lengths[i].leaves_some || lengths[i].err),
                      "case %zu", i);
        if (lengths[i].waits) {
            ck_assert_int_eq(st_siprec_link_put(link, "\n", 1, rig.now_us), 0);
            expect_answer(i, 200);
        }
        st_siprec_link_close(link);
        rig_tear_down();
    }
}
END_TEST

/* ---- bodies ---- */

static struct sip_bodies bodies;

/* What a part says of itself is of no interest: its end is where the boundary is. */
START_TEST(a_parts_content_length)
{
    static const char *const said[] = {"0", "1", "4", "5", "6", "4294967295", "-1", "x", ""};
    static char text[1024];
    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
        snprintf(text, sizeof(text),
                 "--b\r\nContent-Type: application/sdp\r\nContent-Length: %s\r\n\r\nv=0\r\n\r\n"
                 "--b\r\nContent-Length: %s\r\nContent-Type: application/rs-metadata\r\n\r\n<r/>"
                 "\r\n--b--\r\n",
                 said[i], said[i]);
        sip_bodies_read(&bodies, "multipart/mixed;boundary=b", text, strlen(text));
        ck_assert_uint_eq(bodies.parts, 2);
        ck_assert_uint_eq(bodies.sdp.bytes, 5);
        ck_assert_mem_eq(bodies.sdp.data, "v=0\r\n", 5);
        ck_assert_uint_eq(bodies.metadata.bytes, 4);
    }
}
END_TEST

static const char *repeat(char c, size_t chars)
{
    static char text[2][2048];
    static unsigned turn;
    char *out = text[turn++ % 2];
    memset(out, c, chars);
    out[chars] = 0;
    return out;
}

static void read_with_boundary(const char *type, const char *boundary)
{
    static char text[8192];
    snprintf(text, sizeof(text), "--%s\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--%s--\r\n",
             boundary, boundary);
    sip_bodies_read(&bodies, type, text, strlen(text));
}

START_TEST(a_boundarys_length)
{
    static const size_t lengths_of[] = {0,
                                        1,
                                        2,
                                        70,
                                        MULTIPART_BOUNDARY_MAX - 2,
                                        MULTIPART_BOUNDARY_MAX - 1,
                                        MULTIPART_BOUNDARY_MAX,
                                        MULTIPART_BOUNDARY_MAX + 1,
                                        1000};
    char type[2048];
    for (size_t i = 0; i < 2 * sizeof(lengths_of) / sizeof(*lengths_of); i++) {
        size_t chars = lengths_of[i / 2];
        const char *boundary = repeat('b', chars), *quote = i % 2 ? "\"" : "";
        snprintf(type, sizeof(type), "multipart/mixed;boundary=%s%s%s", quote, boundary, quote);
        read_with_boundary(type, boundary);
        bool is_taken = chars > 0 && chars < MULTIPART_BOUNDARY_MAX;
        ck_assert_msg((bodies.sdp.data != NULL) == is_taken, "%zu", chars);
        ck_assert_uint_eq(bodies.sdp.bytes, is_taken ? 3 : 0);
    }
}
END_TEST

/* How much comes before the boundary in a type; what is cut there is no boundary. */
START_TEST(a_content_types_length)
{
    char type[2048];
    for (size_t chars = 0; chars < 1200; chars++) {
        snprintf(type, sizeof(type), "multipart/mixed;x=%s;boundary=b", repeat('x', chars));
        read_with_boundary(type, "b");
        ck_assert_msg((bodies.sdp.data != NULL) == (strlen(type) < 512), "%zu", chars);
    }
}
END_TEST

START_TEST(the_number_of_parts)
{
    static char text[4096];
    for (int count = 0; count < 20; count++) {
        char *at = text;
        for (int i = 0; i < count; i++)
            at += snprintf(at, 64, "--b\r\nContent-Type: x/y\r\n\r\nz\r\n");
        snprintf(at, 128, "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n");
        sip_bodies_read(&bodies, "multipart/mixed;boundary=b", text, strlen(text));
        ck_assert_msg((bodies.sdp.data != NULL) == (count < 16), "%d", count);
        ck_assert_uint_eq(bodies.parts, count < 16 ? (unsigned)count + 1 : 16);
    }
}
END_TEST

/* ---- metadata ---- */

static struct metadata metadata;

static int read_text(const char *text, size_t bytes)
{
    metadata_init(&metadata);
    return metadata_read(&metadata, text, bytes);
}

START_TEST(a_documents_size)
{
    static const char begin[] = "<r><group group_id='g'/>", end[] = "</r>";
    static const size_t sizes[] = {0,
                                   1,
                                   sizeof(begin) - 1 + sizeof(end) - 1,
                                   METADATA_BYTES_MAX - 1,
                                   METADATA_BYTES_MAX,
                                   METADATA_BYTES_MAX + 1};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char *text = malloc(sizes[i] + 1);
        memset(text, ' ', sizes[i]);
        if (i >= 2) {
            memcpy(text, begin, sizeof(begin) - 1);
            memcpy(text + sizes[i] - (sizeof(end) - 1), end, sizeof(end) - 1);
        }
        int expected = i < 2 ? -EBADMSG : sizes[i] > METADATA_BYTES_MAX ? -EMSGSIZE : 0;
        ck_assert_int_eq(read_text(text, sizes[i]), expected);
        ck_assert_str_eq(metadata.group, expected ? "" : "g");
        free(text);
    }
}
END_TEST

static char *add_repeated(char *at, const char *before, int count, const char *behind)
{
    for (int i = 0; i < count; i++)
        at += snprintf(at, 128, "%s%d%s", before, i, behind);
    return at;
}

static unsigned at_most(int count, unsigned most)
{
    return (unsigned)count < most ? (unsigned)count : most;
}

/* Of more than there is room for the first count, and what belongs to others is not theirs. */
START_TEST(the_numbers_of_everything)
{
    static char text[16384];
    for (int count = 0; count < 12; count++) {
        char *at = text + sprintf(text, "<r>");
        at = add_repeated(at, "<stream stream_id='s", count, "'><label>7</label></stream>");
        at = add_repeated(at, "<participant participant_id='p", count,
                          "'><nameID aor='a@b'/></participant>");
        at += sprintf(at, "<participantstreamassoc participant_id='p0'>");
        at = add_repeated(at, "<send>x", count, "</send>");
        at += sprintf(at, "</participantstreamassoc></r>");
        ck_assert_int_eq(read_text(text, (size_t)(at - text)), 0);
        unsigned participants = count ? at_most(count, METADATA_PARTICIPANTS_MAX) : 1; /* p0 */
        ck_assert_uint_eq(metadata.participant_count, participants);
        ck_assert_uint_eq(metadata.stream_count, at_most(count, METADATA_STREAMS_MAX));
        ck_assert_uint_eq(metadata.participants[0].send_count, at_most(count, METADATA_SENDS_MAX));
        for (unsigned i = 1; i < metadata.participant_count; i++)
            ck_assert_uint_eq(metadata.participants[i].send_count, 0);
    }
}
END_TEST

/* Names as long as those that are known, and longer: half a name is no other's. */
START_TEST(an_elements_name)
{
    static char text[8192];
    for (size_t chars = 1; chars < 100; chars++) {
        const char *tail = repeat('x', chars);
        int bytes = snprintf(text, sizeof(text),
                             "<r><group%s group_id='no'/><participantsessionassoc%s participant_id="
                             "'p'/><label%s>no</label%s></r>",
                             tail, tail, tail, tail);
        ck_assert_int_eq(read_text(text, (size_t)bytes), 0);
        ck_assert_str_eq(metadata.group, "");
        ck_assert_uint_eq(metadata.participant_count, 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_datagrams_content_length, a_connections_content_length, a_parts_content_length,
        a_boundarys_length,         a_content_types_length,       the_number_of_parts,
        a_documents_size,           the_numbers_of_everything,    an_elements_name,
    };
    return run_tests("lengths", tests, sizeof(tests) / sizeof(*tests));
}
