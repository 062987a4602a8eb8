/* Whom an INVITE is by. */
#include "roles.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void write_aor(char *out, size_t out_bytes, const osip_uri_t *uri)
{
    bool is_tel = uri->scheme && strcasecmp(uri->scheme, "tel") == 0;
    const char *user = is_tel ? uri->string : uri->username;
    out[0] = 0;
    if (!user || strcasecmp(user, "anonymous") == 0)
        return;
    int chars = (int)strcspn(user, ";");
    if (is_tel)
        snprintf(out, out_bytes, "%.*s", chars, user);
    else if (uri->host)
        snprintf(out, out_bytes, "%.*s@%s", chars, user, uri->host);
}

/* The first of a list; what stands behind it does not matter. */
static void read_asserted(char *out, size_t out_bytes, const char *value)
{
    char first[512];
    const char *end = strchr(value, '>');
    size_t chars = end ? (size_t)(end - value) + 1 : strcspn(value, ",");
    osip_from_t *identity = NULL;
    if (chars >= sizeof(first) || osip_from_init(&identity))
        return;
    memcpy(first, value, chars);
    first[chars] = 0;
    if (osip_from_parse(identity, first) == 0 && identity->url)
        write_aor(out, out_bytes, identity->url);
    osip_from_free(identity);
}

void sender_read(char *out, size_t out_bytes, const struct sip_message *invite)
{
    const char *asserted = sip_message_header(invite, "p-asserted-identity", 0);
    out[0] = 0;
    if (asserted)
        read_asserted(out, out_bytes, asserted);
    if (!out[0])
        write_aor(out, out_bytes, invite->sip->from->url);
}
