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

/* The packet's place since the first one by its time; what has none follows what came before. */
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
    *ret_us = time_us > clock->base_us ? time_us - clock->base_us : 0;
    return *ret_us <= ST_DIALECT_POSITION_MAX_US;
}

/* Whether the person is heard with this packet. Who takes over is not heard in place of what has
 * been heard already. */
static bool is_heard(const struct st_acs_audio_clock *clock, struct st_acs_voice *voice,
                     const struct st_acs_person *person, bool is_silent, int64_t middle_us)
{
    bool is_holder = voice->holder == person->key;
    bool is_free = voice->holder == 0 || clock->now_us - voice->next_us > LET_GO_US ||
                   (voice->is_silent && !is_silent);
    if (!is_holder && !is_free)
        return false;
    voice->holder = person->key;
    voice->is_silent = is_silent;
    return is_holder || middle_us >= voice->next_us;
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
    int64_t length_us = (int64_t)(bytes / SAMPLE_BYTES) * 1000000 / clock->rate_hz;
    if (bytes == 0 ||
        !is_heard(clock, voice, person, audio->is_silent, position_us + length_us / 2))
        return 0;
    if (llabs(position_us - voice->next_us) <= TREMBLE_US)
        position_us = voice->next_us;
    if (position_us + length_us > voice->next_us)
        voice->next_us = position_us + length_us;
    if (voice->next_us > clock->now_us)
        clock->now_us = voice->next_us;
    *ret_media = (struct st_ingest_media){.channel = person->channel,
                                          .payload = clock->samples,
                                          .bytes = bytes,
                                          .position_us = position_us};
    return 1;
}
