/* What Sidetone's own states and events have in common. */
#ifndef SIDETONE_TRANSCRIPT_OWN_H
#define SIDETONE_TRANSCRIPT_OWN_H

#include "input.h"

/* The value of a member that describes the call (of call.started, call.updated and states). False
 * when the key is none of those, and nothing was read. */
bool own_read_fact(struct input *input, struct st_slice key, struct st_call_facts *facts);

/* Whether the key is one of those. */
bool own_is_fact(struct st_slice key);

/* A call state; it takes the place of what was read of that call before. */
void own_read_state(struct input *input);

/* A final segment. Withdrawn ones, which have no text, are left out. `seq` is that of the event it
 * came with; 0: as the segment says itself. */
void own_read_segment(struct input *input, struct st_build_call *call, int64_t seq);

#endif
