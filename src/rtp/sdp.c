#include "sidetone/rtp_sdp.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_MAX = 1000000000, PORT_MAX = 65535, PTIME_MAX_MS = 1000 };

struct text {
    const char *at;
    size_t bytes;
};

/* What is read before the first m-line holds for all of them. */
struct session {
    char address[ST_RTP_SDP_ADDRESS_MAX];
    enum st_rtp_sdp_direction direction;
};

struct reader {
    struct st_rtp_sdp *sdp;
    struct session session;
    struct st_rtp_sdp_media *media;    /* the line being read; NULL before the first */
    bool mapped[ST_RTP_PAYLOAD_TYPES]; /* payload types of it that have an rtpmap */
};

/* ---- words ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct text trim(struct text text)
{
    while (text.bytes > 0 && is_blank(text.at[0])) {
        text.at++;
        text.bytes--;
    }
    while (text.bytes > 0 && is_blank(text.at[text.bytes - 1]))
        text.bytes--;
    return text;
}

static struct text take_until(struct text *rest, char separator)
{
    struct text word = *rest;
    const char *end = memchr(rest->at, separator, rest->bytes);
    word.bytes = end ? (size_t)(end - rest->at) : rest->bytes;
    size_t used = word.bytes + (end ? 1 : 0);
    rest->at += used;
    rest->bytes -= used;
    return word;
}

static struct text take_word(struct text *rest)
{
    *rest = trim(*rest);
    size_t bytes = 0;
    while (bytes < rest->bytes && !is_blank(rest->at[bytes]))
        bytes++;
    struct text word = {rest->at, bytes};
    rest->at += bytes;
    rest->bytes -= bytes;
    return word;
}

static bool is_word(struct text word, const char *name)
{
    return word.bytes == strlen(name) && strncasecmp(word.at, name, word.bytes) == 0;
}

/* Leading digits; -1 without any, or for more than anything that is numbered here. */
static long read_number(struct text word)
{
    long number = -1;
    for (size_t i = 0; i < word.bytes && word.at[i] >= '0' && word.at[i] <= '9'; i++) {
        number = (number < 0 ? 0 : number) * 10 + (word.at[i] - '0');
        if (number > NUMBER_MAX)
            return -1;
    }
    return number;
}

/* Visible ASCII only, so that it can be written back into a line. */
static void copy_word(struct text word, char *out, size_t out_bytes)
{
    size_t bytes = 0;
    for (size_t i = 0; i < word.bytes && bytes + 1 < out_bytes; i++)
        if (word.at[i] > ' ' && word.at[i] < 0x7f)
            out[bytes++] = word.at[i];
    out[bytes] = 0;
}

/* ---- lines ---- */

/* "IN IP4 192.0.2.1/127" */
static void copy_address(struct text line, char out[ST_RTP_SDP_ADDRESS_MAX])
{
    take_word(&line);
    take_word(&line);
    struct text rest = take_word(&line);
    copy_word(take_until(&rest, '/'), out, ST_RTP_SDP_ADDRESS_MAX);
}

static void read_connection(struct reader *reader, struct text line)
{
    copy_address(line, reader->media ? reader->media->address : reader->session.address);
}

static bool is_rtp(const char *protocol, bool *ret_is_secure)
{
    static const char *const plain[] = {"RTP/AVP", "RTP/AVPF", "UDP/RTP/AVP"};
    static const char *const secure[] = {"RTP/SAVP", "RTP/SAVPF"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
        if (strcasecmp(protocol, plain[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof(secure) / sizeof(*secure); i++)
        if (strcasecmp(protocol, secure[i]) == 0)
            return *ret_is_secure = true;
    return false;
}

static void read_formats(struct st_rtp_sdp_media *media, struct text line)
{
    struct text first = line;
    copy_word(take_word(&first), media->formats, sizeof(media->formats));
    for (struct text word; (word = take_word(&line)).bytes > 0;) {
        long type = read_number(word);
        if (type < 0 || type >= ST_RTP_PAYLOAD_TYPES ||
            media->payload_count == ST_RTP_SDP_PAYLOADS_MAX)
            continue;
        media->payloads[media->payload_count++].payload_type = (uint8_t)type;
    }
}

bool st_rtp_sdp_is_sent(const struct st_rtp_sdp_media *media)
{
    return media->direction == ST_RTP_SDP_SENDRECV || media->direction == ST_RTP_SDP_SENDONLY;
}

/* Static payload types mean what they mean unless an rtpmap says otherwise. */
static void finish_media(struct reader *reader)
{
    struct st_rtp_sdp_media *media = reader->media;
    if (!media)
        return;
    for (unsigned i = 0; i < media->payload_count; i++)
        if (!reader->mapped[media->payloads[i].payload_type])
            st_rtp_format_static(&media->payloads[i].format, media->payloads[i].payload_type);
    bool is_nowhere = strcmp(media->address, "0.0.0.0") == 0 || strcmp(media->address, "::") == 0;
    media->is_held = is_nowhere || media->port == 0 || !st_rtp_sdp_is_sent(media);
}

/* "audio 49170/2 RTP/AVP 0 8 101" */
static int read_media(struct reader *reader, struct text line)
{
    finish_media(reader);
    if (reader->sdp->media_count == ST_RTP_SDP_MEDIA_MAX)
        return -ENOBUFS;
    struct st_rtp_sdp_media *media = &reader->sdp->media[reader->sdp->media_count++];
    reader->media = media;
    memset(reader->mapped, 0, sizeof(reader->mapped));
    *media = (struct st_rtp_sdp_media){.direction = reader->session.direction};
    memcpy(media->address, reader->session.address, sizeof(media->address));
    copy_word(take_word(&line), media->kind, sizeof(media->kind));
    long port = read_number(take_word(&line));
    media->port = port > 0 && port <= PORT_MAX ? (uint16_t)port : 0;
    copy_word(take_word(&line), media->protocol, sizeof(media->protocol));
    bool is_known = is_rtp(media->protocol, &media->is_secure);
    media->is_audio = is_known && strcasecmp(media->kind, "audio") == 0;
    read_formats(media, line);
    return 0;
}

/* ---- attributes ---- */

/* "111 opus/48000/2" */
static void read_rtpmap(struct reader *reader, struct text value)
{
    char name[ST_RTP_SDP_WORD_MAX];
    struct st_rtp_format format = {0};
    long type = read_number(take_word(&value));
    struct text encoding = trim(value);
    copy_word(take_until(&encoding, '/'), name, sizeof(name));
    long clock_hz = read_number(take_until(&encoding, '/'));
    long channels = read_number(encoding);
    if (type < 0 || type >= ST_RTP_PAYLOAD_TYPES)
        return;
    reader->mapped[type] = true;
    if (clock_hz > 0)
        st_rtp_format_find(&format, name, (uint32_t)clock_hz,
                           channels > 0 ? (unsigned)channels : 1);
    for (unsigned i = 0; i < reader->media->payload_count; i++)
        if (reader->media->payloads[i].payload_type == type)
            reader->media->payloads[i].format = format;
}

static void read_crypto(struct reader *reader, struct text value)
{
    struct st_rtp_sdp_media *media = reader->media;
    if (media->crypto_count == ST_RTP_SDP_CRYPTOS_MAX)
        return;
    value = trim(value);
    if (st_rtp_srtp_parse(&media->cryptos[media->crypto_count], value.at, value.bytes) == 0)
        media->crypto_count++;
}

/* "53020 IN IP6 2001:db8::1", or the port alone (RFC 3605) */
static void read_rtcp(struct reader *reader, struct text value)
{
    long port = read_number(take_word(&value));
    reader->media->rtcp_port = port > 0 && port <= PORT_MAX ? (uint16_t)port : 0;
    copy_address(value, reader->media->rtcp_address);
}

static void read_label(struct reader *reader, struct text value)
{
    copy_word(value, reader->media->label, sizeof(reader->media->label));
}

/* "1234 cname:user@host" */
static void read_ssrc(struct reader *reader, struct text value)
{
    static const char name[] = "cname:";
    take_word(&value);
    value = trim(value);
    if (reader->media->cname[0] || value.bytes < sizeof(name) ||
        strncasecmp(value.at, name, sizeof(name) - 1) != 0)
        return;
    struct text cname = {value.at + sizeof(name) - 1, value.bytes - (sizeof(name) - 1)};
    copy_word(take_word(&cname), reader->media->cname, sizeof(reader->media->cname));
}

static void read_ptime(struct reader *reader, struct text value)
{
    long ms = read_number(trim(value));
    reader->media->ptime_ms = ms > 0 && ms <= PTIME_MAX_MS ? (unsigned)ms : 0;
}

static void read_mux(struct reader *reader, struct text value)
{
    reader->media->is_muxed = true;
}

static const struct {
    const char *name;
    void (*read)(struct reader *reader, struct text value);
} attributes[] = {
    {"rtpmap", read_rtpmap}, {"crypto", read_crypto}, {"rtcp", read_rtcp}, {"label", read_label},
    {"ptime", read_ptime},   {"rtcp-mux", read_mux},  {"ssrc", read_ssrc},
};

static const char *const directions[] = {
    [ST_RTP_SDP_SENDRECV] = "sendrecv",
    [ST_RTP_SDP_SENDONLY] = "sendonly",
    [ST_RTP_SDP_RECVONLY] = "recvonly",
    [ST_RTP_SDP_INACTIVE] = "inactive",
};

static void read_attribute(struct reader *reader, struct text line)
{
    struct text name = trim(take_until(&line, ':'));
    for (size_t i = 0; i < sizeof(directions) / sizeof(*directions); i++)
        if (is_word(name, directions[i]) && reader->media)
            reader->media->direction = i;
        else if (is_word(name, directions[i]))
            reader->session.direction = i;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes) && reader->media; i++)
        if (is_word(name, attributes[i].name))
            attributes[i].read(reader, line);
}

static int read_line(struct reader *reader, struct text line)
{
    line = trim(line);
    if (line.bytes < 2 || line.at[1] != '=')
        return 0;
    struct text value = {line.at + 2, line.bytes - 2};
    switch (line.at[0]) {
    case 'c':
        read_connection(reader, value);
        return 0;
    case 'm':
        return read_media(reader, value);
    case 'a':
        read_attribute(reader, value);
        return 0;
    default:
        return 0;
    }
}

static struct text take_line(struct text *rest)
{
    size_t bytes = 0;
    while (bytes < rest->bytes && rest->at[bytes] != '\n' && rest->at[bytes] != '\r')
        bytes++;
    struct text line = {rest->at, bytes};
    bytes += bytes < rest->bytes;
    rest->at += bytes;
    rest->bytes -= bytes;
    return line;
}

int st_rtp_sdp_parse(struct st_rtp_sdp *ret_sdp, const char *text, size_t bytes)
{
    struct reader reader = {.sdp = ret_sdp};
    struct text rest = {text, bytes};
    int err = 0;
    *ret_sdp = (struct st_rtp_sdp){0};
    if (bytes > ST_RTP_SDP_BYTES_MAX)
        return -EMSGSIZE;
    if (bytes > 0 && memchr(text, 0, bytes))
        return -EBADMSG;
    while (rest.bytes > 0 && !err)
        err = read_line(&reader, take_line(&rest));
    finish_media(&reader);
    return err;
}

struct st_rtp_sdp *st_rtp_sdp_copy(const struct st_rtp_sdp *sdp)
{
    size_t bytes = offsetof(struct st_rtp_sdp, media) + sdp->media_count * sizeof(*sdp->media);
    struct st_rtp_sdp *copy = st_mem_alloc(bytes);
    memcpy(copy, sdp, bytes);
    return copy;
}

void st_rtp_sdp_free(struct st_rtp_sdp *copy)
{
    if (copy)
        explicit_bzero(copy->media, copy->media_count * sizeof(*copy->media));
    free(copy);
}

bool st_rtp_sdp_is_usable(const struct st_rtp_sdp_media *media)
{
    struct st_rtp_payloads payloads;
    if (media->is_secure && media->crypto_count == 0)
        return false;
    st_rtp_sdp_payloads(media, &payloads);
    for (unsigned i = 0; media->is_audio && i < payloads.count; i++)
        if (payloads.list[i].format.codec != ST_RTP_CODEC_NONE &&
            payloads.list[i].format.codec < ST_RTP_CODEC_NOISE)
            return true;
    return false;
}

void st_rtp_sdp_payloads(const struct st_rtp_sdp_media *media, struct st_rtp_payloads *ret_payloads)
{
    *ret_payloads = (struct st_rtp_payloads){0};
    for (unsigned i = 0; i < media->payload_count; i++)
        st_rtp_payloads_add(ret_payloads, media->payloads[i].payload_type,
                            &media->payloads[i].format);
}
