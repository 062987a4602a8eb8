#include "azure_audio.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <stdlib.h>

enum { MS_US = 1000, SECOND_US = 1000 * MS_US, KEPT_US = 4 * SECOND_US };

static int64_t us_samples(const struct st_azure_audio *audio, int64_t us)
{
    return us * audio->rate_hz / SECOND_US;
}

int64_t st_azure_audio_us(const struct st_azure_audio *audio, int64_t samples)
{
    return samples * SECOND_US / audio->rate_hz;
}

void st_azure_audio_init(struct st_azure_audio *audio, uint32_t rate_hz)
{
    *audio = (struct st_azure_audio){.rate_hz = rate_hz};
    audio->kept_samples = (size_t)us_samples(audio, KEPT_US);
    audio->kept = st_mem_alloc(audio->kept_samples * sizeof(audio->kept[0]));
}

void st_azure_audio_fini(struct st_azure_audio *audio)
{
    free(audio->kept);
}

void st_azure_audio_put(struct st_azure_audio *audio, const struct st_frame *frame)
{
    for (size_t i = 0; i < frame->count; i++)
        audio->kept[(size_t)audio->given++ % audio->kept_samples] = frame->samples[i];
}

size_t st_azure_audio_waiting(const struct st_azure_audio *audio)
{
    int64_t count = audio->given - audio->next, chunk = audio->rate_hz / 10;
    return (size_t)(count < chunk ? count : chunk);
}

bool st_azure_audio_may_send(struct st_azure_audio *audio, size_t samples)
{
    int64_t now_us = st_loop_now_us();
    if (audio->started_us == 0)
        audio->started_us = now_us;
    return audio->sent_us + st_azure_audio_us(audio, (int64_t)samples) <=
           ST_AZURE_AT_ONCE_US + ST_AZURE_SPEED * (now_us - audio->started_us);
}

void st_azure_audio_take(struct st_azure_audio *audio, int16_t *out, size_t samples)
{
    for (size_t i = 0; i < samples; i++)
        out[i] = audio->kept[(size_t)audio->next++ % audio->kept_samples];
    audio->sent_us += st_azure_audio_us(audio, (int64_t)samples);
}

bool st_azure_audio_rewind(struct st_azure_audio *audio, int64_t until_us)
{
    int64_t until = us_samples(audio, until_us);
    if (until > audio->next)
        until = audio->next;
    if (audio->given - until > (int64_t)audio->kept_samples)
        return false;
    audio->next = audio->turn = until;
    return true;
}
