/* What dialects share: the life of one call on one connection, its texts, and early audio. */
#ifndef SIDETONE_INGEST_DIALECT_COMMON_H
#define SIDETONE_INGEST_DIALECT_COMMON_H

#include "sidetone/ingest.h"
#include "sidetone/json_scan.h"

enum {
    ST_DIALECT_TEXT_MAX = 65536, /* bytes of a text message */
    ST_DIALECT_CALL_ID_MAX = 128,
    ST_DIALECT_APPEND = -1, /* the timeline's word for "follows what came before" */
};

/* No call lasts so long; keeps arithmetic on positions far from overflow. */
#define ST_DIALECT_POSITION_MAX_US (INT64_C(100) * 24 * 3600 * 1000000)

/* ---- the call ---- */

enum st_dialect_phase {
    ST_DIALECT_WAITING, /* for start */
    ST_DIALECT_STARTED,
    ST_DIALECT_ENDED,
};

struct st_dialect_link {
    const struct st_ingest_sink *sink;
    void *user;
    enum st_dialect_phase phase;
};

/* As the sink's start; after 0 the call is started. */
int st_dialect_begin(struct st_dialect_link *link, const struct st_ingest_start *start);
/* Tells the sink once, when the call had started; nothing follows it. */
void st_dialect_end(struct st_dialect_link *link, enum st_ingest_end end);
void st_dialect_ignore(struct st_dialect_link *link);

/* Ends the call in error and fills *ret_close. Returns -EPROTO. */
int st_dialect_break(struct st_dialect_link *link, struct st_ingest_close *ret_close, uint16_t code,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* 1 to 128 bytes without control characters. */
bool st_dialect_is_call_id(const char *text);

/* A digit of a telephone's keys in upper case, or 0 when the text is none. */
char st_dialect_digit(struct st_slice text);

/* ---- the start message's texts ---- */

/* Memory for the texts of one message, which together are shorter than it. */
struct st_dialect_text {
    char *memory;
    size_t used;
    size_t cap;
};

int st_dialect_text_init(struct st_dialect_text *text, size_t message_bytes); /* 0 or -ENOMEM */
void st_dialect_text_fini(struct st_dialect_text *text);
const char *st_dialect_text_put(struct st_dialect_text *text, struct st_slice slice);

struct st_dialect_attributes {
    struct st_attribute items[ST_INGEST_ATTRIBUTES_MAX];
    size_t count;
};

/* Of a key given twice the last value counts. False when there are too many. */
bool st_dialect_attributes_put(struct st_dialect_attributes *attributes, const char *key,
                               const char *value);

/* A parameter by which the platform's user describes the call: an attribute, and what its name says
 * besides: the agent's id, the queue and the like. The texts are borrowed. */
void st_dialect_parameter(struct st_ingest_start *start, struct st_dialect_attributes *attributes,
                          const char *key, const char *value);

/* ---- messages with audio that came before start ---- */

struct st_dialect_early {
    uint8_t *data;
    size_t used;
    size_t cap;
};

/* Copies the message in; memory for all `cap` bytes is taken with the first. 0, -ENOBUFS when full
 * or -ENOMEM. */
int st_dialect_early_put(struct st_dialect_early *early, size_t cap, const void *data,
                         size_t bytes);
/* The message at *at (0 for the first), which moves on. False after the last. */
bool st_dialect_early_next(const struct st_dialect_early *early, size_t *at,
                           const uint8_t **ret_data, size_t *ret_bytes);
void st_dialect_early_fini(struct st_dialect_early *early);

/* The dialects; each is the end of the file of its name. */
extern const struct st_dialect_ops st_dialect_acs;
extern const struct st_dialect_ops st_dialect_pcm;
extern const struct st_dialect_ops st_dialect_twilio;

#endif
