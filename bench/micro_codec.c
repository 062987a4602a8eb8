/* What 20 ms of one channel cost in the audio path: decoding, 8 to 16 kHz, framing, level. */
#include "micro.h"

#include "sidetone/codec.h"
#include "sidetone/framer.h"
#include "sidetone/level.h"
#include "sidetone/resample.h"
#include "sidetone/timeline.h"

#include <math.h>
#include <speex/speex_resampler.h>
#include <string.h>

enum { FRAMES = 500, WIRE = 160, WIDE = 320, CALLS = 40000 };

static int16_t wire[WIRE * FRAMES], wide[WIDE * FRAMES], out[WIDE * 2];
static uint8_t octets[WIRE * FRAMES], stereo[WIRE * 4 * FRAMES];
static unsigned position;
static volatile int32_t sink;

static unsigned next_frame(void)
{
    position = (position + 1) % FRAMES;
    return position;
}

/* Voice-like: pulses of moving pitch through a resonator, with syllables, pauses and noise. */
static void make_voice(int16_t *samples, int count, double rate_hz)
{
    double y1 = 0, y2 = 0, phase = 0;
    unsigned seed = 1;
    for (int i = 0; i < count; i++) {
        double t = i / rate_hz, pitch_hz = 110 + 20 * sin(4.4 * t);
        double envelope = fmod(t, 5) > 3.5 ? 0.01 : 0.5 - 0.5 * cos(19 * t);
        double noise = 0.004 * (rand_r(&seed) / (RAND_MAX / 2.0) - 1);
        phase += pitch_hz / rate_hz;
        double y = (phase >= 1) + noise + 1.94 * cos(3770 / rate_hz) * y1 - 0.94 * y2;
        phase -= phase >= 1;
        y2 = y1;
        y1 = y;
        samples[i] = (int16_t)fmax(-32000, fmin(32000, y * envelope * 6000));
    }
}

static void make_signals(void)
{
    make_voice(wire, WIRE * FRAMES, 8000);
    make_voice(wide, WIDE * FRAMES, 16000);
    st_codec_encode(ST_CODEC_PCMU, wire, WIRE * FRAMES, octets);
    for (int i = 0; i < WIRE * FRAMES; i++) {
        memcpy(stereo + 4 * i, &wire[i], 2);
        memcpy(stereo + 4 * i + 2, &wire[i], 2);
    }
}

static void decode_pcmu(void *user)
{
    st_codec_decode(ST_CODEC_PCMU, octets + next_frame() * WIRE, WIRE, 0, 1, out);
    sink += out[position % WIRE];
}

static void decode_stereo(void *user)
{
    st_codec_decode(ST_CODEC_L16LE, stereo + next_frame() * WIRE * 4, WIRE * 4, 1, 2, out);
    sink += out[position % WIRE];
}

static void resample_ours(void *user)
{
    sink += (int32_t)st_resampler_process(user, wire + next_frame() * WIRE, WIRE, out);
}

static void resample_speex(void *user)
{
    spx_uint32_t used = WIRE, made = WIDE;
    speex_resampler_process_int(user, 0, wire + next_frame() * WIRE, &used, out, &made);
    sink += (int32_t)made;
}

static void measure_level(void *user)
{
    struct st_frame frame = {wide + next_frame() * WIDE, WIDE, 16000, 0};
    st_level_put(user, &frame);
}

static void on_frame(void *user, const struct st_frame *frame)
{
    sink += frame->samples[0];
}

struct path {
    struct st_timeline timeline;
    struct st_resampler *resampler;
    struct st_framer framer;
};

static void run_path(void *user)
{
    struct path *path = user;
    int16_t samples[WIRE];
    size_t n = st_codec_decode(ST_CODEC_PCMU, octets + next_frame() * WIRE, WIRE, 0, 1, samples);
    struct st_timeline_plan plan = st_timeline_put(&path->timeline, ST_TIMELINE_APPEND, n);
    n = st_resampler_process(path->resampler, samples + plan.skip, n - plan.skip, out);
    st_framer_put(&path->framer, out, n);
}

static void run_resamplers(void)
{
    static const int qualities[] = {3, 5};
    struct st_resampler *ours;
    double speex_ns = 0;
    st_resampler_create(&ours, 8000, 16000);
    double ours_ns = micro_run("8 to 16 kHz, ours", resample_ours, ours, CALLS);
    for (int i = 0; i < 2; i++) {
        char name[64];
        int err;
        SpeexResamplerState *speex = speex_resampler_init(1, 8000, 16000, qualities[i], &err);
        snprintf(name, sizeof(name), "8 to 16 kHz, SpeexDSP quality %d", qualities[i]);
        double ns = micro_run(name, resample_speex, speex, CALLS / 4);
        speex_ns = i == 0 ? ns : speex_ns;
        speex_resampler_destroy(speex);
    }
    micro_ratio("  ours / SpeexDSP quality 3", ours_ns, speex_ns, 0.25);
    st_resampler_destroy(ours);
}

int main(void)
{
    struct st_level level;
    struct path path;
    make_signals();
    micro_run("mu-law, 160 octets", decode_pcmu, NULL, CALLS * 4);
    micro_run("one channel of stereo L16, 640 octets", decode_stereo, NULL, CALLS * 4);
    run_resamplers();
    st_level_init(&level);
    micro_run("level and activity, 320 samples", measure_level, &level, CALLS);
    st_resampler_create(&path.resampler, 8000, 16000);
    st_timeline_init(&path.timeline, 8000, 0, 0);
    st_framer_init(&path.framer, 16000, 0, on_frame, NULL);
    micro_run("decode, timeline, resample, frame", run_path, &path, CALLS);
    st_resampler_destroy(path.resampler);
    return 0;
}
