/*
 * One message of Azure Communication Services, read in one pass and in place.
 *
 *   {"kind": "AudioData", "audioData": {…}}
 *
 * Tolerant where Azure's own senders, samples and SDKs differ: names in any case and order, `kind`
 * missing (the body's name says it), members of a wrong type where they are not needed, and the
 * shapes of the 2022 preview, whose messages are their own bodies.
 */
#ifndef SIDETONE_INGEST_ACS_MESSAGE_H
#define SIDETONE_INGEST_ACS_MESSAGE_H

#include "sidetone/json_scan.h"

enum st_acs_kind {
    ST_ACS_AUDIO_METADATA,
    ST_ACS_AUDIO_DATA,
    ST_ACS_TRANSCRIPTION_METADATA,
    ST_ACS_TRANSCRIPTION_DATA,
    ST_ACS_DTMF_DATA,
    ST_ACS_KINDS, /* any other */
};

struct st_acs_audio {
    struct st_slice data;        /* base64; its data NULL: absent, as in all slices here */
    struct st_slice timestamp;   /* ISO 8601 */
    struct st_slice participant; /* raw id */
    bool is_silent;
};

/* Borrows the text it was read from. */
struct st_acs_message {
    enum st_acs_kind kind;
    bool has_body;
    struct st_scan body;       /* an object, known to be valid */
    struct st_acs_audio audio; /* of AudioData */
};

/* NULL with *ret_message filled, or what is wrong, for people. */
const char *st_acs_message_read(const char *text, size_t bytes, struct st_acs_message *ret_message);

/* Whether a name is that one, in any case. */
bool st_acs_is(struct st_slice name, const char *text);

/* The value about to be read when it is text; anything else is passed over and leaves it as it was.
 * Likewise whole numbers, numbers and booleans. */
void st_acs_take_text(struct st_scan *scan, struct st_slice *ret_text);
bool st_acs_take_int(struct st_scan *scan, int64_t *ret_value);
bool st_acs_take_number(struct st_scan *scan, double *ret_value);
void st_acs_take_bool(struct st_scan *scan, bool *ret_value);

/* A date with a time of day, in microseconds since 1970. */
bool st_acs_time(struct st_slice text, int64_t *ret_unix_us);

#endif
