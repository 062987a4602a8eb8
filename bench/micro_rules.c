/*
 * Categories of one call: finals and partials of 20 words through the matcher alone, with 1,000
 * phrases in 200 categories of several rules, a quarter of which measure; and what a swap of the
 * rules costs a running call. The floor is the phrases alone.
 */
#include "micro.h"

#include "phrases/phrase_stream.h"
#include "rules/matcher.h"
#include "rules/rules_compiler.h"
#include "sidetone/call_facts.h"
#include "sidetone/mem.h"

#include <string.h>

enum { CATEGORIES = 200, YAML_BYTES = 1 << 20, SEGMENTS = 512, WORDS = 20 };

static const char *const words[] = {"i",       "you",    "want",    "to",    "need",    "the",
                                    "account", "bill",   "close",   "pay",   "manager", "cancel",
                                    "card",    "charge", "service", "call",  "speak",   "with",
                                    "about",   "please", "help",    "today", "order",   "number"};
enum { VOCABULARY = sizeof(words) / sizeof(words[0]) };

static char said[SEGMENTS][256];
static unsigned seed = 7;
static volatile size_t sink;

static const char *pick(void)
{
    return words[(unsigned)rand_r(&seed) % VOCABULARY];
}

static char *make_yaml(bool is_changed)
{
    char *yaml = st_mem_alloc(YAML_BYTES), *at = yaml + sprintf(yaml, "categories:\n");
    seed = 7;
    for (int i = 0; i < CATEGORIES; i++) {
        at += sprintf(at, "- name: c%d\n  provisional: %s\n  rules:\n  - phrase: [", i,
                      i % 4 ? "false" : "true");
        for (int k = 0; k < 4; k++)
            at += sprintf(at, "%s%s %s %s %d", k ? ", " : "", pick(), pick(), pick(), i * 4 + k);
        at += sprintf(at, "]\n");
        if (i % 4 == 1)
            at += sprintf(at, "  - non_talk: {total_above_s: %d}\n", 50 + i);
        if (i % 4 == 2)
            at += sprintf(at, "  - {phrase: %s %s, absent: true, range: {first_s: 60}}\n", pick(),
                          pick());
        if (i % 4 == 3)
            at += sprintf(at, "  - sequence: {first: %s %s, then: %s %s, within_s: 30}\n", pick(),
                          pick(), pick(), pick());
    }
    if (is_changed)
        sprintf(at, "- {name: more, phrases: [%s]}\n", pick());
    return yaml;
}

static struct st_rules *compile(bool is_changed)
{
    struct st_rule_book *book = st_rule_book_create();
    struct st_problems problems;
    struct st_rules *rules;
    char *yaml = make_yaml(is_changed);
    uint64_t start = clock_cpu_ns();
    st_problems_init(&problems, "rules");
    if (st_rule_book_read(book, yaml, strlen(yaml), &problems) < 0)
        exit(1);
    uint64_t read = clock_cpu_ns();
    if (st_rules_compile(&rules, book, &problems) < 0)
        exit(1);
    printf("%zu categories, %zu phrases: read in %.1f ms, compiled in %.1f ms\n",
           st_rules_count(rules), rules->listener_count, (double)(read - start) / 1e6,
           (double)(clock_cpu_ns() - read) / 1e6);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    free(yaml);
    return rules;
}

struct talk {
    struct st_category_matcher *matcher;
    struct st_phrase_stream *stream;
    struct st_category_view view;
    struct st_rules *rules[2];
    size_t next, swaps;
};

static void on_match(void *user, enum st_finding_type type, const struct st_category_match *match)
{
    (void)user;
    sink += type + match->match_id;
}

static void on_hit(void *user, const struct st_phrase_hit *hit)
{
    (void)user;
    sink += hit->pattern;
}

static struct st_segment next_segment(struct talk *talk)
{
    const char *text = said[talk->next++ % SEGMENTS];
    talk->view.media_us += 8000000;
    talk->view.known_us = talk->view.media_us;
    return (struct st_segment){.id = talk->next,
                               .text = text,
                               .start_us = talk->view.media_us - 7000000,
                               .end_us = talk->view.media_us};
}

static void put_final(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = next_segment(talk);
    segment.is_final = true;
    st_category_matcher_set_view(talk->matcher, &talk->view);
    st_category_matcher_put_final(talk->matcher, 1, ST_ROLE_CUSTOMER, &segment);
}

static void put_partial(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = next_segment(talk);
    st_category_matcher_put_partial(talk->matcher, 1, ST_ROLE_CUSTOMER, &segment);
}

static void put_phrases(void *user)
{
    struct talk *talk = user;
    struct st_segment segment = next_segment(talk);
    st_phrase_stream_put_final(talk->stream, 1, &segment, on_hit, NULL);
}

static void swap(void *user)
{
    struct talk *talk = user;
    st_category_matcher_set_rules(talk->matcher, talk->rules[talk->swaps++ % 2]);
}

int main(void)
{
    struct st_call_facts *facts = st_call_facts_create();
    struct talk talk = {.rules = {compile(true), compile(false)}, .view = {.facts = facts}};
    for (int i = 0; i < SEGMENTS; i++)
        for (int k = 0; k < WORDS; k++)
            strcat(strcat(said[i], k ? " " : ""), pick());
    talk.matcher = st_category_matcher_create(talk.rules[1]);
    talk.stream = st_phrase_stream_create(talk.rules[1]->phrases);
    st_category_matcher_set_emit(talk.matcher, on_match, NULL);
    double floor_ns = micro_run("phrases alone, a final", put_phrases, &talk, 2000);
    double final_ns = micro_run("categories, a final", put_final, &talk, 2000);
    double partial_ns = micro_run("categories, a partial", put_partial, &talk, 2000);
    micro_run("categories, other rules", swap, &talk, 200);
    printf("memory of the call: %zu bytes\n", st_category_matcher_bytes(talk.matcher));
    micro_ratio("a final, to the phrases alone", final_ns, floor_ns, 3);
    micro_ratio("a final, to 60 us", final_ns, 60000, 1);
    micro_ratio("a partial, to 15 us", partial_ns, 15000, 1);
    st_phrase_stream_destroy(talk.stream);
    st_category_matcher_destroy(talk.matcher);
    st_rules_unref(talk.rules[0]);
    st_rules_unref(talk.rules[1]);
    st_call_facts_unref(facts);
    return 0;
}
