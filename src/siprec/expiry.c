#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { US_PER_S = 1000000, INTERVAL_MAX_S = 86400, EARLY_MAX_S = 32 };

static const char *interval_header(const struct sip_message *message)
{
    const char *value = sip_message_header(message, "session-expires", 0);
    return value ? value : sip_message_header(message, "x", 0);
}

/* 0 for none. */
static uint32_t seconds_of(const char *value)
{
    unsigned long seconds = value ? strtoul(value, NULL, 10) : 0;
    return seconds < INTERVAL_MAX_S ? (uint32_t)seconds : INTERVAL_MAX_S;
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

/* ---- what the peer asks for ---- */

/* Who does not know about session timers would not understand 422. */
int expiry_check(const struct sip_message *request)
{
    uint32_t asked_s = seconds_of(interval_header(request));
    return asked_s > 0 && asked_s < MIN_EXPIRES_S && speaks_timer(request) ? -EINVAL : 0;
}

static void settle(const struct st_siprec *siprec, struct session *session,
                   const struct sip_message *request, bool speaks)
{
    const char *value = interval_header(request);
    uint32_t asked_s = seconds_of(value);
    uint32_t least_s = seconds_of(sip_message_header(request, "min-se", 0));
    if (asked_s == 0)
        asked_s = session->interval_s ? session->interval_s : siprec->expires_s;
    least_s = least_s > MIN_EXPIRES_S ? least_s : MIN_EXPIRES_S;
    session->interval_s = asked_s > least_s ? asked_s : least_s;
    session->is_refresher = !speaks || (value && strcasestr(value, "refresher=uas"));
}

/* Every offer or update that is taken refreshes, whatever it says of the timer. */
void expiry_agree(const struct st_siprec *siprec, struct session *session,
                  const struct sip_message *request, int64_t now_us)
{
    bool speaks = speaks_timer(request);
    if (speaks || interval_header(request))
        settle(siprec, session, request, speaks);
    if (session->interval_s > 0)
        arm(session, now_us);
}

void expiry_add(const struct session *session, const struct sip_message *request,
                osip_message_t *reply_sip)
{
    if (session->interval_s == 0)
        return;
    sip_add(reply_sip, "Session-Expires", "%u;refresher=%s", session->interval_s,
            session->is_refresher ? "uas" : "uac");
    if (!session->is_refresher && speaks_timer(request))
        sip_add(reply_sip, "Require", "timer");
}

/* ---- what it says to our refreshes ---- */

void expiry_refreshed(struct session *session, const struct sip_message *response, int64_t now_us)
{
    const char *value = interval_header(response);
    uint32_t agreed_s = seconds_of(value);
    if (agreed_s >= MIN_EXPIRES_S)
        session->interval_s = agreed_s;
    if (value && strcasestr(value, "refresher=uas"))
        session->is_refresher = false;
    arm(session, now_us);
}

/* Only ever upwards, so that this comes to an end. */
void expiry_too_brief(struct session *session, const struct sip_message *response, int64_t now_us)
{
    uint32_t least_s = seconds_of(sip_message_header(response, "min-se", 0));
    if (least_s <= session->interval_s)
        return;
    session->interval_s = session->least_s = least_s;
    session->refresh_us = now_us + SIP_T1_US;
}
