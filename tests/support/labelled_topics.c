#include "labelled_topics.h"

#include "sidetone/analysis.h"
#include "sidetone/call_facts.h"
#include "sidetone/embedder.h"
#include "sidetone/file.h"
#include "sidetone/rules.h"
#include "sidetone/topic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct conversation {
    struct labelled_topics figures;
    struct st_embedder *embedder;
    struct st_analysis_settings settings;
    struct st_call_facts *facts;
    void (*report)(const char *line);
    struct st_analysis *analysis; /* NULL: between conversations */
    char label[64];
    bool is_found;
    unsigned told;
    double longest_share;
    bool is_longest;
    uint64_t id;
    int64_t at_us;
};

static _Noreturn void fail(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(1);
}

static void on_problem(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "%s\n", text);
}

static struct st_rules *read_rules(const char *path)
{
    char *text;
    size_t bytes;
    struct st_problems problems;
    struct st_rules *rules = NULL;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, path);
    if (st_file_read(path, ST_RULE_DOCUMENT_BYTES_MAX, &text, &bytes) < 0)
        fail(path, "cannot be read");
    if (st_rule_book_read(book, text, bytes, &problems) == 0)
        st_rules_compile(&rules, book, &problems);
    st_problems_send(&problems, on_problem, NULL);
    if (!rules)
        fail(path, "cannot be used");
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    free(text);
    return rules;
}

static int on_ask(void *user, uint64_t ticket, const char *text, float *ret_vector)
{
    const struct conversation *conversation = user;
    (void)ticket;
    return st_embedder_embed(conversation->embedder, text, ret_vector) == 0 ? 1 : -EIO;
}

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void tell(const struct conversation *conversation, const char *what,
                 const struct st_topic_finding *topic)
{
    char line[512];
    if (!conversation->report)
        return;
    snprintf(line, sizeof(line), "%s: %s%s%s", conversation->label, what, topic ? topic->topic : "",
             topic && topic->example ? topic->example : "");
    conversation->report(line);
}

static void on_finding(void *user, const struct st_finding *finding)
{
    struct conversation *conversation = user;
    const struct st_topic_finding *topic = finding->topic;
    if (finding->type != ST_FINDING_TOPIC || !topic->is_final)
        return;
    bool is_right = strcmp(topic->topic, conversation->label) == 0;
    conversation->told++;
    conversation->is_found |= is_right;
    if (!is_right)
        tell(conversation, "told ", topic);
    if (topic->share > conversation->longest_share) {
        conversation->longest_share = topic->share;
        conversation->is_longest = is_right;
    }
}

static void end(struct conversation *conversation)
{
    struct labelled_topics *figures = &conversation->figures;
    bool has_topic = strcmp(conversation->label, "none") != 0;
    if (!conversation->analysis)
        return;
    st_analysis_finish(conversation->analysis, conversation->at_us);
    st_analysis_destroy(conversation->analysis);
    conversation->analysis = NULL;
    figures->labelled += has_topic;
    figures->unlabelled += !has_topic;
    figures->told += conversation->told;
    figures->found += conversation->is_found;
    figures->longest += conversation->is_found && conversation->is_longest;
    figures->silent += !has_topic && conversation->told == 0;
    if (has_topic && !conversation->is_found)
        tell(conversation, "missed", NULL);
}

static void begin(struct conversation *conversation, const char *label)
{
    static const struct st_analysis_events events = {on_segment, on_finding};
    end(conversation);
    snprintf(conversation->label, sizeof(conversation->label), "%.60s", label);
    conversation->is_found = conversation->is_longest = false;
    conversation->told = 0;
    conversation->longest_share = 0;
    conversation->analysis =
        st_analysis_create(&conversation->settings, conversation->facts, &events, conversation);
    st_analysis_set_ask(conversation->analysis, on_ask);
}

static void say(struct conversation *conversation, char side, const char *text)
{
    struct st_segment segment = {.id = ++conversation->id,
                                 .is_final = true,
                                 .text = text,
                                 .start_us = conversation->at_us,
                                 .end_us = conversation->at_us + (int64_t)strlen(text) * 60000};
    st_analysis_put_segment(conversation->analysis, side == 'C', &segment);
    conversation->at_us = segment.end_us + 500000;
}

struct labelled_topics labelled_topics_measure(struct st_embedder *embedder, const char *rules_path,
                                               const char *path, void (*report)(const char *line))
{
    char line[1024];
    FILE *file = fopen(path, "re");
    struct conversation conversation = {.embedder = embedder, .report = report};
    if (!file)
        fail(path, "cannot be read");
    conversation.settings.rules = read_rules(rules_path);
    st_rules_learn(conversation.settings.rules, embedder);
    conversation.facts = st_call_facts_create();
    conversation.facts->roles[0] = ST_ROLE_AGENT;
    conversation.facts->roles[1] = ST_ROLE_CUSTOMER;
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "== ", 3) == 0)
            begin(&conversation, line + 3);
        else if (conversation.analysis && strpbrk(line, "AC") == line && line[1] == ' ')
            say(&conversation, line[0], line + 2);
        else
            fail(path, line);
    }
    end(&conversation);
    fclose(file);
    st_rules_unref(conversation.settings.rules);
    st_call_facts_unref(conversation.facts);
    return conversation.figures;
}
