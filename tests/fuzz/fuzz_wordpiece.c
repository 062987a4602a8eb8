/* A vocabulary, and behind its first NUL a text to encode. */
#include "analytics/meaning/wordpiece.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char some[] = "[UNK]\n[CLS]\n[SEP]\na\n##b\nab\n\xc3\xa9\ne\n,\n##\n";
    char why[100];
    struct st_wordpiece *wordpiece;
    const uint8_t *end = memchr(data, 0, bytes);
    const char *vocabulary = end ? (const char *)data : some;
    size_t vocabulary_bytes = end ? (size_t)(end - data) : sizeof(some) - 1;
    const char *text = end ? (const char *)end + 1 : (const char *)data;
    size_t text_bytes = end ? bytes - vocabulary_bytes - 1 : bytes;
    if (st_wordpiece_create(&wordpiece, vocabulary, vocabulary_bytes, why, sizeof(why)) < 0)
        return 0;
    int64_t tokens[ST_WORDPIECE_TOKENS_MAX];
    size_t count = st_wordpiece_encode(wordpiece, text, text_bytes, tokens);
    if (count < 2 || count > ST_WORDPIECE_TOKENS_MAX)
        abort();
    for (size_t i = 0; i < count; i++)
        if (tokens[i] < 0 || tokens[i] > 65536)
            abort();
    st_wordpiece_destroy(wordpiece);
    return 0;
}
