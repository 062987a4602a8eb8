#include "sidetone/moonshine.h"
#include "sidetone/err.h"

#include "hearing.h"
#include "hint_lists.h"
#include "sidetone/config.h"
#include "sidetone/mem.h"
#include "sidetone/stt.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BEAM_DEFAULT = 2, WORKERS_MAX = 256, WARM_UP_SAMPLES = ST_MODELS_RATE_HZ };

struct st_engine {
    struct st_models models;
    struct st_workers *workers;
    struct st_hearing *hearing;
    struct st_hint_lists *hint_lists;
    size_t worker_count, beam;
    char *dir;
};

/* The cores this process may use, less one for the network. */
static size_t default_workers(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof(cores), &cores) < 0)
        return 1;
    int count = CPU_COUNT(&cores) - 1;
    return count > 1 ? (size_t)count : 1;
}

static size_t at_most(size_t value, size_t limit)
{
    return value < limit ? value : limit;
}

/* The first run prepares the models' memory, and shows that they work here at all. */
static int warm_up(struct st_engine *engine, char *ret_why, size_t why_bytes)
{
    struct st_recogniser *recogniser;
    const struct st_recognition *recognition;
    int16_t *silence = st_mem_alloc_array(WARM_UP_SAMPLES, sizeof(*silence));
    struct st_clip clip = {silence, WARM_UP_SAMPLES, ST_MODELS_RATE_HZ};
    st_recogniser_create(&recogniser, &engine->models, engine->beam);
    int err = st_recogniser_final(recogniser, &clip, NULL, &recognition);
    st_recogniser_destroy(recogniser);
    free(silence);
    if (err)
        snprintf(ret_why, why_bytes, "the models in %s load but do not run", engine->dir);
    else
        st_models_trim(&engine->models);
    return err;
}

static int start_threads(struct st_engine *engine, char *ret_why, size_t why_bytes)
{
    int err = st_workers_create(&engine->workers, &engine->models, engine->worker_count,
                                engine->beam, &st_stream_jobs);
    if (!err)
        err = st_hearing_create(&engine->hearing, &engine->models);
    if (err)
        snprintf(ret_why, why_bytes, "threads cannot be started: %s", st_err_text(err));
    return err;
}

static void moonshine_unload(struct st_engine *engine)
{
    if (!engine)
        return;
    st_hearing_destroy(engine->hearing);
    st_workers_destroy(engine->workers);
    st_hint_lists_destroy(engine->hint_lists);
    st_models_fini(&engine->models);
    free(engine->dir);
    free(engine);
}

static int moonshine_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                          const struct st_config_remote_engine *remote, char *ret_why,
                          size_t why_bytes)
{
    const struct st_config_moonshine *own = &config->moonshine;
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->dir = st_mem_strdup(st_config_models_dir(config));
    engine->worker_count = at_most(own->workers ? own->workers : default_workers(), WORKERS_MAX);
    engine->beam = at_most(own->beam ? own->beam : BEAM_DEFAULT, ST_MODELS_BEAM_MAX);
    int err = st_models_load(&engine->models, engine->dir, NULL, ret_why, why_bytes);
    if (!err)
        err = warm_up(engine, ret_why, why_bytes);
    if (!err)
        err = start_threads(engine, ret_why, why_bytes);
    if (err) {
        moonshine_unload(engine);
        return err;
    }
    st_hint_lists_create(&engine->hint_lists, engine->models.tokenizer);
    *ret_engine = engine;
    return 0;
}

static int moonshine_probe(const struct st_config_engines *config, char *out, size_t out_bytes)
{
    struct st_ort *ort;
    const char *dir = st_config_models_dir(config);
    int err = st_models_probe(dir, out, out_bytes);
    if (!err)
        err = st_ort_open(&ort, dir, out, out_bytes);
    if (err)
        return err;
    snprintf(out, out_bytes, "Moonshine tiny (English) on ONNX Runtime %s, word times %s, %s",
             st_ort_version(ort),
             st_models_probe_word_times(dir) ? "measured"
                                             : "estimated (no " ST_MODELS_DECODER_WORDS ")",
             dir);
    st_ort_close(ort);
    return 0;
}

static void moonshine_describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    snprintf(
        out, out_bytes,
        "Moonshine tiny (English) on ONNX Runtime %s, %zu workers, beam %zu, word times %s, %s",
        st_ort_version(engine->models.ort), engine->worker_count, engine->beam,
        engine->models.has_word_times ? "measured" : "estimated", engine->dir);
}

/* Telephone audio is heard as it came; only utterances are taken to 16 kHz. */
static uint32_t moonshine_rate_hz(const struct st_engine *engine, uint32_t wire_hz)
{
    (void)engine;
    return wire_hz == 8000 ? 8000 : ST_MODELS_RATE_HZ;
}

static bool is_english(const char *language)
{
    return !language || !language[0] ||
           (strncasecmp(language, "en", 2) == 0 && (language[2] == '\0' || language[2] == '-'));
}

static int moonshine_open(struct st_engine_stream **ret_stream, struct st_engine *engine,
                          const struct st_engine_stream_config *config)
{
    if (config->rate_hz != 8000 && config->rate_hz != ST_MODELS_RATE_HZ)
        return -EINVAL;
    if (!is_english(config->language))
        return -ENOTSUP;
    st_stream_open(ret_stream, engine->hearing, engine->workers, config,
                   st_hint_lists_get(engine->hint_lists, config->hints, config->hint_count));
    return 0;
}

const struct st_engine_ops st_moonshine_ops = {
    .name = "moonshine",
    .title = "Moonshine, embedded",
    .kind = ST_ENGINE_EMBEDDED,
    .quality = "good",
    .load = moonshine_load,
    .unload = moonshine_unload,
    .probe = moonshine_probe,
    .describe = moonshine_describe,
    .rate_hz = moonshine_rate_hz,
    .open = moonshine_open,
    .audio = st_stream_audio,
    .finish = st_stream_finish,
    .close = st_stream_close,
};
