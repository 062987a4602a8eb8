#include "stage.h"

#include "sidetone/mem.h"
#include "sidetone/topic.h"

#include <stdlib.h>
#include <string.h>

enum { STAYS_US = 60000000, SAID_MAX = 16, GROW_BY = 2 };

struct topic {
    char *name; /* owned */
    uint32_t matches;
    double talk_us; /* of settled segments */
    bool is_told;
    unsigned channel; /* from here on of the earliest match */
    enum st_role role;
    uint64_t segment_id;
    int64_t start_us, end_us;
    double score;  /* the best */
    char *example; /* the nearest to it, owned; NULL: not by meaning */
};

/* Bits by the number of the topic. */
_Static_assert(ST_TOPICS_OF_CALL_MAX <= 16, "as many bits as there are");

/* A final that may still be found to be about something: what its sentences mean is known a little
 * later than its words. */
struct said {
    unsigned channel;
    uint16_t about;
    uint64_t segment_id;
    int64_t start_us, end_us;
};

/* What the talk was about so far. */
struct course {
    double talk_us;
    uint16_t current;
    int64_t matched_us; /* the last match */
};

struct state {
    struct topic *topics;
    unsigned count;
    uint16_t next_about;   /* matched in the segment that is being analysed, or between two */
    struct course settled; /* of segments that nothing can be added to */
    struct said *said;     /* the others, oldest first; at most SAID_MAX */
    unsigned said_count, said_cap;
};

static void *create(const struct st_stage_view *view)
{
    (void)view;
    return st_mem_alloc(sizeof(struct state));
}

static void destroy(void *user)
{
    struct state *state = user;
    for (unsigned i = 0; i < state->count; i++) {
        free(state->topics[i].name);
        free(state->topics[i].example);
    }
    free(state->topics);
    free(state->said);
    free(state);
}

/* ---- matches ---- */

/* ST_TOPICS_OF_CALL_MAX when there are too many. */
static unsigned find_or_add(struct state *state, const char *name)
{
    unsigned number = 0;
    while (number < state->count && strcmp(state->topics[number].name, name) != 0)
        number++;
    if (number < state->count || number == ST_TOPICS_OF_CALL_MAX)
        return number;
    state->topics = st_mem_realloc(state->topics, (state->count + 1) * sizeof(state->topics[0]));
    state->topics[state->count++] = (struct topic){.name = st_mem_strdup(name)};
    return number;
}

/* Whatever order matches come in, the earliest counts. */
static void keep_earliest(struct topic *topic, const struct st_finding *finding)
{
    if (topic->matches > 0 && finding->start_us >= topic->start_us)
        return;
    topic->channel = finding->channel;
    topic->role = finding->role;
    topic->segment_id = finding->segment_id;
    topic->start_us = finding->start_us;
    topic->end_us = finding->end_us;
}

static void keep_example(struct topic *topic, const struct st_category_match *match)
{
    for (size_t i = 0; i < match->evidence_count; i++) {
        const struct st_category_evidence *evidence = &match->evidence[i];
        if (!evidence->has_score || (topic->example && evidence->score <= topic->score))
            continue;
        free(topic->example);
        topic->example = st_mem_strdup(evidence->text);
        topic->score = evidence->score;
    }
}

static void mark(struct state *state, unsigned number, const struct st_finding *finding)
{
    uint16_t bit = (uint16_t)(1U << number);
    for (unsigned i = state->said_count; i-- > 0;) {
        struct said *said = &state->said[i];
        if (said->channel != finding->channel || said->segment_id != finding->segment_id)
            continue;
        said->about |= bit;
        return;
    }
    state->next_about |= bit;
}

static void found(void *user, const struct st_finding *finding)
{
    struct state *state = user;
    if (finding->type != ST_FINDING_CATEGORY || !finding->category->is_topic)
        return;
    unsigned number = find_or_add(state, finding->category->category);
    if (number == ST_TOPICS_OF_CALL_MAX)
        return;
    struct topic *topic = &state->topics[number];
    keep_earliest(topic, finding);
    keep_example(topic, finding->category);
    topic->matches++;
    mark(state, number, finding);
}

/* ---- shares ---- */

/* Goes on by a segment; returns how much each topic has of it that the talk is now about. */
static double advance(struct course *course, const struct said *said)
{
    double talk_us = (double)(said->end_us - said->start_us);
    if (said->about) {
        course->current = said->about;
        course->matched_us = said->end_us;
    } else if (said->start_us - course->matched_us > STAYS_US) {
        course->current = 0;
    }
    course->talk_us += talk_us;
    return course->current ? talk_us / __builtin_popcount(course->current) : 0;
}

static void settle(struct state *state, unsigned until)
{
    for (unsigned i = 0; i < until; i++) {
        double each_us = advance(&state->settled, &state->said[i]);
        for (unsigned k = 0; k < state->count; k++)
            if (state->settled.current & 1U << k)
                state->topics[k].talk_us += each_us;
    }
    state->said_count -= until;
    memmove(state->said, state->said + until, state->said_count * sizeof(state->said[0]));
}

static void keep(struct state *state, const struct said *said)
{
    if (state->said_count == SAID_MAX)
        settle(state, 1);
    if (state->said_count == state->said_cap) {
        state->said_cap += GROW_BY;
        state->said = st_mem_realloc(state->said, state->said_cap * sizeof(state->said[0]));
    }
    state->said[state->said_count++] = *said;
}

/* A topic's talk and that of the call, as far as they are known now. */
static void measure(const struct state *state, unsigned number, struct st_topic_finding *told)
{
    struct course course = state->settled;
    double talk_us = state->topics[number].talk_us;
    for (unsigned i = 0; i < state->said_count; i++) {
        double each_us = advance(&course, &state->said[i]);
        talk_us += course.current & 1U << number ? each_us : 0;
    }
    told->talk_us = (int64_t)talk_us;
    told->share = course.talk_us > 0 ? talk_us / course.talk_us : 0;
}

/* ---- telling ---- */

static void tell(struct state *state, unsigned number, bool is_final, st_finding_fn emit,
                 void *user)
{
    struct topic *topic = &state->topics[number];
    struct st_topic_finding told = {
        .topic = topic->name,
        .number = number,
        .matches = topic->matches,
        .is_final = is_final,
        .example = topic->example,
        .score = topic->score,
    };
    measure(state, number, &told);
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

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    struct said said = {.channel = input->channel,
                        .about = state->next_about,
                        .segment_id = input->segment->id,
                        .start_us = input->tokens->start_us,
                        .end_us = input->tokens->end_us};
    state->next_about = 0;
    keep(state, &said);
    tell_new(state, emit, emit_user);
}

/* Sentences come in the order of their segments: those before this one's are done with. */
static void sentence(void *user, const struct st_stage_statement *input, st_finding_fn emit,
                     void *emit_user)
{
    struct state *state = user;
    for (unsigned i = state->said_count; i-- > 0;)
        if (state->said[i].channel == input->channel &&
            state->said[i].segment_id == input->segment_id) {
            settle(state, i);
            break;
        }
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
    .sentence = sentence,
    .tick = tick,
    .finish = finish,
};
