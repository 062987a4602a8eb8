/*
 * Whether peers are still there, where nothing else would tell.
 *
 * Who sends media is missed when it stops, and who agreed upon a session timer when it does not
 * refresh. That leaves sessions on hold without a timer: their peers are asked now and then by
 * OPTIONS. One that does not answer is not given up at once, since its connection may be gone where
 * it could still open another, but after a while of silence it is.
 */
#include "server.h"

enum { PROBE_S = 900, SILENCE_MAX_S = 3600, US_PER_S = 1000000 };

static bool is_held(const struct session *session)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct session_stream *stream = &session->streams[i];
        if (stream->is_there && stream->line < session->sdp->media_count &&
            !session->sdp->media[stream->line].is_held)
            return false;
    }
    return true;
}

void liveness_tick(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    if (session->interval_s > 0 || !is_held(session)) {
        session->probe_us = 0;
        return;
    }
    if (now_us - session->heard_us > (int64_t)SILENCE_MAX_S * US_PER_S) {
        session_bye(siprec, session, ST_SIPREC_END_LOST, now_us);
        return;
    }
    if (session->probe_us > now_us)
        return;
    if (session->probe_us > 0)
        session_probe(siprec, session, now_us);
    session->probe_us = now_us + (int64_t)PROBE_S * US_PER_S;
}
