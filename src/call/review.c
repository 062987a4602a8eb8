#include "sidetone/review.h"

#include "call_internal.h"

#include "sidetone/mem.h"
#include "sidetone/transcript.h"

#include <errno.h>
#include <stdlib.h>

enum { SECOND_US = 1000000, TICK_US = 1000000 };

struct run {
    const struct st_review *review;
    struct story story;
    int64_t media_us;
    int64_t next_tick_us;
    const struct st_transcript_segment **by_start;
    const struct st_transcript_segment *next; /* the first that is not final yet */
    size_t opened;                            /* of by_start */
    const struct st_transcript_segment *speaking[ST_CHANNELS_MAX]; /* NULL: nobody */
    size_t paused;                                                 /* of the pauses */
    size_t seconds[ST_CHANNELS_MAX];                               /* of audio, given */
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
    if (event->type != ST_EVENT_TRANSCRIPT_PARTIAL)
        run->review->event(run->review->user, message);
}

/* At once: a file has time to wait. */
static int ask_vector(void *owner, uint64_t ticket, const char *text, float *ret_vector)
{
    const struct run *run = owner;
    struct st_embedder *embedder = run->review->settings->embedder;
    if (!embedder)
        return -ENOENT;
    int err = st_embedder_embed(embedder, text, ret_vector);
    return err ? err : 1;
}

static const struct story_owner owner_ops = {
    .get_time = get_time,
    .get_standing = get_standing,
    .publish = publish,
    .ask_vector = ask_vector,
};

/* ---- the course of the call ---- */

/* Somebody is speaking: what is said will be known by the final. */
static void put_partial(struct run *run, const struct st_transcript_segment *line)
{
    struct st_segment partial = {
        .id = line->segment.id,
        .start_us = line->segment.start_us,
        .end_us = run->media_us,
        .text = "\xe2\x80\xa6",
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    run->speaking[line->channel] = line;
    st_analysis_put_segment(run->story.analysis, line->channel, &partial);
}

static void hear(struct run *run, int64_t until_us)
{
    const struct st_transcript_call *call = run->review->call;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        for (size_t *at = &run->seconds[i]; *at < call->second_counts[i]; (*at)++) {
            const struct st_audio_second *second = &call->seconds[i][*at];
            if (second->start_us + SECOND_US > until_us)
                break;
            st_analysis_put_audio(run->story.analysis, i, second);
        }
}

static void tick(struct run *run)
{
    hear(run, run->next_tick_us);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (run->speaking[i])
            put_partial(run, run->speaking[i]);
    story_tick(&run->story, run->next_tick_us);
    run->next_tick_us += run->review->tick_us ? run->review->tick_us : TICK_US;
    if (run->review->progress)
        run->review->progress(run->review->user, run->media_us);
}

/* What is due next but finals, and no later than `until_us`: ticks, pauses, beginnings. */
static bool step(struct run *run, int64_t until_us)
{
    const struct st_transcript_call *call = run->review->call;
    const struct st_transcript_segment *line =
        run->opened < call->count ? run->by_start[run->opened] : NULL;
    const struct st_transcript_pause *pause =
        run->paused < call->pause_count ? &call->pauses[run->paused] : NULL;
    int64_t due_us = run->next_tick_us;
    if (line && line->segment.start_us < due_us)
        due_us = line->segment.start_us;
    if (pause && pause->media_us < due_us)
        due_us = pause->media_us;
    if (due_us > until_us)
        return false;
    if (due_us > run->media_us)
        run->media_us = due_us;
    if (pause && pause->media_us == due_us) {
        run->paused++;
        story_pause(&run->story, pause->is_paused, pause->media_us);
    } else if (line && line->segment.start_us == due_us) {
        run->opened++;
        if (line >= run->next)
            put_partial(run, line);
    } else {
        tick(run);
    }
    return true;
}

static void pass_time(struct run *run, int64_t until_us)
{
    while (step(run, until_us))
        ;
    if (until_us > run->media_us)
        run->media_us = until_us;
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
    run->next = line + 1;
    if (run->speaking[line->channel] == line)
        run->speaking[line->channel] = NULL;
    st_analysis_put_segment(story->analysis, line->channel, &line->segment);
}

static int compare_starts(const void *left, const void *right)
{
    const struct st_transcript_segment *a = *(const struct st_transcript_segment *const *)left;
    const struct st_transcript_segment *b = *(const struct st_transcript_segment *const *)right;
    if (a->segment.start_us != b->segment.start_us)
        return a->segment.start_us < b->segment.start_us ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void sort_starts(struct run *run)
{
    const struct st_transcript_call *call = run->review->call;
    run->by_start = st_mem_alloc_array(call->count + 1, sizeof(run->by_start[0]));
    for (size_t i = 0; i < call->count; i++)
        run->by_start[i] = &call->segments[i];
    qsort(run->by_start, call->count, sizeof(run->by_start[0]), compare_starts);
}

static void end(struct run *run)
{
    const struct st_transcript_call *call = run->review->call;
    struct story *story = &run->story;
    hear(run, INT64_MAX);
    story_finish(story, call->duration_us);
    run->is_over = true;
    story_emit_ended(story, call->end_reason, call->duration_us, call->shed_us);
}

struct st_buf *st_review_run(const struct st_review *review)
{
    const struct st_transcript_call *call = review->call;
    struct run run = {.review = review, .next = call->segments};
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
    sort_starts(&run);
    for (size_t i = 0; i < call->count; i++) {
        pass_time(&run, call->segments[i].segment.end_us);
        put_segment(&run, &call->segments[i]);
    }
    pass_time(&run, call->duration_us);
    end(&run);
    free(run.by_start);
    struct st_buf *state = story_state(&run.story, 0);
    story_fini(&run.story);
    st_json_fini(&json);
    return state;
}
