/*
 * What the privacy stage costs: a final and a partial of 20 words, with nothing in them and with a
 * card, beside reading the same text once with strlen.
 */
#include "micro.h"

#include "sidetone/pii.h"

#include <string.h>

enum { CALLS = 20000 };

struct work {
    struct st_pii *pii;
    struct st_segment segment;
    struct st_word words[20];
    char text[256];
    char copies[20][16];
};

static volatile size_t sink;

static void run_clear(void *user)
{
    struct work *work = user;
    struct st_pii_clearing clearing;
    st_pii_clear(work->pii, 1, &work->segment, &clearing);
    sink += strlen(clearing.cleared.segment.text);
    st_pii_clearing_fini(&clearing);
}

static void prepare(struct work *work, const struct st_pii_settings *settings, const char *text,
                    bool is_final)
{
    size_t count = 0;
    *work = (struct work){.pii = st_pii_create(settings)};
    snprintf(work->text, sizeof(work->text), "%s", text);
    for (const char *at = text; *at && count < 20; count++) {
        size_t bytes = strcspn(at, " ");
        snprintf(work->copies[count], sizeof(work->copies[count]), "%.*s", (int)bytes, at);
        work->words[count] = (struct st_word){.text = work->copies[count],
                                              .start_us = (int64_t)count * 200000,
                                              .end_us = (int64_t)count * 200000 + 200000};
        at += bytes + (at[bytes] != '\0');
    }
    work->segment = (struct st_segment){.is_final = is_final,
                                        .end_us = 4000000,
                                        .text = work->text,
                                        .words = is_final ? work->words : NULL,
                                        .word_count = is_final ? count : 0};
}

static char *read_names(const char *path, size_t *ret_bytes)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    char *text = malloc(1 << 22);
    *ret_bytes = file ? fread(text, 1, 1 << 22, file) : 0;
    if (file)
        fclose(file);
    return text;
}

static void measure(const struct st_pii_settings *settings, const char *name, const char *text,
                    bool is_final, double bound_ns)
{
    struct work work;
    prepare(&work, settings, text, is_final);
    double ns = micro_run(name, run_clear, &work, CALLS);
    printf("%-44s %.2f us (bound %.0f us) %s\n", "", ns / 1000, bound_ns / 1000,
           ns <= bound_ns ? "ok" : "MISSED");
    st_pii_destroy(work.pii);
}

/* micro_pii [personal_names.txt] */
int main(int argc, char **argv)
{
    static const char plain[] =
        "i have a problem with my bill and i would like to know why it went "
        "up so much this time";
    static const char card[] =
        "sure my card number is four five three nine one four eight eight zero "
        "three four three six four six seven";
    size_t bytes;
    char why[200] = "", *names = read_names(argc > 1 ? argv[1] : NULL, &bytes);
    struct st_pii_lexicon *lexicon;
    if (st_pii_lexicon_create(&lexicon, names, bytes, why, sizeof(why)) < 0) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    free(names);
    struct st_pii_settings settings = {.mode = ST_PII_REDACT, .lexicon = lexicon};
    measure(&settings, "final of 20 words, plain, redact", plain, true, 15000);
    measure(&settings, "final of 20 words, a card, redact", card, true, 15000);
    measure(&settings, "partial of 20 words, plain, redact", plain, false, 6000);
    measure(&settings, "partial of 20 words, a card, redact", card, false, 6000);
    settings.mode = ST_PII_IDENTIFY;
    measure(&settings, "final of 20 words, a card, identify", card, true, 15000);
    st_pii_lexicon_destroy(lexicon);
    return 0;
}
