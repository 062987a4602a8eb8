/* The start message of the pcm dialect. */
#ifndef SIDETONE_INGEST_PCM_START_H
#define SIDETONE_INGEST_PCM_START_H

#include "dialect_common.h"

enum { ST_PCM_MESSAGE_BYTES = 100, ST_PCM_MADE_ID_BYTES = 33 };

enum st_pcm_layout {
    ST_PCM_INTERLEAVED,
    ST_PCM_TAGGED,
    ST_PCM_MONO,
};

struct st_pcm_format {
    enum st_pcm_layout layout;
    unsigned channel; /* of mono, else 0 */
    uint32_t rate_hz;
    size_t sample_bytes;
};

struct st_pcm_start {
    struct st_ingest_start out; /* its texts live until fini */
    struct st_pcm_format format;
    struct st_dialect_text text; /* internal from here on */
    struct st_dialect_attributes attributes;
    char made_call_id[ST_PCM_MADE_ID_BYTES];
    enum st_role roles[ST_CHANNELS_MAX];
    size_t role_count; /* 0: not given */
    int channel;       /* -1: not given */
};

void st_pcm_start_init(struct st_pcm_start *start);
void st_pcm_start_fini(struct st_pcm_start *start);

/* Once. The text is known to be a valid JSON object. 0; -EPROTO with ret_message filled when a
 * field has a wrong type or value; -ENOMEM, -EIO. */
int st_pcm_start_read(struct st_pcm_start *start, struct st_scan scan,
                      char ret_message[ST_PCM_MESSAGE_BYTES]);

/* A JSON number without fraction, from min to max. */
bool st_pcm_whole(struct st_scan *scan, int64_t min, int64_t max, int64_t *ret_value);

#endif
