#include "sidetone/embedder.h"

#include "vector_cache.h"
#include "wordpiece.h"

#include "sidetone/err.h"
#include "sidetone/mem.h"
#include "sidetone/ort.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VOCABULARY_BYTES_MAX = 4 << 20, REMEMBERED = 4096 };

struct st_embedder {
    atomic_uint refs;
    struct st_wordpiece *wordpiece;
    struct st_ort *ort;
    struct st_ort_session *session;
    struct st_vector_cache *cache;
};

static int read_vocabulary(struct st_embedder *embedder, const char *path, char *ret_why,
                           size_t why_bytes)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        int err = -errno;
        snprintf(ret_why, why_bytes, "%s: %s", path, st_err_text(err));
        return err;
    }
    char *text = st_mem_alloc(VOCABULARY_BYTES_MAX);
    size_t bytes = fread(text, 1, VOCABULARY_BYTES_MAX, file);
    char why[256];
    int err = bytes == VOCABULARY_BYTES_MAX
                  ? -EFBIG
                  : st_wordpiece_create(&embedder->wordpiece, text, bytes, why, sizeof(why));
    if (err)
        snprintf(ret_why, why_bytes, "%s: %s", path, err == -EFBIG ? "is too large" : why);
    fclose(file);
    free(text);
    return err;
}

/* The model must be the one that this was written for: a first run tells. */
static int try_out(struct st_embedder *embedder, const char *path, char *ret_why, size_t why_bytes)
{
    float vector[ST_VECTOR_LEN];
    int err = st_embedder_embed(embedder, "hello", vector);
    if (err)
        snprintf(ret_why, why_bytes, "%s: is not the embedding model that is needed", path);
    else
        st_ort_session_trim(embedder->session);
    return err ? -EBADMSG : 0;
}

static int load(struct st_embedder *embedder, const char *dir, char *ret_why, size_t why_bytes)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", dir, ST_EMBEDDER_VOCABULARY);
    int err = read_vocabulary(embedder, path, ret_why, why_bytes);
    if (!err)
        err = st_ort_open(&embedder->ort, dir, ret_why, why_bytes);
    snprintf(path, sizeof(path), "%s/%s", dir, ST_EMBEDDER_MODEL);
    if (!err)
        err = st_ort_session_create(&embedder->session, embedder->ort, path, ret_why, why_bytes);
    return err ? err : try_out(embedder, path, ret_why, why_bytes);
}

int st_embedder_create(struct st_embedder **ret_embedder, const char *dir, char *ret_why,
                       size_t why_bytes)
{
    struct st_embedder *embedder = st_mem_alloc(sizeof(*embedder));
    atomic_init(&embedder->refs, 1);
    embedder->cache = st_vector_cache_create(REMEMBERED, ST_VECTOR_LEN);
    int err = load(embedder, dir, ret_why, why_bytes);
    if (err) {
        st_embedder_unref(embedder);
        return err;
    }
    *ret_embedder = embedder;
    return 0;
}

struct st_embedder *st_embedder_ref(struct st_embedder *embedder)
{
    atomic_fetch_add_explicit(&embedder->refs, 1, memory_order_relaxed);
    return embedder;
}

void st_embedder_unref(struct st_embedder *embedder)
{
    if (!embedder || atomic_fetch_sub_explicit(&embedder->refs, 1, memory_order_acq_rel) != 1)
        return;
    st_ort_session_destroy(embedder->session);
    st_ort_close(embedder->ort);
    st_wordpiece_destroy(embedder->wordpiece);
    st_vector_cache_destroy(embedder->cache);
    free(embedder);
}

const char *st_embedder_runtime(const struct st_embedder *embedder)
{
    return st_ort_version(embedder->ort);
}

bool st_embedder_recall(struct st_embedder *embedder, const char *text, float *ret_vector)
{
    return st_vector_cache_find(embedder->cache, text, ret_vector);
}

static int run(struct st_embedder *embedder, int64_t *tokens, size_t count, float *ret_vector)
{
    static const char *const inputs[] = {"input_ids"}, *const outputs[] = {"embedding"};
    const int64_t dims[] = {1, (int64_t)count};
    struct st_ort_value *output;
    struct st_ort_value *input = st_ort_wrap(embedder->ort, ST_ORT_INT64, tokens, dims, 2);
    struct st_ort_run what = {.inputs = inputs,
                              .values = &input,
                              .input_count = 1,
                              .outputs = outputs,
                              .ret_values = &output,
                              .output_count = 1};
    int err = st_ort_session_run(embedder->session, &what);
    st_ort_release(embedder->ort, input);
    if (err)
        return err;
    bool is_right = st_ort_dim(embedder->ort, output, 0) == ST_VECTOR_LEN;
    if (is_right)
        memcpy(ret_vector, st_ort_floats(embedder->ort, output), ST_VECTOR_LEN * sizeof(float));
    st_ort_release(embedder->ort, output);
    return is_right ? 0 : -EIO;
}

int st_embedder_embed(struct st_embedder *embedder, const char *text, float *ret_vector)
{
    int64_t tokens[ST_WORDPIECE_TOKENS_MAX];
    if (st_vector_cache_find(embedder->cache, text, ret_vector))
        return 0;
    size_t count = st_wordpiece_encode(embedder->wordpiece, text, strlen(text), tokens);
    int err = run(embedder, tokens, count, ret_vector);
    if (!err)
        st_vector_cache_put(embedder->cache, text, ret_vector);
    return err;
}
