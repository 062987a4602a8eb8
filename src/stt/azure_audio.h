/*
 * Audio on its way to Azure: how much may go, and what goes again.
 *
 * The newest seconds are kept: what no result of a turn has covered goes again in the next. The
 * service takes five seconds of audio at once and then twice the speed of speech. The session
 * knows; what goes again is counted here.
 */
#ifndef SIDETONE_STT_AZURE_AUDIO_H
#define SIDETONE_STT_AZURE_AUDIO_H

#include "remote.h"

enum {
    ST_AZURE_AT_ONCE_US = 5000000,
    ST_AZURE_SPEED = 2, /* behind that */
    ST_AZURE_CHUNK_SAMPLES = ST_REMOTE_RATE_HIGH_HZ / 10,
};

struct st_azure_audio {
    uint32_t rate_hz;
    int16_t *kept; /* the newest audio, a ring */
    size_t kept_samples;
    int64_t given;      /* samples, in all */
    int64_t next;       /* of them, to be sent */
    int64_t turn;       /* of them, the turn's first */
    int64_t sent_us;    /* through this connection, some of it again */
    int64_t started_us; /* the clock then; 0: no audio yet */
};

void st_azure_audio_init(struct st_azure_audio *audio, uint32_t rate_hz);
void st_azure_audio_fini(struct st_azure_audio *audio);
int64_t st_azure_audio_us(const struct st_azure_audio *audio, int64_t samples);

void st_azure_audio_put(struct st_azure_audio *audio, const struct st_frame *frame);
/* Of what was put and waits to be sent, again or not: at most a chunk. */
size_t st_azure_audio_waiting(const struct st_azure_audio *audio);
bool st_azure_audio_may_send(struct st_azure_audio *audio, size_t samples);
/* The next so many. */
void st_azure_audio_take(struct st_azure_audio *audio, int16_t *out, size_t samples);

/* Another turn, of what comes behind that time; false: not all of it is kept. */
bool st_azure_audio_rewind(struct st_azure_audio *audio, int64_t until_us);

#endif
