/*
 * Everything at once: a whole analysis with 1,000 phrases in rules of several kinds, sentiment,
 * personal data redacted, issues, topics, questions, profanity, a script and every format. What a
 * final and a partial of 20 words cost, what each stage has in it, and what a call of half an hour
 * keeps in memory. Sentences are not embedded: see micro_embed.
 *
 * The floor is the least anybody could do who looks at all of the text: copy it and hash it.
 * usage: micro_stages [MODELS]
 */
#include "compile_rules.h"
#include "micro.h"

#include "sidetone/analysis.h"
#include "sidetone/audio_second.h"
#include "sidetone/call_facts.h"
#include "sidetone/issues.h"
#include "sidetone/mem.h"
#include "sidetone/profanity_list.h"
#include "sidetone/rules.h"
#include "sidetone/sentiment.h"

#include <malloc.h>
#include <string.h>

enum {
    WORDS = 20,
    CATEGORIES = 250, /* of four phrases each */
    YAML_BYTES = 1 << 20,
    FINALS = 4000,
    CALLS = 200,
    TURNS = 360, /* of 5 s each */
    TURN_S = 5,
    TURN_US = TURN_S * 1000000,
    PARTIALS = 3, /* before each final */
    BYTES_MAX = 24000,
};

/* 20 words each, agent and customer in turns. */
static const char *const said[] = {
    "thank you for calling the billing desk my name is karen how can i help you with that today "
    "then",
    "um yes hello i have a problem with my last bill because because you charged me twenty five "
    "dollars more",
    "i am sorry to hear that could you please give me your account number so that i can look you "
    "up",
    "my card number is four five three nine one four eight eight zero three four three six four "
    "six seven",
    "one moment please let me check that for you i see that there was a late fee in march again",
    "but that is not right i paid it on the third of march and nobody told me about any fee",
    "you are right and i understand that this is very annoying so i will send you a refund right "
    "now",
    "that is great thank you and can you tell me why my internet has been so slow since last week",
    "there was an outage in your area on monday that our engineers have repaired so it should work "
    "again now",
    "well it does not work at all and this is the third time that i call about the same thing",
    "then i will open a ticket for you and a technician will call you back tomorrow before five in "
    "the afternoon",
    "my phone number is five five five two three seven one nine and you can reach me after lunch "
    "please",
    "so that would be john smith in four twelve maple street springfield and the zip code is six "
    "two seven",
    "yes that is right and if it does not work by friday i want to cancel my contract with you",
    "i would not want to lose you as a customer so let me look at what we can offer you there",
    "okay that sounds good to me but please send it by mail to john dot smith at gmail dot com",
    "the agreement comes with twelve months and the first two of them are free of charge do you "
    "want to go ahead",
    "what the hell does the agreement have to do with it i only want to have the damn thing "
    "repaired",
    "of course and i apologize again for the trouble you have had is there anything else i can do "
    "for you",
    "no that is everything thank you very much for your help and have a wonderful day and goodbye "
    "for now",
};
enum { SAID = sizeof(said) / sizeof(said[0]) };

static const char script[] =
    "scripts:\n"
    "- name: opening\n"
    "  steps:\n"
    "  - thank you for calling our billing desk\n"
    "  - this call is recorded for quality purposes\n"
    "  - [may i have your account number, what is your account number please]\n"
    "  - [let me check that for you, give me a moment to look at that]\n"
    "  - i have refunded the charge to your card today\n"
    "  - you will receive a letter of confirmation within five days\n"
    "  - is there anything else i can help you with\n"
    "  - thank you for being our customer and have a wonderful day\n";

static struct st_word spoken[SAID][WORDS];
static unsigned seed = 7;
static volatile uint64_t sink;

/* ---- what is said ---- */

/* A sentence's words, and the sentence again of the first 20 of them. */
static char *cut(const char *sentence, struct st_word *words)
{
    char *text = st_mem_alloc(strlen(sentence) + 1);
    size_t used = 0;
    const char *at = sentence;
    for (int i = 0; i < WORDS; i++) {
        size_t bytes = strcspn(at, " ");
        if (bytes == 0)
            abort();
        words[i] = (struct st_word){.text = strndup(at, bytes), .confidence = 0.9F};
        used += (size_t)sprintf(text + used, "%s%s", i ? " " : "", words[i].text);
        at += bytes + (at[bytes] != '\0');
    }
    return text;
}

static char *texts[SAID];

static void make_texts(void)
{
    for (int i = 0; i < SAID; i++)
        texts[i] = cut(said[i], spoken[i]);
}

struct talk {
    struct st_analysis *analysis;
    uint64_t next;
    int64_t at_us;
};

/* The whole of a turn, or its beginning. */
static struct st_segment segment_of(const struct talk *talk, bool is_final)
{
    unsigned i = (unsigned)(talk->next % SAID);
    for (int k = 0; k < WORDS; k++) {
        spoken[i][k].start_us = talk->at_us + k * 200000;
        spoken[i][k].end_us = spoken[i][k].start_us + 180000;
    }
    return (struct st_segment){
        .id = talk->next + 1,
        .is_final = is_final,
        .start_us = talk->at_us,
        .end_us = talk->at_us + WORDS * 200000,
        .text = texts[i],
        .words = spoken[i],
        .word_count = WORDS,
        .word_times = ST_WORD_TIMES_MEASURED,
        .confidence = 0.9F,
    };
}

static void put_final(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = segment_of(talk, true);
    st_analysis_put_segment(talk->analysis, (unsigned)talk->next % 2, &segment);
    talk->next++;
    talk->at_us += TURN_US;
}

static void put_partial(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = segment_of(talk, false);
    st_analysis_put_segment(talk->analysis, (unsigned)talk->next % 2, &segment);
    talk->next++;
}

/* Copies and hashes (FNV-1a) the text and the texts of its words. */
static void run_floor(void *user)
{
    struct talk *talk = user;
    char copy[512];
    uint64_t hash = 14695981039346656037ULL;
    struct st_segment segment = segment_of(talk, true);
    size_t bytes = strlen(segment.text);
    memcpy(copy, segment.text, bytes);
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)copy[i]) * 1099511628211ULL;
    sink += hash;
    talk->next++;
}

/* ---- what is listened for ---- */

static const char *pick(void)
{
    return spoken[(unsigned)rand_r(&seed) % SAID][(unsigned)rand_r(&seed) % WORDS].text;
}

static const char *pick_long(void)
{
    const char *word = pick();
    while (strlen(word) < 4)
        word = pick();
    return word;
}

/* Seven in ten are plain words, the others have a star, a gap or alternatives. */
static char *write_phrase(char *at)
{
    unsigned form = (unsigned)rand_r(&seed) % 10;
    if (form == 7)
        return at + sprintf(at, "\"%s %s %.3s*\"", pick(), pick(), pick_long());
    if (form == 8)
        return at + sprintf(at, "\"%s %s ... %s\"", pick(), pick(), pick());
    if (form == 9)
        return at + sprintf(at, "\"(%s|%s) %s %s\"", pick(), pick(), pick(), pick());
    return at + sprintf(at, "\"%s %s %s\"", pick(), pick(), pick());
}

/* A quarter of the categories may match provisionally, and three quarters have a second rule. */
static char *write_category(char *at, int i)
{
    at += sprintf(at, "- name: category %d\n  provisional: %s\n  topic: %s\n  rules:\n", i,
                  i % 4 == 0 ? "true" : "false", i % 25 == 0 ? "true" : "false");
    at += sprintf(at, "  - phrase: [");
    for (int k = 0; k < 4; k++) {
        at += sprintf(at, "%s", k ? ", " : "");
        at = write_phrase(at);
    }
    at += sprintf(at, "]\n");
    if (i % 4 == 1)
        at += sprintf(at, "  - non_talk: {total_above_s: %d}\n", 50 + i);
    if (i % 4 == 2)
        at += sprintf(at, "  - {phrase: \"%s %s\", absent: true, range: {first_s: 60}}\n", pick(),
                      pick());
    if (i % 4 == 3)
        at += sprintf(at, "  - sequence: {first: \"%s %s\", then: \"%s %s\", within_s: 30}\n",
                      pick(), pick(), pick(), pick());
    return at;
}

static char *write_rules(void)
{
    char *yaml = st_mem_alloc(YAML_BYTES), *at = yaml;
    at += sprintf(at, "%scategories:\n", script);
    for (int i = 0; i < CATEGORIES; i++)
        at = write_category(at, i);
    return yaml;
}

/* NULL and *ret_bytes 0 when there is none. */
static char *read_file(const char *folder, const char *name, size_t *ret_bytes)
{
    char path[512], *text = st_mem_alloc(4 << 20);
    snprintf(path, sizeof(path), "%s/%s", folder ? folder : "", name);
    FILE *file = folder ? fopen(path, "rb") : NULL;
    *ret_bytes = file ? fread(text, 1, 4 << 20, file) : 0;
    if (file)
        fclose(file);
    return text;
}

static const struct st_sentiment_lexicon *load_lexicon(const char *models)
{
    static const char few[] = "sorry\t-0.3\nproblem\t-1.7\ngreat\t3.1\nthank\t1.5\ndamn\t-1.7\n";
    char why[200];
    size_t bytes;
    struct st_sentiment_lexicon *lexicon = NULL;
    char *text = read_file(models, "vader_lexicon.txt", &bytes);
    if (st_sentiment_lexicon_create(&lexicon, bytes ? text : few, bytes ? bytes : strlen(few), why,
                                    sizeof(why)) < 0)
        abort();
    free(text);
    return lexicon;
}

static const struct st_pii_lexicon *load_names(const char *models)
{
    char why[200];
    size_t bytes;
    struct st_pii_lexicon *names = NULL;
    char *text = read_file(models, "personal_names.txt", &bytes);
    if (st_pii_lexicon_create(&names, bytes ? text : NULL, bytes, why, sizeof(why)) < 0)
        abort();
    free(text);
    return names;
}

/* ---- measuring ---- */

static void ignore_finding(void *user, const struct st_finding *finding)
{
    (void)user;
    sink += (uint64_t)finding->end_us;
}

static void ignore_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    sink += segment->segment.id;
}

static const struct st_analysis_events events = {.segment = ignore_segment,
                                                 .finding = ignore_finding};
static struct st_call_facts *facts;

/* In a call that has gone on for a while. */
static double measure(const char *name, const struct st_analysis_settings *settings, micro_fn run)
{
    struct talk talk = {.analysis = st_analysis_create(settings, facts, &events, NULL)};
    for (int i = 0; i < TURNS; i++)
        put_final(&talk);
    double ns = micro_run(name, run, &talk, FINALS);
    st_analysis_destroy(talk.analysis);
    return ns;
}

/* Half an hour as it comes live: partials, finals, seconds of audio, ticks. */
static void live_through(struct st_analysis *analysis)
{
    struct talk talk = {.analysis = analysis};
    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t number = talk.next;
        for (int i = 0; i < PARTIALS; i++, talk.next = number)
            put_partial(&talk);
        put_final(&talk);
        for (int i = 2 * TURN_S; i > 0; i--) {
            struct st_audio_second second = {.start_us = talk.at_us - (i + 1) / 2 * 1000000,
                                             .speech_us = 900000,
                                             .speech_db = -25};
            st_analysis_put_audio(analysis, (unsigned)i % 2, &second);
        }
        for (int i = TURN_S; i > 0; i--)
            st_analysis_tick(analysis, talk.at_us - (i - 1) * 1000000);
    }
}

static size_t allocated(void)
{
    struct mallinfo2 now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

/* As the allocator counts: what many calls have at once, divided by their number. */
static size_t measure_memory(const char *name, const struct st_analysis_settings *settings)
{
    static struct st_analysis *calls[CALLS];
    size_t before = allocated();
    for (int i = 0; i < CALLS; i++)
        calls[i] = st_analysis_create(settings, facts, &events, NULL);
    size_t begun = allocated();
    for (int i = 0; i < CALLS; i++)
        live_through(calls[i]);
    size_t after = allocated();
    for (int i = 0; i < CALLS; i++)
        st_analysis_destroy(calls[i]);
    printf("%-44s begun %7zu  half an hour %8zu bytes\n", name, (begun - before) / CALLS,
           (after - before) / CALLS);
    return (after - before) / CALLS;
}

/* Each row has one thing more. */
struct row {
    const char *name;
    struct st_analysis_settings settings;
};

enum { ROWS_MAX = 8 };

static size_t add_row(struct row *rows, size_t count, const char *name,
                      const struct st_analysis_settings *settings)
{
    rows[count] = (struct row){.name = name, .settings = *settings};
    return count + 1;
}

static size_t make_rows(struct row rows[ROWS_MAX], const char *models)
{
    struct st_analysis_settings settings = {.rules = compile_rules("")};
    char *yaml = write_rules();
    struct st_profanity_list *profanity = st_profanity_list_create();
    st_profanity_list_add_own(profanity);
    size_t count = add_row(rows, 0, "measures, questions, language, topics", &settings);
    settings.rules = compile_rules(yaml);
    count = add_row(rows, count, "and 1,000 phrases in 250 categories, a script", &settings);
    settings.lexicon = load_lexicon(models);
    count = add_row(rows, count, "and sentiment", &settings);
    settings.profanity = profanity;
    settings.format = (struct st_transcript_format){true, true, true, true};
    count = add_row(rows, count, "and profanity, every format", &settings);
    settings.issues = st_issue_model_create(NULL);
    count = add_row(rows, count, "and issues", &settings);
    settings.privacy =
        (struct st_pii_settings){.mode = ST_PII_REDACT, .lexicon = load_names(models)};
    free(yaml);
    return add_row(rows, count, "and personal data, redacted: everything", &settings);
}

/* What rows share lives as long as the program. */
int main(int argc, char **argv)
{
    struct row rows[ROWS_MAX];
    double final_ns = 0, partial_ns = 0;
    size_t bytes = 0;
    struct talk talk = {0};
    make_texts();
    size_t count = make_rows(rows, argc > 1 ? argv[1] : NULL);
    facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    facts->engine = "moonshine";
    double floor_ns = micro_run("floor: the text copied and hashed", run_floor, &talk, FINALS);
    printf("finals\n");
    for (size_t i = 0; i < count; i++)
        final_ns = measure(rows[i].name, &rows[i].settings, put_final);
    printf("partials\n");
    for (size_t i = 0; i < count; i++)
        partial_ns = measure(rows[i].name, &rows[i].settings, put_partial);
    printf("memory of a call\n");
    for (size_t i = 0; i < count; i++)
        bytes = measure_memory(rows[i].name, &rows[i].settings);
    micro_ratio("a final with everything, of 60 us", final_ns, 60000, 1);
    micro_ratio("a partial with everything, of 15 us", partial_ns, 15000, 1);
    micro_ratio("a final, to the floor", final_ns, floor_ns, 750);
    micro_ratio("a partial, to the floor", partial_ns, floor_ns, 190);
    micro_ratio("memory after half an hour, of 24 kB", (double)bytes, BYTES_MAX, 1);
    return 0;
}
