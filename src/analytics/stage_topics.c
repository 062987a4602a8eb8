#include "stage.h"

#include "sidetone/mem.h"
#include "sidetone/topic.h"

#include <stdlib.h>
#include <string.h>

enum { STAYS_US = 60000000 };

struct topic {
    char *name; /* owned */
    uint32_t matches;
    bool is_told;
    bool is_matched; /* in the segment that is being analysed */
    bool is_current;
    double talk_us;
    unsigned channel;
    enum st_role role;
    uint64_t segment_id;
    int64_t start_us, end_us;
};

struct state {
    const struct st_stage_view *view;
    struct topic topics[ST_TOPICS_OF_CALL_MAX];
    unsigned count;
    double talk_us;
    int64_t matched_us; /* the last match */
};

static void *create(const struct st_stage_view *view)
{
    struct state *state = st_mem_alloc(sizeof(*state));
    state->view = view;
    return state;
}

static void destroy(void *user)
{
    struct state *state = user;
    for (unsigned i = 0; i < state->count; i++)
        free(state->topics[i].name);
    free(state);
}

/* NULL when there are too many. */
static struct topic *find_or_add(struct state *state, const struct st_finding *finding)
{
    const char *name = finding->category->category;
    for (unsigned i = 0; i < state->count; i++)
        if (strcmp(state->topics[i].name, name) == 0)
            return &state->topics[i];
    if (state->count == ST_TOPICS_OF_CALL_MAX)
        return NULL;
    struct topic *topic = &state->topics[state->count++];
    *topic = (struct topic){.name = st_mem_strdup(name),
                            .channel = finding->channel,
                            .role = finding->role,
                            .segment_id = finding->segment_id,
                            .start_us = finding->start_us,
                            .end_us = finding->end_us};
    return topic;
}

static void found(void *user, const struct st_finding *finding)
{
    struct state *state = user;
    if (finding->type != ST_FINDING_CATEGORY || !finding->category->is_topic)
        return;
    struct topic *topic = find_or_add(state, finding);
    if (!topic)
        return;
    topic->matches++;
    topic->is_matched = true;
}

static void tell(struct state *state, unsigned number, bool is_final, st_finding_fn emit,
                 void *user)
{
    struct topic *topic = &state->topics[number];
    struct st_topic_finding told = {
        .topic = topic->name,
        .number = number,
        .matches = topic->matches,
        .talk_us = (int64_t)topic->talk_us,
        .share = state->talk_us > 0 ? topic->talk_us / state->talk_us : 0,
        .is_final = is_final,
    };
    struct st_finding finding = {.type = ST_FINDING_TOPIC,
                                 .channel = topic->channel,
                                 .role = topic->role,
                                 .segment_id = topic->segment_id,
                                 .start_us = topic->start_us,
                                 .end_us = topic->end_us,
                                 .topic = &told};
    topic->is_told = true;
    emit(user, &finding);
}

static void tell_new(struct state *state, st_finding_fn emit, void *user)
{
    for (unsigned i = 0; i < state->count; i++)
        if (!state->topics[i].is_told)
            tell(state, i, false, emit, user);
}

static unsigned choose_current(struct state *state, const struct st_tokens *tokens)
{
    unsigned matched = 0, current = 0;
    for (unsigned i = 0; i < state->count; i++)
        matched += state->topics[i].is_matched;
    if (matched > 0)
        state->matched_us = tokens->end_us;
    for (unsigned i = 0; i < state->count; i++) {
        struct topic *topic = &state->topics[i];
        if (matched > 0)
            topic->is_current = topic->is_matched;
        else if (tokens->start_us - state->matched_us > STAYS_US)
            topic->is_current = false;
        topic->is_matched = false;
        current += topic->is_current;
    }
    return current;
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    double talk_us = (double)(input->tokens->end_us - input->tokens->start_us);
    unsigned current = choose_current(state, input->tokens);
    state->talk_us += talk_us;
    for (unsigned i = 0; i < state->count; i++)
        if (state->topics[i].is_current)
            state->topics[i].talk_us += talk_us / current;
    tell_new(state, emit, emit_user);
}

static void tick(void *user, st_finding_fn emit, void *emit_user)
{
    tell_new(user, emit, emit_user);
}

static void finish(void *user, st_finding_fn emit, void *emit_user)
{
    struct state *state = user;
    for (unsigned i = 0; i < state->count; i++)
        tell(state, i, true, emit, emit_user);
}

const struct st_stage_ops st_stage_topics = {
    .name = "topics",
    .create = create,
    .destroy = destroy,
    .found = found,
    .final = final,
    .tick = tick,
    .finish = finish,
};
