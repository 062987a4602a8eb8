/*
 * A call that goes any way at all. The first byte chooses the rules; then, four bytes at a time:
 * what happens, on which channel and when, and what is said.
 *
 * Whatever comes, matches have evidence and spans that run forward, their numbers rise, a
 * provisional match becomes exactly one thing, nothing that was not told is withdrawn, and memory
 * stays bounded.
 */
#include "analytics/rules/matcher.h"
#include "sidetone/call_facts.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MATCHES_MAX = 65536, STATE_BYTES_MAX = 200000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const documents[] = {
    "categories:\n"
    "- {name: a, provisional: true, phrases: [one two, three]}\n"
    "- {name: b, rules: [{phrase: one}, {phrase: four, absent: true, range: {until_s: 30}}]}\n"
    "- {name: c, rules: [{category: a}, {not: {category: b}}]}\n"
    "- {name: d, provisional: true, rules: [{any: [{phrase: two, range: {first_pct: 50}}, "
    "{phrase: three, range: {last_s: 10}}]}, {phrase: one}]}\n",
    "categories:\n"
    "- {name: e, rules: [{sequence: {first: one, then: two, within_s: 5}}]}\n"
    "- {name: f, rules: [{sequence: {first: three, without: four, within_s: 5}, role: agent}]}\n"
    "- {name: g, rules: [{phrase: one, role: customer, range: {from_pct: 20, until_pct: 60}, "
    "absent: "
    "true}, {call: {queue: q*}}, {duration: {above_s: 20}}]}\n"
    "- {name: b, rules: [{phrase: one}, {phrase: four, absent: true, range: {until_s: 30}}]}\n",
    "categories:\n"
    "- {name: a, provisional: true, phrases: [one two, three]}\n"
    "- {name: h, repeat: once, rules: [{phrase: {any: [one ... four, tw*], except: two}}]}\n",
};

enum { DOCUMENTS = sizeof(documents) / sizeof(documents[0]) };

static struct st_rules *compiled[DOCUMENTS];

enum fate { FATE_NONE, FATE_OPEN, FATE_MATCHED, FATE_WITHDRAWN };

struct run {
    struct st_category_matcher *matcher;
    struct st_category_view view;
    uint64_t last_id;
    uint8_t fates[MATCHES_MAX];
    char last_words[64];
};

static void compile(void)
{
    for (size_t i = 0; i < DOCUMENTS && !compiled[i]; i++) {
        struct st_rule_book *book = st_rule_book_create();
        struct st_problems problems;
        st_problems_init(&problems, "rules");
        assert(st_rule_book_read(book, documents[i], strlen(documents[i]), &problems) == 0);
        assert(st_rules_compile(&compiled[i], book, &problems) == 0);
        st_problems_fini(&problems);
        st_rule_book_destroy(book);
    }
}

static void check_evidence(const struct st_category_match *match)
{
    assert(match->evidence_count > 0 && match->end_us >= match->start_us && match->start_us >= 0);
    for (size_t i = 0; i < match->evidence_count; i++) {
        const struct st_category_evidence *evidence = &match->evidence[i];
        assert(evidence->rule > 0 && evidence->kind[0] && evidence->text[0] && evidence->words);
        assert(evidence->end_us >= evidence->start_us && evidence->channel < ST_CHANNELS_MAX);
    }
}

static void on_match(void *user, enum st_finding_type type, const struct st_category_match *match)
{
    struct run *run = user;
    assert(match->match_id > 0 && match->match_id <= run->last_id + 1);
    if (match->match_id >= MATCHES_MAX)
        return;
    uint8_t *fate = &run->fates[match->match_id];
    if (match->match_id > run->last_id)
        run->last_id = match->match_id;
    if (type == ST_FINDING_CATEGORY_WITHDRAWN) {
        assert(*fate == FATE_OPEN || *fate == FATE_MATCHED);
        assert((*fate == FATE_MATCHED) == (match->reason == ST_WITHDRAWN_REFUTED));
        *fate = FATE_WITHDRAWN;
        return;
    }
    check_evidence(match);
    assert(type == ST_FINDING_CATEGORY ? *fate == FATE_NONE || *fate == FATE_OPEN
                                       : *fate == FATE_NONE);
    *fate = type == ST_FINDING_CATEGORY ? FATE_MATCHED : FATE_OPEN;
}

static void speak(struct run *run, uint8_t op, uint8_t when, uint8_t what, uint64_t id)
{
    static const char *const words[] = {"one", "two", "three", "four", "then", ""};
    char text[64];
    unsigned channel = op >> 4 & 1;
    int64_t start_us = run->view.media_us + ((int64_t)when - 128) * 100000;
    snprintf(text, sizeof(text), "%s %s", words[what % 6], words[what / 6 % 6]);
    struct st_segment segment = {.id = id,
                                 .is_final = op & 1,
                                 .start_us = start_us,
                                 .end_us = start_us + ((int64_t)(what >> 2) - 8) * 50000,
                                 .text = text};
    if (when == 255 && what % 5 == 0) /* as hostile as it gets */
        segment.start_us = what % 2 ? INT64_MIN : INT64_MAX;
    if (when == 255 && what % 7 == 0)
        segment.end_us = what % 2 ? INT64_MAX : INT64_MIN;
    if (segment.end_us > run->view.media_us && segment.end_us < INT64_MAX / 2)
        run->view.media_us = segment.end_us;
    st_category_matcher_set_view(run->matcher, &run->view);
    enum st_role role = channel ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
    if (segment.is_final)
        st_category_matcher_put_final(run->matcher, channel, role, &segment);
    else
        st_category_matcher_put_partial(run->matcher, channel, role, &segment);
}

static void step(struct run *run, const uint8_t *bytes, uint64_t *id)
{
    switch (bytes[0] & 7) {
    case 0:
    case 1:
    case 2:
    case 3:
        speak(run, bytes[0], bytes[1], bytes[2], *id);
        *id += bytes[0] & 1;
        break;
    case 4:
        st_category_matcher_drop(run->matcher, bytes[1] & 1, *id);
        break;
    case 5:
        st_category_matcher_set_rules(run->matcher, compiled[bytes[1] % DOCUMENTS]);
        break;
    default:
        run->view.media_us += (int64_t)bytes[1] * 100000;
        run->view.known_us = run->view.media_us - (int64_t)bytes[2] * 100000;
        st_category_matcher_set_view(run->matcher, &run->view);
        st_category_matcher_advance(run->matcher);
        break;
    }
    assert(st_category_matcher_bytes(run->matcher) < STATE_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct run *run = calloc(1, sizeof(*run));
    struct st_call_facts *facts = st_call_facts_create();
    uint64_t id = 1;
    compile();
    st_call_facts_set(&facts->queue, "queue");
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    run->view.facts = facts;
    run->matcher = st_category_matcher_create(compiled[bytes > 0 ? data[0] % DOCUMENTS : 0]);
    st_category_matcher_set_emit(run->matcher, on_match, run);
    st_category_matcher_set_view(run->matcher, &run->view);
    for (size_t i = 1; i + 4 <= bytes; i += 4)
        step(run, data + i, &id);
    st_category_matcher_finish(run->matcher);
    for (uint64_t i = 1; i <= run->last_id && i < MATCHES_MAX; i++)
        assert(run->fates[i] == FATE_MATCHED || run->fates[i] == FATE_WITHDRAWN);
    st_category_matcher_destroy(run->matcher);
    st_call_facts_unref(facts);
    free(run);
    return 0;
}
