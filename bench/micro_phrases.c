/*
 * Phrases in segments of 20 words, at 1,000 and 10,000 phrases: seven in ten exact, the others with
 * stars, gaps and alternatives. The floor is a strstr of each phrase's longest stretch of plain
 * words, which finds no gaps, no numbers, no places, and nothing across segments.
 */
#include "micro.h"

#include "phrases/phrase_stream.h"
#include "text/fold.h"

#include <string.h>

enum { PHRASES_MAX = 10000, SEGMENTS = 2000, SEGMENT_WORDS = 20, TEXT_BYTES = 256, RARE = 3000 };

static const char *const common[] = {
    "i",      "you",     "we",    "want",  "to",     "need",    "the",     "a",       "my",
    "your",   "account", "bill",  "close", "refund", "payment", "manager", "cancel",  "card",
    "charge", "service", "phone", "call",  "speak",  "talk",    "with",    "about",   "for",
    "is",     "it",      "that",  "this",  "not",    "have",    "can",     "will",    "please",
    "help",   "problem", "issue", "today", "again",  "order",   "number",  "address", "supervisor"};
enum { COMMON = sizeof(common) / sizeof(common[0]) };

static char rare[RARE][12];
static char texts[PHRASES_MAX][TEXT_BYTES], plain[PHRASES_MAX][TEXT_BYTES];
static char said[SEGMENTS][TEXT_BYTES];
static unsigned seed = 5;

static unsigned pick(unsigned count)
{
    return (unsigned)rand_r(&seed) % count;
}

static const char *pick_word(void)
{
    return pick(10) < 6 ? common[pick(COMMON)] : rare[pick(RARE)];
}

static void make_rare(void)
{
    for (size_t i = 0; i < RARE; i++)
        for (unsigned k = 0, len = 2 + pick(3); k < len; k++) {
            rare[i][2 * k] = "bcdfglmnprstv"[pick(13)];
            rare[i][2 * k + 1] = "aeio"[pick(4)];
        }
}

static void append_words(char *text, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        strcat(text, text[0] != '\0' ? " " : "");
        strcat(text, pick_word());
    }
}

static void make_phrase(char *text, char *longest)
{
    unsigned form = pick(10);
    append_words(longest, form < 7 ? 2 + pick(5) : 1 + pick(3));
    if (form < 7)
        strcpy(text, longest);
    else if (form == 7)
        snprintf(text, TEXT_BYTES, "%.200s %.4s*", longest, rare[pick(RARE)]);
    else if (form == 8)
        snprintf(text, TEXT_BYTES, "%.200s ... %s", longest, pick_word());
    else
        snprintf(text, TEXT_BYTES, "(%s|%s) %.180s (%s|%s)", pick_word(), pick_word(), longest,
                 pick_word(), pick_word());
}

struct talk {
    struct st_phrase_stream *stream;
    size_t next;
    size_t phrases;
    int64_t at_us;
};

static volatile size_t sink;

static void on_hit(void *user, const struct st_phrase_hit *hit)
{
    (void)user;
    sink += hit->pattern;
}

static struct st_segment next_segment(struct talk *talk)
{
    const char *text = said[talk->next++ % SEGMENTS];
    talk->at_us += 8000000;
    return (struct st_segment){
        .text = text, .start_us = talk->at_us, .end_us = talk->at_us + 7000000};
}

static void put_final(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = next_segment(talk);
    st_phrase_stream_put_final(talk->stream, 0, &segment, on_hit, NULL);
}

static void put_partial(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = next_segment(talk);
    talk->at_us -= 8000000;
    st_phrase_stream_put_partial(talk->stream, 0, &segment, on_hit, NULL);
}

static void on_word(void *user, const struct st_fold_word *word)
{
    (void)user;
    sink += word->bytes;
}

static void fold(void *user)
{
    struct st_segment segment = next_segment(user);
    st_fold_words(segment.text, strlen(segment.text), on_word, NULL);
}

static void search(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = next_segment(talk);
    for (size_t i = 0; i < talk->phrases; i++)
        sink += strstr(segment.text, plain[i]) != NULL;
}

static struct st_phrase_set *compile(size_t count)
{
    static struct st_phrase_pattern patterns[PHRASES_MAX];
    double ms[MICRO_BATCHES];
    struct st_phrase_problem problem;
    struct st_phrase_set *set = NULL;
    for (size_t i = 0; i < count; i++)
        patterns[i] = (struct st_phrase_pattern){
            .text = texts[i], .bytes = strlen(texts[i]), .group = (uint32_t)i};
    for (int batch = 0; batch < MICRO_BATCHES; batch++) {
        uint64_t start = clock_cpu_ns();
        st_phrase_set_unref(set);
        if (st_phrase_set_create(&set, patterns, count, &problem) < 0) {
            fprintf(stderr, "'%s' %s\n", texts[problem.pattern], problem.text);
            exit(1);
        }
        ms[batch] = (double)(clock_cpu_ns() - start) / 1e6;
    }
    qsort(ms, MICRO_BATCHES, sizeof(ms[0]), micro_compare);
    printf("%zu phrases: compiled in %.1f ms (median), %.2f MB\n", count, ms[MICRO_BATCHES / 2],
           (double)st_phrase_set_bytes(set) / 1e6);
    return set;
}

static void measure(size_t count)
{
    struct st_phrase_set *set = compile(count);
    struct talk talk = {.stream = st_phrase_stream_create(set), .phrases = count};
    st_phrase_set_unref(set);
    micro_run("  final of 20 words", put_final, &talk, SEGMENTS);
    double final_ns = micro_run("  final, warm", put_final, &talk, SEGMENTS);
    double partial_ns = micro_run("  partial of 20 words", put_partial, &talk, SEGMENTS);
    double search_ns = micro_run("  strstr for each phrase", search, &talk, SEGMENTS / 20);
    micro_run("  reading and folding alone", fold, &talk, SEGMENTS);
    micro_ratio("  final / strstr", final_ns, search_ns, count == 1000 ? 0.5 : 0.05);
    micro_ratio("  final / 60 us", final_ns, 60000, 0.25);
    micro_ratio("  partial / 15 us", partial_ns, 15000, 0.8);
    printf("  stream of a call: %zu bytes\n", st_phrase_stream_bytes(talk.stream));
    st_phrase_stream_destroy(talk.stream);
}

int main(void)
{
    make_rare();
    for (size_t i = 0; i < PHRASES_MAX; i++)
        make_phrase(texts[i], plain[i]);
    for (size_t i = 0; i < SEGMENTS; i++)
        append_words(said[i], SEGMENT_WORDS);
    measure(1000);
    measure(PHRASES_MAX);
    return 0;
}
