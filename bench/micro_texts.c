/*
 * What is found in the text beside categories: words read once, questions, profanity, language,
 * scripts, topics, and the transcript as shown. Finals of 20 words, one after the other, as agents
 * and customers say them; each row has one thing more.
 */
#include "compile_rules.h"
#include "micro.h"

#include "sidetone/analysis.h"
#include "sidetone/call_facts.h"
#include "sidetone/profanity_list.h"
#include "sidetone/rules.h"

#include "text/tokens.h"

#include <string.h>

enum { FINALS = 200000 };

static const char *const said[] = {
    "thank you for calling the billing desk this call is recorded for quality purposes how can i "
    "help you today",
    "um yes hello i have a problem with my last bill because because you charged me twenty five "
    "dollars too much",
    "i am sorry to hear that could you please give me your account number so that i can look",
    "it is right here on the letter that you sent me last week it says four one one seven",
    "one moment please let me check that for you i see that there was a late fee in march",
    "but that is not right i paid it on the third of march and nobody told me about fees",
};

static const char scripts[] =
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

struct bench {
    struct st_call_facts *facts;
    struct st_analysis *analysis;
    struct st_tokens tokens;
    unsigned next;
    int64_t at_us;
};

static void ignore_finding(void *user, const struct st_finding *finding)
{
    (void)user;
    (void)finding;
}

static void ignore_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static const struct st_analysis_events events = {.segment = ignore_segment,
                                                 .finding = ignore_finding};

static void begin(struct bench *bench, const struct st_analysis_settings *settings)
{
    bench->facts = st_call_facts_create();
    bench->facts->roles[0] = ST_ROLE_AGENT;
    bench->facts->roles[1] = ST_ROLE_CUSTOMER;
    bench->facts->engine = "moonshine";
    bench->analysis = st_analysis_create(settings, bench->facts, &events, NULL);
}

static void end(struct bench *bench)
{
    st_analysis_destroy(bench->analysis);
    st_call_facts_unref(bench->facts);
    st_tokens_fini(&bench->tokens);
    *bench = (struct bench){.next = 0};
}

static struct st_segment segment_of(struct bench *bench, bool is_final)
{
    struct st_segment segment = {
        .id = bench->next + 1,
        .is_final = is_final,
        .start_us = bench->at_us,
        .end_us = bench->at_us + 7000000,
        .text = said[bench->next % (sizeof(said) / sizeof(said[0]))],
        .confidence = 0.8F,
    };
    return segment;
}

static void run_final(void *user)
{
    struct bench *bench = user;
    struct st_segment segment = segment_of(bench, true);
    st_analysis_put_segment(bench->analysis, bench->next % 2, &segment);
    bench->next++;
    bench->at_us += 8000000;
}

static void run_partial(void *user)
{
    struct bench *bench = user;
    struct st_segment segment = segment_of(bench, false);
    st_analysis_put_segment(bench->analysis, bench->next % 2, &segment);
}

static void run_tokens(void *user)
{
    struct bench *bench = user;
    struct st_segment segment = segment_of(bench, true);
    st_tokens_read(&bench->tokens, &segment);
    bench->next++;
}

static double measure(const char *name, const struct st_analysis_settings *settings,
                      micro_fn kernel)
{
    struct bench bench = {.next = 0};
    begin(&bench, settings);
    double ns = micro_run(name, kernel, &bench, FINALS / MICRO_BATCHES);
    end(&bench);
    return ns;
}

int main(void)
{
    struct st_rules *none = compile_rules(""), *some = compile_rules(scripts);
    struct st_profanity_list *list = st_profanity_list_create();
    st_profanity_list_add_own(list);
    struct st_analysis_settings settings = {.rules = none};
    measure("words of a final, read", &settings, run_tokens);
    measure("questions, language, topics", &settings, run_final);
    settings.profanity = list;
    measure("and profanity", &settings, run_final);
    settings.rules = some;
    measure("and a script of eight steps", &settings, run_final);
    settings.format = (struct st_transcript_format){true, true, true, true};
    double all = measure("and every format", &settings, run_final);
    measure("a partial, with every format", &settings, run_partial);
    micro_ratio("a final with all of it, of 12 us", all, 12000, 1);
    st_profanity_list_unref(list);
    st_rules_unref(none);
    st_rules_unref(some);
    return 0;
}
