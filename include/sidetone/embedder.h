/*
 * What a sentence means, as a vector: a small embedding model on ONNX Runtime.
 *
 * Optional: without the model or the runtime everything else works. Loaded once and shared, by
 * reference, by whoever needs it; a run takes about 2 ms for 20 words and never belongs on a loop's
 * thread. What was embedded lately is remembered, so sentences that everybody says cost nothing.
 * Any number of threads.
 */
#ifndef SIDETONE_EMBEDDER_H
#define SIDETONE_EMBEDDER_H

#include "sidetone/analysis.h"

#include <stdbool.h>
#include <stddef.h>

#define ST_EMBEDDER_MODEL "minilm.onnx"
#define ST_EMBEDDER_VOCABULARY "minilm_vocab.txt"

struct st_embedder;

/* Looks for model, vocabulary and runtime in `dir`. -ENOENT when one of them is not installed, else
 * what is wrong with them; ret_why tells. Blocks. */
int st_embedder_create(struct st_embedder **ret_embedder, const char *dir, char *ret_why,
                       size_t why_bytes);
struct st_embedder *st_embedder_ref(struct st_embedder *embedder);
void st_embedder_unref(struct st_embedder *embedder); /* NULL is fine */

/* ONNX Runtime's version. */
const char *st_embedder_runtime(const struct st_embedder *embedder);

/* At once, without a run: true when the text was embedded lately. Any thread, loops included. */
bool st_embedder_recall(struct st_embedder *embedder, const char *text, float *ret_vector);

/* ret_vector takes ST_VECTOR_LEN numbers. Returns 0, or -EIO when the model could not be run. */
int st_embedder_embed(struct st_embedder *embedder, const char *text, float *ret_vector);

#endif
