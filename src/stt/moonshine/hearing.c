#include "hearing.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { GATHER_US = 32000, RETRY_US = 10000 };

struct st_hearing {
    struct st_vad *vad;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct st_engine_stream **streams;
    size_t count, cap;
    size_t cursor; /* where the next batch begins: nobody is always last */
    bool is_ready, is_blocked, is_stopping;
    int64_t ready_us; /* when it was woken */
    float frames[ST_VAD_BATCH_MAX * ST_VAD_FRAME_MAX];
};

struct batch {
    struct st_engine_stream *heard[ST_VAD_BATCH_MAX];
    size_t heard_count;
    struct st_engine_stream *silent[ST_VAD_BATCH_MAX];
    size_t silent_count;
    struct st_engine_stream *ended[ST_VAD_BATCH_MAX];
    size_t ended_count;
};

static void wait_until(struct st_hearing *hearing, int64_t until_us)
{
    struct timespec until = {
        .tv_sec = until_us / 1000000,
        .tv_nsec = until_us % 1000000 * 1000,
    };
    pthread_cond_timedwait(&hearing->changed, &hearing->lock, &until);
}

/* False when the thread has to end. */
static bool wait_for_audio(struct st_hearing *hearing)
{
    pthread_mutex_lock(&hearing->lock);
    int64_t retry_us = st_loop_now_us() + RETRY_US;
    while (!hearing->is_stopping) {
        int64_t now_us = st_loop_now_us();
        if (hearing->is_ready && now_us >= hearing->ready_us + GATHER_US)
            break;
        if (hearing->is_blocked && now_us >= retry_us)
            break;
        if (hearing->is_ready)
            wait_until(hearing, hearing->ready_us + GATHER_US);
        else if (hearing->is_blocked)
            wait_until(hearing, retry_us);
        else
            pthread_cond_wait(&hearing->changed, &hearing->lock);
    }
    hearing->is_ready = false;
    hearing->is_blocked = false;
    bool is_stopping = hearing->is_stopping;
    pthread_mutex_unlock(&hearing->lock);
    return !is_stopping;
}

static void collect_one(struct st_hearing *hearing, struct st_engine_stream *stream,
                        struct batch *batch)
{
    size_t frame = st_vad_frame_samples(st_stream_rate_hz(stream));
    switch (st_stream_take_frame(stream, hearing->frames + batch->heard_count * frame)) {
    case ST_STREAM_FRAME:
        batch->heard[batch->heard_count++] = st_stream_ref(stream);
        break;
    case ST_STREAM_SILENCE:
        batch->silent[batch->silent_count++] = st_stream_ref(stream);
        break;
    case ST_STREAM_END:
        batch->ended[batch->ended_count++] = st_stream_ref(stream);
        break;
    case ST_STREAM_BLOCKED:
        hearing->is_blocked = true;
        break;
    case ST_STREAM_NOTHING:
        break;
    }
}

static void collect(struct st_hearing *hearing, uint32_t rate_hz, struct batch *batch)
{
    pthread_mutex_lock(&hearing->lock);
    size_t count = hearing->count, start = hearing->cursor;
    for (size_t i = 0; i < count; i++) {
        if (batch->heard_count == ST_VAD_BATCH_MAX || batch->silent_count == ST_VAD_BATCH_MAX ||
            batch->ended_count == ST_VAD_BATCH_MAX)
            break;
        size_t at = (start + i) % count;
        if (st_stream_rate_hz(hearing->streams[at]) == rate_hz)
            collect_one(hearing, hearing->streams[at], batch);
        hearing->cursor = at + 1;
    }
    pthread_mutex_unlock(&hearing->lock);
}

static void listen_to(struct st_hearing *hearing, uint32_t rate_hz, const struct batch *batch)
{
    struct st_vad_state *states[ST_VAD_BATCH_MAX];
    float probabilities[ST_VAD_BATCH_MAX];
    for (size_t i = 0; i < batch->heard_count; i++)
        states[i] = st_stream_vad(batch->heard[i]);
    int err = 0;
    if (batch->heard_count > 0)
        err = st_vad_run(hearing->vad, rate_hz, states, hearing->frames, batch->heard_count,
                         probabilities);
    for (size_t i = 0; i < batch->heard_count; i++) {
        if (err)
            st_stream_fail(batch->heard[i], err, "the voice detector cannot run");
        else
            st_stream_heard(batch->heard[i], probabilities[i]);
        st_stream_unref(batch->heard[i]);
    }
    for (size_t i = 0; i < batch->silent_count; i++) {
        st_stream_heard_silence(batch->silent[i]);
        st_stream_unref(batch->silent[i]);
    }
    for (size_t i = 0; i < batch->ended_count; i++) {
        st_stream_end(batch->ended[i]);
        st_stream_unref(batch->ended[i]);
    }
}

static bool hear_batch(struct st_hearing *hearing, uint32_t rate_hz)
{
    struct batch batch = {0};
    collect(hearing, rate_hz, &batch);
    listen_to(hearing, rate_hz, &batch);
    return batch.heard_count + batch.silent_count + batch.ended_count > 0;
}

static void *hear(void *user)
{
    struct st_hearing *hearing = user;
    while (wait_for_audio(hearing)) {
        bool had_any = true;
        while (had_any) {
            had_any = hear_batch(hearing, 8000);
            had_any = hear_batch(hearing, 16000) || had_any;
        }
    }
    return NULL;
}

/* Signals are the main thread's business. */
static int start(struct st_hearing *hearing)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&hearing->thread, NULL, hear, hearing);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!err)
        pthread_setname_np(hearing->thread, "st-hear");
    return -err;
}

static void init_locks(struct st_hearing *hearing)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&hearing->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&hearing->lock, NULL);
}

static void release(struct st_hearing *hearing)
{
    pthread_cond_destroy(&hearing->changed);
    pthread_mutex_destroy(&hearing->lock);
    st_vad_destroy(hearing->vad);
    free(hearing->streams);
    free(hearing);
}

int st_hearing_create(struct st_hearing **ret_hearing, const struct st_models *models)
{
    struct st_hearing *hearing = st_mem_alloc(sizeof(*hearing));
    init_locks(hearing);
    st_vad_create(&hearing->vad, models->ort, models->vad);
    int err = start(hearing);
    if (err) {
        release(hearing);
        return err;
    }
    *ret_hearing = hearing;
    return 0;
}

void st_hearing_destroy(struct st_hearing *hearing)
{
    if (!hearing)
        return;
    pthread_mutex_lock(&hearing->lock);
    hearing->is_stopping = true;
    pthread_cond_signal(&hearing->changed);
    pthread_mutex_unlock(&hearing->lock);
    pthread_join(hearing->thread, NULL);
    release(hearing);
}

void st_hearing_add(struct st_hearing *hearing, struct st_engine_stream *stream)
{
    pthread_mutex_lock(&hearing->lock);
    if (hearing->count == hearing->cap) {
        hearing->cap = hearing->cap ? 2 * hearing->cap : 16;
        hearing->streams =
            st_mem_realloc(hearing->streams, hearing->cap * sizeof(hearing->streams[0]));
    }
    hearing->streams[hearing->count++] = st_stream_ref(stream);
    pthread_mutex_unlock(&hearing->lock);
}

void st_hearing_remove(struct st_hearing *hearing, struct st_engine_stream *stream)
{
    bool was_there = false;
    pthread_mutex_lock(&hearing->lock);
    for (size_t i = 0; i < hearing->count && !was_there; i++) {
        if (hearing->streams[i] != stream)
            continue;
        hearing->streams[i] = hearing->streams[--hearing->count];
        was_there = true;
    }
    pthread_mutex_unlock(&hearing->lock);
    if (was_there)
        st_stream_unref(stream);
}

void st_hearing_wake(struct st_hearing *hearing)
{
    pthread_mutex_lock(&hearing->lock);
    if (!hearing->is_ready) {
        hearing->is_ready = true;
        hearing->ready_us = st_loop_now_us();
        pthread_cond_signal(&hearing->changed);
    }
    pthread_mutex_unlock(&hearing->lock);
}
