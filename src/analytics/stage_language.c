#include "stage.h"

#include "sidetone/call_facts.h"
#include "sidetone/language.h"
#include "sidetone/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPEECH_US = 20000000, SEGMENT_MAX_US = 30000000, STRETCHES_MAX = 16, GROW_BY = 2 };

static const double suspect_below = -0.65;
static const double trusted_above = -0.55;
static const double log_prob_least = -10;

struct stretch {
    int64_t start_us;
    int64_t speech_us;
    double sum; /* log-probability times µs */
};

struct channel {
    struct stretch *list; /* oldest first */
    unsigned count, cap;
    bool is_suspect;
};

struct state {
    const struct st_stage_view *view;
    struct channel channels[ST_CHANNELS_MAX];
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
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        free(state->channels[i].list);
    free(state);
}

static struct stretch total_of(const struct channel *channel)
{
    struct stretch total = {.start_us = channel->list[0].start_us};
    for (unsigned i = 0; i < channel->count; i++) {
        total.speech_us += channel->list[i].speech_us;
        total.sum += channel->list[i].sum;
    }
    return total;
}

static void append(struct channel *channel, const struct stretch *stretch)
{
    if (channel->count == channel->cap) {
        channel->cap += GROW_BY;
        channel->list = st_mem_realloc(channel->list, channel->cap * sizeof(channel->list[0]));
    }
    channel->list[channel->count++] = *stretch;
}

/* Keeps the newest that have 20 s together; when places run out, the two newest become one. */
static void add(struct channel *channel, const struct stretch *stretch)
{
    if (channel->count == STRETCHES_MAX) {
        struct stretch *newest = &channel->list[STRETCHES_MAX - 1];
        newest->speech_us += stretch->speech_us;
        newest->sum += stretch->sum;
    } else {
        append(channel, stretch);
    }
    while (total_of(channel).speech_us - channel->list[0].speech_us >= SPEECH_US)
        memmove(channel->list, channel->list + 1, --channel->count * sizeof(channel->list[0]));
}

static void final(void *user, const struct st_stage_input *input, st_finding_fn emit,
                  void *emit_user)
{
    struct state *state = user;
    struct channel *channel = &state->channels[input->channel];
    const struct st_tokens *tokens = input->tokens;
    int64_t speech_us = tokens->end_us - tokens->start_us;
    const char *engine = state->view->facts->engine;
    float confidence = input->segment->confidence;
    if (!engine || strcmp(engine, "moonshine") != 0 || !(confidence >= 0) || speech_us == 0)
        return;
    if (speech_us > SEGMENT_MAX_US)
        speech_us = SEGMENT_MAX_US;
    double log_prob = fmax(log((double)fminf(confidence, 1)), log_prob_least);
    struct stretch stretch = {
        .start_us = tokens->start_us, .speech_us = speech_us, .sum = log_prob * (double)speech_us};
    add(channel, &stretch);
    struct stretch total = total_of(channel);
    double mean = total.sum / (double)total.speech_us;
    bool is_suspect = channel->is_suspect ? mean <= trusted_above : mean < suspect_below;
    if (total.speech_us < SPEECH_US || is_suspect == channel->is_suspect)
        return;
    channel->is_suspect = is_suspect;
    struct st_language_finding language = {
        .is_suspect = is_suspect, .log_prob = mean, .speech_us = total.speech_us};
    struct st_finding finding = {
        .type = ST_FINDING_LANGUAGE,
        .channel = input->channel,
        .role = input->role,
        .start_us = total.start_us < tokens->end_us ? total.start_us : tokens->end_us,
        .end_us = tokens->end_us,
        .language = &language,
    };
    emit(emit_user, &finding);
}

const struct st_stage_ops st_stage_language = {
    .name = "language",
    .create = create,
    .destroy = destroy,
    .final = final,
    .dropped = final,
};
