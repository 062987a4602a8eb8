#include "sidetone/log.h"
#include "sidetone/siprec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct st_siprec *siprec;
static int64_t now_us;
static uint64_t begun, ended, first, last; /* the latter two of one input */

static void on_offer(void *user, const struct st_siprec_session *session, bool is_new)
{
    struct st_siprec_answer answer = {.address = "192.0.2.9", .ports = {20000, 20002}};
    begun += is_new;
    first = first ? first : session->id;
    last = session->id > last ? session->id : last;
    if (session->stream_count == 0 || session->stream_count > ST_CHANNELS_MAX ||
        !session->call_id[0] || strlen(session->call_id) > ST_SIPREC_CALL_ID_MAX)
        abort();
    for (unsigned i = 0; i < session->stream_count; i++)
        if (session->streams[i].line >= session->sdp->media_count ||
            session->streams[i].channel != (session->streams[i].role == ST_ROLE_CUSTOMER))
            abort();
    st_siprec_answer(siprec, session->id, &answer, now_us);
}

static void on_changed(void *user, const struct st_siprec_session *session)
{
}

static void on_ended(void *user, uint64_t session, enum st_siprec_end end)
{
    ended++;
}

/* Of the latest answer to an INVITE that was taken. */
static char tag[17];

static void keep_tag(const char *text, size_t bytes)
{
    static const char status[] = "SIP/2.0 200 ", to[] = "\r\nTo: ", mark[] = ";tag=";
    const char *line = memmem(text, bytes, to, sizeof(to) - 1);
    if (bytes < sizeof(status) || memcmp(text, status, sizeof(status) - 1) != 0 || !line)
        return;
    const char *at = memmem(line, bytes - (size_t)(line - text), mark, sizeof(mark) - 1);
    if (at && bytes - (size_t)(at - text) > sizeof(mark) + sizeof(tag))
        memcpy(tag, at + sizeof(mark) - 1, sizeof(tag) - 1);
}

static int on_send(void *user, const struct st_siprec_peer *peer, const void *data, size_t bytes)
{
    if (bytes == 0 || memchr(data, 0, bytes))
        abort();
    keep_tag(data, bytes);
    return 0;
}

/* Datagrams with "====" between them, in whose later ones our tag stands for a placeholder. */
static void put_dialog(const struct st_siprec_peer *peer, const uint8_t *data, size_t bytes)
{
    static const char placeholder[] = "0123456789abcdef", between[] = "====";
    memset(tag, '0', sizeof(tag) - 1);
    while (bytes > 0) {
        const uint8_t *end = memmem(data, bytes, between, sizeof(between) - 1);
        size_t part = end ? (size_t)(end - data) : bytes, used = end ? part + 4 : part;
        char *text = malloc(part ? part : 1);
        memcpy(text, data, part);
        for (char *at; (at = memmem(text, part, placeholder, sizeof(placeholder) - 1)) != NULL;)
            memcpy(at, tag, sizeof(tag) - 1);
        st_siprec_datagram(siprec, peer, text, part, now_us);
        free(text);
        data += used;
        bytes -= used;
        now_us += 100000;
        st_siprec_tick(siprec, now_us);
    }
}

/* A first byte of 1 is a connection, of 2 a datagram to a server with passwords, of 3 a dialog,
 * anything else a datagram; what is begun also ends, and leaves the server as it was. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct st_siprec_sink sink = {on_offer, on_changed, on_ended};
    static const struct st_siprec_user user = {"sbc", "s3cret"};
    static struct st_siprec *servers[2];
    struct st_siprec_config config = {.host = "192.0.2.9",
                                      .ports = {5060, 5060, 5061},
                                      .requests_per_s = 100000,
                                      .sink = &sink,
                                      .send = on_send};
    struct st_siprec_peer peer = {ST_SIPREC_UDP, "192.0.2.1", 5060, 0};
    struct st_siprec_link *link;
    st_log_set_level(NULL, ST_LOG_OFF);
    bool has_users = bytes > 0 && data[0] == 2;
    config.users = &user;
    config.user_count = has_users;
    if (bytes == 0 || (!servers[has_users] && st_siprec_create(&servers[has_users], &config)))
        return 0;
    siprec = servers[has_users];
    first = last = 0;
    now_us += 1000000000;
    if (data[0] == 1) {
        peer.transport = ST_SIPREC_TCP;
        st_siprec_link_open(&link, siprec, &peer);
        st_siprec_link_put(link, data + 1, bytes - 1, now_us);
        st_siprec_link_close(link);
    } else if (data[0] == 3)
        put_dialog(&peer, data + 1, bytes - 1);
    else
        for (int i = 0; i < 2; i++)
            st_siprec_datagram(siprec, &peer, data + has_users, bytes - has_users, now_us);
    for (uint64_t id = first; id <= last && id > 0; id++) /* whoever has had its ACK would stay */
        st_siprec_end(siprec, id, ST_SIPREC_END_STOPPED, now_us);
    for (int i = 0; i < 8; i++) /* repeated once, then everything is given up */
        st_siprec_tick(siprec, now_us += i ? 40000000 : 600000);
    if (begun != ended || st_siprec_live(siprec) != 0)
        abort();
    return 0;
}
