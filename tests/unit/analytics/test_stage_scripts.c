#include "analysis_rig.h"
#include "run.h"

#include "sidetone/script.h"

#include <stdlib.h>

static char problems_told[8192];
static unsigned last_number;

static void tell_problem(void *user, const char *text)
{
    size_t used = strlen(problems_told);
    (void)user;
    snprintf(problems_told + used, sizeof(problems_told) - used, "%s\n", text);
}

/* NULL with the problems in problems_told. */
static struct st_rules *read_rules(const char *text)
{
    struct st_rules *rules = NULL;
    struct st_problems problems;
    struct st_rule_book *book = st_rule_book_create();
    problems_told[0] = '\0';
    st_problems_init(&problems, "a.yaml");
    if (st_rule_book_read(book, text, strlen(text), &problems) == 0)
        st_rules_compile(&rules, book, &problems);
    st_problems_send(&problems, tell_problem, NULL);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

/* "opening 50% (1/2): recording said 0-900 0.75!, name open"; ! is out of order, ? optional. */
static void note(const struct st_finding *finding)
{
    const struct st_script_finding *script = finding->script;
    char line[4096];
    if (finding->type != ST_FINDING_SCRIPT)
        return;
    last_number = script->number;
    int used = snprintf(line, sizeof(line), "%s %s %u%% (%u/%u)%s:", st_role_name(finding->role),
                        script->script, script->percent, script->said, script->required,
                        script->is_final ? " final" : "");
    for (size_t i = 0; i < script->step_count; i++) {
        const struct st_script_step_finding *step = &script->steps[i];
        used +=
            snprintf(line + used, sizeof(line) - (size_t)used, "%s %s%s %s", i > 0 ? "," : "",
                     step->name, step->is_optional ? "?" : "", st_script_state_name(step->state));
        if (step->score > 0)
            used += snprintf(line + used, sizeof(line) - (size_t)used, " %lld-%lld %.2f%s",
                             (long long)step->start_us / 1000, (long long)step->end_us / 1000,
                             step->score, step->is_out_of_order ? "!" : "");
    }
    add_line("%s", line);
}

static void begin(const char *text)
{
    struct st_rules *rules = read_rules(text);
    ck_assert_msg(rules != NULL, "%s", problems_told);
    begin_call((struct st_analysis_settings){.rules = rules});
    st_rules_unref(rules);
}

static const char opening[] =
    "scripts:\n"
    "- name: opening\n"
    "  steps:\n"
    "  - {name: recording, say: this call is recorded for quality "
    "purposes}\n"
    "  - {name: name, say: [may i have your name, who am i speaking with]}\n"
    "  - {name: offer, say: would you like our newsletter, optional: "
    "true}\n";

START_TEST(steps_are_ticked_off_as_they_are_said)
{
    begin(opening);
    say(0, 0, 1000, "hello");
    expect_told("");
    say(0, 1000, 4000, "the calls are recorded for quality purposes");
    expect_told("agent opening 50% (1/2): recording said 1279-4000 1.00, name open, offer? open");
    say(1, 4000, 5000, "may i have your name");
    expect_told("");
    say(0, 5000, 6000, "so who am i speaking with today");
    expect_told(
        "agent opening 100% (2/2): recording said 1279-4000 1.00, name said 5096-5806 1.00, "
        "offer? open");
    say(0, 7000, 8000, "this call is recorded for quality purposes");
    expect_told("");
    end_call(9000);
    expect_told("agent opening 100% (2/2) final: recording said 1279-4000 1.00, name said "
                "5096-5806 1.00, offer? open");
}
END_TEST

START_TEST(recognition_may_get_some_of_it_wrong)
{
    begin(opening);
    say(0, 0, 1000, "um this um call is recorded for equality purses");
    ck_assert_ptr_nonnull(strstr(told, "recording said"));
    told[0] = '\0';
    say(0, 2000, 3000, "may i have your game");
    ck_assert_ptr_nonnull(strstr(told, "name said 2000-2750 0.80"));
    end_call(9000);
}
END_TEST

START_TEST(too_little_of_it_is_not_it)
{
    begin(opening);
    say(0, 0, 1000, "the quality of this call is good");
    say(0, 2000, 3000, "i am speaking");
    say(0, 4000, 5000,
        "well yes of course i am here now it was recorded and the quality of the song was not bad "
        "although it was an "
        "old call of mine to my mother about the purposes of it");
    expect_told("");
    end_call(9000);
    expect_told("agent opening 0% (0/2) final: recording open, name open, offer? open");
}
END_TEST

START_TEST(borders_of_segments_do_not_matter)
{
    begin(opening);
    say(0, 0, 1000, "this call is");
    say(1, 1000, 2000, "hello");
    say(0, 2000, 3000, "recorded for");
    say(0, 3500, 4000, "quality purposes");
    expect_told("agent opening 50% (1/2): recording said 416-4000 1.00, name open, offer? open");
    end_call(9000);
    begin(opening);
    say(0, 0, 1000, "this call is recorded");
    say(0, 61000, 62000, "quality purposes");
    expect_told("");
    end_call(90000);
}
END_TEST

START_TEST(order_is_marked)
{
    begin(opening);
    say(0, 0, 1000, "may i have your name");
    say(0, 1000, 2000, "this call is recorded for quality purposes");
    end_call(9000);
    ck_assert_ptr_nonnull(strstr(told,
                                 "100% (2/2) final: recording said 1119-2000 1.00!, name said "
                                 "0-1000 1.00,"));
    told[0] = '\0';
    begin("scripts: [{name: a, any_order: true, steps: [hello dear customer, buy some apples]}]");
    say(0, 0, 1000, "buy some apples");
    say(0, 1000, 2000, "hello dear customer");
    end_call(9000);
    ck_assert_ptr_null(strchr(told, '!'));
    ck_assert_ptr_nonnull(strstr(told, "100%"));
}
END_TEST

START_TEST(what_comes_late_does_not_count)
{
    begin("scripts: [{name: a, within_s: 10, steps: [hello dear customer, {say: buy some apples, "
          "within_s: 60}]}]");
    wait_until(24000);
    expect_told("");
    wait_until(26000);
    expect_told("agent a 0% (0/2): hello dear customer overdue, buy some apples open");
    say(0, 30000, 31000, "hello dear customer");
    expect_told(
        "agent a 0% (0/2): hello dear customer late 30000-31000 1.00, buy some apples open");
    say(0, 31000, 32000, "buy some apples");
    expect_told(
        "agent a 50% (1/2): hello dear customer late 30000-31000 1.00, buy some apples said "
        "31000-32000 1.00");
    end_call(33000);
    told[0] = '\0';
    begin("scripts: [{name: a, within_s: 10, steps: [hello dear customer]}]");
    say(0, 8000, 20000, "hello dear customer");
    end_call(21000);
    expect_told("agent a 100% (1/1): hello dear customer said 8000-20000 1.00\n"
                "agent a 100% (1/1) final: hello dear customer said 8000-20000 1.00");
}
END_TEST

START_TEST(scripts_apply_to_calls_that_fit)
{
    static const char text[] =
        "scripts:\n"
        "- {name: billing, when: {queue: 'bill*'}, steps: [hello dear customer]}\n"
        "- {name: german, language: de, steps: [hello dear customer]}\n"
        "- {name: english, language: en, role: customer, steps: [hello dear customer]}\n";
    call_facts = st_call_facts_create();
    st_call_facts_set(&call_facts->queue, "billing");
    st_call_facts_set(&call_facts->language, "en-US");
    begin(text);
    say(1, 0, 1000, "hello dear customer");
    expect_told("customer english 100% (1/1): hello dear customer said 0-1000 1.00");
    say(0, 1000, 2000, "hello dear customer");
    expect_told("agent billing 100% (1/1): hello dear customer said 1000-2000 1.00");
    end_call(9000);
    told[0] = '\0';
    begin(text);
    say(0, 0, 1000, "hello dear customer");
    end_call(9000);
    expect_told("");
}
END_TEST

START_TEST(a_corrected_fact_may_bring_a_script)
{
    begin("scripts: [{name: a, when: {queue: x}, steps: [hello dear customer]}]");
    say(0, 0, 1000, "hello dear customer");
    struct st_call_facts *better = st_call_facts_copy(call_facts);
    st_call_facts_set(&better->queue, "x");
    st_analysis_set_facts(analysis, better);
    say(0, 1000, 2000, "hello dear customer");
    expect_told("agent a 100% (1/1): hello dear customer said 1000-2000 1.00");
    end_call(9000);
    st_call_facts_unref(better);
}
END_TEST

static void reload(const char *text)
{
    struct st_rules *rules = read_rules(text);
    ck_assert_msg(rules != NULL, "%s", problems_told);
    st_analysis_set_settings(analysis, &(struct st_analysis_settings){.rules = rules});
    st_rules_unref(rules);
}

START_TEST(a_reload_keeps_what_was_said)
{
    begin("scripts: [{name: a, steps: [hello dear customer, buy some apples]}]");
    say(0, 0, 1000, "hello dear customer");
    told[0] = '\0';
    reload("scripts: [{name: a, steps: [eat fresh bread, hello dear customer]}]");
    say(0, 1000, 2000, "eat fresh bread");
    expect_told(
        "agent a 100% (2/2): eat fresh bread said 1000-2000 1.00!, hello dear customer said "
        "0-1000 1.00");
    end_call(9000);
}
END_TEST

START_TEST(a_reload_amid_a_sentence_loses_none_of_it)
{
    begin("scripts: [{name: a, steps: [eat some fresh bread today]}]");
    say(0, 0, 1000, "eat some fresh");
    expect_told("");
    reload("scripts: [{name: b, steps: [buy sweet apples]},\n"
           "          {name: a, steps: [eat some fresh bread today]}]");
    say(0, 1000, 2000, "bread today");
    expect_told("agent a 100% (1/1): eat some fresh bread today said 0-2000 1.00");
    end_call(9000);
}
END_TEST

/* Findings are kept by number: one that is told must not hide another. */
START_TEST(a_script_keeps_its_number_when_others_come_and_go)
{
    begin("scripts: [{name: a, steps: [eat fresh bread]}, {name: b, steps: [buy sweet apples]}]");
    say(0, 0, 1000, "buy sweet apples");
    ck_assert_uint_eq(last_number, 1);
    reload("scripts: [{name: b, steps: [buy sweet apples, drink cold water]}]");
    say(0, 1000, 2000, "drink cold water");
    ck_assert_uint_eq(last_number, 1);
    reload("scripts: [{name: c, steps: [sing loud songs]},\n"
           "          {name: b, steps: [buy sweet apples, drink cold water]}]");
    say(0, 2000, 3000, "sing loud songs");
    ck_assert_uint_eq(last_number, 0);
    told[0] = '\0';
    reload("scripts: []");
    say(0, 3000, 4000, "sing loud songs");
    end_call(9000);
    expect_told("");
}
END_TEST

START_TEST(placeholders_and_hidden_words_are_not_needed)
{
    begin(
        "scripts: [{name: a, steps: ['my name is {name} from [COMPANY] support', 'how are you']}]");
    say(0, 0, 1000, "my name is [NAME] from support");
    ck_assert_ptr_nonnull(strstr(told, "50% (1/2)"));
    told[0] = '\0';
    say(0, 1000, 2000, "how are you");
    ck_assert_ptr_nonnull(strstr(told, "100% (2/2)"));
    end_call(9000);
}
END_TEST

START_TEST(problems_name_their_place)
{
    static const struct {
        const char *text, *told;
    } rows[] = {
        {"scripts: 3", "a.yaml:1: 'scripts' must be a list\n"},
        {"scripts:\n- steps: [hello dear you]\n", "a.yaml:2: a script needs a 'name'\n"},
        {"scripts:\n- {name: a}\n", "a.yaml:2: script 'a': needs 'steps'\n"},
        {"scripts:\n- name: a\n  steps: []\n",
         "a.yaml:3: script 'a': 'steps' must be a list of 1 to 50\n"},
        {"scripts:\n- name: a\n  steps:\n  - {name: x}\n",
         "a.yaml:4: script 'a', step 1: a step needs 'say'\n"},
        {"scripts:\n- name: a\n  stepps: [x]\n  steps: [hello]\n",
         "a.yaml:3: script 'a': unknown key 'stepps' in a script, did you mean 'steps'?\n"},
        {"scripts:\n- name: a\n  role: boss\n  steps: [hello]\n",
         "a.yaml:3: script 'a': 'role' must be agent or customer, not 'boss'\n"},
        {"scripts:\n- name: a\n  when: {queues: x}\n  steps: [hello]\n",
         "a.yaml:3: script 'a', 'when': unknown key 'queues' in 'call', did you mean 'queue'?\n"},
        {"scripts:\n- name: a\n  steps: [hello]\n- name: a\n  steps: [hello]\n",
         "a.yaml:4: script 'a' is given twice, first in a.yaml:2\n"},
        {"scripts:\n- name: a\n  steps:\n  - hello\n  - '[NAME] ...'\n",
         "a.yaml:5: script 'a': the sentence '[NAME] ...' has no word in it\n"},
        {"scriptz: []\n", "a.yaml:1: unknown key 'scriptz', did you mean 'scripts'?\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_rules *rules = read_rules(rows[i].text);
        ck_assert_str_eq(problems_told, rows[i].told);
        ck_assert_ptr_null(rules);
    }
}
END_TEST

START_TEST(hostile_speech_is_survived)
{
    char *text = malloc(300001);
    begin(opening);
    for (size_t i = 0; i < 300000; i += 5)
        memcpy(text + i, "call ", 5);
    text[300000] = '\0';
    say(0, INT64_MAX / 1000, 0, text);
    say(0, -5, -9, "this call is recorded for quality purposes");
    end_call(1000);
    free(text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {steps_are_ticked_off_as_they_are_said,
                            recognition_may_get_some_of_it_wrong,
                            too_little_of_it_is_not_it,
                            borders_of_segments_do_not_matter,
                            order_is_marked,
                            what_comes_late_does_not_count,
                            scripts_apply_to_calls_that_fit,
                            a_corrected_fact_may_bring_a_script,
                            a_reload_keeps_what_was_said,
                            a_reload_amid_a_sentence_loses_none_of_it,
                            a_script_keeps_its_number_when_others_come_and_go,
                            placeholders_and_hidden_words_are_not_needed,
                            problems_name_their_place,
                            hostile_speech_is_survived};
    return run_tests("stage_scripts", tests, sizeof(tests) / sizeof(tests[0]));
}
