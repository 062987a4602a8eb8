/* The start message of Twilio Media Streams. */
#ifndef SIDETONE_INGEST_TWILIO_START_H
#define SIDETONE_INGEST_TWILIO_START_H

#include "dialect_common.h"
#include "twilio_message.h"

enum { ST_TWILIO_RATE_DEFAULT_HZ = 8000 };

/* One of zeroes may be finished. */
struct st_twilio_start {
    struct st_ingest_start out; /* its texts live until fini */
    unsigned tracks;            /* bit per track; 0: it does not say which */
    int64_t rate_hz;
    struct st_dialect_attributes attributes;
    struct st_dialect_text text; /* internal from here on */
    bool is_mulaw;
    int64_t channels;
};

int st_twilio_start_init(struct st_twilio_start *start, size_t message_bytes); /* 0 or -ENOMEM */
void st_twilio_start_fini(struct st_twilio_start *start);

/* NULL, or what is wrong. */
const char *st_twilio_start_read(struct st_twilio_start *start,
                                 const struct st_twilio_message *message);

#endif
