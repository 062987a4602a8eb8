/*
 * The embedded recogniser: Moonshine's English models on ONNX Runtime, in this process.
 *
 * Its files lie in one directory: libonnxruntime.so.1, encoder_model.ort,
 * decoder_model_merged.ort, tokenizer.bin, silero_vad.onnx. The decoder as published does not say
 * when a word was heard; one converted at install time, decoder_words.ort, does, and costs less.
 */
#ifndef SIDETONE_MOONSHINE_H
#define SIDETONE_MOONSHINE_H

#include <stddef.h>

struct st_engine_ops;

extern const struct st_engine_ops st_moonshine_ops;

/* Makes decoder_words.ort from decoder_model_merged.ort in `models_dir`, and keeps it only when
 * both decode beckett.wav there to the same text. Takes a few seconds. On failure returns a
 * negative errno with the reason in `ret_why`, and there is no decoder_words.ort: recognition then
 * works with estimated word times. */
int st_moonshine_convert(const char *models_dir, char *ret_why, size_t why_bytes);

#endif
