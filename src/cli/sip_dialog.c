#include "sip_dialog.h"

#include <osipparser2/osip_port.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { RANDOM_BYTES = ST_SIP_DIALOG_WORD_MAX / 2 };

void st_sip_dialog_make_word(char ret_word[ST_SIP_DIALOG_WORD_MAX])
{
    uint8_t random[RANDOM_BYTES] = {0};
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        abort();
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(ret_word + 2 * i, 3, "%02x", random[i]);
}

void st_sip_dialog_init(struct st_sip_dialog *dialog, const char *target)
{
    st_sip_dialog_make_word(dialog->tag);
    st_text_addf(&dialog->to, "<sip:%s>", target);
    st_text_addf(&dialog->remote, "sip:%s;transport=%s", target, dialog->transport);
}

void st_sip_dialog_fini(struct st_sip_dialog *dialog)
{
    st_text_fini(&dialog->to);
    st_text_fini(&dialog->remote);
    st_text_fini(&dialog->route);
}

static void add_header(struct st_text *text, const char *name, const char *value)
{
    st_text_add(text, name);
    st_text_add(text, ": ");
    st_text_add(text, value);
    st_text_add(text, "\r\n");
}

/* ---- what is learned ---- */

static void replace(struct st_text *text, char *take_value)
{
    if (take_value) {
        st_text_reset(text);
        st_text_add(text, take_value);
    }
    osip_free(take_value);
}

/* The caller's route set is the recorded one backwards. */
static void learn_route(struct st_sip_dialog *dialog, const osip_message_t *answer)
{
    st_text_reset(&dialog->route);
    for (int i = osip_list_size(&answer->record_routes) - 1; i >= 0; i--) {
        char *text = NULL;
        if (osip_record_route_to_str(osip_list_get(&answer->record_routes, i), &text) == 0)
            add_header(&dialog->route, "Route", text);
        osip_free(text);
    }
}

void st_sip_dialog_learn(struct st_sip_dialog *dialog, const osip_message_t *answer, bool is_first)
{
    char *to = NULL, *remote = NULL;
    const osip_contact_t *contact = osip_list_get(&answer->contacts, 0);
    if (is_first)
        learn_route(dialog, answer);
    osip_to_to_str(answer->to, &to);
    replace(&dialog->to, to);
    if (contact && contact->url)
        osip_uri_to_str(contact->url, &remote);
    replace(&dialog->remote, remote);
}

/* ---- requests ---- */

void st_sip_dialog_begin(const struct st_sip_dialog *dialog, struct st_text *text,
                         const char *method, unsigned sequence, const char *branch)
{
    st_text_reset(text);
    st_text_addf(text, "%s ", method);
    st_text_add(text, dialog->remote.data);
    st_text_add(text, " SIP/2.0\r\n");
    st_text_addf(text, "Via: SIP/2.0/%s %s;rport;branch=z9hG4bK%s\r\n", dialog->transport,
                 dialog->local, branch);
    st_text_add(text, dialog->route.data ? dialog->route.data : "");
    st_text_addf(text, "Max-Forwards: 70\r\nFrom: <sip:src@%s>;tag=%s\r\n", dialog->local,
                 dialog->tag);
    add_header(text, "To", dialog->to.data);
    add_header(text, "Call-ID", dialog->call_id);
    st_text_addf(text, "CSeq: %u %s\r\n", sequence, method);
    st_text_addf(text, "Contact: <sip:src@%s;transport=%s>;+sip.src\r\n", dialog->local,
                 dialog->transport);
    st_text_add(text, "User-Agent: sidetone-send\r\n");
}

void st_sip_dialog_end(struct st_text *text, const char *type, const struct st_text *body)
{
    if (type)
        st_text_addf(text, "Content-Type: %s\r\n", type);
    st_text_addf(text, "Content-Length: %zu\r\n\r\n", body ? body->len : 0);
    if (body && body->len > 0)
        st_text_add_bytes(text, body->data, body->len);
}

/* ---- replies ---- */

static void add_copied(struct st_text *text, const char *name, char *take_value)
{
    add_header(text, name, take_value ? take_value : "");
    osip_free(take_value);
}

void st_sip_dialog_reply(const struct st_sip_dialog *dialog, struct st_text *text,
                         const osip_message_t *request, const char *status,
                         const struct st_text *sdp)
{
    char *from = NULL, *to = NULL, *call_id = NULL, *cseq = NULL;
    st_text_addf(text, "SIP/2.0 %s\r\n", status);
    for (int i = 0; i < osip_list_size(&request->vias); i++) {
        char *via = NULL;
        osip_via_to_str(osip_list_get(&request->vias, i), &via);
        add_copied(text, "Via", via);
    }
    osip_from_to_str(request->from, &from);
    osip_to_to_str(request->to, &to);
    osip_call_id_to_str(request->call_id, &call_id);
    osip_cseq_to_str(request->cseq, &cseq);
    add_copied(text, "From", from);
    add_copied(text, "To", to);
    add_copied(text, "Call-ID", call_id);
    add_copied(text, "CSeq", cseq);
    st_text_addf(text, "Contact: <sip:src@%s;transport=%s>;+sip.src\r\n", dialog->local,
                 dialog->transport);
    st_sip_dialog_end(text, sdp ? "application/sdp" : NULL, sdp);
}
