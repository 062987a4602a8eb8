/* Messages of a call: how they are written, and found among a connection's bytes. */
#include "sip_call_private.h"

#include <errno.h>
#include <osipparser2/osip_port.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { MESSAGE_MAX = 65536 };

void sip_call_make_word(char word[SIP_CALL_WORD_MAX])
{
    uint8_t random[SIP_CALL_TAG_BYTES] = {0};
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        abort();
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(word + 2 * i, 3, "%02x", random[i]);
}

/* ---- requests ---- */

void sip_call_add_header(struct st_text *text, const char *name, const char *value)
{
    st_text_add(text, name);
    st_text_add(text, ": ");
    st_text_add(text, value);
    st_text_add(text, "\r\n");
}

void sip_call_begin_request(const struct st_sip_call *call, struct st_text *text,
                            const char *method, unsigned sequence, const char *branch)
{
    const struct st_sip_call_config *config = &call->config;
    st_text_reset(text);
    st_text_addf(text, "%s ", method);
    st_text_add(text, call->remote.data);
    st_text_add(text, " SIP/2.0\r\n");
    st_text_addf(text, "Via: SIP/2.0/%s %s;branch=z9hG4bK%s\r\n", config->transport, config->local,
                 branch);
    st_text_add(text, call->route.data ? call->route.data : "");
    st_text_addf(text, "Max-Forwards: 70\r\nFrom: <sip:src@%s>;tag=%s\r\n", config->local,
                 call->tag);
    sip_call_add_header(text, "To", call->to.data);
    sip_call_add_header(text, "Call-ID", config->call_id);
    st_text_addf(text, "CSeq: %u %s\r\n", sequence, method);
    st_text_addf(text, "Contact: <sip:src@%s;transport=%s>;+sip.src\r\n", config->local,
                 config->transport);
    st_text_add(text, "User-Agent: sidetone-send\r\n");
}

void sip_call_end_message(struct st_text *text, const char *type, const struct st_text *body)
{
    if (type)
        st_text_addf(text, "Content-Type: %s\r\n", type);
    st_text_addf(text, "Content-Length: %zu\r\n\r\n", body ? body->len : 0);
    if (body)
        st_text_add_bytes(text, body->data, body->len);
}

void sip_call_add_parts(struct st_text *body, const char *sdp, const char *metadata)
{
    st_text_add(body, "--part\r\nContent-Type: application/sdp\r\n\r\n");
    st_text_add(body, sdp);
    st_text_add(body, "\r\n--part\r\nContent-Type: application/rs-metadata+xml\r\n"
                      "Content-Disposition: recording-session\r\n\r\n");
    st_text_add(body, metadata);
    st_text_add(body, "\r\n--part--\r\n");
}

/* ---- answers ---- */

static void add_copied(struct st_text *text, const char *name, char *value)
{
    sip_call_add_header(text, name, value ? value : "");
    osip_free(value);
}

void sip_call_write_reply(const struct st_sip_call *call, struct st_text *text,
                          const osip_message_t *request, const char *status,
                          const struct st_text *sdp)
{
    char *value = NULL;
    st_text_addf(text, "SIP/2.0 %s\r\n", status);
    for (int i = 0; i < osip_list_size(&request->vias); i++) {
        osip_via_to_str(osip_list_get(&request->vias, i), &value);
        add_copied(text, "Via", value);
        value = NULL;
    }
    osip_from_to_str(request->from, &value);
    add_copied(text, "From", value);
    value = NULL;
    osip_to_to_str(request->to, &value);
    add_copied(text, "To", value);
    value = NULL;
    osip_call_id_to_str(request->call_id, &value);
    add_copied(text, "Call-ID", value);
    value = NULL;
    osip_cseq_to_str(request->cseq, &value);
    add_copied(text, "CSeq", value);
    st_text_addf(text, "Contact: <sip:src@%s;transport=%s>;+sip.src\r\n", call->config.local,
                 call->config.transport);
    sip_call_end_message(text, sdp ? "application/sdp" : NULL, sdp);
}

/* ---- a connection's bytes ---- */

long st_sip_call_frame(const char *data, size_t bytes)
{
    const char *end = memmem(data, bytes, "\r\n\r\n", 4);
    if (!end)
        return bytes > MESSAGE_MAX ? -EBADMSG : 0;
    size_t head = (size_t)(end - data) + 4;
    unsigned long length = 0;
    for (const char *line = data; line < end;) {
        const char *next = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
        else if (strncasecmp(line, "l:", 2) == 0)
            length = strtoul(line + 2, NULL, 10);
        line = next + 2;
    }
    if (length > MESSAGE_MAX)
        return -EBADMSG;
    return bytes - head >= length ? (long)(head + length) : 0;
}
