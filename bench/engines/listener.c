#include "listener.h"

#include "../clock.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_PER_S = 50, SAMPLES_MAX = 8192 };

bool listener_is_mute(const struct listener *listener)
{
    return atomic_load(&listener->engine->fault) == FAULT_MUTE;
}

double ear_at_s(const struct ear *ear)
{
    return (double)ear->reader.samples / ear->listener->shared->rate_hz;
}

void listener_open(struct listener *listener, const struct scene *scene,
                   struct scene_engine *engine, unsigned channels, uint32_t rate_hz)
{
    listener->engine = engine;
    listener->index = atomic_fetch_add(&engine->listener_count, 1);
    if (listener->index >= scene->listeners_max) {
        fprintf(stderr, "an engine has more than %u streams\n", scene->listeners_max);
        exit(1);
    }
    listener->shared = &engine->listeners[listener->index];
    *listener->shared =
        (struct scene_listener){.stream = SCENE_UNKNOWN, .rate_hz = rate_hz, .channels = channels};
    for (unsigned i = 0; i < channels; i++) {
        listener->ears[i] =
            (struct ear){.listener = listener, .channel = i, .stream = SCENE_UNKNOWN};
        mark_reader_init(&listener->ears[i].reader, rate_hz);
    }
}

static void place(struct ear *ear, const struct mark *mark)
{
    struct scene_listener *shared = ear->listener->shared;
    int stream = (int)mark->stream;
    if (ear->stream == SCENE_UNKNOWN)
        ear->stream = stream;
    if (shared->stream == SCENE_UNKNOWN) {
        shared->first_frame = (int64_t)mark->second * FRAMES_PER_S;
        shared->first_sample = (int64_t)mark->at_sample;
        shared->stream = shared->channels == 1 ? stream : stream & ~1;
    }
    if (ear->stream != stream ||
        stream / LISTENER_CHANNELS_MAX != shared->stream / LISTENER_CHANNELS_MAX)
        atomic_fetch_add(&ear->listener->engine->odd_marks, 1);
}

static void tell(struct ear *ear, bool is_final)
{
    if (listener_is_mute(ear->listener))
        return;
    ear->listener->tell(ear, is_final);
    ear->has_told = true;
    if (!is_final)
        return;
    ear->told_s = ear_at_s(ear);
    ear->finals++;
    ear->utterance.count = 0;
}

static void on_mark(void *user, const struct mark *mark)
{
    struct ear *ear = user;
    struct utterance *utterance = &ear->utterance;
    place(ear, mark);
    if (utterance->count == LISTENER_SECONDS_MAX)
        return;
    utterance->seconds[utterance->count] = mark->second;
    utterance->starts_s[utterance->count++] =
        (double)mark->at_sample / ear->listener->shared->rate_hz;
}

static void write_down(struct listener *listener, uint64_t now_ns)
{
    struct scene_engine *engine = listener->engine;
    uint32_t count = atomic_load(&engine->record_count);
    if (count == SCENE_RECORDS_MAX) {
        atomic_fetch_add(&engine->lost_records, 1);
        return;
    }
    engine->records[count] =
        (struct scene_record){now_ns, listener->ears[0].reader.samples, listener->index};
    atomic_store(&engine->record_count, count + 1);
}

static void hear(struct ear *ear, const int16_t *samples, size_t count, uint64_t now_ns)
{
    struct utterance *utterance = &ear->utterance;
    unsigned before = utterance->count;
    mark_reader_put(&ear->reader, samples, count, now_ns, on_mark, ear);
    ear->has_told = false;
    if (utterance->count > before)
        tell(ear, words_end_utterance(ear->stream & 1, utterance->seconds[utterance->count - 1]));
}

void listener_put(struct listener *listener, const uint8_t *data, size_t bytes)
{
    int16_t samples[SAMPLES_MAX], lane[SAMPLES_MAX];
    unsigned channels = listener->shared->channels;
    uint64_t now_ns = clock_now_ns();
    size_t count = bytes / 2 < SAMPLES_MAX ? bytes / 2 : SAMPLES_MAX;
    memcpy(samples, data, count * 2);
    for (unsigned channel = 0; channel < channels; channel++) {
        for (size_t i = 0; i < count / channels; i++)
            lane[i] = samples[i * channels + channel];
        hear(&listener->ears[channel], lane, count / channels, now_ns);
    }
    write_down(listener, now_ns);
}

void listener_finish(struct listener *listener)
{
    for (unsigned i = 0; i < listener->shared->channels; i++)
        tell(&listener->ears[i], true);
}

size_t ear_write_text(const struct ear *ear, char *out, size_t out_bytes)
{
    size_t len = 0;
    out[0] = 0;
    for (unsigned i = 0; i < ear->utterance.count; i++)
        for (unsigned k = 0; k < WORDS_PER_SECOND; k++) {
            struct word word = words_of(ear->utterance.seconds[i], k);
            len +=
                (size_t)snprintf(out + len, out_bytes - len, "%s%s", len > 0 ? " " : "", word.text);
        }
    return len;
}
