#include "splice.h"

#include "sidetone/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    NEAR_US = 1000000,     /* an end that was not measured may be that much too early … */
    REPEATED_MAX = 3,      /* … and so many words may be said again */
    REPEATED_SURE_MAX = 1, /* with a measured end: the one that was cut */
};

void st_splice_init(struct st_splice *splice, st_splice_emit_fn emit, void *user)
{
    *splice = (struct st_splice){
        .emit = emit, .user = user, .last_final_us = INT64_MIN, .replay_border_us = INT64_MIN};
}

void st_splice_fini(struct st_splice *splice)
{
    free(splice->text);
    *splice = (struct st_splice){0};
}

void st_splice_restart(struct st_splice *splice)
{
    splice->is_replay = true;
    splice->has_base = false;
    splice->has_final = false;
    splice->replay_border_us = splice->last_final_us;
    for (unsigned i = 0; i < splice->open_count; i++)
        splice->open[i].is_orphan = true;
}

static struct st_splice_open *find_open(struct st_splice *splice, uint64_t id)
{
    for (unsigned i = 0; i < splice->open_count; i++)
        if (splice->open[i].id == id)
            return splice->open + i;
    return NULL;
}

static void forget_open(struct st_splice *splice, struct st_splice_open *open)
{
    unsigned at = (unsigned)(open - splice->open);
    splice->open_count--;
    memmove(open, open + 1, (splice->open_count - at) * sizeof(*open));
}

static void remember_final(struct st_splice *splice, uint64_t id)
{
    splice->finals[splice->final_count++ % ST_SPLICE_FINALS_KEPT] = id;
}

static bool is_final_already(const struct st_splice *splice, uint64_t id)
{
    unsigned kept =
        splice->final_count < ST_SPLICE_FINALS_KEPT ? splice->final_count : ST_SPLICE_FINALS_KEPT;
    for (unsigned i = 0; i < kept; i++)
        if (splice->finals[i] == id)
            return true;
    return false;
}

static void withdraw(struct st_splice *splice, struct st_splice_open *open)
{
    struct st_segment segment = {
        .id = open->id,
        .is_final = true,
        .start_us = open->start_us,
        .end_us = open->end_us,
        .text = "",
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    forget_open(splice, open);
    remember_final(splice, segment.id);
    splice->emit(splice->user, &segment);
}

static uint64_t first_id(const struct st_splice *splice)
{
    uint64_t id = splice->last_id + 1;
    for (unsigned i = 0; i < splice->open_count; i++)
        if (splice->open[i].is_orphan && splice->open[i].id < id)
            id = splice->open[i].id;
    return id;
}

static uint64_t map_id(struct st_splice *splice, uint64_t id)
{
    if (!splice->has_base) {
        splice->has_base = true;
        splice->base_in = id;
        splice->base_out = first_id(splice);
    }
    return id < splice->base_in ? splice->last_id + 1 : splice->base_out + (id - splice->base_in);
}

/* Orphans that the new stream has gone past will not be taken up any more. */
static void withdraw_orphans(struct st_splice *splice, uint64_t before_id)
{
    for (unsigned i = 0; i < splice->open_count;) {
        if (splice->open[i].is_orphan && splice->open[i].id < before_id)
            withdraw(splice, splice->open + i);
        else
            i++;
    }
}

static void note_partial(struct st_splice *splice, const struct st_segment *segment)
{
    struct st_splice_open *open = find_open(splice, segment->id);
    if (!open) {
        if (splice->open_count == ST_SPLICE_OPEN_MAX)
            forget_open(splice, splice->open);
        open = splice->open + splice->open_count++;
    }
    *open = (struct st_splice_open){segment->id, segment->start_us, segment->end_us, false};
}

static void put_partial(struct st_splice *splice, const struct st_segment *segment)
{
    if (segment->text[0] == '\0' && !find_open(splice, segment->id))
        return;
    note_partial(splice, segment);
    splice->emit(splice->user, segment);
}

static bool is_heard_before(const struct st_splice *splice, const struct st_word *word)
{
    return word->start_us + (word->end_us - word->start_us) / 2 < splice->replay_border_us;
}

static const char *join_words(struct st_splice *splice, const struct st_word *words, size_t count)
{
    size_t bytes = 1, len = 0;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(words[i].text) + 1;
    if (bytes > splice->text_cap) {
        splice->text_cap = bytes * 2;
        splice->text = st_mem_realloc(splice->text, splice->text_cap);
    }
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(words[i].text);
        if (i > 0)
            splice->text[len++] = ' ';
        memcpy(splice->text + len, words[i].text, n);
        len += n;
    }
    splice->text[len] = '\0';
    return splice->text;
}

static void trim_by_time(struct st_splice *splice, struct st_segment *segment)
{
    size_t skip = 0;
    while (skip < segment->word_count && is_heard_before(splice, segment->words + skip))
        skip++;
    if (skip == 0)
        return;
    segment->words += skip;
    segment->word_count -= skip;
    segment->text = join_words(splice, segment->words, segment->word_count);
    if (segment->word_count > 0)
        segment->start_us = segment->words[0].start_us;
}

/* ---- words said last, and again ---- */

/* Of the next word of a text, without case and punctuation; *text goes behind it. 0: no more. */
static uint32_t hash_word(const char **text)
{
    uint32_t hash = 2166136261U;
    const char *at = *text + strspn(*text, " ");
    if (!*at)
        return 0;
    for (; *at && *at != ' '; at++) {
        unsigned char c = (unsigned char)*at;
        if (c >= 0x80 || isalnum(c) || c == '\'')
            hash = (hash ^ (unsigned)tolower(c)) * 16777619U;
    }
    *text = at;
    return hash ? hash : 1;
}

static void remember_tail(struct st_splice *splice, const char *text)
{
    uint32_t hash;
    while ((hash = hash_word(&text)) != 0) {
        if (splice->tail_count == ST_SPLICE_TAIL_MAX) {
            splice->tail_count--;
            memmove(splice->tail, splice->tail + 1, splice->tail_count * sizeof(splice->tail[0]));
        }
        splice->tail[splice->tail_count++] = hash;
    }
}

/* How many words the text begins with that the last final ended with: the most, up to `max`. */
static size_t count_repeated(const struct st_splice *splice, const char *text, size_t max)
{
    uint32_t head[ST_SPLICE_TAIL_MAX];
    size_t count = 0;
    uint32_t hash;
    if (max > splice->tail_count)
        max = splice->tail_count;
    while (count < max && (hash = hash_word(&text)) != 0)
        head[count++] = hash;
    for (; count > 0; count--)
        if (memcmp(head, splice->tail + splice->tail_count - count, count * sizeof(head[0])) == 0)
            return count;
    return 0;
}

static void trim_by_words(struct st_splice *splice, struct st_segment *segment)
{
    size_t skip = count_repeated(splice, segment->text,
                                 splice->has_sure_end ? REPEATED_SURE_MAX : REPEATED_MAX);
    if (skip == 0)
        return;
    const char *rest = segment->text;
    for (size_t i = 0; i < skip; i++)
        hash_word(&rest);
    segment->text = rest + strspn(rest, " ");
    if (segment->word_count < skip)
        return;
    segment->words += skip;
    segment->word_count -= skip;
    if (segment->word_count > 0)
        segment->start_us = segment->words[0].start_us;
}

/* Whether the stream's beginning may repeat what was said last. */
static bool may_repeat(const struct st_splice *splice, const struct st_segment *segment)
{
    if (!splice->is_replay || splice->has_final || splice->tail_count == 0)
        return false;
    if (splice->has_sure_end)
        return segment->word_times != ST_WORD_TIMES_MEASURED && segment->is_final &&
               segment->start_us < splice->replay_border_us;
    return segment->start_us < splice->replay_border_us + NEAR_US;
}

static void trim(struct st_splice *splice, struct st_segment *segment, bool is_overlapping)
{
    bool repeats = may_repeat(splice, segment);
    if (is_overlapping)
        segment->start_us = splice->replay_border_us;
    if (is_overlapping && segment->word_times == ST_WORD_TIMES_MEASURED)
        trim_by_time(splice, segment);
    if (repeats)
        trim_by_words(splice, segment);
}

static void put_final(struct st_splice *splice, const struct st_segment *segment)
{
    struct st_splice_open *open = find_open(splice, segment->id);
    bool was_open = open != NULL;
    if (open)
        forget_open(splice, open);
    if (segment->end_us > splice->last_final_us)
        splice->last_final_us = segment->end_us;
    if (segment->text[0]) {
        remember_tail(splice, segment->text);
        splice->has_sure_end = segment->word_times == ST_WORD_TIMES_MEASURED;
        splice->has_final = true;
    }
    if (segment->text[0] == '\0' && !was_open)
        return;
    remember_final(splice, segment->id);
    splice->emit(splice->user, segment);
}

static void close_partial(struct st_splice *splice, uint64_t id)
{
    struct st_splice_open *open = find_open(splice, id);
    if (open)
        withdraw(splice, open);
}

void st_splice_put(struct st_splice *splice, const struct st_segment *segment)
{
    struct st_segment mine = *segment;
    bool is_overlapping = splice->is_replay && mine.start_us < splice->replay_border_us;
    if (is_overlapping && mine.end_us <= splice->replay_border_us) {
        if (mine.is_final && splice->has_base)
            close_partial(splice, map_id(splice, mine.id));
        return;
    }
    mine.id = map_id(splice, segment->id);
    if (is_final_already(splice, mine.id))
        return;
    if (mine.id > splice->last_id)
        splice->last_id = mine.id;
    trim(splice, &mine, is_overlapping);
    withdraw_orphans(splice, mine.id);
    if (mine.is_final)
        put_final(splice, &mine);
    else
        put_partial(splice, &mine);
}

uint64_t st_splice_id(const struct st_splice *splice, uint64_t id)
{
    return splice->has_base && id >= splice->base_in ? splice->base_out + (id - splice->base_in)
                                                     : 0;
}

void st_splice_end(struct st_splice *splice)
{
    while (splice->open_count > 0)
        withdraw(splice, splice->open);
}
