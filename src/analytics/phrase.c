/*
 * The rule kind `phrase`: exact words in order.
 *
 * All phrases are one automaton. A channel's stream through it does not stop at the end of a
 * segment, which is all it takes to find a phrase across a border; the last words are kept only to
 * say what was spoken and when. A phrase that can overlap itself ("no, no") is remembered for as
 * long as the words of its last match can still be part of another.
 */
#include "automaton.h"
#include "fold.h"
#include "rules.h"

#include "sidetone/frame.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PHRASE_BYTES_MAX = 512,
    PHRASE_WORDS_MAX = 64,
    SPOKEN_BYTES_MAX = 4 * ST_FOLD_WORD_BYTES_MAX, /* a longer word is kept folded */
    BORDER_GAP_US = 10000000, /* a longer silence between two segments ends what was begun */
};

/* A rule at a node of the automaton. */
struct entry {
    uint32_t rule;
    uint32_t next; /* index + 1; 0: the last */
};

struct phrases {
    struct st_automaton *automaton; /* values: index of the first entry + 1 */
    struct entry *entries;
    uint32_t entry_count;
    uint8_t *lengths;    /* words, by rule */
    bool *can_overlap;   /* by rule */
    unsigned length_max; /* words */
};

struct spoken {
    char *text;
    size_t cap;
    bool is_adjacent; /* nothing stood between it and the word before */
    int64_t start_us;
    int64_t end_us;
};

struct last_match {
    uint32_t rule;
    uint64_t end; /* number of the word after it */
};

struct stream {
    uint32_t state;
    bool has_words;
    uint64_t count; /* words so far; word n is in ring[n % ring_len] */
    int64_t end_us; /* of the last segment */
    struct spoken *ring;
    struct last_match *last;
    size_t last_count, last_cap;
};

struct state {
    const struct st_rules *rules;
    const struct phrases *phrases;
    struct stream streams[ST_CHANNELS_MAX];
    char *joined; /* what a hit's words point to */
    size_t joined_cap;
};

/* ---- compiling ---- */

struct folding {
    struct st_automaton *automaton;
    uint32_t words[PHRASE_WORDS_MAX];
    size_t count; /* may exceed the array: too many */
    bool is_too_long;
};

static void collect_word(void *user, const struct st_fold_word *word)
{
    struct folding *folding = user;
    if (word->bytes == 0)
        folding->is_too_long = true;
    else if (folding->count < PHRASE_WORDS_MAX)
        folding->words[folding->count] =
            st_automaton_add_word(folding->automaton, word->text, word->bytes);
    folding->count++;
}

static const char *find_problem(const struct st_rule *rule, struct folding *folding)
{
    if (rule->bytes > PHRASE_BYTES_MAX)
        return "is longer than 512 bytes";
    if (!st_fold_is_utf8(rule->text, rule->bytes))
        return "is not UTF-8";
    st_fold_words(rule->text, rule->bytes, collect_word, folding);
    if (folding->count == 0)
        return "has no word in it";
    if (folding->count > PHRASE_WORDS_MAX)
        return "has more than 64 words";
    return folding->is_too_long ? "has a word that is too long" : NULL;
}

/* Whether a proper prefix is also a suffix. */
static bool has_border(const uint32_t *words, size_t count)
{
    for (size_t shift = 1; shift < count; shift++)
        if (memcmp(words, words + shift, (count - shift) * sizeof(*words)) == 0)
            return true;
    return false;
}

/* A second spelling of a phrase within its category adds nothing. */
static bool is_known(const struct phrases *phrases, const struct st_rules *rules, uint32_t first,
                     uint32_t category)
{
    return first != 0 && rules->rules[phrases->entries[first - 1].rule].category == category;
}

static int compile_rule(struct phrases *phrases, const struct st_rules *rules, uint32_t index,
                        struct st_rule_why *why)
{
    const struct st_rule *rule = &rules->rules[index];
    struct folding folding = {.automaton = phrases->automaton};
    const char *problem = find_problem(rule, &folding);
    if (problem)
        return st_rules_refuse(rules, rule, problem, why);
    phrases->lengths[index] = (uint8_t)folding.count;
    phrases->can_overlap[index] = has_border(folding.words, folding.count);
    if (folding.count > phrases->length_max)
        phrases->length_max = (unsigned)folding.count;
    uint32_t *first = st_automaton_add(phrases->automaton, folding.words, folding.count);
    if (is_known(phrases, rules, *first, rule->category))
        return 0;
    phrases->entries[phrases->entry_count] = (struct entry){.rule = index, .next = *first};
    *first = ++phrases->entry_count;
    return 0;
}

static void free_compiled(void *compiled)
{
    struct phrases *phrases = compiled;
    if (!phrases)
        return;
    st_automaton_destroy(phrases->automaton);
    free(phrases->entries);
    free(phrases->lengths);
    free(phrases->can_overlap);
    free(phrases);
}

static int compile(void **ret_compiled, const struct st_rules *rules, struct st_rule_why *why)
{
    struct phrases *phrases = st_mem_alloc(sizeof(*phrases));
    phrases->automaton = st_automaton_create();
    phrases->entries = st_mem_alloc_array(rules->rule_count + 1, sizeof(*phrases->entries));
    phrases->lengths = st_mem_alloc_array(rules->rule_count + 1, sizeof(*phrases->lengths));
    phrases->can_overlap = st_mem_alloc_array(rules->rule_count + 1, sizeof(*phrases->can_overlap));
    for (uint32_t i = 0; i < rules->rule_count; i++) {
        if (rules->rules[i].kind != &st_rule_kind_phrase)
            continue;
        int err = compile_rule(phrases, rules, i, why);
        if (err < 0) {
            free_compiled(phrases);
            return err;
        }
    }
    st_automaton_build(phrases->automaton);
    *ret_compiled = phrases;
    return 0;
}

/* ---- matching ---- */

static void *state_create(const struct st_rules *rules, const void *compiled)
{
    struct state *state = st_mem_alloc(sizeof(*state));
    state->rules = rules;
    state->phrases = compiled;
    for (size_t i = 0; i < ST_CHANNELS_MAX; i++)
        state->streams[i].ring =
            st_mem_alloc_array(state->phrases->length_max + 1, sizeof(struct spoken));
    return state;
}

static void state_destroy(void *user)
{
    struct state *state = user;
    if (!state)
        return;
    for (size_t i = 0; i < ST_CHANNELS_MAX; i++) {
        for (size_t k = 0; k <= state->phrases->length_max; k++)
            free(state->streams[i].ring[k].text);
        free(state->streams[i].ring);
        free(state->streams[i].last);
    }
    free(state->joined);
    free(state);
}

/* One pass over a segment. */
struct pass {
    struct state *state;
    struct stream *stream;
    const struct st_rule_input *input;
    st_rule_hit_fn hit;
    void *user;
    /* the text being folded, and the time it stands for */
    const char *text;
    size_t bytes;
    size_t chars;
    int64_t start_us, end_us;
    bool is_estimated; /* times run with the characters of the text */
    size_t counted_bytes, counted_chars;
    size_t previous_end; /* bytes; SIZE_MAX: no word yet */
};

static struct spoken *spoken_at(const struct pass *pass, uint64_t number)
{
    return &pass->stream->ring[number % (pass->state->phrases->length_max + 1)];
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

static void keep_word(struct pass *pass, const struct st_fold_word *word)
{
    struct spoken *spoken = spoken_at(pass, pass->stream->count);
    const char *text = pass->text + word->start;
    size_t bytes = word->end - word->start;
    if (bytes > SPOKEN_BYTES_MAX) {
        text = word->text;
        bytes = word->bytes;
    }
    if (bytes + 1 > spoken->cap) {
        spoken->cap = 2 * bytes + 16;
        spoken->text = st_mem_realloc(spoken->text, spoken->cap);
    }
    memcpy(spoken->text, text, bytes);
    spoken->text[bytes] = '\0';
    spoken->is_adjacent = word->start == pass->previous_end;
    spoken->start_us = pass->is_estimated ? time_at(pass, word->start) : pass->start_us;
    spoken->end_us = pass->is_estimated ? time_at(pass, word->end) : pass->end_us;
    pass->previous_end = word->end;
    pass->stream->count++;
}

static void append_joined(struct state *state, size_t *used, const char *text, size_t bytes)
{
    if (*used + bytes + 1 > state->joined_cap) {
        state->joined_cap = 2 * (*used + bytes) + 64;
        state->joined = st_mem_realloc(state->joined, state->joined_cap);
    }
    memcpy(state->joined + *used, text, bytes);
    *used += bytes;
    state->joined[*used] = '\0';
}

static const char *join(struct pass *pass, uint64_t first)
{
    size_t used = 0;
    for (uint64_t i = first; i < pass->stream->count; i++) {
        const struct spoken *spoken = spoken_at(pass, i);
        if (i > first && !spoken->is_adjacent)
            append_joined(pass->state, &used, " ", 1);
        append_joined(pass->state, &used, spoken->text, strlen(spoken->text));
    }
    return pass->state->joined;
}

/* True when the match that begins at word `first` shares no word with the rule's last one; it is
 * the last one then. */
static bool claim_words(struct pass *pass, uint32_t rule, uint64_t first)
{
    struct stream *stream = pass->stream;
    if (!pass->state->phrases->can_overlap[rule])
        return true;
    size_t kept = 0;
    bool is_free = true;
    for (size_t i = 0; i < stream->last_count; i++) {
        struct last_match last = stream->last[i];
        if (last.rule == rule && last.end > first)
            is_free = false;
        else if (last.rule == rule)
            continue;
        if (last.end + pass->state->phrases->length_max > stream->count)
            stream->last[kept++] = last;
    }
    stream->last_count = kept;
    if (!is_free)
        return false;
    if (stream->last_count == stream->last_cap) {
        stream->last_cap = 2 * stream->last_cap + 8;
        stream->last = st_mem_realloc(stream->last, stream->last_cap * sizeof(*stream->last));
    }
    stream->last[stream->last_count++] = (struct last_match){.rule = rule, .end = stream->count};
    return true;
}

static void report(struct pass *pass, uint32_t rule)
{
    if (!st_rules_is_for(pass->state->rules, rule, pass->input->role))
        return;
    uint64_t first = pass->stream->count - pass->state->phrases->lengths[rule];
    if (!claim_words(pass, rule, first))
        return;
    struct st_rule_hit hit = {
        .rule = rule,
        .words = join(pass, first),
        .start_us = spoken_at(pass, first)->start_us,
        .end_us = spoken_at(pass, pass->stream->count - 1)->end_us,
    };
    if (hit.end_us < hit.start_us) /* segments of one channel overlap */
        hit.end_us = hit.start_us;
    pass->hit(pass->user, &hit);
}

static void put_word(void *user, const struct st_fold_word *word)
{
    struct pass *pass = user;
    const struct phrases *phrases = pass->state->phrases;
    const struct st_automaton *automaton = phrases->automaton;
    struct stream *stream = pass->stream;
    uint32_t number = st_automaton_find_word(automaton, word->text, word->bytes);
    stream->state = st_automaton_step(automaton, stream->state, number);
    keep_word(pass, word);
    for (uint32_t node = st_automaton_first(automaton, stream->state); node != 0;
         node = st_automaton_next(automaton, node))
        for (uint32_t at = st_automaton_value(automaton, node); at != 0;
             at = phrases->entries[at - 1].next)
            report(pass, phrases->entries[at - 1].rule);
}

static void put_text(struct pass *pass, const char *text, int64_t start_us, int64_t end_us)
{
    pass->text = text;
    pass->bytes = strlen(text);
    pass->chars = count_chars(text, pass->bytes);
    pass->chars += pass->chars == 0;
    pass->start_us = start_us;
    pass->end_us = end_us;
    pass->counted_bytes = pass->counted_chars = 0;
    pass->previous_end = SIZE_MAX;
    st_fold_words(text, pass->bytes, put_word, pass);
}

static void put(void *user, const struct st_rule_input *input, st_rule_hit_fn hit, void *hit_user)
{
    struct state *state = user;
    const struct st_segment *segment = input->segment;
    struct stream *stream = &state->streams[input->channel];
    struct pass pass = {
        .state = state, .stream = stream, .input = input, .hit = hit, .user = hit_user};
    if (stream->has_words && segment->start_us - stream->end_us > BORDER_GAP_US)
        stream->state = 0;
    stream->has_words = true;
    stream->end_us = segment->end_us;
    if (segment->word_times == ST_WORD_TIMES_NONE || segment->word_count == 0) {
        pass.is_estimated = true;
        put_text(&pass, segment->text, segment->start_us, segment->end_us);
        return;
    }
    for (size_t i = 0; i < segment->word_count; i++)
        put_text(&pass, segment->words[i].text, segment->words[i].start_us,
                 segment->words[i].end_us);
}

const struct st_rule_kind st_rule_kind_phrase = {
    .name = "phrase",
    .compile = compile,
    .free = free_compiled,
    .state_create = state_create,
    .state_destroy = state_destroy,
    .put = put,
};
