/* Facts and messages made up for tests. */
#ifndef MADE_H
#define MADE_H

#include "sidetone/call_facts.h"
#include "sidetone/json_writer.h"
#include "sidetone/message.h"

struct st_call_facts *made_facts(const char *call_id, const char *agent_id, const char *queue);

/* With what its type needs; `seq` is ignored for partials. One reference. */
struct st_message *made_message(enum st_event_type type, const struct st_call_facts *facts,
                                uint64_t seq);
struct st_message *made_match(enum st_event_type type, enum st_severity severity,
                              const struct st_call_facts *facts, uint64_t seq);

#endif
