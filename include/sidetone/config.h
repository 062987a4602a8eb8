/*
 * Configuration: one YAML file with strict keys.
 *
 * deploy/sidetone.yaml documents every key with its default. The structs below are what the file
 * becomes: strings are never NULL unless said so, defaults are filled in, `*_file` secrets have
 * been read, and it is const after loading. A reload loads a second one and swaps what may change.
 */
#ifndef SIDETONE_CONFIG_H
#define SIDETONE_CONFIG_H

#include "sidetone/finding.h"
#include "sidetone/frame.h"
#include "sidetone/pii_entity.h"
#include "sidetone/transcript_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_CONFIG_ESCALATE_COUNT_MAX = 32 };
#define ST_CONFIG_INHERIT UINT32_MAX
struct st_document;

struct st_config_tls {
    char *certificate_file; /* NULL: no TLS */
    char *key_file;
};

struct st_config_listen {
    char *address;    /* 127.0.0.1 */
    uint16_t port;    /* 8080; 0: any free one */
    char *public_url; /* "": none; base URL under which platforms reach us, for signatures */
    struct st_config_tls tls;
};

struct st_config_operations {
    char *address; /* 127.0.0.1 */
    uint16_t port; /* 9090; 0: any free one */
    bool is_off;
};

struct st_config_limits {
    uint32_t connections;             /* 10000, of this process */
    uint32_t connections_per_address; /* 1000 */
    uint32_t calls;                   /* 2000 */
    uint32_t message_bytes;           /* 65536: a WebSocket message */
    uint32_t header_bytes;            /* 16384: request line and headers */
    uint32_t body_bytes;              /* 1048576: a request body */
    uint32_t handshake_timeout_s;     /* 10 */
    uint32_t idle_timeout_s;          /* 60: nothing received, pongs included */
    uint32_t ping_interval_s;         /* 20 */
};

struct st_config_log_level {
    char *module;
    char *level;
};

struct st_config_log {
    char *format; /* "human" (default) or "json" */
    char *level;  /* "info" */
    struct st_config_log_level *modules;
    unsigned module_count;
};

struct st_config_auth {
    char *secret;      /* "": none; ≥ 32 bytes; or secret_file, or SIDETONE_AUTH_SECRET(_FILE) */
    char *secret_file; /* "": none; where secret was read from */
    char **origins; /* exact Origin values that browsers may come from; our own is always allowed */
    unsigned origin_count;
};

struct st_config_twilio {
    char *auth_token;      /* "": none; or auth_token_file */
    char *auth_token_file; /* "": none; where auth_token was read from */
    enum st_role inbound;  /* role of the inbound track: customer (default) or agent */
};

struct st_config_acs {
    char *jwks_file;  /* "": none; the keys that Azure's tokens are signed with */
    char *jwks;       /* its text; NULL: none */
    char *issuer;     /* of those tokens */
    char *audience;   /* of those tokens: the Azure resource's immutable id */
    bool is_told;     /* false; Azure's transcript is the call's, and no engine listens */
    char **customers; /* how raw ids of customers begin; none: "4:" */
    unsigned customer_count;
    char **agents; /* likewise; none: "8:", "28:" */
    unsigned agent_count;
};

struct st_config_route_privacy {
    enum st_pii_mode mode;   /* off */
    enum st_pii_style style; /* type */
    enum st_pii_type *types; /* none: the usual ones */
    unsigned type_count;
    bool shows_keys; /* false: which keys are pressed is told to nobody; nor with mode redact */
};

/* What the engine's vendor finds by itself. */
enum st_config_vendor_findings {
    ST_CONFIG_VENDOR_OFF,     /* it is not asked */
    ST_CONFIG_VENDOR_BESIDE,  /* told beside our own */
    ST_CONFIG_VENDOR_INSTEAD, /* told, and ours only where the engine in use finds no such */
};

/* Calls of a route that are in this language. */
struct st_config_route_language {
    char *language; /* "es", also for "es-MX"; or with the region */
    char **engines; /* none: the route's */
    unsigned engine_count;
    char **hints; /* besides the route's */
    unsigned hint_count;
};

struct st_config_route {
    char *name;     /* "default" */
    char **engines; /* ["auto"], in order of preference; auto: moonshine when installed, else
                       pocketsphinx */
    unsigned engine_count;
    char *language; /* "en-US" */
    struct st_config_route_language *languages;
    unsigned language_count;
    char **hints; /* words and names to expect */
    unsigned hint_count;
    char *queue;                                    /* "": what the platform says */
    bool wants_partials;                            /* true */
    enum st_config_vendor_findings vendor_findings; /* off */
    struct st_transcript_format transcript;
    struct st_config_twilio twilio;
    struct st_config_acs acs;
    struct st_config_route_privacy privacy;
};

struct st_config_rules {
    char **files; /* documents of categories */
    unsigned file_count;
    char *folder; /* "": none; where changed rules are kept; NULL in a tenant's */
};

struct st_config_tenant {
    char *name;                     /* "default" */
    struct st_config_route *routes; /* at least one */
    unsigned route_count;
    struct st_config_rules rules; /* of its calls alone */
};

struct st_config_moonshine {
    char *models_dir; /* "": SIDETONE_MODELS, else .sidetone/models, /usr/share/sidetone/models */
    uint32_t workers; /* 0: one per core, one left for the network, at least one */
    uint32_t beam;    /* 2 */
};

struct st_config_pocketsphinx {
    char *model_dir;  /* /usr/share/pocketsphinx/model/en-us */
    uint32_t workers; /* 0: one per core, one left for the network, at least one */
};

struct st_config_remote_engine {
    char *name;        /* as routes call it */
    char *type;        /* "deepgram", …: st_engine_ops.name */
    char *url;         /* "": the vendor's own, where it has one */
    char *region;      /* "": as the vendor's tools find it */
    char *key;         /* "": none; or key_file */
    char *key_file;    /* "": none; where key was read from */
    char *model;       /* "": the vendor's choice */
    char *ca_file;     /* "": the system's certificates */
    char **parameters; /* "name=value": the vendor's own options; each engine checks its names */
    unsigned parameter_count;
    char **hints; /* words and names to expect in every call, besides the route's */
    unsigned hint_count;
    uint32_t streams;     /* 0: no limit; streams at once */
    uint32_t opens_per_s; /* 0: no limit; new streams */
    uint32_t stall_s;     /* 0: the engine's own; without an answer to speech */
    uint32_t session_s;   /* 0: the engine's own; as long as a stream may be */
};

struct st_config_engines {
    struct st_config_moonshine moonshine;
    struct st_config_pocketsphinx pocketsphinx;
    struct st_config_remote_engine *remote;
    unsigned remote_count;
};

struct st_config_alert_category {
    char *name;
    uint32_t dedupe_s; /* ST_CONFIG_INHERIT: as of every category; so are the others */
    uint32_t cool_down_s;
    uint32_t escalate_count;
    uint32_t escalate_within_s;
    uint32_t escalate_after_s;
};

struct st_config_alerts {
    uint32_t dedupe_s;          /* 60: matches within it are one alert; 0: each its own */
    uint32_t cool_down_s;       /* 0: after somebody cleared one */
    uint32_t escalate_count;    /* 0: never; else 2 to ST_CONFIG_ESCALATE_COUNT_MAX matches … */
    uint32_t escalate_within_s; /* 120: … within this */
    uint32_t escalate_after_s;  /* 0: never; not acknowledged for so long */
    uint32_t open_max;          /* 50 in one call */
    bool keep_at_end;           /* false: the end of a call clears what is not acknowledged */
    struct st_config_alert_category *categories;
    unsigned category_count;
};

struct st_config_team {
    char *name;
    char **agents; /* their ids */
    unsigned agent_count;
};

struct st_config_push {
    uint32_t queue_bytes;   /* 262144 per subscriber; beyond it the subscriber is closed */
    uint32_t partial_bytes; /* 16384: with more queued, partials are dropped */
    uint32_t subscribers;   /* 10000 */
};

enum st_config_rtp_source {
    ST_CONFIG_RTP_STRICT,
    ST_CONFIG_RTP_IP,
    ST_CONFIG_RTP_LEARN,
};

enum st_config_rtp_srtp {
    ST_CONFIG_RTP_SRTP_PREFERRED, /* a key is used wherever it is offered */
    ST_CONFIG_RTP_SRTP_PROFILE,   /* only where the profile says SAVP */
    ST_CONFIG_RTP_SRTP_REQUIRED,  /* streams without are refused */
};

struct st_config_rtp {
    char *address;       /* 127.0.0.1; of the ports */
    char *advertised;    /* "": address; what senders are told */
    uint32_t first_port; /* 0: no RTP; even, of the first pair */
    uint32_t last_port;
    enum st_config_rtp_source source; /* ip; where a request does not say */
    enum st_config_rtp_srtp srtp;     /* preferred */
    uint32_t reorder_ms;              /* 80 */
    uint32_t timeout_s;               /* 60 */
    uint32_t quarantine_s;            /* 30: a port rests after use */
};

enum { ST_CONFIG_SIPREC_LISTEN_MAX = 8 };

enum st_config_siprec_transport {
    ST_CONFIG_SIPREC_UDP,
    ST_CONFIG_SIPREC_TCP,
    ST_CONFIG_SIPREC_TLS,
};

struct st_config_siprec_listen {
    enum st_config_siprec_transport transport; /* udp */
    char *address;                             /* 127.0.0.1 */
    uint16_t port;                             /* 5060; 0: any free one */
};

struct st_config_siprec_user {
    char *name;
    char *password;
    char *password_file; /* "": none; where password was read from */
};

struct st_config_siprec_role {
    enum st_role role;
    char *label; /* each "": any; may have * in it */
    char *aor;
    char *header; /* "Name: value" */
};

struct st_config_siprec {
    struct st_config_siprec_listen *listen; /* none: no SIPREC */
    unsigned listen_count;
    char *advertised;         /* "": the address it listens on; host or address in Contact */
    struct st_config_tls tls; /* of listeners with TLS */
    char *client_ca_file;     /* "": clients need no certificate */
    char **sources;           /* addresses and prefixes; none: any */
    unsigned source_count;
    char *realm; /* sidetone */
    struct st_config_siprec_user *users;
    unsigned user_count;
    char *tenant;        /* default */
    char *route;         /* default */
    enum st_role caller; /* customer */
    struct st_config_siprec_role *roles;
    unsigned role_count;
    char **call_id_headers;
    unsigned call_id_header_count;
    uint32_t sessions;          /* 1000 */
    uint32_t connections;       /* 200 */
    uint32_t idle_timeout_s;    /* 3600, of connections */
    uint32_t requests_per_s;    /* 50, of one source outside of sessions */
    uint32_t session_expires_s; /* 1800 */
};

struct st_config_calls {
    uint32_t ring_s; /* 30: audio held while an engine is away */
    uint32_t
        engine_return_s;   /* 60: an engine that was well for so long is gone back to; 0: never */
    uint32_t grace_s;      /* 8: wait for a lost stream to come back */
    uint32_t keep_ended_s; /* 600: an ended call stays for resume and queries */
    uint32_t keep_ended;   /* 1000 of them at most */
    uint32_t drain_s;      /* 10: at shutdown, for finals to come in */
};

struct st_config_sentiment {
    char *lexicon_file; /* "": vader_lexicon.txt in the models directory; absent: no sentiment */
};

struct st_config_profanity {
    bool has_own; /* true: our own words, too */
    char **words;
    unsigned word_count;
    char **files; /* one word a line */
    unsigned file_count;
};

struct st_config_meaning {
    char *models_dir; /* "": where the recogniser's models are */
    uint32_t workers; /* 1; 0: off */
    uint32_t queue;   /* 64 sentences that wait; more go without */
};

struct st_config_privacy {
    char *names_file; /* "": personal_names.txt in the models directory; absent: by context alone */
};

struct st_config_characteristics {
    uint32_t silence_s; /* 10: nobody talks for so long, then silence.detected says so */
};

struct st_config {
    uint32_t threads; /* 0: one per core */
    struct st_config_listen listen;
    struct st_config_operations operations;
    struct st_config_limits limits;
    struct st_config_log log;
    struct st_config_auth auth;
    struct st_config_tenant *tenants; /* at least "default" */
    unsigned tenant_count;
    struct st_config_engines engines;
    struct st_config_sentiment sentiment;
    struct st_config_profanity profanity;
    struct st_config_meaning meaning;
    struct st_config_privacy privacy;
    struct st_config_rules rules;   /* of every call */
    char *name;                     /* of the file, as it stands in messages */
    struct st_document *categories; /* NULL: none; the section as written, see rules.h */
    struct st_config_characteristics characteristics;
    struct st_config_alerts alerts;
    struct st_config_team *teams;
    unsigned team_count;
    struct st_config_push push;
    struct st_config_rtp rtp;
    struct st_config_siprec siprec;
    struct st_config_calls calls;
};

/* One per problem, in order of the file; free of secrets. `text` is complete:
 * "sidetone.yaml:12: unknown key 'prot' in 'listen', did you mean 'port'?"
 * Problems of the environment come first, as "environment: …". */
typedef void (*st_config_error_fn)(void *user, const char *text);

/* path NULL gives the defaults (environment applied). Reports every problem it can reach (one
 * hundred at most), then returns 0 or -EINVAL (or the error of the file). Reads files and keeps no
 * state: any thread that may block. The names of engines are for their owner to check.
 * *ret_config is written only on success. */
int st_config_load(struct st_config **ret_config, const char *path, st_config_error_fn report,
                   void *user);
void st_config_free(struct st_config *config); /* NULL is fine; secrets are wiped */

/* Whether an address is of this machine alone: 127.…, ::1, localhost. */
bool st_config_is_loopback(const char *address);
/* Whether it stands for all of this machine's: 0.0.0.0, ::, in any spelling. */
bool st_config_is_every_address(const char *address);

/* NULL when there is none of that name. name NULL or "": "default". */
const struct st_config_tenant *st_config_tenant_find(const struct st_config *config,
                                                     const char *name, size_t bytes);
const struct st_config_route *st_config_route_find(const struct st_config_tenant *tenant,
                                                   const char *name, size_t bytes);

/* NULL when there is none of that name. */
const struct st_config_remote_engine *st_config_remote_find(const struct st_config_engines *engines,
                                                            const char *name);

/* What the route says of calls in that language: the entry of the whole tag, else of the language
 * without its region; NULL when there is none. */
const struct st_config_route_language *st_config_language_find(const struct st_config_route *route,
                                                               const char *language);
/* Words and names to expect in calls of that language: the route's, then the language's. Returns
 * their number; the list is to be freed, what it points to is the configuration's. */
size_t st_config_hints(const struct st_config_route *route, const char *language,
                       const char ***ret_hints);

/* The name of the first team that has the agent; "" when none has. */
const char *st_config_team_of(const struct st_config *config, const char *agent_id);

/* The directory where models, runtime and lexicon were installed: as configured, else
 * $SIDETONE_MODELS, ./.sidetone/models if it exists, /usr/share/sidetone/models. Static, owned by
 * the config or by the environment. */
const char *st_config_models_dir(const struct st_config_engines *engines);
/* Likewise where the embedding model was installed. */
const char *st_config_meaning_dir(const struct st_config *config);

#endif
