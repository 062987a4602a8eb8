/* One PocketSphinx decoder: whole utterances of 16 kHz audio in, words out. One thread at a time.
 */
#ifndef SIDETONE_STT_SPHINX_DECODER_H
#define SIDETONE_STT_SPHINX_DECODER_H

#include "sidetone/segment.h"

#include <stddef.h>
#include <stdint.h>

enum { ST_SPHINX_HZ = 16000, ST_SPHINX_WORDS_MAX = 128, ST_SPHINX_TEXT_BYTES = 2048 };

struct st_sphinx_decoder;

struct st_sphinx_result {
    size_t word_count;
    struct st_word words[ST_SPHINX_WORDS_MAX]; /* times since the utterance began */
    char text[ST_SPHINX_TEXT_BYTES];           /* the words with spaces between; "": nothing */
    char word_text[ST_SPHINX_TEXT_BYTES];      /* what words[].text point into */
    float confidence;                          /* mean of the words', or absent */
};

/* Whether the model's files are there: 0 or -ENOENT. */
int st_sphinx_decoder_probe(const char *model_dir);

/* Blocks for a second or so, takes about 100 MB. model_dir holds en-us/, en-us.lm.bin and
 * cmudict-en-us.dict. -ENOENT when they are not there, -EINVAL when they cannot be loaded. */
int st_sphinx_decoder_create(struct st_sphinx_decoder **ret_decoder, const char *model_dir);
void st_sphinx_decoder_destroy(struct st_sphinx_decoder *decoder); /* NULL is fine */

/* Words that do not fit the result are left out. An utterance depends on none before it.
 * 0, or -EIO when the library fails: the result is empty. */
int st_sphinx_decoder_run(struct st_sphinx_decoder *decoder, const int16_t *samples, size_t count,
                          struct st_sphinx_result *ret_result);

#endif
