#include "stream.h"

#include "answer.h"
#include "hearing.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    RING_SECONDS = 20,
    WAITING_SECONDS_MAX = 20, /* of finished utterances; then no more is heard */
    PENDING_MAX = 64,         /* of them in number */
    LAG_STEP_US = 100000,
    SILENCE_PEAK = 32,  /* -60 dB: the two smallest steps of G.711 */
    FORGET_FRAMES = 32, /* after a second of it the detector begins anew */
    SETTLED_STEP_US = 1000000,
};

/* A finished utterance that is not decided yet. */
struct pending {
    int64_t heard_at;
    int64_t samples;
};

struct news {
    struct st_answer_list answers;
    bool has_lag, has_settled, is_done;
    int64_t lag_us, settled_us;
    int err;
    const char *what;
};

struct st_engine_stream {
    atomic_uint refs;
    struct st_hearing *hearing;
    struct st_workers *workers;
    struct st_engine_stream_config config;
    struct st_hints *hints; /* NULL: none */

    pthread_mutex_t lock; /* from here to the next comment */
    size_t ring_samples;
    int64_t received, heard, kept; /* positions: of the newest, the decided, the oldest sample */
    bool is_finishing, has_ended, is_closed, is_dead;
    struct pending pending[PENDING_MAX];
    size_t pending_first, pending_count;
    int64_t waiting_samples;
    uint64_t partial_id, final_id; /* newest of each kind that was answered */
    int64_t told_lag_us, told_settled_us;
    struct news news;
    bool is_posted, is_blocked;

    struct st_vad_state vad; /* the hearing thread's */
    struct st_segmenter segmenter;
    uint64_t id;
    unsigned silent_frames;

    struct st_lane lane;          /* the workers' */
    atomic_bool is_partial_stale; /* nobody waits for a partial that is being decoded */
    int16_t ring[];               /* written by the loop beyond `received`, read before it */
};

struct job {
    struct st_job base;
    struct st_engine_stream *stream;
    uint64_t id;
    struct st_utterance utterance;
    struct st_clip clip;
    int16_t samples[];
};

/* ---- lifetime ---- */

struct st_engine_stream *st_stream_ref(struct st_engine_stream *stream)
{
    atomic_fetch_add(&stream->refs, 1);
    return stream;
}

void st_stream_unref(struct st_engine_stream *stream)
{
    if (atomic_fetch_sub(&stream->refs, 1) > 1)
        return;
    st_answer_list_clear(&stream->news.answers);
    st_hints_unref(stream->hints);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
}

void st_stream_open(struct st_engine_stream **ret_stream, struct st_hearing *hearing,
                    struct st_workers *workers, const struct st_engine_stream_config *config,
                    struct st_hints *hints_take)
{
    size_t samples = (size_t)config->rate_hz * RING_SECONDS;
    struct st_engine_stream *stream =
        st_mem_alloc(sizeof(*stream) + samples * sizeof(stream->ring[0]));
    atomic_init(&stream->refs, 1);
    stream->hearing = hearing;
    stream->workers = workers;
    stream->config = *config;
    stream->hints = hints_take;
    stream->ring_samples = samples;
    pthread_mutex_init(&stream->lock, NULL);
    st_segmenter_init(&stream->segmenter, config->rate_hz, st_vad_frame_samples(config->rate_hz));
    st_hearing_add(hearing, stream);
    *ret_stream = stream;
}

void st_stream_close(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    pthread_mutex_lock(&stream->lock);
    stream->is_closed = true;
    pthread_mutex_unlock(&stream->lock);
    atomic_store(&stream->is_partial_stale, true);
    st_hearing_remove(stream->hearing, stream);
    st_workers_clear(stream->workers, &stream->lane);
    st_stream_unref(stream);
}

uint32_t st_stream_rate_hz(const struct st_engine_stream *stream)
{
    return stream->config.rate_hz;
}

struct st_vad_state *st_stream_vad(struct st_engine_stream *stream)
{
    return &stream->vad;
}

/* ---- answers ---- */

static void give(struct st_engine_stream *stream, struct news *news)
{
    const struct st_engine_sink *sink = stream->config.sink;
    void *user = stream->config.user;
    for (struct st_answer *at = news->answers.first; at && !stream->is_closed; at = at->next)
        sink->segment(user, 0, &at->segment);
    if (news->has_settled && !stream->is_closed)
        sink->settled(user, 0, news->settled_us);
    if (news->has_lag && !stream->is_closed)
        sink->lag(user, news->lag_us);
    if (news->err && !stream->is_closed)
        sink->failed(user, ST_TROUBLE_LOST, news->what);
    else if (news->is_done && !stream->is_closed)
        sink->done(user);
}

/* On the loop's thread, the only one that closes: is_closed needs no lock here. */
static void on_posted(void *user)
{
    struct st_engine_stream *stream = user;
    pthread_mutex_lock(&stream->lock);
    struct news news = stream->news;
    stream->news = (struct news){0};
    stream->is_posted = false;
    pthread_mutex_unlock(&stream->lock);
    give(stream, &news);
    st_answer_list_clear(&news.answers);
    st_stream_unref(stream);
}

static bool has_news(const struct news *news)
{
    return news->answers.first || news->has_settled || news->has_lag || news->is_done || news->err;
}

/* With the lock held. A full inbox is tried again by the hearing thread: nothing is lost. The loop
 * may be gone once the stream is closed. */
static void post(struct st_engine_stream *stream)
{
    stream->is_blocked = false;
    if (stream->is_posted || stream->is_closed || !has_news(&stream->news))
        return;
    st_stream_ref(stream);
    stream->is_posted = st_loop_post(stream->config.loop, on_posted, stream) == 0;
    stream->is_blocked = !stream->is_posted;
    if (stream->is_blocked)
        atomic_fetch_sub(&stream->refs, 1);
}

static void wake_if_blocked(struct st_engine_stream *stream, bool is_blocked)
{
    if (is_blocked)
        st_hearing_wake(stream->hearing);
}

static int64_t samples_us(const struct st_engine_stream *stream, int64_t samples)
{
    return samples * 1000000 / (int64_t)stream->config.rate_hz;
}

static void note_lag(struct st_engine_stream *stream)
{
    int64_t decided = stream->heard;
    if (stream->pending_count > 0)
        decided = stream->pending[stream->pending_first].heard_at;
    int64_t lag_us = samples_us(stream, stream->received - decided);
    int64_t change_us = lag_us - stream->told_lag_us;
    if (change_us >= -LAG_STEP_US && change_us <= LAG_STEP_US)
        return;
    stream->told_lag_us = lag_us;
    stream->news.has_lag = true;
    stream->news.lag_us = lag_us;
}

/* Of silence; what was speech is settled by its final. */
static void note_settled(struct st_engine_stream *stream)
{
    if (stream->pending_count > 0)
        return;
    int64_t settled_us = samples_us(stream, stream->kept);
    if (settled_us - stream->told_settled_us < SETTLED_STEP_US)
        return;
    stream->told_settled_us = settled_us;
    stream->news.has_settled = true;
    stream->news.settled_us = settled_us;
}

static void note_done(struct st_engine_stream *stream)
{
    if (stream->has_ended && stream->pending_count == 0 && !stream->is_dead)
        stream->news.is_done = true;
}

void st_stream_fail(struct st_engine_stream *stream, int err, const char *what)
{
    pthread_mutex_lock(&stream->lock);
    if (!stream->is_dead) {
        stream->is_dead = true;
        stream->news.err = err;
        stream->news.what = what;
        stream->news.is_done = false;
        post(stream);
    }
    bool is_blocked = stream->is_blocked;
    pthread_mutex_unlock(&stream->lock);
    wake_if_blocked(stream, is_blocked);
}

/* ---- audio in ---- */

static void store(struct st_engine_stream *stream, const struct st_frame *frame)
{
    size_t at = (size_t)stream->received % stream->ring_samples;
    size_t first = stream->ring_samples - at;
    if (first > frame->count)
        first = frame->count;
    memcpy(stream->ring + at, frame->samples, first * sizeof(int16_t));
    memcpy(stream->ring, frame->samples + first, (frame->count - first) * sizeof(int16_t));
    stream->received += frame->count;
}

int st_stream_audio(struct st_engine_stream *stream, const struct st_frame *frame)
{
    if (frame->rate_hz != stream->config.rate_hz)
        return -EINVAL;
    pthread_mutex_lock(&stream->lock);
    size_t held = (size_t)(stream->received - stream->kept);
    bool fits = held + frame->count <= stream->ring_samples;
    if (fits)
        store(stream, frame);
    bool has_frame =
        stream->received - stream->heard >= st_vad_frame_samples(stream->config.rate_hz);
    pthread_mutex_unlock(&stream->lock);
    if (has_frame)
        st_hearing_wake(stream->hearing);
    return fits ? 0 : -EAGAIN;
}

void st_stream_finish(struct st_engine_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->is_finishing = true;
    pthread_mutex_unlock(&stream->lock);
    st_hearing_wake(stream->hearing);
}

/* ---- hearing ---- */

static void copy_ring(const struct st_engine_stream *stream, int64_t from, size_t count,
                      int16_t *out)
{
    size_t at = (size_t)from % stream->ring_samples;
    size_t first = stream->ring_samples - at;
    if (first > count)
        first = count;
    memcpy(out, stream->ring + at, first * sizeof(int16_t));
    memcpy(out + first, stream->ring, (count - first) * sizeof(int16_t));
}

static bool is_full(const struct st_engine_stream *stream)
{
    return stream->pending_count == PENDING_MAX ||
           samples_us(stream, stream->waiting_samples) > WAITING_SECONDS_MAX * 1000000LL;
}

static enum st_stream_take read_frame(struct st_engine_stream *stream, size_t count, float *out)
{
    int16_t samples[ST_VAD_FRAME_MAX] = {0};
    bool is_silent = true;
    copy_ring(stream, stream->heard, count, samples);
    for (size_t i = 0; i < st_vad_frame_samples(stream->config.rate_hz); i++) {
        out[i] = (float)samples[i] / 32768.0F;
        is_silent = is_silent && samples[i] < SILENCE_PEAK && samples[i] > -SILENCE_PEAK;
    }
    return is_silent ? ST_STREAM_SILENCE : ST_STREAM_FRAME;
}

static enum st_stream_take take_frame(struct st_engine_stream *stream, float *out)
{
    if (stream->is_closed || stream->is_dead || stream->has_ended || is_full(stream))
        return ST_STREAM_NOTHING;
    int64_t frame = st_vad_frame_samples(stream->config.rate_hz);
    int64_t count = stream->received - stream->heard;
    if (count > frame)
        count = frame;
    if (count < frame && !stream->is_finishing)
        return ST_STREAM_NOTHING;
    if (count <= 0)
        return ST_STREAM_END;
    return read_frame(stream, (size_t)count, out);
}

enum st_stream_take st_stream_take_frame(struct st_engine_stream *stream, float *out)
{
    pthread_mutex_lock(&stream->lock);
    if (stream->is_blocked)
        post(stream);
    enum st_stream_take take = take_frame(stream, out);
    if (take == ST_STREAM_NOTHING && stream->is_blocked)
        take = ST_STREAM_BLOCKED;
    pthread_mutex_unlock(&stream->lock);
    return take;
}

static struct job *create_job(struct st_engine_stream *stream, const struct st_utterance *utterance,
                              bool is_final)
{
    size_t count = (size_t)(utterance->end - utterance->start);
    struct job *job = st_mem_alloc(sizeof(*job) + count * sizeof(job->samples[0]));
    copy_ring(stream, utterance->start, count, job->samples);
    job->base.lane = &stream->lane;
    job->base.is_final = is_final;
    job->stream = st_stream_ref(stream);
    job->id = stream->id;
    job->utterance = *utterance;
    job->clip = (struct st_clip){job->samples, count, stream->config.rate_hz};
    return job;
}

static void submit(struct st_engine_stream *stream, struct st_utterance utterance, bool is_final)
{
    pthread_mutex_lock(&stream->lock);
    int64_t received = stream->received;
    pthread_mutex_unlock(&stream->lock);
    if (utterance.end > received)
        utterance.end = received;
    struct job *job = create_job(stream, &utterance, is_final);
    if (is_final) {
        pthread_mutex_lock(&stream->lock);
        size_t at = (stream->pending_first + stream->pending_count++) % PENDING_MAX;
        stream->pending[at] =
            (struct pending){stream->segmenter.position, (int64_t)job->clip.count};
        stream->waiting_samples += (int64_t)job->clip.count;
        pthread_mutex_unlock(&stream->lock);
    }
    atomic_store(&stream->is_partial_stale, is_final);
    st_workers_put_take(stream->workers, &job->base);
}

static void follow(struct st_engine_stream *stream, float probability)
{
    struct st_utterance utterance = {0};
    enum st_segmenter_state state = st_segmenter_put(&stream->segmenter, probability, &utterance);
    if (state == ST_SEGMENTER_OPENED)
        stream->id++;
    if (state == ST_SEGMENTER_CLOSED)
        submit(stream, utterance, true);
    else if (stream->config.wants_partials && st_segmenter_is_partial_due(&stream->segmenter))
        submit(stream, utterance, false);
    pthread_mutex_lock(&stream->lock);
    stream->heard = stream->segmenter.position;
    if (stream->heard > stream->received)
        stream->heard = stream->received;
    stream->kept = st_segmenter_keep_from(&stream->segmenter);
    if (stream->kept > stream->received)
        stream->kept = stream->received;
    note_settled(stream);
    note_lag(stream);
    post(stream);
    bool is_blocked = stream->is_blocked;
    pthread_mutex_unlock(&stream->lock);
    wake_if_blocked(stream, is_blocked);
}

void st_stream_heard(struct st_engine_stream *stream, float probability)
{
    stream->silent_frames = 0;
    follow(stream, probability);
}

void st_stream_heard_silence(struct st_engine_stream *stream)
{
    if (++stream->silent_frames == FORGET_FRAMES)
        memset(&stream->vad, 0, sizeof(stream->vad));
    follow(stream, 0);
}

void st_stream_end(struct st_engine_stream *stream)
{
    struct st_utterance utterance;
    pthread_mutex_lock(&stream->lock);
    int64_t received = stream->received;
    pthread_mutex_unlock(&stream->lock);
    if (st_segmenter_flush(&stream->segmenter, received, &utterance))
        submit(stream, utterance, true);
    pthread_mutex_lock(&stream->lock);
    stream->has_ended = true;
    note_done(stream);
    post(stream);
    bool is_blocked = stream->is_blocked;
    pthread_mutex_unlock(&stream->lock);
    wake_if_blocked(stream, is_blocked);
}

/* ---- decoding ---- */

static void settle_final(struct st_engine_stream *stream, struct st_answer *answer)
{
    struct pending *pending = &stream->pending[stream->pending_first];
    bool was_shown = stream->partial_id == answer->segment.id;
    stream->waiting_samples -= pending->samples;
    stream->pending_first = (stream->pending_first + 1) % PENDING_MAX;
    stream->pending_count--;
    stream->final_id = answer->segment.id;
    if (answer->segment.text[0] || was_shown)
        st_answer_list_add_take(&stream->news.answers, answer);
    else
        free(answer);
    note_lag(stream);
    note_done(stream);
}

static void settle_partial(struct st_engine_stream *stream, struct st_answer *answer)
{
    if (answer->segment.id <= stream->final_id || !answer->segment.text[0]) {
        free(answer);
        return;
    }
    stream->partial_id = answer->segment.id;
    st_answer_list_add_take(&stream->news.answers, answer);
}

static void settle(const struct job *job, const struct st_recognition *recognition)
{
    struct st_engine_stream *stream = job->stream;
    struct st_answer *answer = st_answer_create(job->id, job->base.is_final, &job->utterance,
                                                stream->config.rate_hz, recognition);
    pthread_mutex_lock(&stream->lock);
    bool was_full = is_full(stream);
    if (job->base.is_final)
        settle_final(stream, answer);
    else
        settle_partial(stream, answer);
    post(stream);
    bool needs_hearing = stream->is_blocked || was_full;
    pthread_mutex_unlock(&stream->lock);
    wake_if_blocked(stream, needs_hearing);
}

static bool is_over(struct st_engine_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    bool is_over = stream->is_closed || stream->is_dead;
    pthread_mutex_unlock(&stream->lock);
    return is_over;
}

static void run_job(struct st_job *base, struct st_recogniser *recogniser)
{
    struct job *job = (struct job *)base;
    struct st_engine_stream *stream = job->stream;
    const struct st_recognition *recognition = NULL;
    if (is_over(stream))
        return;
    int err = base->is_final
                  ? st_recogniser_final(recogniser, &job->clip, stream->hints, &recognition)
                  : st_recogniser_partial(recogniser, &job->clip, &stream->is_partial_stale,
                                          &recognition);
    if (err == -ECANCELED)
        return;
    if (err)
        st_stream_fail(stream, err, "the recogniser's model cannot run");
    else
        settle(job, recognition);
}

static void release_job(struct st_job *base)
{
    struct job *job = (struct job *)base;
    st_stream_unref(job->stream);
    free(job);
}

const struct st_workers_ops st_stream_jobs = {
    .run = run_job,
    .release = release_job,
};
