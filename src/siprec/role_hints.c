/* What an INVITE says of roles by itself: its headers, whatever body it has. */
#include "roles.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- patterns ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool role_text_fits(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (lower(*pattern) == lower(*text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++from;
        } else
            return false;
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

/* ---- hints ---- */

static const char *uri_param(const osip_uri_t *uri, const char *name)
{
    osip_uri_param_t *param;
    for (int i = 0; uri && (param = osip_list_get(&uri->url_params, i)) != NULL; i++)
        if (param->gname && strcasecmp(param->gname, name) == 0)
            return param->gvalue ? param->gvalue : "";
    return NULL;
}

/* "<sip:1001@10.0.0.1>;media-index=0", or with several indexes in quotes. */
static void read_recorded_participant(struct role_hints *hints, const char *value)
{
    char aor[METADATA_TEXT_MAX];
    const char *index = strcasestr(value, "media-index");
    value += strspn(value, " <\"");
    if (strncasecmp(value, "sip:", 4) == 0)
        value += 4;
    snprintf(aor, sizeof(aor), "%.*s", (int)strcspn(value, ">; "), value);
    if (!index)
        return;
    for (index += strcspn(index, "=>"); *index && *index != '>' && *index != ','; index++)
        if (*index >= '0' && *index < '0' + ST_RTP_SDP_MEDIA_MAX)
            memcpy(hints->line_aor[*index - '0'], aor, sizeof(aor));
}

/* Not from a recorder, but from a telephone or PBX that calls us as it calls anybody. */
static bool is_plain(const struct sip_message *invite)
{
    return strncasecmp(invite->content_type, "multipart", strlen("multipart")) != 0 &&
           !sip_message_has_word(invite, "require", NULL, "siprec");
}

void role_hints_read(struct role_hints *ret_hints, const struct sip_message *invite)
{
    const osip_uri_t *from = invite->sip->from->url;
    struct role_hints hints = {0};
    const char *value;
    const char *near = uri_param(from, "x-nearendaddr");
    hints.is_far_end = uri_param(from, "x-farend") != NULL;
    hints.is_near_end = !hints.is_far_end && uri_param(from, "x-nearend") != NULL;
    snprintf(hints.recorded, sizeof(hints.recorded), "%s", near ? near : "");
    unsigned i = 0;
    for (; (value = sip_message_header(invite, "x-cisco-recording-participant", i)) != NULL; i++)
        read_recorded_participant(&hints, value);
    if (i == 0 && !hints.is_far_end && !hints.is_near_end && is_plain(invite))
        sender_read(hints.line_aor[0], sizeof(hints.line_aor[0]), invite);
    *ret_hints = hints;
}

/* ---- headers ---- */

static bool header_fits(const struct sip_message *invite, const char *rule)
{
    char name[64];
    const char *value, *colon = strchr(rule, ':');
    if (!colon || (size_t)(colon - rule) >= sizeof(name))
        return false;
    snprintf(name, sizeof(name), "%.*s", (int)(colon - rule), rule);
    rule = colon + 1 + strspn(colon + 1, " ");
    for (unsigned i = 0; (value = sip_message_header(invite, name, i)) != NULL; i++)
        if (role_text_fits(rule, value))
            return true;
    return false;
}

void role_headers_read(bool *ret_fits, const struct st_siprec_role_rule *rules, size_t count,
                       const struct sip_message *invite)
{
    for (size_t i = 0; i < count; i++)
        ret_fits[i] = rules[i].header && header_fits(invite, rules[i].header);
}
