/*
 * One recording session's media, on the loop of its call.
 *
 * Asked for on the first loop, where signalling lives, and answered there. The order of what is
 * asked is kept while the other loop keeps up; what comes after the end is dropped.
 */
#ifndef SIDETONE_TELEPHONY_SIPREC_RECORDING_H
#define SIDETONE_TELEPHONY_SIPREC_RECORDING_H

#include "sidetone/rtp_session.h"
#include "sidetone/siprec_server.h"

struct recording;

/* All on the first loop. */
struct recording_events {
    void (*answer)(void *user, uint64_t id, const struct st_siprec_answer *answer);
    void (*ended)(void *user, uint64_t id, enum st_siprec_end end); /* its media */
    void (*gone)(void *user); /* nothing follows of this recording */
};

struct recording_config {
    uint64_t id;
    struct st_call_service *service;
    struct st_loop *home; /* the first loop */
    struct st_loop *loop; /* of the call */
    unsigned loop_index;
    const char *tenant, *route; /* outlive the recording */
    const struct recording_events *events;
    void *user;
};

struct recording *recording_create(const struct recording_config *config);
void recording_offer(struct recording *recording, const struct st_siprec_session *session);
/* Who takes part changed, and nothing else. */
void recording_change(struct recording *recording, const struct st_siprec_session *session);
/* Whose place it takes has ended: it goes on with the call, unless it does so already. */
void recording_join(struct recording *recording);
/* The last that is asked of it. */
void recording_end(struct recording *recording, enum st_siprec_end end);

#endif
