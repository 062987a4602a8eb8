#include "rules/script_set.h"
#include "stage.h"
#include "text/lexemes.h"

#include "sidetone/call_facts.h"
#include "sidetone/mem.h"
#include "sidetone/script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LATE_FINALS_US = 15000000, NO_NUMBER = ST_SCRIPTS_OF_CALL_MAX };

/* Where a word was heard last. */
struct heard {
    uint32_t position; /* among the words that were listened to, from 1; 0: never */
    uint32_t start_ms;
};

struct step {
    enum st_script_state state;
    bool is_out_of_order;
    bool is_fresh; /* said in the segment that is being read: its score may still rise */
    uint8_t channel;
    uint16_t matched, words;
    uint32_t alternative;
    uint64_t segment_id;
    int64_t start_us, end_us;
};

struct followed {
    uint32_t script;
    unsigned number; /* by which it is known outside: stays, also when others come and go */
    bool has_changed;
    struct heard *heard; /* by word of the script */
    struct step *steps;
};

struct state {
    const struct st_stage_view *view;
    struct st_script_set *set;         /* own reference; NULL: no scripts */
    const struct st_call_facts *facts; /* by which scripts were chosen */
    struct followed followed[ST_SCRIPTS_OF_CALL_MAX];
    unsigned count;
    uint32_t position;
};

/* ---- which scripts ---- */

static const struct st_script *written(const struct state *state, const struct followed *followed)
{
    return state->set->scripts[followed->script].written;
}

static bool speaks(const char *language, const char *spoken)
{
    size_t bytes = strlen(language);
    return strncasecmp(language, spoken, bytes) == 0 && !isalnum((unsigned char)spoken[bytes]);
}

static bool applies(const struct st_script *script, const struct st_call_facts *facts)
{
    struct st_rule_view view = {.facts = facts};
    struct st_rule_measured measured = {.truth = ST_TRUTH_YES};
    if (script->language && !speaks(script->language, facts->language))
        return false;
    if (script->when.params)
        script->when.kind->measure(&script->when, &view, &measured);
    return measured.truth == ST_TRUTH_YES;
}

static bool is_followed(const struct state *state, uint32_t script)
{
    for (unsigned i = 0; i < state->count; i++)
        if (state->followed[i].script == script)
            return true;
    return false;
}

/* NULL: none of that name was followed. */
static const struct followed *find_named(const struct state *state, const char *name)
{
    for (unsigned i = 0; state && i < state->count; i++)
        if (strcmp(written(state, &state->followed[i])->name, name) == 0)
            return &state->followed[i];
    return NULL;
}

/* Of a script that has not changed, also what was heard of a sentence that is being said. */
static void carry(const struct state *old, const struct followed *from, const struct state *state,
                  struct followed *to)
{
    const struct st_script *before = written(old, from), *now = written(state, to);
    uint32_t words = state->set->scripts[to->script].words;
    if (strcmp(before->version, now->version) == 0 &&
        old->set->scripts[from->script].words == words)
        memcpy(to->heard, from->heard, words * sizeof(to->heard[0]));
    for (size_t i = 0; i < now->step_count; i++)
        for (size_t k = 0; k < before->step_count; k++)
            if (strcmp(now->steps[i].name, before->steps[k].name) == 0)
                to->steps[i] = from->steps[k];
    to->number = from->number;
}

/* `old`: what was followed before a reload; NULL: there was none. */
static void follow(struct state *state, uint32_t script, const struct state *old)
{
    const struct st_script_compiled *compiled = &state->set->scripts[script];
    struct followed *followed = &state->followed[state->count++];
    const struct followed *from = find_named(old, compiled->written->name);
    *followed = (struct followed){
        .script = script,
        .number = NO_NUMBER,
        .heard = st_mem_alloc_array(compiled->words + 1, sizeof(struct heard)),
        .steps = st_mem_alloc_array(compiled->written->step_count + 1, sizeof(struct step)),
    };
    if (from)
        carry(old, from, state, followed);
}

static bool is_taken(const struct state *state, unsigned number)
{
    for (unsigned i = 0; i < state->count; i++)
        if (state->followed[i].number == number)
            return true;
    return false;
}

static void give_numbers(struct state *state)
{
    unsigned number = 0;
    for (unsigned i = 0; i < state->count; i++) {
        if (state->followed[i].number != NO_NUMBER)
            continue;
        while (is_taken(state, number))
            number++;
        state->followed[i].number = number;
    }
}

/* Once more when the platform has corrected a fact. */
static void choose(struct state *state, const struct state *old)
{
    if (!state->set || state->facts == state->view->facts)
        return;
    state->facts = state->view->facts;
    for (uint32_t i = 0; i < state->set->book.count; i++)
        if (state->count < ST_SCRIPTS_OF_CALL_MAX && !is_followed(state, i) &&
            applies(state->set->scripts[i].written, state->facts))
            follow(state, i, old);
    give_numbers(state);
}

static void take_set(struct state *state, const struct state *old)
{
    struct st_script_set *set = st_rules_scripts(state->view->settings->rules);
    state->set = set ? st_script_set_ref(set) : NULL;
    state->facts = NULL;
    choose(state, old);
}

static void drop_followed(struct followed *followed, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        free(followed[i].heard);
        free(followed[i].steps);
    }
}

static void *create(const struct st_stage_view *view)
{
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    take_set(state, NULL);
    return state;
}

static void destroy(void *user)
{
    struct state *state = user;
    drop_followed(state->followed, state->count);
    st_script_set_unref(state->set);
    free(state);
}

static void reset(void *user)
{
    struct state *state = user;
    struct state old = *state;
    if (st_rules_scripts(state->view->settings->rules) == state->set)
        return;
    state->count = 0;
    take_set(state, &old);
    drop_followed(old.followed, old.count);
    st_script_set_unref(old.set);
}

/* ---- telling ---- */

static void count_steps(const struct st_script *script, const struct step *steps,
                        struct st_script_finding *found)
{
    size_t required = 0;
    for (size_t i = 0; i < script->step_count; i++)
        required += !script->steps[i].is_optional;
    for (size_t i = 0; i < script->step_count; i++) {
        bool counts = required == 0 || !script->steps[i].is_optional;
        found->required += counts;
        found->said += counts && steps[i].state == ST_SCRIPT_SAID;
    }
    found->percent = 100 * found->said / found->required;
}

static void tell(struct state *state, struct followed *followed, bool is_final, st_finding_fn emit,
                 void *user)
{
    const struct st_script *script = written(state, followed);
    struct st_script_step_finding told[ST_SCRIPT_STEPS_MAX];
    struct st_script_finding found = {.script = script->name,
                                      .number = followed->number,
                                      .is_final = is_final,
                                      .steps = told,
                                      .step_count = script->step_count};
    for (size_t i = 0; i < script->step_count; i++) {
        const struct step *step = &followed->steps[i];
        told[i] = (struct st_script_step_finding){
            .name = script->steps[i].name,
            .state = step->state,
            .is_optional = script->steps[i].is_optional,
            .is_out_of_order = step->is_out_of_order,
            .score = step->words > 0 ? (double)step->matched / step->words : 0,
            .channel = step->channel,
            .segment_id = step->segment_id,
            .start_us = step->start_us,
            .end_us = step->end_us,
        };
    }
    count_steps(script, followed->steps, &found);
    followed->has_changed = false;
    struct st_finding finding = {.type = ST_FINDING_SCRIPT,
                                 .role = script->role,
                                 .end_us = state->view->media_us,
                                 .script = &found};
    emit(user, &finding);
}

static void tell_changes(struct state *state, st_finding_fn emit, void *user)
{
    for (unsigned i = 0; i < state->count; i++)
        if (state->followed[i].has_changed)
            tell(state, &state->followed[i], false, emit, user);
}

/* ---- listening ---- */

static int64_t limit_of(const struct st_script *script, size_t step)
{
    return script->steps[step].within_us > 0 ? script->steps[step].within_us : script->within_us;
}

static bool is_said(const struct step *step)
{
    return step->state == ST_SCRIPT_SAID || step->state == ST_SCRIPT_LATE;
}

static bool is_after_later(const struct st_script *script, const struct step *steps, size_t step)
{
    for (size_t i = step + 1; i < script->step_count; i++)
        if (is_said(&steps[i]) && !script->is_any_order)
            return true;
    return false;
}

/* How many words of the alternative were heard close by, and since when. */
static uint16_t count_heard(const struct state *state, const struct followed *followed,
                            const struct st_script_alternative *alternative, uint32_t now_ms,
                            uint32_t *ret_start_ms)
{
    const struct heard *heard = followed->heard + alternative->first_word;
    uint32_t window_ms = (uint32_t)(alternative->window_us / 1000);
    uint32_t start_ms = now_ms;
    uint16_t matched = 0;
    for (uint16_t i = 0; i < alternative->words; i++) {
        bool is_near = heard[i].position > 0 &&
                       state->position - heard[i].position < alternative->window_words &&
                       (now_ms <= heard[i].start_ms || now_ms - heard[i].start_ms <= window_ms);
        matched += is_near;
        if (is_near && heard[i].start_ms < start_ms)
            start_ms = heard[i].start_ms;
    }
    *ret_start_ms = start_ms;
    return matched;
}

static void say_step(struct state *state, struct followed *followed, uint32_t index,
                     const struct st_stage_input *input, const struct st_token *token)
{
    const struct st_script_alternative *alternative = &state->set->alternatives[index];
    const struct st_script *script = written(state, followed);
    struct step *step = &followed->steps[alternative->step];
    uint32_t start_ms;
    uint16_t matched =
        count_heard(state, followed, alternative, (uint32_t)(token->start_us / 1000), &start_ms);
    if (is_said(step)) {
        if (step->is_fresh && step->alternative == index && matched > step->matched) {
            step->matched = matched;
            step->end_us = token->end_us;
        }
        return;
    }
    if (matched < alternative->needed)
        return;
    int64_t limit_us = limit_of(script, alternative->step);
    *step = (struct step){
        .is_out_of_order = is_after_later(script, followed->steps, alternative->step),
        .is_fresh = true,
        .channel = (uint8_t)input->channel,
        .matched = matched,
        .words = alternative->words,
        .alternative = index,
        .segment_id = input->segment->id,
        .start_us = (int64_t)start_ms * 1000,
        .end_us = token->end_us,
    };
    step->state = limit_us > 0 && step->start_us > limit_us ? ST_SCRIPT_LATE : ST_SCRIPT_SAID;
    followed->has_changed = true;
}

static struct followed *find_followed(struct state *state, uint32_t script, enum st_role role)
{
    for (unsigned i = 0; i < state->count; i++)
        if (state->followed[i].script == script) {
            enum st_role wanted = written(state, &state->followed[i])->role;
            return role == wanted || role == ST_ROLE_UNKNOWN ? &state->followed[i] : NULL;
        }
    return NULL;
}

static void hear(struct state *state, const struct st_stage_input *input, size_t index)
{
    const struct st_token *token = &input->tokens->items[index];
    const struct st_script_set *set = state->set;
    if (token->classes & ST_LEXEME_FILLER)
        return;
    state->position++;
    uint16_t word =
        st_script_words_find(set->words, st_token_text(input->tokens, index), token->bytes);
    if (word == ST_SCRIPT_NO_WORD)
        return;
    for (uint32_t i = set->firsts[word]; i < set->firsts[word + 1]; i++) {
        const struct st_script_posting *posting = &set->postings[i];
        struct followed *followed =
            find_followed(state, set->alternatives[posting->alternative].script, input->role);
        if (!followed)
            continue;
        followed->heard[posting->word] = (struct heard){
            .position = state->position, .start_ms = (uint32_t)(token->start_us / 1000)};
        say_step(state, followed, posting->alternative, input, token);
    }
}

static bool is_listened_to(const struct state *state, enum st_role role)
{
    for (unsigned i = 0; i < state->count; i++)
        if (role == ST_ROLE_UNKNOWN || written(state, &state->followed[i])->role == role)
            return true;
    return false;
}

static void settle(struct state *state)
{
    for (unsigned i = 0; i < state->count; i++)
        for (size_t k = 0; k < written(state, &state->followed[i])->step_count; k++)
            state->followed[i].steps[k].is_fresh = false;
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    choose(state, NULL);
    if (!is_listened_to(state, input->role))
        return;
    for (size_t i = 0; i < input->tokens->count; i++)
        hear(state, input, i);
    settle(state);
    tell_changes(state, emit, emit_user);
}

/* ---- time ---- */

/* Finals of words that were said in time may still be on their way. */
static bool is_over(const struct state *state, int64_t limit_us)
{
    return state->view->media_us >= limit_us + LATE_FINALS_US &&
           (!state->view->characteristics ||
            st_characteristics_known_us(state->view->characteristics) > limit_us);
}

static void expire(struct state *state, bool is_end)
{
    for (unsigned i = 0; i < state->count; i++) {
        struct followed *followed = &state->followed[i];
        const struct st_script *script = written(state, followed);
        for (size_t k = 0; k < script->step_count; k++) {
            int64_t limit_us = limit_of(script, k);
            bool is_due = is_end ? state->view->media_us > limit_us : is_over(state, limit_us);
            if (followed->steps[k].state != ST_SCRIPT_OPEN || limit_us == 0 || !is_due)
                continue;
            followed->steps[k].state = ST_SCRIPT_OVERDUE;
            followed->has_changed = true;
        }
    }
}

static void tick(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    expire(state, false);
    tell_changes(state, emit, emit_user);
}

static void finish(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    choose(state, NULL);
    expire(state, true);
    for (unsigned i = 0; i < state->count; i++)
        tell(state, &state->followed[i], true, emit, emit_user);
}

const struct st_stage_ops st_stage_scripts = {
    .name = "scripts",
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .final = final,
    .tick = tick,
    .finish = finish,
};
