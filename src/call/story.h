/*
 * A call's story: what is known and found of it, told as numbered events.
 *
 * Live calls and files tell theirs by this same code: segments and time go in, the analysis finds,
 * findings.c counts and makes events, and each is numbered, encoded once, kept, and given to the
 * owner. Only the owner knows what time it is, how the call stands, and where events go.
 * One thread at a time.
 */
#ifndef SIDETONE_CALL_STORY_H
#define SIDETONE_CALL_STORY_H

#include "sidetone/alerts.h"
#include "sidetone/analysis.h"
#include "sidetone/call_facts.h"
#include "sidetone/event.h"
#include "sidetone/json_writer.h"
#include "sidetone/media_quality.h"
#include "sidetone/message.h"
#include "sidetone/script.h"
#include "sidetone/topic.h"

enum {
    HISTORY_MAX = 50000,     /* events of one call */
    STORY_PAUSES_MAX = 1000, /* later ones are told and not kept */
    STORY_PARTIES_MAX = 64,  /* likewise */
};

struct st_segment;
struct st_settings;
struct story_vendor;

/* ---- history.c: the events of one call; the journal's place is between numbering and here ---- */

struct history {
    struct st_message **messages; /* own references */
    size_t count, cap;
    uint64_t first_seq; /* of messages[0]; older ones were dropped */
};

void history_add(struct history *history, struct st_message *message);
void history_fini(struct history *history);
/* False when events after `seq` have been dropped, or `seq` was never given out. */
bool history_reaches(const struct history *history, uint64_t seq, uint64_t last_seq);

/* ---- the owner ---- */

struct story_time {
    int64_t media_us; /* how far the call has come */
    int64_t now_us;   /* a clock that never goes back */
    int64_t unix_ms;  /* the wall clock */
};

struct story_standing {
    const char *state; /* as call states have it */
    int64_t media_us;
    int64_t lag_us;
    bool is_degraded;
    const char *end_reason; /* NULL: it goes on */
};

struct story_owner {
    void (*get_time)(void *owner, struct story_time *ret_time);
    void (*get_standing)(void *owner, struct story_standing *ret_standing);
    /* An event, and what it became; borrowed. */
    void (*publish)(void *owner, const struct st_event *event, struct st_message *message);
    st_ask_vector_fn ask_vector; /* optional; its user is the owner */
};

/* ---- story.c ---- */

struct story_category {
    char *name; /* owned */
    enum st_severity severity;
    uint64_t count;
};

/* The platform paused the call, or went on with it. */
struct story_pause {
    int64_t media_us;
    bool is_paused;
};

/* What was known of the parties from then on. */
struct story_parties {
    const struct st_call_facts *facts; /* own reference */
    int64_t from_us;
};

struct story_channel {
    struct st_sentiment_finding sentiment;
    bool has_sentiment;
    struct st_message *partial; /* the open one, own reference */
};

struct story {
    const struct story_owner *ops;
    void *owner;
    struct st_settings *settings; /* in force; the owner's reference */
    struct st_json_writer *json;  /* of the thread */
    struct st_call_facts *facts;
    struct st_pii_settings privacy; /* of its route */
    struct st_analysis *analysis;
    struct story_channel channels[ST_CHANNELS_MAX];
    struct story_vendor *vendor;                        /* NULL: nothing is left to vendors */
    struct st_message *scripts[ST_SCRIPTS_OF_CALL_MAX]; /* likewise, of each */
    struct st_message *topics[ST_TOPICS_OF_CALL_MAX];
    struct st_message *characteristics; /* the newest, own reference; NULL: none yet */
    struct story_pause *pauses;
    size_t pause_count;
    struct story_parties *parties;
    size_t party_count;
    struct st_media_quality quality[ST_CHANNELS_MAX];
    struct story_category *categories;
    size_t category_count;
    uint64_t seq;
    struct history history;
    struct st_alerts *alerts;
    uint64_t segments;
    struct st_buf *snapshots[ST_SNAPSHOT_FORMS]; /* NULL once something has changed */
};

struct story_config {
    const struct story_owner *ops;
    void *owner;
    struct st_settings *settings;
    struct st_json_writer *json;
    struct st_call_facts *take_facts;
    uint64_t privacy_key[2]; /* secret: of the hashes that stand for personal data */
};

void story_init(struct story *story, const struct story_config *config);
void story_fini(struct story *story);

/* From now on; the analysis of a call that is over stays as it is. */
void story_set_settings(struct story *story, struct st_settings *settings, bool is_over);
/* Takes the new facts and gives back the old reference. */
struct st_call_facts *story_set_facts(struct story *story, struct st_call_facts *take_facts);

/* Fills seq, times and facts; everything else is the caller's. */
void story_emit(struct story *story, struct st_event *event);
/* call.updated; `previous` when it changed who may see the call, else NULL. */
void story_emit_updated(struct story *story, struct st_event *event,
                        const struct st_call_facts *previous);

/* Time goes on: about once a second, in whole milliseconds. */
void story_tick(struct story *story, int64_t media_us);
/* No more segments come: what waited is decided. Then the owner's standing says that it is over,
 * and story_emit_ended tells so. */
void story_finish(struct story *story, int64_t media_us);
void story_emit_ended(struct story *story, const char *reason, int64_t duration_us,
                      int64_t shed_us);
/* The platform paused the call, or goes on with it. */
void story_pause(struct story *story, bool is_paused, int64_t media_us);

/* ---- findings.c: what the analysis says, as events ---- */

extern const struct st_analysis_events story_analysis_events; /* their user is a struct story */
int story_ask_vector(void *user, uint64_t ticket, const char *text, float *ret_vector);

/* ---- story_vendor.c: what vendors find instead of us; all of it in 2 kB ---- */

/* From this segment of the channel on, before it is analysed, findings of these kinds (1 <<
 * ST_VENDOR_…) are the vendor's, until said otherwise. */
void story_leave_to_vendor(struct story *story, unsigned channel, const struct st_segment *segment,
                           unsigned kinds);
/* Asked once for each of our findings: true, and it is not told. */
bool story_is_left_to_vendor(struct story *story, const struct st_finding *finding);

/* ---- story_parties.c: who takes part, and when ---- */

/* The story's facts are what is known from then on. */
void story_note_parties(struct story *story, int64_t media_us);
void story_forget_parties(struct story *story);
/* As a list of ranges, by channel and time. */
void story_put_participants(struct st_json_writer *json, const struct story *story);

/* ---- story_alerts.c: alerts; their changes are events ---- */

bool story_is_alert(enum st_event_type type);
void story_alerts_open(struct story *story);
void story_alerts_put(struct story *story, const struct st_category_match *match);
void story_alerts_tick(struct story *story);
/* Before call.ended. */
void story_alerts_end(struct story *story);
int story_alerts_command(struct story *story, const struct st_alert_command *command);
/* As a list, oldest first. */
void story_alerts_write(const struct story *story, struct st_json_writer *json);
/* One with everything that is known about it; a new reference. */
struct st_buf *story_alerts_encode(const struct story *story, const struct st_alert *alert);

/* ---- state.c: how a call stands, as JSON ---- */

/* New references. `form` is made of ST_SNAPSHOT_ bits. */
struct st_buf *story_state(struct story *story, unsigned form);
/* call_id, seq, state, media_ms and summary. */
struct st_buf *story_summary(struct story *story);
/* As a `snapshot` message, kept until something changes. */
struct st_buf *story_snapshot(struct story *story, unsigned form);
void story_forget_snapshots(struct story *story);

#endif
