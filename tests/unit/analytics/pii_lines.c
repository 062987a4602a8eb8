/*
 * Clears calls line by line: pii_lines identify|redact|partials [NAMES] < CALLS
 *
 * A line is a speaker (A or C), a bar and a final segment; an empty line begins another call.
 * identify prints what was found in each ("TYPE begin end confidence" separated by semicolons),
 * redact the cleared text, partials what is shown while the line grows word by word, one a line.
 */
#include "sidetone/pii.h"

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

static void print_finding(const struct st_pii_finding *finding)
{
    for (size_t i = 0; i < finding->count; i++) {
        const struct st_pii_entity *entity = &finding->entities[i];
        printf("%s%s %u %u %.2f", i > 0 ? ";" : "", st_pii_type_name(entity->type), entity->begin,
               entity->end, (double)entity->confidence);
    }
    printf("\n");
}

static void print_partials(struct st_pii *pii, unsigned channel, const char *text)
{
    size_t bytes = strlen(text);
    char *grown = malloc(bytes + 1);
    struct st_segment segment = {.text = grown};
    for (size_t end = 1; end <= bytes; end++) {
        struct st_pii_clearing clearing;
        if (text[end] != ' ' && text[end] != '\0')
            continue;
        memcpy(grown, text, end);
        grown[end] = '\0';
        st_pii_clear(pii, channel, &segment, &clearing);
        printf("%s\n", clearing.cleared.segment.text);
        st_pii_clearing_fini(&clearing);
    }
    free(grown);
}

int main(int argc, char **argv)
{
    size_t bytes = 0, cap = 0;
    char why[200] = "", *line = NULL, *text = argc > 2 ? read_file(argv[2], &bytes) : NULL;
    struct st_pii_lexicon *lexicon;
    struct st_pii_settings settings = {.mode = ST_PII_REDACT, .types = ST_PII_TYPES_ALL};
    bool wants_spans = argc > 1 && strcmp(argv[1], "identify") == 0;
    bool wants_partials = argc > 1 && strcmp(argv[1], "partials") == 0;
    if (argc < 2 || st_pii_lexicon_create(&lexicon, text, bytes, why, sizeof(why)) < 0) {
        fprintf(stderr, "usage: pii_lines identify|redact|partials [NAMES] %s\n", why);
        return 2;
    }
    free(text);
    if (wants_spans)
        settings.mode = ST_PII_IDENTIFY;
    settings.lexicon = lexicon;
    struct st_pii *pii = st_pii_create(&settings);
    struct st_segment segment = {.is_final = true};
    for (ssize_t len; (len = getline(&line, &cap, stdin)) >= 0;) {
        struct st_pii_clearing clearing;
        if (len > 0 && line[len - 1] == '\n')
            line[--len] = '\0';
        if (len < 2) {
            st_pii_destroy(pii);
            pii = st_pii_create(&settings);
            printf("\n");
            continue;
        }
        segment.id++;
        segment.start_us = segment.end_us;
        segment.end_us += 3000000;
        segment.text = line + 2;
        if (wants_partials)
            print_partials(pii, line[0] == 'A' ? 0 : 1, segment.text);
        st_pii_clear(pii, line[0] == 'A' ? 0 : 1, &segment, &clearing);
        if (wants_spans)
            print_finding(&clearing.finding);
        else
            printf("%s\n", clearing.cleared.segment.text);
        st_pii_clearing_fini(&clearing);
    }
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
    free(line);
    return 0;
}
