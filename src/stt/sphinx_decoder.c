#include "sphinx_decoder.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_US = 10000, PATH_BYTES = 4096 };

struct st_sphinx_decoder {
    ps_decoder_t *ps;
};

static const char *const model_files[] = {"en-us/mdef", "en-us.lm.bin", "cmudict-en-us.dict"};

int st_sphinx_decoder_probe(const char *model_dir)
{
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof(model_files) / sizeof(model_files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", model_dir, model_files[i]);
        if (access(path, R_OK) != 0)
            return -ENOENT;
    }
    return 0;
}

/* Half the default's time for little of its accuracy: fewer frames and Gaussians are computed in
 * full and fewer paths are followed. */
static cmd_ln_t *make_config(const char *model_dir)
{
    char hmm[PATH_BYTES], lm[PATH_BYTES], dict[PATH_BYTES];
    snprintf(hmm, sizeof(hmm), "%s/en-us", model_dir);
    snprintf(lm, sizeof(lm), "%s/en-us.lm.bin", model_dir);
    snprintf(dict, sizeof(dict), "%s/cmudict-en-us.dict", model_dir);
    return cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", hmm, "-lm", lm, "-dict", dict, "-logfn",
                       "/dev/null", "-remove_silence", "no", "-ds", "2", "-topn", "2", "-maxhmmpf",
                       "3000", "-pl_window", "10", NULL);
}

int st_sphinx_decoder_create(struct st_sphinx_decoder **ret_decoder, const char *model_dir)
{
    int err = st_sphinx_decoder_probe(model_dir);
    if (err)
        return err;
    err_set_logfp(NULL);
    cmd_ln_t *config = make_config(model_dir);
    if (!config)
        return -EINVAL;
    ps_decoder_t *ps = ps_init(config);
    cmd_ln_free_r(config);
    if (!ps)
        return -EINVAL;
    struct st_sphinx_decoder *decoder = st_mem_alloc(sizeof(*decoder));
    decoder->ps = ps;
    *ret_decoder = decoder;
    return 0;
}

void st_sphinx_decoder_destroy(struct st_sphinx_decoder *decoder)
{
    if (!decoder)
        return;
    ps_free(decoder->ps);
    free(decoder);
}

/* "<sil>", "[NOISE]", "++UH++" and the like are not words. */
static size_t spoken_len(const char *word)
{
    if (!word || strchr("<[+", word[0]))
        return 0;
    size_t len = strcspn(word, "("); /* "read(2)" is another pronunciation of "read" */
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)word[i] >= 0x80)
            return 0;
    return len;
}

static void append(char *text, size_t *len, const char *word, size_t word_len)
{
    if (*len > 0)
        text[(*len)++] = ' ';
    memcpy(text + *len, word, word_len);
    *len += word_len;
    text[*len] = '\0';
}

static void add_word(struct st_sphinx_result *result, ps_seg_t *seg, logmath_t *logmath,
                     size_t *text_len)
{
    int first, last;
    const char *word = ps_seg_word(seg);
    size_t len = spoken_len(word);
    if (len == 0 || result->word_count == ST_SPHINX_WORDS_MAX ||
        *text_len + len + 2 > ST_SPHINX_TEXT_BYTES)
        return;
    ps_seg_frames(seg, &first, &last);
    struct st_word *out = result->words + result->word_count++;
    /* word_text has the same words with a NUL where text has a space. */
    size_t at = *text_len > 0 ? *text_len + 1 : 0;
    memcpy(result->word_text + at, word, len);
    result->word_text[at + len] = '\0';
    append(result->text, text_len, word, len);
    double posterior = logmath_exp(logmath, ps_seg_prob(seg, NULL, NULL, NULL));
    *out = (struct st_word){
        .text = result->word_text + at,
        .start_us = (int64_t)first * FRAME_US,
        .end_us = ((int64_t)last + 1) * FRAME_US,
        .confidence = posterior < 1 ? (float)posterior : 1.0F,
    };
}

/* Posteriors come from the word lattice; without one the library calls every word certain. */
static void judge(struct st_sphinx_result *result)
{
    float sum = 0;
    bool is_meaningful = false;
    for (size_t i = 0; i < result->word_count; i++) {
        sum += result->words[i].confidence;
        is_meaningful = is_meaningful || result->words[i].confidence < 1.0F;
    }
    result->confidence = sum / (float)result->word_count;
    if (is_meaningful)
        return;
    result->confidence = ST_CONFIDENCE_ABSENT;
    for (size_t i = 0; i < result->word_count; i++)
        result->words[i].confidence = ST_CONFIDENCE_ABSENT;
}

static void read_words(struct st_sphinx_decoder *decoder, struct st_sphinx_result *result)
{
    logmath_t *logmath = ps_get_logmath(decoder->ps);
    size_t text_len = 0;
    for (ps_seg_t *seg = ps_seg_iter(decoder->ps); seg; seg = ps_seg_next(seg))
        add_word(result, seg, logmath, &text_len);
    judge(result);
}

int st_sphinx_decoder_run(struct st_sphinx_decoder *decoder, const int16_t *samples, size_t count,
                          struct st_sphinx_result *ret_result)
{
    ret_result->word_count = 0;
    ret_result->text[0] = '\0';
    ret_result->confidence = ST_CONFIDENCE_ABSENT;
    if (ps_start_stream(decoder->ps) < 0 || ps_start_utt(decoder->ps) < 0)
        return -EIO;
    /* As a whole: the mean is then taken over this utterance, not carried over from another's. */
    int err = ps_process_raw(decoder->ps, samples, count, FALSE, TRUE) < 0 ? -EIO : 0;
    if (ps_end_utt(decoder->ps) < 0)
        err = -EIO;
    if (!err)
        read_words(decoder, ret_result);
    return err;
}
