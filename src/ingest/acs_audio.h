/*
 * The audio of Azure Communication Services: from packets of participants to two channels.
 *
 * Each packet has the time at which the service got it, which trembles; so packets follow one
 * another without a hole until the time says that more than 100 ms are missing or came twice. Of
 * several people on one channel, one is heard at a time: who speaks holds the channel until a
 * packet of theirs is silent or none has come for a while.
 */
#ifndef SIDETONE_INGEST_ACS_AUDIO_H
#define SIDETONE_INGEST_ACS_AUDIO_H

#include "acs_message.h"
#include "acs_people.h"
#include "dialect_common.h"

struct st_acs_voice {
    uint64_t holder; /* a person's key; 0: nobody yet */
    bool is_silent;  /* the holder's latest packet */
    int64_t next_us; /* where the next packet follows without a hole */
};

/* One of zeroes with its rate is ready; its memory is kept from packet to packet. */
struct st_acs_audio_clock {
    uint32_t rate_hz;
    bool has_base;
    int64_t base_us; /* the first packet's time */
    int64_t now_us;  /* the furthest position */
    struct st_acs_voice voices[ST_CHANNELS_MAX];
    uint8_t *samples;
    size_t samples_cap;
    char *unescaped;
    size_t unescaped_cap;
};

void st_acs_audio_fini(struct st_acs_audio_clock *clock);

/* 1 with *ret_media filled (valid until the next packet), 0 when the packet is not to be heard,
 * -EBADMSG with *ret_wrong set, -ENOMEM. */
int st_acs_audio_put(struct st_acs_audio_clock *clock, const struct st_acs_audio *audio,
                     const struct st_acs_person *person, struct st_ingest_media *ret_media,
                     const char **ret_wrong);

#endif
