/*
 * Lines of standard input as tokens, one line each, or as vectors of 32-bit floats, for comparing
 * with other implementations: embed_lines MODELS tokens|vectors
 */
#include "meaning/wordpiece.h"

#include "sidetone/embedder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_wordpiece *read_vocabulary(const char *dir)
{
    char path[4096], why[256];
    static char text[1 << 20];
    snprintf(path, sizeof(path), "%s/%s", dir, ST_EMBEDDER_VOCABULARY);
    FILE *file = fopen(path, "rbe");
    struct st_wordpiece *wordpiece = NULL;
    if (file) {
        size_t bytes = fread(text, 1, sizeof(text), file);
        st_wordpiece_create(&wordpiece, text, bytes, why, sizeof(why));
        fclose(file);
    }
    return wordpiece;
}

static void print_tokens(const struct st_wordpiece *wordpiece, const char *line)
{
    int64_t tokens[ST_WORDPIECE_TOKENS_MAX];
    size_t count = st_wordpiece_encode(wordpiece, line, strlen(line), tokens);
    for (size_t i = 0; i < count; i++)
        printf("%lld%c", (long long)tokens[i], i + 1 < count ? ' ' : '\n');
}

int main(int argc, char **argv)
{
    char line[65536], why[512];
    struct st_embedder *embedder = NULL;
    if (argc != 3)
        return 2;
    struct st_wordpiece *wordpiece = read_vocabulary(argv[1]);
    bool wants_vectors = strcmp(argv[2], "vectors") == 0;
    if (!wordpiece ||
        (wants_vectors && st_embedder_create(&embedder, argv[1], why, sizeof(why)) < 0))
        return 1;
    while (fgets(line, sizeof(line), stdin)) {
        float vector[ST_VECTOR_LEN];
        line[strcspn(line, "\n")] = '\0';
        if (!wants_vectors)
            print_tokens(wordpiece, line);
        else if (st_embedder_embed(embedder, line, vector) == 0)
            fwrite(vector, sizeof(vector), 1, stdout);
    }
    st_embedder_unref(embedder);
    st_wordpiece_destroy(wordpiece);
    return 0;
}
