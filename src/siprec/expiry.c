#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { US_PER_S = 1000000, INTERVAL_MAX_S = 86400, EARLY_MAX_S = 32 };

static const char *interval_header(const struct sip_message *request)
{
    const char *value = sip_message_header(request, "session-expires", 0);
    return value ? value : sip_message_header(request, "x", 0);
}

static bool speaks_timer(const struct sip_message *request)
{
    return sip_message_has_word(request, "supported", "k", "timer") ||
           sip_message_has_word(request, "require", NULL, "timer");
}

static void arm(struct session *session, int64_t now_us)
{
    uint32_t early_s = session->interval_s / 3;
    early_s = early_s < EARLY_MAX_S ? early_s : EARLY_MAX_S;
    session->expires_us = now_us + (int64_t)(session->interval_s - early_s) * US_PER_S;
    session->refresh_us =
        session->is_refresher ? now_us + (int64_t)session->interval_s * US_PER_S / 2 : 0;
}

int expiry_read(const struct exchange *exchange, struct session *session)
{
    const char *value = interval_header(exchange->request);
    bool speaks = speaks_timer(exchange->request);
    if (!value && !speaks)
        return 0;
    unsigned long interval_s = value ? strtoul(value, NULL, 10) : 0;
    if (value && interval_s > 0 && interval_s < MIN_EXPIRES_S && speaks)
        return -EINVAL;
    if (interval_s == 0)
        interval_s = session->interval_s ? session->interval_s : exchange->siprec->expires_s;
    session->interval_s = interval_s < INTERVAL_MAX_S ? (uint32_t)interval_s : INTERVAL_MAX_S;
    session->is_refresher = !speaks || (value && strcasestr(value, "refresher=uas"));
    arm(session, exchange->now_us);
    return 0;
}

void expiry_add(const struct session *session, const struct sip_message *request,
                osip_message_t *reply_sip)
{
    if (session->interval_s == 0)
        return;
    sip_add(reply_sip, "Session-Expires", "%u;refresher=%s", session->interval_s,
            session->is_refresher ? "uas" : "uac");
    if (!session->is_refresher)
        sip_add(reply_sip, "Require", "timer");
}

void expiry_tick(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    if (session->expires_us > 0 && session->expires_us <= now_us)
        session_bye(siprec, session, ST_SIPREC_END_EXPIRED, now_us);
    else if (session->refresh_us > 0 && session->refresh_us <= now_us)
        session_refresh(siprec, session, now_us);
}
