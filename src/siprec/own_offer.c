/*
 * What we offer ourselves: our latest answer, with all that we can still take.
 *
 * A line that they ended by port 0, as some do to hold it, keeps the port that it had: it is
 * offered again by that, since no answer could bring it back otherwise.
 */
#include "server.h"

#include "sidetone/mem.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char held[] = "\na=inactive\r", taken[] = "\na=recvonly\r";

_Static_assert(sizeof(held) == sizeof(taken), "one may stand in the place of the other");

/* A stretch of an SDP of ours; .at NULL: there is none. */
struct part {
    const char *at;
    size_t chars;
};

static const char *find_media(const char *text)
{
    const char *at = strstr(text, "\nm=");
    return at ? at + 1 : NULL;
}

static struct part line_of(const char *text, unsigned line)
{
    const char *at = find_media(text);
    for (unsigned i = 0; i < line && at; i++)
        at = find_media(at);
    const char *next = at ? find_media(at) : NULL;
    return (struct part){at, !at ? 0 : next ? (size_t)(next - at) : strlen(at)};
}

static bool is_ended(struct part line)
{
    const char *port = memchr(line.at, ' ', line.chars);
    return port && strtoul(port, NULL, 10) == 0;
}

static void replace_all(char *text, const char *from, const char *to)
{
    for (char *at; (at = strstr(text, from)) != NULL;)
        memcpy(at, to, strlen(to));
}

static void forget(char **text)
{
    if (*text)
        OPENSSL_cleanse(*text, strlen(*text)); /* keys */
    free(*text);
    *text = NULL;
}

void own_offer_forget(struct session *session)
{
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        forget(&session->ended_lines[i]);
    forget(&session->sdp_text);
}

static void keep_line(struct session *session, unsigned i, struct part now)
{
    struct part before = line_of(session->sdp_text, i);
    bool has_ended = is_ended(now);
    if (has_ended && (!before.at || is_ended(before)))
        return;
    forget(&session->ended_lines[i]);
    if (!has_ended)
        return;
    session->ended_lines[i] = st_mem_strndup(before.at, before.chars);
    replace_all(session->ended_lines[i], taken, held);
}

void own_offer_take(struct session *session, char *take_text)
{
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX && session->sdp_text; i++) {
        struct part now = line_of(take_text, i);
        if (now.at)
            keep_line(session, i, now);
    }
    forget(&session->sdp_text);
    session->sdp_text = take_text;
}

/* ---- writing ---- */

/* The version of an SDP, in its text; NULL without. */
static char *find_version(char *text)
{
    char *at = strstr(text, "\no=");
    for (int i = 0; i < 2 && at; i++)
        at = strchr(at + 1, ' ');
    return at ? at + 1 : NULL;
}

static char *put(char *at, const char *text, size_t chars)
{
    memcpy(at, text, chars);
    return at + chars;
}

/* As the latest, but for lines that have ended. */
static char *assemble(const struct session *session)
{
    const char *text = session->sdp_text;
    size_t room = strlen(text) + 2; /* a version of 9 becomes 10 */
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        room += session->ended_lines[i] ? strlen(session->ended_lines[i]) : 0;
    const char *media = find_media(text);
    char *out = st_mem_alloc(room);
    char *at = put(out, text, media ? (size_t)(media - text) : strlen(text));
    for (unsigned i = 0; line_of(text, i).at; i++) {
        struct part line = line_of(text, i);
        char *ended = i < ST_RTP_SDP_MEDIA_MAX ? session->ended_lines[i] : NULL;
        at = ended ? put(at, ended, strlen(ended)) : put(at, line.at, line.chars);
    }
    *at = 0;
    return out;
}

/* In place: there is room. */
static void count_up(char *text)
{
    char *version = find_version(text), *rest, number[24];
    size_t chars =
        (size_t)snprintf(number, sizeof(number), "%llu", strtoull(version, &rest, 10) + 1);
    memmove(version + chars, rest, strlen(rest) + 1);
    memcpy(version, number, chars);
}

const char *own_offer_write(struct session *session, bool is_all)
{
    if (!session->sdp_text || !find_version(session->sdp_text))
        return session->sdp_text;
    char *text = assemble(session);
    if (is_all)
        replace_all(text, held, taken);
    if (strcmp(text, session->sdp_text) == 0) {
        forget(&text);
        return session->sdp_text;
    }
    count_up(text);
    session->sdp_version++;
    own_offer_forget(session);
    session->sdp_text = text;
    return text;
}
