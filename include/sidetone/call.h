/*
 * Calls: the room where the stages meet.
 *
 * The service spans the process; each loop has a shard that owns the calls which began on it. A
 * leg is one ingest connection: it runs a dialect on the connection's loop and gives what comes
 * out to its call, on whichever loop that lives.
 */
#ifndef SIDETONE_CALL_H
#define SIDETONE_CALL_H

#include "sidetone/alert.h"
#include "sidetone/config.h"
#include "sidetone/hub.h"
#include "sidetone/ingest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_buf;
struct st_claims;
struct st_embedder;
struct st_loop;
struct st_net;
struct st_rule_book;
struct st_sentiment_lexicon;

/* ---- settings: one loaded configuration and what was compiled from it, shared by reference ----
 */

struct st_settings;

/* Takes the config. Reads and compiles the rules, of every tenant that has its own, and the
 * sentiment lexicon (absent: `ret_note` says so and sentiment is off). Blocks: not on a loop
 * thread. -EINVAL after every problem of the rules was told. */
int st_settings_create(struct st_settings **ret_settings, struct st_config *take_config,
                       st_config_error_fn report, void *user, char *ret_note, size_t note_bytes);
/* Tells the problems of the rules that a configuration file holds or names, also of one that is
 * refused for other reasons. */
void st_settings_check_rules(const char *path, st_config_error_fn report, void *user);
struct st_settings *st_settings_ref(struct st_settings *settings);
void st_settings_unref(struct st_settings *settings);
const struct st_config *st_settings_config(const struct st_settings *settings);
/* The categories of a tenant's calls, as written; of a tenant without rules of its own,
 * everybody's. Borrowed. */
const struct st_rule_book *st_settings_rule_book(const struct st_settings *settings,
                                                 const char *tenant);
bool st_settings_has_sentiment(const struct st_settings *settings);

/* Learns, from the embedder (a reference is taken), what issues, outcomes and action items are like
 * and what rules by meaning listen for. Takes a second or more: not on a loop thread, and before
 * the settings are shared. Without it everything else works. */
void st_settings_learn(struct st_settings *settings, struct st_embedder *embedder);
/* What people should know of its rules: see st_rules_notes. */
void st_settings_notes(const struct st_settings *settings, st_config_error_fn tell, void *user);

/* ---- the service ---- */

struct st_call_service;

struct st_call_service_config {
    struct st_settings *settings; /* a reference is taken */
    struct st_loop *const *loops;
    struct st_net *const *nets; /* of the same loops, for remote engines */
    unsigned loop_count;
    struct st_embedder *embedder; /* a reference is taken; NULL: sentences have no meaning */
};

/* Loads every engine that a route names. `report` gets a line for people about each: what was
 * loaded, or why a fallback is used. Fails when a route's engine cannot be had. Before the loops
 * run. */
int st_call_service_create(struct st_call_service **ret_service,
                           const struct st_call_service_config *config,
                           void (*report)(void *user, bool is_problem, const char *text),
                           void *user);
/* After the loops have stopped. NULL is fine. */
void st_call_service_destroy(struct st_call_service *service);

struct st_hub *st_call_service_hub(struct st_call_service *service);
/* Any thread. */
unsigned st_call_service_live_calls(const struct st_call_service *service);
bool st_call_service_is_draining(const struct st_call_service *service);

/* The settings in force on a loop, borrowed until the current callback returns. */
struct st_settings *st_call_service_settings(struct st_call_service *service, unsigned loop_index);

/* Any thread but a loop's. Running calls take the new categories at once; what a reload cannot
 * change (listeners, limits, engines, routes of running calls) stays. Takes a reference. */
void st_call_service_reload(struct st_call_service *service, struct st_settings *settings);
/* The same; `done` is called once they are in force on every loop that still runs, on one of them
 * or on the caller's thread. */
void st_call_service_reload_then(struct st_call_service *service, struct st_settings *settings,
                                 void (*done)(void *user), void *user);

/* Any thread but a loop's. Refuses new calls from now on and ends the running ones as "shutdown";
 * returns when the last has given its finals or the time is over. */
void st_call_service_drain(struct st_call_service *service, int64_t timeout_us);

/* Releases what one loop holds (timers, calls): on that loop, once it has no connections. */
void st_call_service_close_loop(struct st_call_service *service, unsigned loop_index);

/* ---- legs ---- */

struct st_leg;

struct st_leg_link {
    void (*send)(void *link, const void *data, size_t bytes, bool is_binary);
    void (*close)(void *link, uint16_t code, const char *reason);
};

struct st_leg_config {
    unsigned loop_index;
    const struct st_dialect_ops *dialect;
    const struct st_config_tenant *tenant; /* of the settings in force; the leg keeps those */
    const struct st_config_route *route;
    const struct st_claims *claims; /* NULL: no token was needed */
    const char *query;              /* of the upgrade's URL; borrowed by st_leg_open */
    const char *const *headers;     /* as the dialect's ops name them; likewise */
    const struct st_leg_link *link;
    void *link_user;
};

int st_leg_open(struct st_leg **ret_leg, struct st_call_service *service,
                const struct st_leg_config *config);
/* One whole message of the connection. */
void st_leg_receive(struct st_leg *leg, const void *data, size_t bytes, bool is_binary);
/* The platform closed the connection, with that code; st_leg_close follows. */
void st_leg_closed(struct st_leg *leg, uint16_t ws_code);
/* The connection is gone; so is the leg. NULL is fine. */
void st_leg_close(struct st_leg *leg);

/* ---- questions about calls, across all loops ---- */

struct st_call_query {
    struct st_subscription *subscription; /* which calls; owned by the query */
    bool wants_transcript;
    bool wants_summary; /* instead of states: call_id, seq, state, media_ms, summary */
};

/* Takes the query's subscription. `done` is called once, with one call state per item, in JSON; the
 * items are released after it returns. It is called on that loop, except when a loop has been
 * stopped meanwhile: then with what was found so far, wherever the question got to. */
void st_call_query(struct st_call_service *service, unsigned loop_index, struct st_call_query query,
                   void (*done)(void *user, struct st_buf *const *states, size_t count),
                   void *user);

/* ---- roles ---- */

struct st_call_roles_command {
    struct st_subscription *subscription; /* who may: sees the call or does not; taken */
    const char *call_id;
    enum st_role roles[ST_CHANNELS_MAX]; /* by channel */
};

/* From now on the call's channels have these roles. On the loop that owns it; `done` on the loop
 * given, as st_call_query does. `result` is 1 when that changed something, 0 when it was so
 * already, -ESRCH when there is no such call (any more), -EALREADY when it has ended, -ECANCELED
 * while shutting down. `state` is the call's, NULL on failure. */
void st_call_set_roles(struct st_call_service *service, unsigned loop_index,
                       struct st_call_roles_command command,
                       void (*done)(void *user, int result, struct st_buf *state), void *user);

/* ---- alerts ---- */

/* Where an alert stands in the order of alerts: newest first. */
struct st_alert_place {
    int64_t raised_unix_ms;
    char *call_id;
    uint64_t id;
};

struct st_alert_query {
    struct st_subscription *subscription; /* of which calls; owned by the query */
    unsigned states;                      /* bit per enum st_alert_state */
    enum st_severity min_severity;
    size_t rows_max;
    struct st_alert_place after; /* call_id NULL: from the first; else owned by the query */
};

struct st_alert_row {
    struct st_alert_place place;
    struct st_buf *json; /* the alert with its call, routing and history */
};

struct st_alert_answer {
    const struct st_alert_row *rows;
    size_t count;
    bool has_more;
    size_t calls; /* that the subscription sees, with or without alerts */
};

/* As st_call_query. */
void st_call_query_alerts(struct st_call_service *service, unsigned loop_index,
                          struct st_alert_query query,
                          void (*done)(void *user, const struct st_alert_answer *answer),
                          void *user);

struct st_alert_command;

struct st_call_alert_command {
    struct st_subscription *subscription; /* who may: sees the call or does not; taken */
    const char *call_id;
    const struct st_alert_command *command;
};

/* On the loop that owns the call, live or ended; `done` on the loop given, as st_call_query does.
 * `result` as st_alerts_command gives it, -ESRCH when there is no such call (any more), -ECANCELED
 * while shutting down. `alert` is the alert as it is then, NULL when there is none. */
void st_call_command_alert(struct st_call_service *service, unsigned loop_index,
                           struct st_call_alert_command command,
                           void (*done)(void *user, int result, struct st_buf *alert), void *user);

#endif
