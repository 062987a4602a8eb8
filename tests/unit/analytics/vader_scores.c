/* Scores each line of standard input: compound, positive, neutral, negative. */
#include "sidetone/sentiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path, size_t *ret_bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long bytes = ftell(file);
    rewind(file);
    char *text = malloc((size_t)bytes + 1);
    *ret_bytes = fread(text, 1, (size_t)bytes, file);
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    size_t bytes = 0, line_cap = 0;
    char why[200] = "cannot be read", *line = NULL;
    char *text = argc > 1 ? read_file(argv[1], &bytes) : NULL;
    struct st_sentiment_lexicon *lexicon;
    if (!text || st_sentiment_lexicon_create(&lexicon, text, bytes, why, sizeof(why)) < 0) {
        fprintf(stderr, "%s: %s\n", argc > 1 ? argv[1] : "usage: vader_scores LEXICON", why);
        free(text);
        return 1;
    }
    free(text);
    for (ssize_t len; (len = getline(&line, &line_cap, stdin)) >= 0;) {
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        struct st_sentiment_scores scores = st_sentiment_score(lexicon, line);
        printf("%.4f %.3f %.3f %.3f\n", scores.compound, scores.positive, scores.neutral,
               scores.negative);
    }
    free(line);
    st_sentiment_lexicon_destroy(lexicon);
    return 0;
}
