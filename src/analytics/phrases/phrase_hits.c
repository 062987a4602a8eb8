#include "phrase_hits.h"

#include "hash_index.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLAIMS_MIN = 8,
    EXCLUDED_MAX = 1024,          /* a channel */
    TEXT_BYTES_MAX = 1024 * 1024, /* spoken words of a segment's hits */
};

/* ---- memory ---- */

void st_phrase_memory_fini(struct st_phrase_memory *memory)
{
    free(memory->claims);
    free(memory->excluded);
    *memory = (struct st_phrase_memory){0};
}

void st_phrase_memory_clear(struct st_phrase_memory *memory)
{
    if (memory->claim_count > 0)
        memset(memory->claims, 0, memory->claim_cap * sizeof(*memory->claims));
    memory->claim_count = memory->excluded_count = 0;
}

static struct st_phrase_claim *find_claim(struct st_phrase_memory *memory, uint32_t pattern)
{
    uint32_t place = st_hash_pair(0, pattern);
    for (;; place++) {
        struct st_phrase_claim *claim = &memory->claims[place & (memory->claim_cap - 1)];
        if (claim->pattern == 0 || claim->pattern == pattern + 1)
            return claim;
    }
}

static void put_claims(struct st_phrase_memory *memory, const struct st_phrase_claim *claims,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (claims[i].pattern == 0)
            continue;
        *find_claim(memory, claims[i].pattern - 1) = claims[i];
        memory->claim_count++;
    }
}

/* The pattern's claim, a new one with `end` at `now` when it has none. */
static struct st_phrase_claim *get_claim(struct st_phrase_memory *memory, uint32_t pattern,
                                         uint32_t now)
{
    if (2 * (memory->claim_count + 1) > memory->claim_cap) {
        struct st_phrase_claim *old = memory->claims;
        uint32_t old_cap = memory->claim_cap;
        memory->claim_cap = old_cap > 0 ? 2 * old_cap : CLAIMS_MIN;
        memory->claims = st_mem_alloc_array(memory->claim_cap, sizeof(*memory->claims));
        memory->claim_count = 0;
        put_claims(memory, old, old_cap);
        free(old);
    }
    struct st_phrase_claim *claim = find_claim(memory, pattern);
    if (claim->pattern == 0) {
        *claim = (struct st_phrase_claim){.pattern = pattern + 1, .end = now};
        memory->claim_count++;
    }
    return claim;
}

void st_phrase_memory_copy(struct st_phrase_memory *memory, const struct st_phrase_memory *from)
{
    st_phrase_memory_clear(memory);
    if (memory->claim_cap < from->claim_cap) {
        free(memory->claims);
        memory->claim_cap = from->claim_cap;
        memory->claims = st_mem_alloc_array(memory->claim_cap, sizeof(*memory->claims));
    }
    if (from->claim_count > 0)
        put_claims(memory, from->claims, from->claim_cap);
    if (memory->excluded_cap < from->excluded_count) {
        memory->excluded_cap = from->excluded_count;
        memory->excluded =
            st_mem_realloc(memory->excluded, memory->excluded_cap * sizeof(*memory->excluded));
    }
    memory->excluded_count = from->excluded_count;
    if (from->excluded_count > 0)
        memcpy(memory->excluded, from->excluded, from->excluded_count * sizeof(*from->excluded));
}

static void prune_claims(struct st_phrase_memory *memory, uint32_t now, size_t span)
{
    struct st_phrase_claim *old = memory->claims;
    uint32_t kept = 0, cap = memory->claim_cap;
    for (uint32_t i = 0; i < cap; i++) {
        if (old[i].pattern == 0 || now - old[i].end >= span)
            continue;
        old[kept] = old[i];
        old[kept].hits = 0;
        old[kept++].is_provisional = false;
    }
    memory->claim_cap = CLAIMS_MIN;
    while (memory->claim_cap < 2 * (kept + 1))
        memory->claim_cap *= 2;
    memory->claims = st_mem_alloc_array(memory->claim_cap, sizeof(*memory->claims));
    memory->claim_count = 0;
    put_claims(memory, old, kept);
    free(old);
}

void st_phrase_memory_prune(struct st_phrase_memory *memory, uint32_t now, size_t span)
{
    uint32_t kept = 0;
    if (memory->claim_count > 0)
        prune_claims(memory, now, span);
    for (uint32_t i = 0; i < memory->excluded_count; i++)
        if (now - memory->excluded[i].end < span)
            memory->excluded[kept++] = memory->excluded[i];
    memory->excluded_count = kept;
}

/* The place + 1 of the claim on the same text as `info`; 0: there is none. */
static uint32_t find_old(const struct st_hash_index *index, const struct st_phrase_memory *old,
                         const struct st_phrase_set *old_set, const struct st_phrase_info *info)
{
    uint32_t hash = (uint32_t)info->identity, place = hash, number;
    while ((number = st_hash_index_next(index, hash, &place)) != 0)
        if (old_set->infos[old->claims[number - 1].pattern - 1].identity == info->identity)
            return number;
    return 0;
}

void st_phrase_memory_take_over(struct st_phrase_memory *memory, const struct st_phrase_set *set,
                                const struct st_phrase_memory *old,
                                const struct st_phrase_set *old_set)
{
    struct st_hash_index index = {0};
    uint32_t excluded_count = memory->excluded_count, found;
    st_phrase_memory_clear(memory);
    memory->excluded_count = excluded_count;
    if (old->claim_count == 0)
        return;
    for (uint32_t i = 0; i < old->claim_cap; i++)
        if (old->claims[i].pattern != 0)
            st_hash_index_put(&index, (uint32_t)old_set->infos[old->claims[i].pattern - 1].identity,
                              i + 1);
    for (uint32_t i = 0; i < set->count; i++)
        if (!set->infos[i].is_exclusion &&
            (found = find_old(&index, old, old_set, &set->infos[i])) != 0)
            get_claim(memory, i, old->claims[found - 1].end);
    st_hash_index_fini(&index);
}

size_t st_phrase_memory_bytes(const struct st_phrase_memory *memory)
{
    return memory->claim_cap * sizeof(*memory->claims) +
           memory->excluded_cap * sizeof(*memory->excluded);
}

/* ---- candidates ---- */

void st_phrase_hits_fini(struct st_phrase_hits *hits)
{
    free(hits->items);
    free(hits->text);
    *hits = (struct st_phrase_hits){0};
}

void st_phrase_hits_clear(struct st_phrase_hits *hits)
{
    hits->count = hits->text_bytes = hits->left_out = 0;
}

static void append(struct st_phrase_hits *hits, const char *text, size_t bytes)
{
    if (hits->text_bytes + bytes > hits->text_cap) {
        hits->text_cap = 2 * (hits->text_bytes + bytes) + 64;
        hits->text = st_mem_realloc(hits->text, hits->text_cap);
    }
    memcpy(hits->text + hits->text_bytes, text, bytes);
    hits->text_bytes += bytes;
}

/* Number of the word at a place, which is one of the last. */
static uint64_t number_of(const struct st_phrase_history *history, uint32_t place)
{
    return history->count - (uint32_t)((uint32_t)history->count - place);
}

static void add_candidate(const struct st_phrase_hits_sink *sink, uint32_t pattern,
                          const struct st_phrase_chain *chain)
{
    struct st_phrase_hits *hits = sink->hits;
    uint64_t first = number_of(sink->history, chain->start);
    uint64_t last = number_of(sink->history, chain->end) - 1;
    const char *text;
    struct st_phrase_hit hit = {
        .pattern = pattern, .channel = sink->channel, .first_word = first, .last_word = last};
    if (hits->count == hits->cap) {
        hits->cap = 2 * hits->cap + 8;
        hits->items = st_mem_realloc(hits->items, hits->cap * sizeof(*hits->items));
    }
    struct st_phrase_candidate *candidate = &hits->items[hits->count++];
    *candidate = (struct st_phrase_candidate){
        .pattern = pattern, .start = chain->start, .end = chain->end, .words = hits->text_bytes};
    for (uint64_t i = first; i <= last; i++) {
        const struct st_phrase_spoken *spoken = st_phrase_history_at(sink->history, i, &text);
        if (i == first) {
            hit.start_us = spoken->start_us;
            hit.first_segment_id = spoken->segment_id;
        } else if (!spoken->is_adjacent) {
            append(hits, " ", 1);
        }
        append(hits, text, spoken->bytes);
        hit.end_us = spoken->end_us;
    }
    append(hits, "", 1);
    if (hit.end_us < hit.start_us) /* segments of one channel overlap */
        hit.end_us = hit.start_us;
    candidate->hit = hit;
}

static bool is_full(struct st_phrase_hits *hits)
{
    return hits->count >= ST_PHRASE_HITS_MAX || hits->text_bytes >= TEXT_BYTES_MAX;
}

static void take_exclusion(const struct st_phrase_hits_sink *sink, uint32_t group,
                           const struct st_phrase_chain *chain)
{
    struct st_phrase_memory *memory = sink->memory;
    if (memory->excluded_count >= EXCLUDED_MAX) {
        sink->hits->left_out++;
        return;
    }
    if (memory->excluded_count == memory->excluded_cap) {
        memory->excluded_cap = 2 * memory->excluded_cap + 4;
        memory->excluded =
            st_mem_realloc(memory->excluded, memory->excluded_cap * sizeof(*memory->excluded));
    }
    memory->excluded[memory->excluded_count++] =
        (struct st_phrase_excluded){.group = group, .start = chain->start, .end = chain->end};
}

/* Places compare within a phrase's length. */
static bool is_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static void take_pattern(const struct st_phrase_hits_sink *sink, uint32_t pattern,
                         const struct st_phrase_chain *chain)
{
    const struct st_phrase_info *info = &sink->set->infos[pattern];
    struct st_phrase_claim *claim = get_claim(sink->memory, pattern, chain->start);
    if (is_before(chain->start, claim->end) && !claim->is_provisional)
        return;
    if (claim->hits >= ST_PHRASE_PATTERN_HITS_MAX || is_full(sink->hits)) {
        sink->hits->left_out++;
        return;
    }
    claim->hits++;
    claim->is_provisional = info->is_excludable;
    if (!info->is_excludable)
        claim->end = chain->end;
    add_candidate(sink, pattern, chain);
}

void st_phrase_hits_take_done(const struct st_phrase_hits_sink *sink)
{
    const struct st_phrase_graph *graph = sink->set->graph;
    const struct st_phrase_chains *done = &sink->walk->done;
    for (uint32_t i = 0; i < done->count; i++) {
        uint32_t at = st_phrase_graph_link(graph, done->items[i].link)->end;
        while (at != 0) {
            const struct st_phrase_end *end = st_phrase_graph_end(graph, at);
            const struct st_phrase_info *info = &sink->set->infos[end->pattern];
            at = end->next;
            if (info->is_exclusion && st_phrase_walk_spend(sink->walk))
                take_exclusion(sink, info->group, &done->items[i]);
            else if (!info->is_exclusion)
                take_pattern(sink, end->pattern, &done->items[i]);
            if (is_full(sink->hits))
                break;
        }
    }
}

/* ---- deciding ---- */

static bool is_excluded(const struct st_phrase_memory *memory, uint32_t group,
                        const struct st_phrase_candidate *candidate)
{
    for (uint32_t i = 0; i < memory->excluded_count; i++) {
        const struct st_phrase_excluded *excluded = &memory->excluded[i];
        if (excluded->group == group && is_before(excluded->start, candidate->end) &&
            is_before(candidate->start, excluded->end))
            return true;
    }
    return false;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct st_phrase_hit *a = &((const struct st_phrase_candidate *)left)->hit;
    const struct st_phrase_hit *b = &((const struct st_phrase_candidate *)right)->hit;
    if (a->last_word != b->last_word)
        return a->last_word < b->last_word ? -1 : 1;
    if (a->first_word != b->first_word)
        return a->first_word < b->first_word ? -1 : 1;
    return a->pattern < b->pattern ? -1 : a->pattern > b->pattern;
}

void st_phrase_hits_settle(const struct st_phrase_hits_sink *sink)
{
    struct st_phrase_hits *hits = sink->hits;
    for (size_t i = 0; i < hits->count; i++) {
        struct st_phrase_candidate *candidate = &hits->items[i];
        const struct st_phrase_info *info = &sink->set->infos[candidate->pattern];
        if (!info->is_excludable)
            continue;
        struct st_phrase_claim *claim =
            get_claim(sink->memory, candidate->pattern, candidate->start);
        candidate->is_dropped = is_before(candidate->start, claim->end) ||
                                is_excluded(sink->memory, info->group, candidate);
        if (!candidate->is_dropped)
            claim->end = candidate->end;
    }
    if (hits->count > 1)
        qsort(hits->items, hits->count, sizeof(*hits->items), compare_candidates);
}

void st_phrase_hits_emit(struct st_phrase_hits *hits, st_phrase_fn emit, void *user)
{
    for (size_t i = 0; i < hits->count; i++) {
        struct st_phrase_candidate *candidate = &hits->items[i];
        candidate->hit.words = hits->text + candidate->words;
        if (!candidate->is_dropped)
            emit(user, &candidate->hit);
    }
    st_phrase_hits_fini(hits);
}
