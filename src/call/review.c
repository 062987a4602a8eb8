#include "sidetone/review.h"

#include "story.h"

#include "sidetone/mem.h"
#include "sidetone/transcript.h"

#include <stdlib.h>

enum { TICK_US = 1000000 };

struct run {
    const struct st_review *review;
    struct story story;
    int64_t media_us;
    int64_t next_tick_us;
    bool is_over;
};

/* ---- the owner of the story ---- */

static void get_time(void *owner, struct story_time *ret_time)
{
    const struct run *run = owner;
    *ret_time = (struct story_time){
        .media_us = run->media_us,
        .now_us = run->media_us,
        .unix_ms = run->review->call->facts->started_unix_ms + run->media_us / 1000,
    };
}

static void get_standing(void *owner, struct story_standing *ret_standing)
{
    const struct run *run = owner;
    *ret_standing = (struct story_standing){
        .state = run->is_over ? "ended" : "live",
        .media_us = run->media_us,
        .end_reason = run->is_over ? run->review->call->end_reason : NULL,
    };
}

static void publish(void *owner, const struct st_event *event, struct st_message *message)
{
    const struct run *run = owner;
    run->review->event(run->review->user, message);
}

static const struct story_owner owner_ops = {
    .get_time = get_time,
    .get_standing = get_standing,
    .publish = publish,
};

/* ---- the course of the call ---- */

/* For each segment, the earliest beginning from it on. */
static int64_t *earliest_starts(const struct st_transcript_call *call)
{
    int64_t *starts = st_mem_alloc_array(call->count + 1, sizeof(*starts));
    starts[call->count] = call->duration_us;
    for (size_t i = call->count; i > 0; i--) {
        int64_t start_us = call->segments[i - 1].segment.start_us;
        starts[i - 1] = start_us < starts[i] ? start_us : starts[i];
    }
    return starts;
}

static void pass_time(struct run *run, int64_t until_us)
{
    int64_t tick_us = run->review->tick_us ? run->review->tick_us : TICK_US;
    for (; run->next_tick_us <= until_us; run->next_tick_us += tick_us) {
        if (run->next_tick_us > run->media_us)
            run->media_us = run->next_tick_us;
        st_analysis_tick(run->story.analysis, run->next_tick_us);
        if (run->review->progress)
            run->review->progress(run->review->user, run->media_us);
    }
}

static void put_segment(struct run *run, const struct st_transcript_segment *line)
{
    struct story *story = &run->story;
    if (line->facts != story->facts) {
        struct st_event event = {.type = ST_EVENT_CALL_UPDATED,
                                 .updated = {.changes = ST_CALL_CHANGE_IDENTITY}};
        struct st_call_facts *old = story_set_facts(story, st_call_facts_ref(line->facts));
        story_emit_updated(story, &event, old);
        st_call_facts_unref(old);
    }
    if (line->segment.end_us > run->media_us)
        run->media_us = line->segment.end_us;
    st_analysis_put_segment(story->analysis, line->channel, &line->segment);
}

static void end(struct run *run)
{
    const struct st_transcript_call *call = run->review->call;
    struct story *story = &run->story;
    run->media_us = call->duration_us;
    st_analysis_finish(story->analysis, call->duration_us);
    run->is_over = true;
    struct st_event event = {
        .type = ST_EVENT_CALL_ENDED,
        .ended = {.reason = call->end_reason,
                  .duration_us = call->duration_us,
                  .segments = story->segments,
                  .alerts = story->alerts,
                  .shed_us = call->shed_us},
    };
    story_emit(story, &event);
}

struct st_buf *st_review_run(const struct st_review *review)
{
    const struct st_transcript_call *call = review->call;
    struct run run = {.review = review};
    struct st_json_writer json;
    st_json_init(&json);
    struct story_config config = {
        .ops = &owner_ops,
        .owner = &run,
        .settings = review->settings,
        .json = &json,
        .take_facts = st_call_facts_ref(call->facts),
    };
    run.next_tick_us = review->tick_us ? review->tick_us : TICK_US;
    story_init(&run.story, &config);
    story_emit(&run.story, &(struct st_event){.type = ST_EVENT_CALL_STARTED});
    int64_t *starts = earliest_starts(call);
    for (size_t i = 0; i < call->count; i++) {
        pass_time(&run, starts[i]);
        put_segment(&run, &call->segments[i]);
    }
    pass_time(&run, call->duration_us);
    free(starts);
    end(&run);
    struct st_buf *state = story_state(&run.story, 0);
    story_fini(&run.story);
    st_json_fini(&json);
    return state;
}
