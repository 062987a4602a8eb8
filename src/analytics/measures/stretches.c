#include "stretches.h"

#include "talk_cues.h"

#include "sidetone/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GROW_BY = 8 };

_Static_assert(sizeof(struct st_stretch) == 12, "as the header of characteristics says");

struct pieces {
    struct st_stretch list[ST_STRETCHES_PER_SEGMENT];
    unsigned count;
};

uint32_t st_stretches_ms(int64_t us)
{
    int64_t ms = us > 0 ? us / 1000 : 0;
    return (uint32_t)(ms < ST_STRETCHES_TIME_MAX_MS ? ms : ST_STRETCHES_TIME_MAX_MS);
}

void st_stretches_fini(struct st_stretches *talks)
{
    free(talks->list);
    memset(talks, 0, sizeof(*talks));
}

/* ---- the stretches of one segment ---- */

static uint16_t content_after(uint32_t ms)
{
    return (uint16_t)(ms < ST_STRETCHES_NO_CONTENT ? ms : ST_STRETCHES_NO_CONTENT - 1);
}

static void add_words(struct st_stretch *talk, unsigned words)
{
    words += talk->words;
    talk->words =
        (words < ST_STRETCHES_WORDS_MAX ? words : ST_STRETCHES_WORDS_MAX) & ST_STRETCHES_WORDS_MAX;
}

static void add_word(struct pieces *to, const struct st_word *word)
{
    uint32_t start_ms = st_stretches_ms(word->start_us), end_ms = st_stretches_ms(word->end_us);
    struct st_stretch *last = to->count > 0 ? &to->list[to->count - 1] : NULL;
    if (end_ms < start_ms)
        end_ms = start_ms;
    bool has_room = to->count < ST_STRETCHES_PER_SEGMENT;
    if (!last || (start_ms >= last->end_ms + ST_STRETCHES_PAUSE_MS && has_room)) {
        last = &to->list[to->count++];
        *last = (struct st_stretch){.start_ms = start_ms,
                                    .end_ms = end_ms,
                                    .goes_on = to->count > 1,
                                    .content_ms = ST_STRETCHES_NO_CONTENT};
    }
    if (end_ms > last->end_ms)
        last->end_ms = end_ms;
    add_words(last, 1);
    struct st_stretch *first = &to->list[0];
    if (first->content_ms == ST_STRETCHES_NO_CONTENT &&
        !st_talk_cues_is_back_channel(word->text, strlen(word->text)))
        first->content_ms =
            content_after(start_ms > first->start_ms ? start_ms - first->start_ms : 0);
}

/* A segment that has no words counts its text's, and all of its time. */
static void add_text(struct pieces *to, const struct st_segment *segment)
{
    struct st_stretch *talk = &to->list[to->count++];
    uint32_t start_ms = st_stretches_ms(segment->start_us),
             end_ms = st_stretches_ms(segment->end_us);
    *talk = (struct st_stretch){.start_ms = start_ms,
                                .end_ms = end_ms > start_ms ? end_ms : start_ms,
                                .content_ms = ST_STRETCHES_NO_CONTENT};
    for (const char *at = segment->text; *at;) {
        size_t spaces = strspn(at, " \t\r\n"), bytes = strcspn(at + spaces, " \t\r\n");
        if (bytes > 0) {
            add_words(talk, 1);
            if (talk->content_ms != 0 && !st_talk_cues_is_back_channel(at + spaces, bytes))
                talk->content_ms = 0;
        }
        at += spaces + bytes;
    }
}

static void cut(struct pieces *to, const struct st_segment *segment)
{
    for (size_t i = 0; i < segment->word_count; i++)
        if (segment->words[i].text[0])
            add_word(to, &segment->words[i]);
    if (to->count == 0)
        add_text(to, segment);
}

/* ---- the list ---- */

size_t st_stretches_find(const struct st_stretches *talks, uint32_t ms)
{
    size_t low = 0, high = talks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (talks->list[middle].end_ms > ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void insert(struct st_stretches *talks, size_t at, const struct st_stretch *talk)
{
    if (talks->count == talks->cap) {
        talks->cap += GROW_BY;
        talks->list = st_mem_realloc(talks->list, talks->cap * sizeof(*talks->list));
    }
    memmove(talks->list + at + 1, talks->list + at, (talks->count - at) * sizeof(*talks->list));
    talks->list[at] = *talk;
    talks->count++;
    if (at + 1 < talks->count)
        talks->list[at + 1].goes_on = 0;
}

/* Begins at start_ms now; what it had to say comes no earlier. */
static void set_start(struct st_stretch *talk, uint32_t start_ms)
{
    uint32_t content_ms = talk->start_ms + talk->content_ms;
    if (talk->content_ms != ST_STRETCHES_NO_CONTENT)
        talk->content_ms = content_after(content_ms > start_ms ? content_ms - start_ms : 0);
    talk->start_ms = start_ms;
}

static void put(struct st_stretches *talks, struct st_stretch talk)
{
    size_t at = talks->count;
    while (at > 0 && talks->list[at - 1].start_ms > talk.start_ms)
        at--;
    if (talk.end_ms == talk.start_ms)
        talk.end_ms++;
    if (at < talks->count && talks->list[at].start_ms < talk.end_ms)
        talk.end_ms = talks->list[at].start_ms;
    if (at > 0 && talks->list[at - 1].end_ms > talk.start_ms)
        set_start(&talk, talks->list[at - 1].end_ms);
    if (talk.start_ms < talk.end_ms)
        insert(talks, at, &talk);
    else
        add_words(&talks->list[at > 0 ? at - 1 : at], talk.words);
    if (talk.end_ms > talks->last_end_ms)
        talks->last_end_ms = talk.end_ms;
}

void st_stretches_put(struct st_stretches *talks, const struct st_segment *segment)
{
    struct pieces pieces = {.count = 0};
    cut(&pieces, segment);
    for (unsigned i = 0; i < pieces.count; i++)
        put(talks, pieces.list[i]);
}

uint32_t st_stretches_turn_end_ms(const struct st_stretches *talks, size_t i)
{
    size_t most = i + ST_STRETCHES_PER_SEGMENT;
    while (i + 1 < talks->count && talks->list[i + 1].goes_on && i < most)
        i++;
    return talks->list[i].end_ms;
}

void st_stretches_drop(struct st_stretches *talks, size_t count)
{
    if (count == 0)
        return;
    memmove(talks->list, talks->list + count, (talks->count - count) * sizeof(*talks->list));
    talks->count -= count;
}
