/*
 * What the files of this room share. Everything here belongs to one loop thread, except where a
 * comment says otherwise.
 */
#ifndef SIDETONE_CALL_INTERNAL_H
#define SIDETONE_CALL_INTERNAL_H

#include "meaning.h"
#include "story.h"

#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/framer.h"
#include "sidetone/issues.h"
#include "sidetone/level.h"
#include "sidetone/log.h"
#include "sidetone/media_quality.h"
#include "sidetone/metrics.h"
#include "sidetone/resample.h"
#include "sidetone/rules.h"
#include "sidetone/seconds.h"
#include "sidetone/stt.h"
#include "sidetone/summary.h"
#include "sidetone/timeline.h"

#include <stdatomic.h>

enum {
    LEGS_MAX = 8,              /* of one call, lost ones included */
    DECODE_SAMPLES_MAX = 4800, /* per step of a media message */
    CALL_BUCKETS = 8192,
    ENGINES_MAX = 64,
};

/* Of the tenants that have rules of their own, and, with the name "", of all others. */
struct tenant_rules {
    const char *tenant; /* the config's */
    struct st_rule_book *book;
    struct st_rules *rules;
};

struct call;

struct st_settings {
    atomic_uint refs;
    struct st_settings *origin; /* own reference, and owner of all but the rules; NULL: ours */
    struct st_config *config;
    struct st_sentiment_lexicon *lexicon; /* NULL: no sentiment */
    struct st_issue_model *issues;
    struct st_embedder *embedder; /* NULL: nothing was learned from one */
    struct st_pii_lexicon *names;
    struct st_analysis_settings analysis; /* without rules */
    struct tenant_rules *rules;
    size_t rules_count;
};

/* ---- settings.c ---- */

/* The route a call came by; NULL when a reload has taken it away. */
const struct st_config_route *settings_route(const struct st_settings *settings,
                                             const struct st_call_facts *facts);

/* ---- privacy.c ---- */

/* Sets mode, style, types and lexicon; a route that is gone keeps what it said. */
void privacy_of_route(const struct st_settings *settings, const struct st_call_facts *facts,
                      struct st_pii_settings *privacy);

/* ---- settings_rules.c ---- */

int settings_load_rules(struct st_settings *settings, struct st_problems *problems);
void settings_free_rules(struct st_settings *settings);
/* What an analysis of that tenant's calls begins with; the rules are borrowed. */
struct st_analysis_settings settings_analysis(const struct st_settings *settings,
                                              const char *tenant);

/* ---- settings_profanity.c ---- */

int settings_load_profanity(struct st_settings *settings, struct st_problems *problems);

/* ---- directory.c: which loop owns a call; any thread ---- */

struct directory;

struct directory_entry {
    unsigned loop_index;
    uint64_t serial;
    bool is_ended;
};

struct directory *directory_create(void);
void directory_destroy(struct directory *directory);
/* 0 when the id is now ours. -EEXIST with the present owner in *ret_present when a live call has
 * it. An ended call's place is taken over: *ret_present names it and its serial is not 0. */
int directory_claim(struct directory *directory, const char *call_id,
                    const struct directory_entry *entry, struct directory_entry *ret_present);
/* Whether a live call has that id. */
bool directory_find_live(struct directory *directory, const char *call_id,
                         struct directory_entry *ret_present);
/* Whether a call has that id, live or ended. */
bool directory_find(struct directory *directory, const char *call_id,
                    struct directory_entry *ret_present);
void directory_set_ended(struct directory *directory, const char *call_id, uint64_t serial);
void directory_release(struct directory *directory, const char *call_id, uint64_t serial);

/* ---- engine_set.c: what the routes need, loaded once; const afterwards ---- */

struct engine_set {
    struct st_stt_engine loaded[ENGINES_MAX]; /* names as routes call them; guards, hints: owned */
    char *descriptions[ENGINES_MAX];
    unsigned count;
};

/* The engines of a call, in order. */
struct engine_list {
    struct st_stt_engine engines[ST_STT_ENGINES_MAX];
    unsigned count;
};

int engine_set_load(struct engine_set *set, const struct st_config *config,
                    void (*report)(void *user, bool is_problem, const char *text), void *user);
void engine_set_unload(struct engine_set *set);
/* What a route's calls in that language use; "auto" gives the best that is loaded. What was not
 * loaded is left out. */
struct engine_list engine_set_list(const struct engine_set *set,
                                   const struct st_config_route *route, const char *language);

/* ---- the service and its shards ---- */

/* ---- quality.c ---- */

enum { QUALITY_MOS_CLASSES = 5 };

struct quality_metrics {
    struct st_counter *lost, *reordered, *concealed_us;
    struct st_histogram *jitter;
    struct st_counter *alarms[ST_MEDIA_ALARMS];
    struct st_counter *ended[QUALITY_MOS_CLASSES];
};

void quality_make_metrics(struct quality_metrics *metrics);

struct call_quality;
/* A stream's counts; the last ones are told in any case. */
void quality_put(struct call *call, unsigned channel, const struct st_media_quality *facts,
                 bool is_last);
/* `clipped` of the frame's samples are at full scale. */
void quality_hear(struct call_quality *quality, unsigned channel, const struct st_frame *frame,
                  float level_db, uint32_t clipped);

struct call_metrics {
    struct st_gauge *live;
    struct st_counter *started, *ended, *refused, *ignored, *media_messages, *media_bytes;
    struct st_counter *dropped_messages;
    struct st_counter *presses; /* of keys */
    struct st_counter *silence_samples, *overlap_samples, *shed_us, *alerts, *segments;
    struct st_counter *alert_changes[ST_ALERT_CHANGES], *alerts_suppressed;
    struct st_gauge *alerts_open;
    struct st_histogram *hop_segment; /* end of speech to final */
    struct st_histogram *hop_media;   /* message received to frames given to the engine */
    struct st_histogram *lag;         /* of recognition behind the audio */
    struct quality_metrics quality;
};

struct call_shard {
    struct st_call_service *service;
    struct st_loop *loop;
    struct st_net *net;
    unsigned index;
    struct st_settings *settings;
    struct st_media *media; /* NULL: no RTP */
    char *rtp_address;      /* that senders are told; with media */
    struct st_rtp_session *rtp_sessions;
    struct call *buckets[CALL_BUCKETS]; /* by serial */
    struct call *first_ended, **last_ended;
    unsigned ended_count;
    struct st_timer *sweep;
    struct st_json_writer json;
    int16_t decoded[DECODE_SAMPLES_MAX];
    int16_t resampled[DECODE_SAMPLES_MAX * 2 + 64];
};

struct st_call_service {
    struct st_log log;
    struct st_hub *hub;
    struct directory *directory;
    struct engine_set engines;
    struct st_settings *settings; /* that the engines were loaded from: they point into it */
    struct meaning *meaning;      /* NULL: not installed */
    unsigned loop_count;
    struct st_loop *const *loops;
    uint32_t calls_max, keep_ended_max;
    int64_t grace_us, keep_ended_us, ring_us, return_us;
    atomic_bool is_draining;
    atomic_uint live_calls;
    atomic_ullong next_serial;
    struct call_metrics metrics;
    struct call_shard shards[];
};

struct call *shard_find(struct call_shard *shard, uint64_t serial);
/* An ended call whose id a new one has taken over; on its own loop. */
void shard_forget(struct call_shard *shard, uint64_t serial);

struct call;

/* ---- vendor.c: what the engine's vendor finds, as events of the call ---- */

enum { VENDOR_FINALS_KEPT = 4 };

/* Finals of a channel that findings may speak of; one of zeroes is empty. */
struct vendor_finals {
    struct {
        uint64_t id;
        char *text;
    } kept[VENDOR_FINALS_KEPT];
    unsigned next;
};

void vendor_finals_put(struct vendor_finals *finals, const struct st_segment *segment);
void vendor_finals_fini(struct vendor_finals *finals);
/* By the route: whether the call wants findings of vendors, and instead of ours. */
void vendor_begin(struct call *call, const struct st_config_route *route);
/* Before a segment is analysed that comes with these kinds of findings. */
void vendor_leave(struct call *call, unsigned channel, const struct st_segment *segment,
                  unsigned kinds);
void vendor_put(struct call *call, unsigned channel, const char *engine,
                const struct st_vendor_finding *finding);

/* ---- channel.c: one participant's audio, from payload to engine ---- */

struct channel {
    struct call *call;
    unsigned index;
    bool is_open;
    bool is_told; /* no engine listens */
    enum st_codec codec;
    uint32_t rate_hz;
    struct st_timeline timeline;
    struct st_resampler *resampler; /* NULL: frames have the rate of the audio */
    struct st_framer framer;
    struct st_level level;
    struct st_seconds seconds;
    int64_t lag_us;
    bool is_degraded;
    struct vendor_finals finals; /* empty unless vendors are asked */
};

/* is_told: no engine listens. */
int channel_open(struct channel *channel, enum st_codec codec, uint32_t rate_hz, int64_t start_us,
                 bool is_told);
/* `sub_channel` of `channels` interleaved in payload. */
void channel_put(struct channel *channel, const struct st_ingest_media *media, int64_t position_us,
                 unsigned sub_channel, unsigned channels);
void channel_put_silence(struct channel *channel, int64_t until_us);
void channel_finish(struct channel *channel);
void channel_close(struct channel *channel); /* frees the audio side; transcript stays */

struct call_start;

/* ---- told.c: transcripts that the platform brings ---- */

struct told_channel {
    uint64_t last_id;  /* given to the analysis */
    uint64_t open_key; /* the platform's id of the utterance with a partial; 0: none */
};

struct told {
    struct told_channel channels[ST_CHANNELS_MAX];
    bool has_shift;
    int64_t began_us; /* when the stream joined the call */
    int64_t shift_us; /* the call's clock less the platform's */
    int64_t heard_us; /* the latest end of a segment */
    char stream_id[64];
    int64_t media_us;       /* how far the call has come by its transcripts and its own clock */
    struct st_timer *clock; /* while nothing but transcripts has come */
    struct st_word *words;
    size_t words_cap;
};

/* A stream that brings transcripts has come, first or again. */
void told_begin(struct call *call, const struct st_ingest_start *start);
void told_put(struct call *call, uint64_t leg_id, const struct st_ingest_transcript *transcript);
/* Takes back what is unfinished: nobody will finish it. */
void told_withdraw(struct call *call);
void told_close(struct call *call);
/* A copy with all it points to, in one piece; free it. */
struct st_ingest_transcript *told_copy(const struct st_ingest_transcript *transcript);

/* ---- press.c: keys that are pressed ---- */

struct call_press {
    unsigned channel;
    char key;
    int64_t position_us, duration_us; /* as of a sink's dtmf */
};

void press_put(struct call *call, uint64_t leg_id, const struct call_press *press);

/* ---- recognition.c: the call's way to its engines ---- */

/* Sets call->session; -ENOENT when the route has no engine. Nothing is opened yet. */
int recognition_create(struct call *call, const struct call_start *start);
/* -EINVAL, -ENOTSUP: no engine of the route can serve this call. */
int recognition_open(struct call *call, unsigned channel_mask);
void recognition_finish(struct call *call);
void recognition_close(struct call *call);

/* ---- call.c ---- */

enum call_state {
    CALL_LIVE,
    CALL_WAITING, /* every leg lost; the grace timer runs */
    CALL_ENDING,  /* finals are coming in */
    CALL_ENDED,
};

struct call_leg {
    uint64_t leg_id;
    unsigned channel_mask; /* whose audio it carries */
    unsigned told_mask;    /* whose transcript it brings */
    bool is_open, is_held;
    int64_t offset_us; /* media time at which its audio began */
};

struct call {
    struct call *next_in_bucket;
    struct call *next_ended;
    struct call_shard *shard;
    uint64_t serial;
    struct st_log log;
    struct story story;
    enum call_state state;
    bool is_paused, is_pause_asked; /* the second: by the platform, not by hold */
    bool was_closed;                /* in order, by the leg that is waited for */
    const char *end_reason;
    int64_t started_us;
    int64_t ended_us;
    int64_t left_us; /* media time at which its last stream went; -1: it has one */
    struct st_timer *grace;
    struct call_leg legs[LEGS_MAX];
    unsigned leg_count;
    struct channel channels[ST_CHANNELS_MAX];
    unsigned presses; /* of keys */
    struct told told;
    struct call_quality *quality; /* NULL: its audio does not come as RTP */
    struct st_stt_session *session;
    bool is_session_done;
    bool wants_findings;   /* of vendors */
    bool leaves_to_vendor; /* what they find is told instead of ours */
    bool masks_words;      /* in the transcript */
    int64_t shed_us;
    struct meaning_question *questions; /* not answered yet */
    int64_t ticked_us;                  /* media time the analysis was last told */
    int64_t lag_told_us;                /* the lag last told */
    int64_t lag_told_at_us;             /* and when: at most once a second */
    bool is_rate_suspect;
    int64_t rate_window_us; /* wall-clock start of the arrival check's window */
    int64_t rate_media_us;  /* media received in it, of the busiest channel */
};

struct call_start {
    const struct st_ingest_start *start;
    const struct st_config_tenant *tenant;
    const struct st_config_route *route;
    const char *dialect;
    uint64_t leg_id;
};

/* Creates the call with its first leg; its id has been claimed under `serial`. */
int call_create(struct call **ret_call, struct call_shard *shard, uint64_t serial,
                const struct call_start *start);
void call_end(struct call *call, const char *reason);
void call_destroy(struct call *call); /* at any state */
void call_set_state(struct call *call, enum call_state state);
int64_t call_media_us(const struct call *call);
int64_t call_length_us(const struct call *call); /* without what was added when its streams went */
int64_t call_whole_ms(int64_t us); /* the analysis works with the times that events tell */
/* Otherwise its text is the platform's, or it has no audio. */
bool call_needs_engine(const struct st_ingest_start *start);
int call_open_channels(struct call *call, const struct call_start *from, int64_t start_us);
unsigned call_open_mask(const struct call *call); /* of channels */

/* Tells a change; `previous` when it changed who may see the call, else NULL. */
void call_tell_change(struct call *call, unsigned changes, const struct st_call_facts *previous);

/* ---- call_facts.c ---- */

struct st_call_facts *call_facts_from(const struct call_shard *shard,
                                      const struct call_start *from);
/* From here on each tells the change, if there is one. */

/* What a later leg knows and an earlier one did not; the roles of the channels it is the first to
 * carry. */
void call_complete_facts(struct call *call, const struct st_ingest_start *start,
                         unsigned first_mask);
/* What a sink's parties say, in members of those names. */
void call_set_parties(struct call *call, const struct st_call_facts *parties);
/* 1 when that changed something, 0 when it was so already, -EALREADY when the call has ended. */
int call_change_roles(struct call *call, const enum st_role roles[ST_CHANNELS_MAX]);

/* ---- call_legs.c ---- */

int call_attach(struct call *call, const struct call_start *start); /* a further leg: -EEXIST, … */
void call_pause(struct call *call, bool is_paused);
void call_hold(struct call *call, uint64_t leg_id, bool is_held);
void call_detach(struct call *call, uint64_t leg_id, enum st_ingest_end end);
struct call_leg *call_find_leg(struct call *call, uint64_t leg_id); /* an open one, or NULL */

/* ---- call_audio.c ---- */

/* As leg_prefetch: step 0 fetches the call, step 1 what it has. */
void call_prefetch(const struct call *call, unsigned channel, unsigned step);
void call_media(struct call *call, uint64_t leg_id, const struct st_ingest_media *media);
/* The analysis hears of time, at most once a second. */
void call_tick(struct call *call, int64_t media_us);

/* ---- live.c ---- */

extern const struct story_owner call_story_owner; /* its owner is a struct call */

/* Metrics: what was suppressed, once at the call's end; what is still open, when it goes. */
void live_count_alerts(const struct call *call);
void live_forget_alerts(const struct call *call);

/* For recognition.c. */
void call_on_session_done(struct call *call);
void call_on_lag(struct channel *channel, int64_t lag_us);
/* For meaning.c: an answer has come. */
void call_on_meaning(struct call *call);

/* ---- leg.c ---- */

/* Media of that channel comes soon (prefetch.h): step 0 fetches the leg, step 1 its call, step 2
 * what that has. */
void leg_prefetch(const struct st_leg *leg, unsigned channel, unsigned step);
struct st_dialect *leg_dialect(const struct st_leg *leg);

/* ---- rtp_ports.c ---- */

/* Whether there are ports for so many loops, and an address to bind; or -EINVAL with why. Before
 * the loops run, on any of which it may open a timer. */
int rtp_sessions_check(const struct st_config *config, struct st_loop *loop, unsigned loop_count,
                       char *ret_why, size_t why_bytes);
/* The loop's ports, as configured; closed with every session. */
void rtp_sessions_init(struct call_shard *shard, unsigned loop_count);
void rtp_sessions_fini(struct call_shard *shard);

/* ---- tour.c: a walk over every loop ---- */

struct tour {
    struct st_call_service *service;
    unsigned home;
    void (*visit)(struct tour *tour, struct call_shard *shard); /* on that shard's loop */
    /* Once: at home, or, when a loop has been stopped meanwhile, wherever the walk got to. */
    void (*finish)(struct tour *tour);
    unsigned visited; /* internal */
};

/* On the loop `home`. */
void tour_start(struct tour *tour);

/* ---- transport.c ---- */

extern const struct st_stt_transport call_stt_transport; /* its user is a struct st_net */

#endif
