/* A lexicon, and behind its first NUL a text to score. */
#include "sidetone/sentiment.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char why[100], *text = malloc(bytes + 1);
    struct st_sentiment_lexicon *lexicon;
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    size_t lexicon_bytes = strlen(text);
    const char *sentence = lexicon_bytes < bytes ? text + lexicon_bytes + 1 : text;
    if (st_sentiment_lexicon_create(&lexicon, text, lexicon_bytes, why, sizeof(why)) == 0) {
        struct st_sentiment_scores scores = st_sentiment_score(lexicon, sentence);
        if (!(scores.compound >= -1 && scores.compound <= 1) || !(scores.positive >= 0))
            abort();
        st_sentiment_lexicon_destroy(lexicon);
    }
    free(text);
    return 0;
}
