#include "phrase_stream.h"

#include "fold.h"
#include "phrase_interim.h"

#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 64 };

struct spoken {
    char text[64];
    int64_t start_us, end_us;
    uint64_t segment_id;
};

struct channel {
    uint32_t state;
    bool has_words;
    uint64_t count;
    int64_t end_us;
    struct spoken ring[RING];
    struct {
        uint32_t pattern;
        uint64_t end;
    } last[32];
};

struct st_phrase_stream {
    struct st_phrase_set *set;
    struct channel channels[ST_CHANNELS_MAX];
};

struct pass {
    struct st_phrase_set *set;
    struct channel *channel;
    unsigned number;
    uint64_t segment_id;
    st_phrase_fn emit;
    void *user;
    const char *text;
    size_t bytes;
    int64_t start_us, end_us;
    bool is_estimated, is_silent;
};

struct st_phrase_stream *st_phrase_stream_create(struct st_phrase_set *set)
{
    struct st_phrase_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->set = st_phrase_set_ref(set);
    return stream;
}

void st_phrase_stream_destroy(struct st_phrase_stream *stream)
{
    if (!stream)
        return;
    st_phrase_set_unref(stream->set);
    free(stream);
}

static void report(struct pass *pass, uint32_t pattern)
{
    struct channel *channel = pass->channel;
    uint64_t first = channel->count - pass->set->lengths[pattern];
    char words[RING * 64] = "";
    for (size_t i = 0; i < 32; i++)
        if (channel->last[i].end > first && channel->last[i].pattern == pattern)
            return;
    memmove(channel->last + 1, channel->last, sizeof(channel->last) - sizeof(channel->last[0]));
    channel->last[0].pattern = pattern;
    channel->last[0].end = channel->count;
    if (pass->is_silent)
        return;
    for (uint64_t i = first; i < channel->count; i++)
        snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%s", i > first ? " " : "",
                 channel->ring[i % RING].text);
    const struct spoken *from = &channel->ring[first % RING];
    const struct spoken *to = &channel->ring[(channel->count - 1) % RING];
    struct st_phrase_hit hit = {.pattern = pattern,
                                .channel = pass->number,
                                .first_word = first,
                                .last_word = channel->count - 1,
                                .first_segment_id = from->segment_id,
                                .words = words,
                                .start_us = from->start_us,
                                .end_us = to->end_us < from->start_us ? from->start_us : to->end_us};
    pass->emit(pass->user, &hit);
}

static int64_t time_at(const struct pass *pass, size_t offset)
{
    return pass->start_us + (int64_t)((double)(pass->end_us - pass->start_us) * (double)offset /
                                      (double)(pass->bytes + (pass->bytes == 0)));
}

static void step(struct pass *pass, const char *folded, size_t bytes)
{
    const struct st_automaton *automaton = pass->set->automaton;
    struct channel *channel = pass->channel;
    channel->state = st_automaton_step(automaton, channel->state,
                                       st_automaton_find_word(automaton, folded, bytes));
    channel->count++;
    for (uint32_t node = st_automaton_first(automaton, channel->state); node != 0;
         node = st_automaton_next(automaton, node))
        for (uint32_t at = st_automaton_value(automaton, node); at != 0;
             at = pass->set->entries[at - 1].next)
            report(pass, pass->set->entries[at - 1].pattern);
}

static void put_word(void *user, const struct st_fold_word *word)
{
    struct pass *pass = user;
    struct spoken *spoken = &pass->channel->ring[pass->channel->count % RING];
    snprintf(spoken->text, sizeof(spoken->text), "%.*s", (int)(word->end - word->start),
             pass->text + word->start);
    spoken->start_us = pass->is_estimated ? time_at(pass, word->start) : pass->start_us;
    spoken->end_us = pass->is_estimated ? time_at(pass, word->end) : pass->end_us;
    spoken->segment_id = pass->segment_id;
    step(pass, word->text, word->bytes);
}

static void put_text(struct pass *pass, const char *text, int64_t start_us, int64_t end_us)
{
    pass->text = text;
    pass->bytes = strlen(text);
    pass->start_us = start_us;
    pass->end_us = end_us;
    st_fold_words(text, pass->bytes, put_word, pass);
}

static void put(struct pass *pass, const struct st_segment *segment)
{
    struct channel *channel = pass->channel;
    if (channel->has_words && segment->start_us - channel->end_us > 10000000)
        channel->state = 0;
    channel->has_words = true;
    channel->end_us = segment->end_us;
    pass->segment_id = segment->id;
    pass->is_estimated = segment->word_count == 0;
    if (pass->is_estimated)
        put_text(pass, segment->text, segment->start_us, segment->end_us);
    for (size_t i = 0; i < segment->word_count; i++)
        put_text(pass, segment->words[i].text, segment->words[i].start_us,
                 segment->words[i].end_us);
}

size_t st_phrase_stream_put_final(struct st_phrase_stream *stream, unsigned channel,
                                  const struct st_segment *segment, st_phrase_fn emit, void *user)
{
    struct pass pass = {.set = stream->set,
                        .channel = &stream->channels[channel],
                        .number = channel,
                        .emit = emit,
                        .user = user};
    put(&pass, segment);
    return 0;
}

size_t st_phrase_stream_put_partial(struct st_phrase_stream *stream, unsigned channel,
                                    const struct st_segment *segment, st_phrase_fn emit, void *user)
{
    struct channel copy = stream->channels[channel];
    struct pass pass = {
        .set = stream->set, .channel = &copy, .number = channel, .emit = emit, .user = user};
    put(&pass, segment);
    return 0;
}

static void put_folded(void *user, const struct st_fold_word *word)
{
    step(user, word->text, word->bytes);
}

void st_phrase_stream_set_phrases(struct st_phrase_stream *stream, struct st_phrase_set *set)
{
    st_phrase_set_ref(set);
    st_phrase_set_unref(stream->set);
    stream->set = set;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct channel *channel = &stream->channels[i];
        struct pass pass = {.set = set, .channel = channel, .number = i, .is_silent = true};
        uint64_t count = channel->count, first = count > RING ? count - RING : 0;
        channel->state = 0;
        memset(channel->last, 0, sizeof(channel->last));
        channel->count = first;
        while (channel->count < count) {
            struct spoken *spoken = &channel->ring[channel->count % RING];
            st_fold_words(spoken->text, strlen(spoken->text), put_folded, &pass);
        }
    }
}

size_t st_phrase_stream_bytes(const struct st_phrase_stream *stream)
{
    return sizeof(*stream);
}
