#include "audio_source.h"

#include "sidetone/err.h"
#include "sidetone/mem.h"
#include "sidetone/resample.h"
#include "sidetone/wav.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 2, FRAMES_PER_S = 50, READ_SAMPLES = 960, RATE_FALLBACK_HZ = 16000 };

/* One channel that comes out. */
struct lane {
    struct st_resampler *resampler; /* NULL: silent */
    unsigned file;
    unsigned channel; /* of that file */
    int16_t *samples;
    size_t count, cap;
};

struct file {
    char *path;
    struct st_wav *wav; /* NULL: none */
    bool is_done;
};

struct st_audio_source {
    struct file files[LANES];
    struct lane lanes[LANES];
    uint32_t rate_hz;
};

static int fail(char *ret_why, size_t why_bytes, const char *path, const char *what)
{
    snprintf(ret_why, why_bytes, "%s: %s", path, what);
    return -EINVAL;
}

static int open_file(struct file *file, const char *path, char *ret_why, size_t why_bytes)
{
    int err = st_wav_open(&file->wav, path);
    file->path = st_mem_strdup(path);
    if (err == 0)
        return 0;
    fail(ret_why, why_bytes, path,
         err == -EBADMSG   ? "is not a WAV file"
         : err == -ENOTSUP ? "only 16-bit PCM, mu-law and A-law in one or two channels are read"
                           : st_err_text(err));
    return err;
}

static void assign(struct st_audio_source *source, unsigned lane, unsigned file, unsigned channel)
{
    source->lanes[lane].file = file;
    source->lanes[lane].channel = channel;
}

static int open_both(struct st_audio_source *source, const struct st_audio_files *files,
                     bool *is_used, char *ret_why, size_t why_bytes)
{
    int err = open_file(&source->files[0], files->both, ret_why, why_bytes);
    if (err < 0)
        return err;
    unsigned first = files->is_swapped ? 1 : 0;
    if (st_wav_info(source->files[0].wav)->channels == 1) {
        assign(source, 1 - first, 0, 0);
        is_used[1 - first] = true;
        return 0;
    }
    assign(source, first, 0, 0);
    assign(source, 1 - first, 0, 1);
    is_used[0] = is_used[1] = true;
    return 0;
}

static int open_mono(struct st_audio_source *source, const char *path, unsigned lane, bool *is_used,
                     char *ret_why, size_t why_bytes)
{
    if (!path)
        return 0;
    int err = open_file(&source->files[lane], path, ret_why, why_bytes);
    if (err < 0)
        return err;
    if (st_wav_info(source->files[lane].wav)->channels != 1)
        return fail(ret_why, why_bytes, path,
                    "has two channels; give it without --agent or "
                    "--customer");
    assign(source, lane, lane, 0);
    is_used[lane] = true;
    return 0;
}

static uint32_t choose_rate(const struct st_audio_source *source, uint32_t wanted_hz)
{
    if (wanted_hz > 0)
        return wanted_hz;
    const struct st_wav *wav = source->files[0].wav ? source->files[0].wav : source->files[1].wav;
    uint32_t rate_hz = st_wav_info(wav)->rate_hz;
    return rate_hz % FRAMES_PER_S == 0 ? rate_hz : RATE_FALLBACK_HZ;
}

static int open_lane(struct st_audio_source *source, struct lane *lane)
{
    uint32_t in_hz = st_wav_info(source->files[lane->file].wav)->rate_hz;
    int err = st_resampler_create(&lane->resampler, in_hz, source->rate_hz);
    if (err < 0)
        return err;
    lane->cap =
        source->rate_hz / FRAMES_PER_S + st_resampler_out_max(lane->resampler, READ_SAMPLES);
    lane->samples = st_mem_alloc_array(lane->cap, sizeof(*lane->samples));
    return 0;
}

int st_audio_source_open(struct st_audio_source **ret_source, const struct st_audio_files *files,
                         char *ret_why, size_t why_bytes)
{
    struct st_audio_source *source = st_mem_alloc(sizeof(*source));
    bool is_used[LANES] = {false, false};
    int err = 0;
    if (files->both) {
        err = open_both(source, files, is_used, ret_why, why_bytes);
    } else {
        err = open_mono(source, files->agent, 0, is_used, ret_why, why_bytes);
        if (err == 0)
            err = open_mono(source, files->customer, 1, is_used, ret_why, why_bytes);
    }
    if (err == 0 && !is_used[0] && !is_used[1])
        err = fail(ret_why, why_bytes, "no file", "nothing to send");
    if (err == 0)
        source->rate_hz = choose_rate(source, files->rate_hz);
    for (unsigned i = 0; i < LANES && err == 0; i++)
        if (is_used[i] && (err = open_lane(source, &source->lanes[i])) < 0)
            fail(ret_why, why_bytes, source->files[source->lanes[i].file].path,
                 "its sample rate cannot be used");
    if (err < 0) {
        st_audio_source_close(source);
        return err;
    }
    *ret_source = source;
    return 0;
}

void st_audio_source_close(struct st_audio_source *source)
{
    if (!source)
        return;
    for (unsigned i = 0; i < LANES; i++) {
        st_wav_close(source->files[i].wav);
        free(source->files[i].path);
        st_resampler_destroy(source->lanes[i].resampler);
        free(source->lanes[i].samples);
    }
    free(source);
}

uint32_t st_audio_source_rate_hz(const struct st_audio_source *source)
{
    return source->rate_hz;
}

int64_t st_audio_source_duration_us(const struct st_audio_source *source)
{
    int64_t longest_us = 0;
    for (unsigned i = 0; i < LANES; i++) {
        const struct st_wav *wav = source->files[i].wav;
        if (!wav)
            continue;
        uint64_t samples = st_wav_frame_count(wav);
        int64_t us = (int64_t)((double)samples * 1e6 / st_wav_info(wav)->rate_hz);
        longest_us = us > longest_us ? us : longest_us;
    }
    return longest_us;
}

unsigned st_audio_source_channels(const struct st_audio_source *source)
{
    return (source->lanes[0].resampler ? 1U : 0) | (source->lanes[1].resampler ? 2U : 0);
}

static void feed_lane(struct lane *lane, const int16_t *read, size_t count, unsigned channels)
{
    int16_t mono[READ_SAMPLES];
    for (size_t i = 0; i < count; i++)
        mono[i] = read[i * channels + lane->channel];
    lane->count += st_resampler_process(lane->resampler, mono, count, lane->samples + lane->count);
}

static int read_file(struct st_audio_source *source, unsigned index)
{
    struct file *file = &source->files[index];
    int16_t read[READ_SAMPLES * 2];
    ssize_t count = st_wav_read(file->wav, read, READ_SAMPLES);
    if (count < 0)
        return (int)count;
    file->is_done = count == 0;
    for (unsigned i = 0; i < LANES; i++)
        if (source->lanes[i].resampler && source->lanes[i].file == index)
            feed_lane(&source->lanes[i], read, (size_t)count, st_wav_info(file->wav)->channels);
    return 0;
}

/* Reads on until the lane has a frame or its file has ended. */
static int fill_lane(struct st_audio_source *source, struct lane *lane, size_t frame)
{
    while (lane->resampler && lane->count < frame && !source->files[lane->file].is_done) {
        int err = read_file(source, lane->file);
        if (err < 0)
            return err;
    }
    return 0;
}

static void take_frame(struct lane *lane, int16_t *out, size_t frame)
{
    size_t count = lane->count < frame ? lane->count : frame;
    for (size_t i = 0; i < frame; i++)
        out[i * LANES] = i < count ? lane->samples[i] : 0;
    lane->count -= count;
    if (lane->count > 0)
        memmove(lane->samples, lane->samples + count, lane->count * sizeof(*lane->samples));
}

int st_audio_source_read(struct st_audio_source *source, int16_t *out)
{
    size_t frame = source->rate_hz / FRAMES_PER_S;
    bool has_samples = false;
    for (unsigned i = 0; i < LANES; i++) {
        int err = fill_lane(source, &source->lanes[i], frame);
        if (err < 0)
            return err;
        has_samples |= source->lanes[i].count > 0;
    }
    if (!has_samples)
        return 0;
    for (unsigned i = 0; i < LANES; i++)
        take_frame(&source->lanes[i], out + i, frame);
    return 1;
}

int st_audio_source_rewind(struct st_audio_source *source)
{
    for (unsigned i = 0; i < LANES; i++) {
        struct file *file = &source->files[i];
        if (!file->wav)
            continue;
        st_wav_close(file->wav);
        file->wav = NULL;
        int err = st_wav_open(&file->wav, file->path);
        if (err < 0)
            return err;
        file->is_done = false;
    }
    for (unsigned i = 0; i < LANES; i++) {
        source->lanes[i].count = 0;
        if (source->lanes[i].resampler)
            st_resampler_reset(source->lanes[i].resampler);
    }
    return 0;
}
