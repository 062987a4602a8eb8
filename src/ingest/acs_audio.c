#include "acs_audio.h"

#include "sidetone/base64.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { TREMBLE_US = 100000, LET_GO_US = 500000, SAMPLE_BYTES = 2 };

void st_acs_audio_fini(struct st_acs_audio_clock *clock)
{
    free(clock->samples);
    free(clock->unescaped);
    *clock = (struct st_acs_audio_clock){0};
}

static bool make_room(void **memory, size_t *cap, size_t bytes)
{
    if (bytes <= *cap)
        return true;
    void *room = st_mem_try_alloc(bytes);
    if (!room)
        return false;
    free(*memory);
    *memory = room;
    *cap = bytes;
    return true;
}

/* Some encoders write a slash as \/. */
static bool resolve_escapes(struct st_acs_audio_clock *clock, struct st_slice *data)
{
    if (!data->has_escapes)
        return true;
    if (!make_room((void **)&clock->unescaped, &clock->unescaped_cap, data->len + 1))
        return false;
    data->len = st_scan_unescape(*data, clock->unescaped, clock->unescaped_cap);
    data->data = clock->unescaped;
    data->has_escapes = false;
    return true;
}

static int decode(struct st_acs_audio_clock *clock, struct st_slice data, size_t *ret_bytes,
                  const char **ret_wrong)
{
    *ret_wrong = "audioData.data: must be base64 of whole 16-bit samples";
    if (!data.data)
        return -EBADMSG;
    if (!resolve_escapes(clock, &data) ||
        !make_room((void **)&clock->samples, &clock->samples_cap, ST_BASE64_DECODED_MAX(data.len)))
        return -ENOMEM;
    ssize_t bytes = st_base64_decode(data.data, data.len, clock->samples);
    if (bytes < 0 || bytes % SAMPLE_BYTES != 0)
        return -EBADMSG;
    *ret_bytes = (size_t)bytes;
    return 0;
}

/* The packet's place since the first one; what has no time follows what came before. */
static bool find_position(struct st_acs_audio_clock *clock, const struct st_acs_audio *audio,
                          const struct st_acs_voice *voice, int64_t *ret_us)
{
    int64_t time_us;
    *ret_us = voice->next_us;
    if (!st_acs_time(audio->timestamp, &time_us))
        return true;
    if (!clock->has_base)
        clock->base_us = time_us;
    clock->has_base = true;
    int64_t position_us = time_us - clock->base_us;
    if (position_us > ST_DIALECT_POSITION_MAX_US)
        return false;
    if (llabs(position_us - voice->next_us) > TREMBLE_US)
        *ret_us = position_us > 0 ? position_us : 0;
    return true;
}

static bool takes_channel(const struct st_acs_audio_clock *clock, struct st_acs_voice *voice,
                          const struct st_acs_person *person, bool is_silent)
{
    bool is_free = voice->holder == 0 || clock->now_us - voice->heard_us > LET_GO_US ||
                   (voice->is_silent && !is_silent);
    if (voice->holder != person->key && !is_free)
        return false;
    voice->holder = person->key;
    voice->is_silent = is_silent;
    return true;
}

int st_acs_audio_put(struct st_acs_audio_clock *clock, const struct st_acs_audio *audio,
                     const struct st_acs_person *person, struct st_ingest_media *ret_media,
                     const char **ret_wrong)
{
    struct st_acs_voice *voice = &clock->voices[person->channel];
    int64_t position_us;
    size_t bytes = 0;
    int err = decode(clock, audio->data, &bytes, ret_wrong);
    if (err)
        return err;
    if (!find_position(clock, audio, voice, &position_us)) {
        *ret_wrong = "audioData.timestamp: beyond 100 days";
        return -EBADMSG;
    }
    if (bytes == 0 || !takes_channel(clock, voice, person, audio->is_silent))
        return 0;
    int64_t end_us = position_us + (int64_t)(bytes / SAMPLE_BYTES) * 1000000 / clock->rate_hz;
    voice->next_us = end_us > voice->next_us ? end_us : voice->next_us;
    voice->heard_us = voice->next_us;
    clock->now_us = end_us > clock->now_us ? end_us : clock->now_us;
    *ret_media = (struct st_ingest_media){.channel = person->channel,
                                          .payload = clock->samples,
                                          .bytes = bytes,
                                          .position_us = position_us};
    return 1;
}
