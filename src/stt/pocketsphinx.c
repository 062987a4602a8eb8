/*
 * The fallback recogniser of Debian's own packages: runs anywhere, understands little.
 *
 * A decoder takes about 100 MB, so there is one per worker thread, not per stream. Each stream cuts
 * its audio into utterances and has them decoded whole. While one grows, it is decoded now and then
 * for a partial, but only by a worker that has nothing else to do. A stream whose oldest undecoded
 * utterance began 30 s ago takes no more audio: nothing final is dropped here.
 */
#include "energy_segmenter.h"
#include "engines.h"
#include "sphinx_decoder.h"

#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/worker_pool.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    LEAD_SAMPLES = (ST_SEGMENTER_LEAD_US / MS_US + 200) * (ST_SPHINX_HZ / 1000),
    /* Lead and 80 ms before the segmenter opens, then 20 s and the frame that closes it. */
    UTTERANCE_SAMPLES_MAX = (ST_SEGMENTER_UTTERANCE_MAX_US / MS_US + 1000) * (ST_SPHINX_HZ / 1000),
    PENDING_MAX_US = 30 * SECOND_US,
    PARTIAL_STEP_US = SECOND_US,
    PARTIAL_MAX_US = 8 * SECOND_US, /* decoding anew what is longer costs too much */
    SETTLE_STEP_US = 200 * MS_US,
    WORKERS_MAX = 64,
};

struct st_engine {
    char *model_dir;
    unsigned decoder_count;
    struct st_sphinx_decoder *decoders[WORKERS_MAX]; /* by worker */
    struct st_worker_pool *pool;
};

struct utterance {
    struct st_job job;
    struct st_engine *engine;
    struct st_engine_stream *stream; /* on the loop's thread only */
    struct utterance *next;          /* pending finals, oldest first */
    uint64_t id;
    bool is_decoded;
    int64_t start_us; /* of the first sample, since the stream began */
    size_t count;
    size_t cap;
    int16_t *samples;
    struct st_sphinx_result result;
};

struct st_engine_stream {
    struct st_engine *engine;
    struct st_engine_stream_config config;
    struct st_energy_segmenter segmenter;
    struct utterance *growing; /* or, while nobody speaks, the last half second */
    struct utterance *first;   /* pending finals */
    struct utterance *last;
    struct utterance *partial; /* being decoded */
    int64_t partial_due_us;
    int64_t settled_us;
    uint64_t last_id;
    bool is_finishing;
};

/* ---- the engine ---- */

static unsigned worker_count(const struct st_config_pocketsphinx *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = config->workers;
    if (count == 0)
        count = cores > 1 ? (unsigned)cores - 1 : 1;
    return count < WORKERS_MAX ? count : WORKERS_MAX;
}

static void unload(struct st_engine *engine)
{
    if (!engine)
        return;
    st_worker_pool_destroy(engine->pool);
    for (unsigned i = 0; i < engine->decoder_count; i++)
        st_sphinx_decoder_destroy(engine->decoders[i]);
    free(engine->model_dir);
    free(engine);
}

static void explain_missing(char *out, size_t out_bytes, const char *model_dir)
{
    snprintf(out, out_bytes, "no model in %s: install the package pocketsphinx-en-us", model_dir);
}

static int load_decoders(struct st_engine *engine, unsigned count, char *ret_why, size_t why_bytes)
{
    for (unsigned i = 0; i < count; i++) {
        int err = st_sphinx_decoder_create(&engine->decoders[i], engine->model_dir);
        if (err == -ENOENT)
            explain_missing(ret_why, why_bytes, engine->model_dir);
        else if (err)
            snprintf(ret_why, why_bytes, "the model in %s cannot be loaded", engine->model_dir);
        if (err)
            return err;
        engine->decoder_count++;
    }
    return 0;
}

static int load(struct st_engine **ret_engine, const struct st_config_engines *config,
                const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes)
{
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->model_dir = st_mem_strdup(config->pocketsphinx.model_dir);
    unsigned workers = worker_count(&config->pocketsphinx);
    int err = load_decoders(engine, workers, ret_why, why_bytes);
    if (err)
        goto fail;
    err = st_worker_pool_create(&engine->pool, workers);
    if (err) {
        snprintf(ret_why, why_bytes, "worker threads cannot be started");
        goto fail;
    }
    *ret_engine = engine;
    return 0;

fail:
    unload(engine);
    return err;
}

static int probe(const struct st_config_engines *config, char *out, size_t out_bytes)
{
    const char *dir = config->pocketsphinx.model_dir;
    int err = st_sphinx_decoder_probe(dir);
    if (err)
        explain_missing(out, out_bytes, dir);
    else
        snprintf(out, out_bytes, "PocketSphinx " ST_POCKETSPHINX_VERSION ", %s", dir);
    return err;
}

static void describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "PocketSphinx, model %s, %u worker%s, English, quality low",
             engine->model_dir, engine->decoder_count, engine->decoder_count == 1 ? "" : "s");
}

static uint32_t rate_hz(const struct st_engine *engine, uint32_t wire_hz)
{
    return ST_SPHINX_HZ;
}

/* ---- utterances ---- */

static void on_decoded(struct st_job *job);

static void free_utterance(struct utterance *utterance)
{
    if (!utterance)
        return;
    free(utterance->samples);
    free(utterance);
}

static void release_utterance(struct st_job *job)
{
    free_utterance((struct utterance *)job);
}

static void decode(struct st_job *job, unsigned worker)
{
    struct utterance *utterance = (struct utterance *)job;
    /* A failure leaves the result empty, which is what was understood. */
    st_sphinx_decoder_run(utterance->engine->decoders[worker], utterance->samples, utterance->count,
                          &utterance->result);
}

static struct utterance *new_utterance(struct st_engine_stream *stream, size_t cap)
{
    struct utterance *utterance = st_mem_alloc(sizeof(*utterance));
    utterance->job.run = decode;
    utterance->job.done = on_decoded;
    utterance->job.release = release_utterance;
    utterance->job.loop = stream->config.loop;
    utterance->engine = stream->engine;
    utterance->stream = stream;
    utterance->cap = cap;
    utterance->samples = st_mem_alloc_array(cap, sizeof(utterance->samples[0]));
    return utterance;
}

static void append(struct utterance *utterance, const int16_t *samples, size_t count)
{
    assert(utterance->count + count <= UTTERANCE_SAMPLES_MAX);
    if (utterance->count + count > utterance->cap) {
        utterance->cap = (utterance->count + count) * 2;
        utterance->samples =
            st_mem_realloc(utterance->samples, utterance->cap * sizeof(utterance->samples[0]));
    }
    memcpy(utterance->samples + utterance->count, samples, count * sizeof(samples[0]));
    utterance->count += count;
}

static int64_t samples_us(size_t samples)
{
    return (int64_t)samples * SECOND_US / ST_SPHINX_HZ;
}

static int64_t end_us(const struct utterance *utterance)
{
    return utterance->start_us + samples_us(utterance->count);
}

static void drop_front(struct utterance *utterance, size_t samples)
{
    utterance->count -= samples;
    utterance->start_us += samples_us(samples);
    memmove(utterance->samples, utterance->samples + samples,
            utterance->count * sizeof(utterance->samples[0]));
}

/* ---- what the session hears ---- */

static void tell_lag(struct st_engine_stream *stream)
{
    int64_t lag_us = stream->first ? stream->segmenter.at_us - end_us(stream->first) : 0;
    stream->config.sink->lag(stream->config.user, lag_us);
}

static void emit(struct utterance *utterance, bool is_final)
{
    struct st_engine_stream *stream = utterance->stream;
    struct st_sphinx_result *result = &utterance->result;
    struct st_segment segment = {
        .id = utterance->id,
        .is_final = is_final,
        .start_us = utterance->start_us,
        .end_us = end_us(utterance),
        .text = result->text,
        .confidence = is_final ? result->confidence : ST_CONFIDENCE_ABSENT,
    };
    for (size_t i = 0; i < result->word_count; i++) {
        result->words[i].start_us += utterance->start_us;
        result->words[i].end_us += utterance->start_us;
    }
    if (result->word_count > 0) {
        segment.start_us = result->words[0].start_us;
        segment.end_us = result->words[result->word_count - 1].end_us;
    }
    if (is_final && result->word_count > 0) {
        segment.word_times = ST_WORD_TIMES_MEASURED;
        segment.words = result->words;
        segment.word_count = result->word_count;
    }
    stream->config.sink->segment(stream->config.user, 0, &segment);
}

static void tell_finals(struct st_engine_stream *stream)
{
    while (stream->first && stream->first->is_decoded) {
        struct utterance *utterance = stream->first;
        stream->first = utterance->next;
        if (!stream->first)
            stream->last = NULL;
        emit(utterance, true);
        free_utterance(utterance);
    }
    tell_lag(stream);
    if (stream->is_finishing && !stream->first)
        stream->config.sink->done(stream->config.user);
}

static void tell_partial(struct st_engine_stream *stream, struct utterance *utterance)
{
    stream->partial = NULL;
    if (stream->segmenter.is_open && utterance->id == stream->growing->id &&
        utterance->result.word_count > 0)
        emit(utterance, false);
    free_utterance(utterance);
}

static void on_decoded(struct st_job *job)
{
    struct utterance *utterance = (struct utterance *)job;
    struct st_engine_stream *stream = utterance->stream;
    utterance->is_decoded = true;
    if (utterance == stream->partial)
        tell_partial(stream, utterance);
    else
        tell_finals(stream);
}

/* ---- the stream ---- */

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    if (config->rate_hz != ST_SPHINX_HZ)
        return -EINVAL;
    if (config->language && config->language[0] && strncmp(config->language, "en", 2) != 0)
        return -ENOTSUP;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->engine = engine;
    stream->config = *config;
    st_energy_segmenter_init(&stream->segmenter, ST_SPHINX_HZ);
    stream->growing = new_utterance(stream, LEAD_SAMPLES * 2);
    *ret_stream = stream;
    return 0;
}

static void start_utterance(struct st_engine_stream *stream)
{
    int64_t before_us = stream->segmenter.start_us - stream->growing->start_us;
    if (before_us > 0)
        drop_front(stream->growing, (size_t)(before_us * ST_SPHINX_HZ / SECOND_US));
    stream->growing->id = ++stream->last_id;
    stream->partial_due_us = stream->segmenter.start_us + PARTIAL_STEP_US;
}

static void end_utterance(struct st_engine_stream *stream)
{
    struct utterance *utterance = stream->growing;
    stream->growing = new_utterance(stream, LEAD_SAMPLES * 2);
    stream->growing->start_us = end_us(utterance);
    if (stream->last)
        stream->last->next = utterance;
    else
        stream->first = utterance;
    stream->last = utterance;
    st_worker_pool_submit(stream->engine->pool, &utterance->job);
}

static void try_partial(struct st_engine_stream *stream)
{
    struct utterance *growing = stream->growing;
    if (!stream->config.wants_partials || stream->partial ||
        stream->segmenter.at_us < stream->partial_due_us ||
        samples_us(growing->count) > PARTIAL_MAX_US)
        return;
    stream->partial_due_us = stream->segmenter.at_us + PARTIAL_STEP_US;
    struct utterance *partial = new_utterance(stream, growing->count);
    append(partial, growing->samples, growing->count);
    partial->id = growing->id;
    partial->start_us = growing->start_us;
    if (st_worker_pool_submit_if_free(stream->engine->pool, &partial->job) == 0)
        stream->partial = partial;
    else
        free_utterance(partial);
}

static void keep_lead(struct st_engine_stream *stream)
{
    if (stream->growing->count >= LEAD_SAMPLES * 3 / 2)
        drop_front(stream->growing, stream->growing->count - LEAD_SAMPLES);
    int64_t settled_us = stream->growing->start_us;
    if (stream->first || settled_us < stream->settled_us + SETTLE_STEP_US)
        return;
    stream->settled_us = settled_us;
    stream->config.sink->settled(stream->config.user, 0, settled_us);
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frame)
{
    if (stream->first && stream->segmenter.at_us - stream->first->start_us > PENDING_MAX_US)
        return -EAGAIN;
    append(stream->growing, frame->samples, frame->count);
    enum st_energy_segmenter_change change =
        st_energy_segmenter_put(&stream->segmenter, frame->samples, frame->count);
    if (change == ST_SEGMENTER_OPENED)
        start_utterance(stream);
    else if (change == ST_SEGMENTER_CLOSED)
        end_utterance(stream);
    if (stream->segmenter.is_open)
        try_partial(stream);
    else
        keep_lead(stream);
    tell_lag(stream);
    return 0;
}

static void finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    if (stream->segmenter.is_open) {
        stream->segmenter.is_open = false;
        end_utterance(stream);
    }
    if (!stream->first)
        stream->config.sink->done(stream->config.user);
}

static void drop_job(struct st_engine_stream *stream, struct utterance *utterance)
{
    if (!utterance)
        return;
    if (utterance->is_decoded)
        free_utterance(utterance);
    else
        st_worker_pool_abandon(stream->engine->pool, &utterance->job);
}

static void close_stream(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    while (stream->first) {
        struct utterance *utterance = stream->first;
        stream->first = utterance->next;
        drop_job(stream, utterance);
    }
    drop_job(stream, stream->partial);
    free_utterance(stream->growing);
    free(stream);
}

const struct st_engine_ops st_pocketsphinx_ops = {
    .name = "pocketsphinx",
    .title = "PocketSphinx, embedded",
    .kind = ST_ENGINE_EMBEDDED,
    .quality = "low",
    .load = load,
    .unload = unload,
    .probe = probe,
    .describe = describe,
    .rate_hz = rate_hz,
    .open = open_stream,
    .audio = audio,
    .finish = finish,
    .close = close_stream,
};
