#include "siprec_rig.h"

#include "sidetone/log.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct rig rig;

const char rig_two_legs[] = "v=0\no=src 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
                            "m=audio 16000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n"
                            "a=sendonly\na=label:1\n"
                            "m=audio 16002 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n"
                            "a=sendonly\na=label:2\n";

/* ---- the sink ---- */

static void copy(char *out, size_t out_bytes, const char *text)
{
    snprintf(out, out_bytes, "%s", text);
}

static void keep(const struct st_siprec_session *session)
{
    struct rig_told *told = &rig.told;
    told->id = session->id;
    told->replaces = session->replaces;
    copy(told->call_id, sizeof(told->call_id), session->call_id);
    copy(told->stream_id, sizeof(told->stream_id), session->stream_id);
    copy(told->user, sizeof(told->user), session->user);
    copy(told->caller, sizeof(told->caller), session->caller);
    copy(told->agent_id, sizeof(told->agent_id), session->agent_id);
    copy(told->agent_name, sizeof(told->agent_name), session->agent_name);
    told->is_suspect = session->is_mapping_suspect;
    told->is_named = session->is_named;
    told->stream_count = session->stream_count;
    for (unsigned i = 0; i < session->stream_count; i++) {
        told->streams[i] = session->streams[i];
        told->media[i] = *session->streams[i].media;
        told->streams[i].media = &told->media[i];
        if (session->streams[i].crypto)
            told->crypto[i] = *session->streams[i].crypto;
        copy(told->aor[i], sizeof(told->aor[i]), session->streams[i].aor);
        copy(told->name[i], sizeof(told->name[i]), session->streams[i].name);
    }
}

void rig_answer(void)
{
    struct st_siprec_answer answer = {
        .err = rig.err, .address = "198.51.100.7", .ports = {20000, 20002}};
    ck_assert_int_eq(st_siprec_answer(rig.siprec, rig.told.id, &answer, rig.now_us), 0);
}

static void on_offer(void *user, const struct st_siprec_session *session, bool is_new)
{
    keep(session);
    rig.told.offers++;
    rig.told.is_new = is_new;
    if (!rig.waits)
        rig_answer();
}

static void on_changed(void *user, const struct st_siprec_session *session)
{
    keep(session);
    rig.told.changes++;
}

static void on_ended(void *user, uint64_t session, enum st_siprec_end end)
{
    struct st_siprec_answer answer = {.err = -EBUSY};
    rig.told.ends++;
    rig.told.end = end;
    rig.told.id = session;
    ck_assert_int_eq(st_siprec_end(rig.siprec, session, end, rig.now_us), -ENOENT);
    ck_assert_int_eq(st_siprec_answer(rig.siprec, session, &answer, rig.now_us), -ENOENT);
}

static const struct st_siprec_sink sink = {on_offer, on_changed, on_ended};

static int on_send(void *user, const struct st_siprec_peer *peer, const void *data, size_t bytes)
{
    if (peer->transport != ST_SIPREC_UDP && rig.gone && peer->connection <= rig.gone)
        return -ENOTCONN;
    char *out = rig.texts[rig.sent % RIG_SENT_MAX];
    size_t kept = bytes < sizeof(rig.texts[0]) - 1 ? bytes : sizeof(rig.texts[0]) - 1;
    memcpy(out, data, kept);
    out[kept] = 0;
    rig.sent_to = *peer;
    rig.sent++;
    return 0;
}

/* They are numbered from 101. */
static uint64_t on_connect(void *user, const struct st_siprec_peer *peer)
{
    rig.dials++;
    rig.dialled = *peer;
    return rig.is_unreachable ? 0 : 100 + rig.dials;
}

/* ---- life ---- */

void rig_set_up(void)
{
    st_log_set_level(NULL, ST_LOG_OFF);
    memset(&rig, 0, sizeof(rig));
    rig.now_us = 1000000000;
    rig.peer = (struct st_siprec_peer){ST_SIPREC_UDP, "192.0.2.1", 5060, 0};
    rig.config = (struct st_siprec_config){
        .host = "198.51.100.7",
        .ports = {5060, 5060, 5061},
        .realm = "sidetone",
        .requests_per_s = 100000,
        .sink = &sink,
        .send = on_send,
        .connect = on_connect,
    };
}

void rig_start(void)
{
    ck_assert_int_eq(st_siprec_create(&rig.siprec, &rig.config), 0);
}

static struct st_siprec_link *link;
static uint64_t link_connection;

static void close_link(void)
{
    st_siprec_link_close(link);
    link = NULL;
}

void rig_tear_down(void)
{
    close_link();
    st_siprec_destroy(rig.siprec);
}

void rig_put(const char *text)
{
    if (rig.peer.transport == ST_SIPREC_UDP) {
        st_siprec_datagram(rig.siprec, &rig.peer, text, strlen(text), rig.now_us);
        return;
    }
    if (link && link_connection != rig.peer.connection)
        close_link();
    if (!link)
        ck_assert_int_eq(st_siprec_link_open(&link, rig.siprec, &rig.peer), 0);
    link_connection = rig.peer.connection;
    ck_assert_int_eq(st_siprec_link_put(link, text, strlen(text), rig.now_us), 0);
}

void rig_hang_up(uint64_t connection)
{
    struct st_siprec_peer peer = rig.peer;
    peer.connection = connection;
    rig.gone = connection;
    if (!link || link_connection != connection) {
        close_link();
        ck_assert_int_eq(st_siprec_link_open(&link, rig.siprec, &peer), 0);
    }
    close_link();
}

void rig_pass(int64_t us)
{
    for (int64_t until_us = rig.now_us + us; rig.now_us < until_us;) {
        rig.now_us += ST_SIPREC_TICK_US;
        st_siprec_tick(rig.siprec, rig.now_us);
    }
}

/* ---- messages ---- */

static size_t add_lines(char *out, size_t used, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n' && (used == 0 || out[used - 1] != '\r'))
            out[used++] = '\r';
        out[used++] = *text;
    }
    return used;
}

const char *rig_message(const char *head, const char *body)
{
    static char out[RIG_TEXT_MAX], lines[RIG_TEXT_MAX];
    size_t bytes = add_lines(lines, 0, body), used = add_lines(out, 0, head);
    used += (size_t)snprintf(out + used, 64, "Content-Length: %zu\r\n\r\n", bytes);
    memcpy(out + used, lines, bytes);
    out[used + bytes] = 0;
    return out;
}

const char *rig_invite(const char *call_id, unsigned cseq, const char *extra, const char *body)
{
    static char head[16384];
    const char *type = strchr(extra, '\n') && strstr(extra, "Content-Type")
                           ? ""
                           : "Content-Type: application/sdp\n";
    snprintf(head, sizeof(head),
             "INVITE sip:srs@198.51.100.7 SIP/2.0\n"
             "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%s-%u;rport\n"
             "From: <sip:src@192.0.2.1>;tag=from1\nTo: <sip:srs@198.51.100.7>\n"
             "Call-ID: %s\nCSeq: %u INVITE\nMax-Forwards: 70\n"
             "Contact: <sip:src@192.0.2.1:5060>;+sip.src\nRequire: siprec\n%s%s",
             call_id, cseq, call_id, cseq, extra, type);
    return rig_message(head, body);
}

static const char *header_of(const char *text, const char *name)
{
    static char value[2048];
    size_t chars = strlen(name);
    for (const char *line = text; (line = strstr(line, "\r\n")) && line[2] != '\r'; line += 2)
        if (strncasecmp(line + 2, name, chars) == 0 && line[2 + chars] == ':') {
            const char *at = line + 2 + chars + 1;
            at += *at == ' ';
            snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
            return value;
        }
    return "";
}

const char *rig_sent(unsigned back)
{
    ck_assert_uint_gt(rig.sent, back);
    return rig.texts[(rig.sent - 1 - back) % RIG_SENT_MAX];
}

int rig_status(void)
{
    const char *text = rig_sent(0);
    return strncmp(text, "SIP/2.0 ", 8) == 0 ? atoi(text + 8) : 0;
}

const char *rig_header(const char *name)
{
    return header_of(rig_sent(0), name);
}

const char *rig_body(void)
{
    const char *end = strstr(rig_sent(0), "\r\n\r\n");
    ck_assert_ptr_nonnull(end);
    return end + 4;
}

/* The latest 200 of an INVITE says who the dialog is between. */
const char *rig_in_dialog(const char *method, unsigned cseq, const char *extra, const char *body)
{
    static char head[16384], to[2048], call_id[2048], from[2048];
    const char *type =
        strlen(body) > 0 && !strstr(extra, "Content-Type") ? "Content-Type: application/sdp\n" : "";
    for (unsigned i = 0; i < rig.sent && i < RIG_SENT_MAX; i++)
        if (strncmp(rig_sent(i), "SIP/2.0 200", 11) == 0 &&
            strstr(header_of(rig_sent(i), "CSeq"), "INVITE")) {
            snprintf(to, sizeof(to), "%s", header_of(rig_sent(i), "To"));
            snprintf(from, sizeof(from), "%s", header_of(rig_sent(i), "From"));
            snprintf(call_id, sizeof(call_id), "%s", header_of(rig_sent(i), "Call-ID"));
            break;
        }
    ck_assert_str_ne(to, "");
    snprintf(head, sizeof(head),
             "%s sip:sidetone@198.51.100.7:5060 SIP/2.0\n"
             "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%s%u;rport\n"
             "From: %s\nTo: %s\nCall-ID: %s\nCSeq: %u %s\nMax-Forwards: 70\n"
             "Contact: <sip:src@192.0.2.1:5060>\n%s%s",
             method, method, cseq, from, to, call_id, cseq, method, extra, type);
    return rig_message(head, body);
}

void rig_call_up(const char *extra, const char *body)
{
    rig_set_up();
    rig_start();
    rig_put(rig_invite("one", 1, extra, body));
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
}

void rig_respond_with(const char *status, const char *sdp)
{
    char text[4096], via[512], from[512], to[512], call_id[256], cseq[64];
    snprintf(via, sizeof(via), "%s", rig_header("Via"));
    snprintf(from, sizeof(from), "%s", rig_header("From"));
    snprintf(to, sizeof(to), "%s", rig_header("To"));
    snprintf(call_id, sizeof(call_id), "%s", rig_header("Call-ID"));
    snprintf(cseq, sizeof(cseq), "%s", rig_header("CSeq"));
    snprintf(text, sizeof(text),
             "SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n"
             "Content-Type: application/sdp\n",
             status, via, from, to, call_id, cseq);
    rig_put(rig_message(text, sdp));
}

void rig_respond(const char *status)
{
    rig_respond_with(status, "");
}

const char *rig_vector(const char *name)
{
    static char text[65536];
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", VECTORS, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    size_t bytes = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[bytes] = 0;
    char *body = strstr(text, "\n\n");
    ck_assert_ptr_nonnull(body);
    body[1] = 0;
    return rig_message(text, body + 2);
}
