#include "phrase_stream.h"

#include "phrase_compiled.h"
#include "phrase_history.h"
#include "phrase_hits.h"
#include "phrase_walk.h"
#include "text/fold.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPOKEN_BYTES_MAX = 4 * ST_FOLD_WORD_BYTES_MAX, /* a longer word is kept folded */
    BORDER_GAP_US = 10000000, /* a longer silence between two segments ends what was begun */
    HISTORY_WORDS_MIN = 32,   /* so that new phrases find their beginning */
};

/* One channel, as it is after its finals or in the course of a partial. */
struct track {
    struct st_phrase_history history;
    struct st_phrase_walk walk;
    struct st_phrase_memory memory;
    bool has_segments;
    bool is_broken; /* by a silence before the next word */
    int64_t end_us; /* of the last segment */
};

struct st_phrase_stream {
    struct st_phrase_set *set;
    struct track tracks[ST_CHANNELS_MAX];
    struct st_phrase_hits hits;
};

/* ---- life ---- */

static size_t history_len(const struct st_phrase_set *set)
{
    return set->span > HISTORY_WORDS_MIN ? set->span : HISTORY_WORDS_MIN;
}

struct st_phrase_stream *st_phrase_stream_create(struct st_phrase_set *set)
{
    struct st_phrase_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->set = st_phrase_set_ref(set);
    for (size_t i = 0; i < ST_CHANNELS_MAX; i++)
        st_phrase_history_init(&stream->tracks[i].history, history_len(set));
    return stream;
}

static void fini_track(struct track *track)
{
    st_phrase_history_fini(&track->history);
    st_phrase_walk_fini(&track->walk);
    st_phrase_memory_fini(&track->memory);
}

void st_phrase_stream_destroy(struct st_phrase_stream *stream)
{
    if (!stream)
        return;
    for (size_t i = 0; i < ST_CHANNELS_MAX; i++)
        fini_track(&stream->tracks[i]);
    st_phrase_hits_fini(&stream->hits);
    st_phrase_set_unref(stream->set);
    free(stream);
}

/* ---- a segment ---- */

/* One pass over a segment. */
struct pass {
    const struct st_phrase_set *set;
    struct track *track;
    struct st_phrase_hits_sink sink;
    uint64_t segment_id;
    /* the text being folded, and the time it stands for */
    const char *text;
    size_t bytes;
    size_t chars;
    int64_t start_us, end_us;
    bool is_estimated; /* times run with the characters of the text */
    size_t counted_bytes, counted_chars;
    size_t previous_end; /* bytes; SIZE_MAX: no word yet */
};

/* Times as hostile segments give them, brought to where differences do not overflow. */
static int64_t clamp_time(int64_t us)
{
    static const int64_t limit_us = INT64_C(1000000000000000);
    return us < -limit_us ? -limit_us : us > limit_us ? limit_us : us;
}

static size_t count_chars(const char *text, size_t bytes)
{
    size_t chars = 0;
    for (size_t i = 0; i < bytes; i++)
        chars += ((unsigned char)text[i] & 0xc0) != 0x80;
    return chars;
}

/* Offsets are asked for in rising order. */
static int64_t time_at(struct pass *pass, size_t offset)
{
    pass->counted_chars +=
        count_chars(pass->text + pass->counted_bytes, offset - pass->counted_bytes);
    pass->counted_bytes = offset;
    return pass->start_us + (int64_t)((double)(pass->end_us - pass->start_us) *
                                      (double)pass->counted_chars / (double)pass->chars);
}

static void walk_word(struct pass *pass, const char *folded, size_t bytes)
{
    struct track *track = pass->track;
    st_phrase_walk_step(&track->walk, pass->set, folded, bytes,
                        (uint32_t)(track->history.count - 1));
    if (track->walk.done.count > 0)
        st_phrase_hits_take_done(&pass->sink);
}

static void put_word(void *user, const struct st_fold_word *word)
{
    struct pass *pass = user;
    struct track *track = pass->track;
    const char *text = pass->text + word->start;
    size_t bytes = word->end - word->start;
    if (bytes > SPOKEN_BYTES_MAX) {
        text = word->text;
        bytes = word->bytes;
    }
    st_phrase_history_put(
        &track->history, text, bytes,
        (struct st_phrase_spoken){
            .segment_id = pass->segment_id,
            .start_us = pass->is_estimated ? time_at(pass, word->start) : pass->start_us,
            .end_us = pass->is_estimated ? time_at(pass, word->end) : pass->end_us,
            .is_adjacent = word->start == pass->previous_end,
            .is_break = track->is_broken,
        });
    pass->previous_end = word->end;
    if (track->is_broken)
        st_phrase_walk_break(&track->walk);
    track->is_broken = false;
    walk_word(pass, word->text, word->bytes);
}

static void put_text(struct pass *pass, const char *text, int64_t start_us, int64_t end_us)
{
    pass->text = text;
    pass->bytes = strlen(text);
    pass->chars = pass->is_estimated ? count_chars(text, pass->bytes) : 0;
    pass->chars += pass->chars == 0;
    pass->start_us = clamp_time(start_us);
    pass->end_us = clamp_time(end_us);
    pass->counted_bytes = pass->counted_chars = 0;
    pass->previous_end = SIZE_MAX;
    st_fold_words(text, pass->bytes, put_word, pass);
}

static void put_words(struct pass *pass, const struct st_segment *segment)
{
    if (segment->word_times == ST_WORD_TIMES_NONE || segment->word_count == 0) {
        pass->is_estimated = true;
        put_text(pass, segment->text, segment->start_us, segment->end_us);
        return;
    }
    for (size_t i = 0; i < segment->word_count; i++)
        put_text(pass, segment->words[i].text, segment->words[i].start_us,
                 segment->words[i].end_us);
}

static void begin_pass(struct pass *pass, struct st_phrase_stream *stream, struct track *track,
                       unsigned channel)
{
    *pass = (struct pass){
        .set = stream->set,
        .track = track,
        .sink = {.hits = &stream->hits,
                 .set = stream->set,
                 .memory = &track->memory,
                 .history = &track->history,
                 .walk = &track->walk,
                 .channel = channel},
    };
    st_phrase_hits_clear(&stream->hits);
    st_phrase_walk_begin_segment(&track->walk);
}

static size_t put_segment(struct st_phrase_stream *stream, struct track *track, unsigned channel,
                          const struct st_segment *segment)
{
    struct pass pass;
    begin_pass(&pass, stream, track, channel);
    pass.segment_id = segment->id;
    if (track->has_segments && clamp_time(segment->start_us) - track->end_us > BORDER_GAP_US)
        track->is_broken = true;
    track->has_segments = true;
    track->end_us = clamp_time(segment->end_us);
    put_words(&pass, segment);
    st_phrase_hits_settle(&pass.sink);
    return stream->hits.left_out + track->walk.left_out;
}

size_t st_phrase_stream_put_final(struct st_phrase_stream *stream, unsigned channel,
                                  const struct st_segment *segment, st_phrase_fn emit, void *user)
{
    assert(channel < ST_CHANNELS_MAX);
    struct track *track = &stream->tracks[channel];
    size_t left_out = put_segment(stream, track, channel, segment);
    st_phrase_memory_prune(&track->memory, (uint32_t)track->history.count, stream->set->span);
    st_phrase_hits_emit(&stream->hits, emit, user);
    st_phrase_walk_rest(&track->walk);
    return left_out;
}

size_t st_phrase_stream_put_partial(struct st_phrase_stream *stream, unsigned channel,
                                    const struct st_segment *segment, st_phrase_fn emit, void *user)
{
    assert(channel < ST_CHANNELS_MAX);
    const struct track *trunk = &stream->tracks[channel];
    struct track branch = {.has_segments = trunk->has_segments,
                           .is_broken = trunk->is_broken,
                           .end_us = trunk->end_us};
    st_phrase_history_init(&branch.history, trunk->history.len);
    st_phrase_history_branch(&branch.history, &trunk->history);
    st_phrase_walk_copy(&branch.walk, &trunk->walk);
    st_phrase_memory_copy(&branch.memory, &trunk->memory);
    size_t left_out = put_segment(stream, &branch, channel, segment);
    st_phrase_hits_emit(&stream->hits, emit, user);
    fini_track(&branch);
    return left_out;
}

/* ---- other phrases ---- */

static void replay_word(void *user, const struct st_fold_word *word)
{
    walk_word(user, word->text, word->bytes);
}

/* Takes a channel through its last words again, as if the phrases had always been these. What was
 * reported stays so: claims depend on words that may be forgotten. */
static void replay(struct st_phrase_stream *stream, struct track *track, unsigned channel,
                   const struct st_phrase_set *old_set)
{
    struct st_phrase_history old = track->history;
    struct st_phrase_memory old_memory = track->memory;
    uint64_t oldest = st_phrase_history_oldest(&old);
    struct pass pass;
    track->memory = (struct st_phrase_memory){0};
    st_phrase_history_init(&track->history, history_len(stream->set));
    track->history.first = track->history.count = oldest;
    begin_pass(&pass, stream, track, channel);
    for (uint64_t i = oldest; i < old.count; i++) {
        const char *text;
        struct st_phrase_spoken spoken = *st_phrase_history_at(&old, i, &text);
        st_phrase_history_put(&track->history, text, spoken.bytes, spoken);
        if (spoken.is_break)
            st_phrase_walk_break(&track->walk);
        if (spoken.bytes == 0)
            walk_word(&pass, text, 0);
        else
            st_fold_words(text, spoken.bytes, replay_word, &pass);
    }
    st_phrase_hits_clear(&stream->hits);
    st_phrase_memory_take_over(&track->memory, stream->set, &old_memory, old_set);
    st_phrase_memory_prune(&track->memory, (uint32_t)track->history.count, stream->set->span);
    st_phrase_memory_fini(&old_memory);
    st_phrase_history_fini(&old);
}

void st_phrase_stream_set_phrases(struct st_phrase_stream *stream, struct st_phrase_set *set)
{
    struct st_phrase_set *old = stream->set;
    stream->set = st_phrase_set_ref(set);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        st_phrase_walk_fini(&stream->tracks[i].walk);
        replay(stream, &stream->tracks[i], i, old);
    }
    st_phrase_set_unref(old);
}

static size_t track_bytes(const struct track *track)
{
    return st_phrase_history_bytes(&track->history) + st_phrase_walk_bytes(&track->walk) +
           st_phrase_memory_bytes(&track->memory);
}

size_t st_phrase_stream_bytes(const struct st_phrase_stream *stream)
{
    size_t bytes =
        sizeof(*stream) + stream->hits.text_cap + stream->hits.cap * sizeof(*stream->hits.items);
    for (size_t i = 0; i < ST_CHANNELS_MAX; i++)
        bytes += track_bytes(&stream->tracks[i]);
    return bytes;
}
