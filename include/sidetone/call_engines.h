/* The engines of a running service, for who looks at all calls; and the way to remote ones. */
#ifndef SIDETONE_CALL_ENGINES_H
#define SIDETONE_CALL_ENGINES_H

#include "sidetone/stt.h"

struct st_call_service;
struct st_json_writer;

/* What it points to is the service's. */
struct st_call_engine {
    const char *name; /* as routes call it */
    const struct st_engine_ops *ops;
    const char *description; /* as it was when it was loaded; no keys */
    struct st_guard_report report;
};

/* Every engine that a route names, in the order in which they were loaded. Any thread. */
unsigned st_call_engines_count(const struct st_call_service *service);
void st_call_engines_get(const struct st_call_service *service, unsigned index,
                         struct st_call_engine *ret_engine);

/* The same as Prometheus text, behind what `text` has. */
void st_call_engines_write_metrics(const struct st_call_service *service,
                                   struct st_json_writer *text);

/* How sessions reach remote engines; its user is a struct st_net. */
const struct st_stt_transport *st_call_engines_transport(void);

#endif
