/*
 * Calls as they are, with everything around them faked: loops that step, an engine that says what
 * the test says, legs without connections.
 */
#ifndef CALL_RIG_H
#define CALL_RIG_H

#include "sidetone/call.h"

#include "fake_engine.h"
#include "fake_link.h"
#include "step_loop.h"

enum { RIG_LOOPS_MAX = 4, RIG_TEXT_BYTES = 4096 };

struct call_rig {
    unsigned loop_count;
    struct st_loop *loops[RIG_LOOPS_MAX];
    struct st_settings *settings;
    struct st_call_service *service;
    struct st_hub *hub;
};

/* `yaml`: the configuration, "" for defaults. */
struct st_settings *rig_settings(const char *yaml);
void rig_open(struct call_rig *rig, unsigned loop_count, const char *yaml);
/* Checks that nothing is left open. */
void rig_close(struct call_rig *rig);

struct rig_leg {
    struct st_leg *leg;
    char text[RIG_TEXT_BYTES]; /* what was sent to the platform, a line each */
    size_t text_bytes;
    unsigned closes;
    uint16_t code;
    char reason[128];
};

void rig_leg_open(struct rig_leg *leg, struct call_rig *rig, unsigned loop, const char *dialect);
/* Of that tenant and with that token; NULL for the default and for none. */
void rig_leg_open_as(struct rig_leg *leg, struct call_rig *rig, unsigned loop, const char *tenant,
                     const struct st_claims *claims);
void rig_leg_say(struct rig_leg *leg, const char *text);
/* A pcm leg's start: interleaved at 8 kHz, with `members` besides the call id: "\"queue\":\"q\"".
 */
void rig_leg_start(struct rig_leg *leg, const char *call_id, const char *members);
/* Interleaved pcm at 8 kHz, samples of 1000. */
void rig_leg_talk(struct rig_leg *leg, unsigned ms);
/* Mono pcm of the same. */
void rig_leg_talk_mono(struct rig_leg *leg, unsigned ms);
void rig_leg_close(struct rig_leg *leg); /* the connection is lost, unless it was stopped */

#endif
