#include "stage.h"
#include "text/lexemes.h"
#include "text/question_form.h"
#include "text/question_reply.h"
#include "text/shown.h"

#include "sidetone/mem.h"
#include "sidetone/question.h"

#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_WITHIN_US = 15000000,
    TELL_AFTER_US = 30000000,
    TURNS_MAX = 3,
    SAME_TURN_US = 2000000,
    TURN_ADDS_US = 30000000,
    WAIT_ADDS_US = 180000000,
    LATE_US = 120000000,
    BORDER_US = 1500000,
    KEPT = 4,
    CONTENT_WORDS = 4,
    TAIL_BYTES = 64,
    REPLIES = 8,
};

enum kept_state { ASKED, TOLD, DONE };

struct question {
    enum kept_state state;
    bool is_open;
    bool is_growing; /* the segment that it ends with had no end mark */
    bool has_heard;  /* the other side has said something since */
    enum st_question_reason reason;
    uint8_t turns;
    uint32_t id;
    uint64_t order;
    uint64_t segment_id;
    uint32_t begin_char, end_char;
    int64_t start_us, end_us;
    int64_t wait_us; /* the clock's beginning */
    int64_t wait_max_us;
    int64_t told_us;
    uint32_t content[CONTENT_WORDS]; /* hashes; 0: none */
    char text[ST_QUESTION_TEXT_MAX + 1];
};

/* The last words of a segment as shown, in which a question may have begun. */
struct tail {
    char text[TAIL_BYTES];
    int64_t start_us;
};

struct asker {
    enum st_role role;
    struct question *kept[KEPT]; /* NULL: a free place */
    struct tail tail;            /* "": none */
    int64_t end_us;              /* of the last segment */
    struct st_question_reply
        replies[REPLIES]; /* the newest: a question may come later than its answer */
    unsigned next_reply;
};

struct state {
    const struct st_stage_view *view;
    struct asker askers[ST_CHANNELS_MAX];
    int last_channel; /* whose turn it is; -1 at first */
    uint64_t asked;
    uint32_t told;
};

struct telling {
    st_finding_fn emit;
    void *user;
};

static void *create(const struct st_stage_view *view)
{
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    state->last_channel = -1;
    return state;
}

static void destroy(void *user)
{
    struct state *state = user;
    for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++)
        for (unsigned i = 0; i < KEPT; i++)
            free(state->askers[channel].kept[i]);
    free(state);
}

/* Most questions are answered at once: only those that wait are kept. */
static void release(struct state *state)
{
    for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++)
        for (unsigned i = 0; i < KEPT; i++) {
            struct question **place = &state->askers[channel].kept[i];
            if (!*place || (*place)->state != DONE)
                continue;
            free(*place);
            *place = NULL;
        }
}

/* ---- telling ---- */

static void tell(struct state *state, unsigned channel, const struct question *question,
                 const struct st_question_finding *more, struct telling *telling)
{
    struct st_question_finding told = *more;
    told.id = question->id;
    told.reason = question->reason;
    told.text = question->text;
    told.begin_char = question->begin_char;
    told.end_char = question->end_char;
    struct st_finding finding = {
        .type = ST_FINDING_QUESTION,
        .channel = channel,
        .role = state->askers[channel].role,
        .segment_id = question->segment_id,
        .start_us = question->start_us,
        .end_us = question->end_us,
        .question = &told,
    };
    telling->emit(telling->user, &finding);
}

static void tell_unanswered(struct state *state, unsigned channel, struct question *question,
                            enum st_question_reason reason, int64_t decided_us,
                            struct telling *telling)
{
    question->state = TOLD;
    question->reason = reason;
    question->id = ++state->told;
    question->told_us = decided_us;
    struct st_question_finding told = {.decided_us = decided_us};
    tell(state, channel, question, &told, telling);
}

/* Time is over, and the words up to the last moment for an answer are in. */
static bool is_over(const struct state *state, const struct question *question)
{
    const struct st_stage_view *view = state->view;
    return view->media_us >= question->wait_us + TELL_AFTER_US &&
           (!view->characteristics || st_characteristics_known_us(view->characteristics) >=
                                          question->wait_us + ANSWER_WITHIN_US);
}

static void expire(struct state *state, struct telling *telling)
{
    int64_t now_us = state->view->media_us;
    for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++)
        for (unsigned i = 0; i < KEPT; i++) {
            struct question *question = state->askers[channel].kept[i];
            if (!question)
                continue;
            if (question->state == ASKED && is_over(state, question))
                tell_unanswered(state, channel, question, ST_QUESTION_TIME,
                                question->wait_us + TELL_AFTER_US, telling);
            else if (question->state == TOLD &&
                     now_us > question->told_us + LATE_US + TELL_AFTER_US)
                question->state = DONE;
        }
}

/* ---- what the other side says ---- */

static bool takes_up(const struct question *question, const struct st_tokens *tokens)
{
    for (size_t i = 0; i < tokens->count; i++) {
        uint32_t hash = st_token_hash(st_token_text(tokens, i), tokens->items[i].bytes);
        for (unsigned k = 0; k < CONTENT_WORDS; k++)
            if (question->content[k] == hash && tokens->items[i].bytes > 0)
                return true;
    }
    return false;
}

static void put_late(struct state *state, unsigned channel, struct question *question,
                     const struct st_stage_input *input, struct telling *telling)
{
    const struct st_tokens *tokens = input->tokens;
    bool is_first = question->reason == ST_QUESTION_TIME && !question->has_heard;
    question->has_heard = true;
    if (tokens->start_us > question->told_us + LATE_US) {
        question->state = DONE;
        return;
    }
    if (!is_first && !takes_up(question, tokens))
        return;
    struct st_question_finding told = {.is_answered = true,
                                       .decided_us = tokens->end_us,
                                       .answer_segment_id = input->segment->id,
                                       .answer_start_us = tokens->start_us};
    tell(state, channel, question, &told, telling);
    question->state = DONE;
}

static void put_reply(struct state *state, unsigned channel, struct question *question,
                      const struct st_stage_input *input, const struct st_question_reply *reply,
                      struct telling *telling)
{
    const struct st_tokens *tokens = input->tokens;
    bool is_new_turn = state->last_channel != (int)input->channel || question->turns == 0;
    bool is_answer = question->is_open ? reply->is_answer : reply->is_yes_no;
    if (tokens->end_us <= question->end_us || !reply->is_turn)
        return;
    if (question->state == TOLD) {
        if (is_answer)
            put_late(state, channel, question, input, telling);
        return;
    }
    if (tokens->start_us > question->wait_us + ANSWER_WITHIN_US) {
        tell_unanswered(state, channel, question, ST_QUESTION_TIME, tokens->start_us, telling);
        if (is_answer)
            put_late(state, channel, question, input, telling);
        return;
    }
    if (is_answer) {
        question->state = DONE;
        return;
    }
    if (reply->is_wait) {
        question->wait_us =
            tokens->end_us < question->wait_max_us ? tokens->end_us : question->wait_max_us;
        return;
    }
    question->turns += is_new_turn && question->turns < TURNS_MAX;
}

static void put_replies(struct state *state, const struct st_stage_input *input,
                        const struct st_question_reply *reply, struct telling *telling)
{
    for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++)
        for (unsigned i = 0; i < KEPT && channel != input->channel; i++) {
            struct question *question = state->askers[channel].kept[i];
            if (question && question->state != DONE)
                put_reply(state, channel, question, input, reply, telling);
        }
}

/* ---- what is asked ---- */

static bool does_answer(const struct question *question, const struct st_question_reply *reply)
{
    return reply->end_us > question->end_us &&
           reply->start_us <= question->wait_us + ANSWER_WITHIN_US &&
           (question->is_open ? reply->is_answer : reply->is_yes_no);
}

/* Channels are recognised apart: the final that answers may be there before the one that asks. */
static bool was_answered(const struct state *state, unsigned asker, const struct question *question)
{
    for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++)
        for (unsigned i = 0; i < REPLIES && channel != asker; i++)
            if (does_answer(question, &state->askers[channel].replies[i]))
                return true;
    return false;
}

static struct question *find_place(struct asker *asker)
{
    struct question *oldest = NULL;
    for (unsigned i = 0; i < KEPT; i++) {
        struct question *at = asker->kept[i];
        if (!at)
            return asker->kept[i] = st_mem_alloc(sizeof(*at));
        if (at->state == DONE)
            return at;
        if (!oldest || (at->state == TOLD && oldest->state != TOLD) ||
            (at->state == oldest->state && at->order < oldest->order))
            oldest = at;
    }
    return oldest;
}

static void keep_content(struct question *question, const struct st_tokens *tokens, size_t begin,
                         size_t end)
{
    unsigned count = 0;
    for (size_t i = begin; i < end && count < CONTENT_WORDS; i++)
        if (tokens->items[i].bytes >= 3 && !st_token_has(tokens, i, ST_LEXEME_STOP))
            question->content[count++] =
                st_token_hash(st_token_text(tokens, i), tokens->items[i].bytes);
}

static void add_text(struct question *question, const char *text, size_t bytes)
{
    size_t used = strlen(question->text), left = ST_QUESTION_TEXT_MAX - used;
    if (bytes > left)
        for (bytes = left; bytes > 0 && (text[bytes] & 0xc0) == 0x80;)
            bytes--;
    memcpy(question->text + used, text, bytes);
    question->text[used + bytes] = '\0';
}

/* Bytes of the text up to which a token reaches, its sentence mark included. */
static size_t end_with_mark(const struct st_tokens *tokens, size_t index)
{
    size_t end = tokens->items[index].end;
    while ((tokens->items[index].marks & ST_TOKEN_ENDS) && tokens->text[end] &&
           strchr(".?!", tokens->text[end]))
        end++;
    return end;
}

/* `carried` bytes of the text that was read stand in the segment before. */
static void ask(struct state *state, const struct st_stage_input *input,
                const struct st_tokens *tokens, const struct st_question_form *form, size_t carried)
{
    struct question *question = find_place(&state->askers[input->channel]);
    const struct st_token *first = &tokens->items[form->begin];
    const struct st_token *last = &tokens->items[form->end - 1];
    size_t begin = first->begin > carried ? first->begin - carried : 0;
    size_t end = end_with_mark(tokens, form->end - 1) - carried;
    struct st_shown_place place = st_shown_find(input->shown, begin, end);
    *question = (struct question){
        .state = ASKED,
        .is_open = form->is_open,
        .is_growing = form->end == tokens->count && !(last->marks & ST_TOKEN_ENDS),
        .order = ++state->asked,
        .segment_id = input->segment->id,
        .begin_char = place.begin_char,
        .end_char = place.end_char,
        .start_us = first->start_us,
        .end_us = last->end_us,
        .wait_us = last->end_us,
        .wait_max_us = last->end_us + WAIT_ADDS_US,
    };
    keep_content(question, tokens, form->begin, form->end);
    if (first->begin < carried)
        add_text(question, tokens->text + first->begin, carried - first->begin);
    add_text(question, input->shown->text + place.begin, place.end - place.begin);
    if (was_answered(state, input->channel, question))
        question->state = DONE;
}

static void ask_all(struct state *state, const struct st_stage_input *input,
                    const struct st_tokens *tokens, size_t carried)
{
    unsigned asked = 0;
    for (size_t begin = 0, end; begin < tokens->count && asked < KEPT; begin = end) {
        struct st_question_form form;
        end = st_question_sentence_end(tokens, begin);
        if (tokens->items[end - 1].end <= carried || !st_question_find(tokens, begin, end, &form))
            continue;
        ask(state, input, tokens, &form, carried);
        asked++;
    }
}

/* Reads the segment again with the words before it; a question has begun in those. */
static void ask_across(struct state *state, const struct st_stage_input *input)
{
    struct tail *tail = &state->askers[input->channel].tail;
    size_t carried = strlen(tail->text) + 1;
    size_t bytes = strnlen(input->segment->text, ST_TOKENS_MAX);
    char *text = st_mem_alloc(carried + bytes + 1);
    memcpy(text, tail->text, carried - 1);
    text[carried - 1] = ' ';
    memcpy(text + carried, input->segment->text, bytes);
    text[carried + bytes] = '\0';
    struct st_segment joined = {
        .text = text, .start_us = tail->start_us, .end_us = input->tokens->end_us};
    struct st_tokens tokens = {.items = NULL};
    st_tokens_read(&tokens, &joined);
    ask_all(state, input, &tokens, carried);
    st_tokens_fini(&tokens);
    free(text);
}

/* What the asker says next belongs to the waiting, and to a question without an end. */
static void extend(struct asker *asker, const struct st_tokens *tokens, bool is_same_turn)
{
    for (unsigned i = 0; i < KEPT; i++) {
        struct question *question = asker->kept[i];
        if (!question || question->state != ASKED || !is_same_turn)
            continue;
        if (question->is_growing && tokens->start_us - question->end_us <= BORDER_US &&
            tokens->end_us > question->end_us)
            question->end_us = tokens->end_us;
        question->is_growing = false;
        int64_t latest_us = question->end_us + TURN_ADDS_US;
        int64_t until_us = tokens->end_us < latest_us ? tokens->end_us : latest_us;
        if (question->turns == 0 && until_us > question->wait_us)
            question->wait_us = until_us;
    }
}

static void keep_tail(struct asker *asker, const struct st_stage_input *input)
{
    const struct st_tokens *tokens = input->tokens;
    size_t from = tokens->count > 2 ? tokens->count - 2 : 0;
    asker->tail.text[0] = '\0';
    if (tokens->count == 0 || (tokens->items[tokens->count - 1].marks & ST_TOKEN_ENDS))
        return;
    while (from < tokens->count && !st_question_may_begin(tokens, from))
        from++;
    if (from == tokens->count)
        return;
    struct st_shown_place place = st_shown_find(input->shown, tokens->items[from].begin,
                                                tokens->items[tokens->count - 1].end);
    size_t bytes = place.end - place.begin;
    if (bytes >= TAIL_BYTES)
        return;
    memcpy(asker->tail.text, input->shown->text + place.begin, bytes);
    asker->tail.text[bytes] = '\0';
    asker->tail.start_us = tokens->items[from].start_us;
}

static bool is_growing(const struct asker *asker)
{
    for (unsigned i = 0; i < KEPT; i++)
        if (asker->kept[i] && asker->kept[i]->state == ASKED && asker->kept[i]->is_growing)
            return true;
    return false;
}

static void put_asker(struct state *state, const struct st_stage_input *input)
{
    struct asker *asker = &state->askers[input->channel];
    const struct st_tokens *tokens = input->tokens;
    bool is_same_turn = state->last_channel == (int)input->channel &&
                        tokens->start_us - asker->end_us <= SAME_TURN_US;
    bool is_across = asker->tail.text[0] && is_same_turn &&
                     tokens->start_us - asker->end_us <= BORDER_US && !is_growing(asker);
    asker->role = input->role;
    extend(asker, tokens, is_same_turn);
    if (is_across)
        ask_across(state, input);
    else
        ask_all(state, input, tokens, 0);
    keep_tail(asker, input);
    asker->end_us = tokens->end_us;
}

/* The asker goes on after three turns without an answer. */
static void give_up(struct state *state, const struct st_stage_input *input,
                    struct telling *telling)
{
    for (unsigned i = 0; i < KEPT; i++) {
        struct question *question = state->askers[input->channel].kept[i];
        if (question && question->state == ASKED && question->turns >= TURNS_MAX)
            tell_unanswered(state, input->channel, question, ST_QUESTION_TURNS,
                            input->tokens->start_us, telling);
    }
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    struct telling telling = {.emit = emit, .user = emit_user};
    if (input->tokens->count == 0)
        return;
    struct st_question_reply reply = st_question_reply_read(input->tokens);
    expire(state, &telling);
    put_replies(state, input, &reply, &telling);
    if (!reply.is_turn)
        return;
    struct asker *asker = &state->askers[input->channel];
    asker->replies[asker->next_reply++ % REPLIES] = reply;
    give_up(state, input, &telling);
    put_asker(state, input);
    state->last_channel = (int)input->channel;
    release(state);
}

static void tick(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    struct telling telling = {.emit = emit, .user = emit_user};
    expire(state, &telling);
    release(state);
}

static void finish(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    struct telling telling = {.emit = emit, .user = emit_user};
    for (unsigned channel = 0; channel < ST_CHANNELS_MAX; channel++)
        for (unsigned i = 0; i < KEPT; i++) {
            struct question *question = state->askers[channel].kept[i];
            if (question && question->state == ASKED)
                tell_unanswered(state, channel, question, ST_QUESTION_END, state->view->media_us,
                                &telling);
        }
}

const struct st_stage_ops st_stage_questions = {
    .name = "questions",
    .create = create,
    .destroy = destroy,
    .final = final,
    .tick = tick,
    .finish = finish,
};
