#include "matcher_parts.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

void st_rule_words_copy(char out[ST_RULE_WORDS_BYTES], const char *words)
{
    static const char mark[] = "…";
    size_t bytes = strlen(words);
    if (bytes < ST_RULE_WORDS_BYTES) {
        memcpy(out, words, bytes + 1);
        return;
    }
    bytes = ST_RULE_WORDS_BYTES - sizeof(mark);
    while (bytes > 0 && ((unsigned char)words[bytes] & 0xc0) == 0x80)
        bytes--;
    memcpy(out, words, bytes);
    memcpy(out + bytes, mark, sizeof(mark));
}

void kept_remove(struct kept_hits *kept, size_t index)
{
    kept->count--;
    memmove(&kept->items[index], &kept->items[index + 1],
            (kept->count - index) * sizeof(kept->items[0]));
}

static size_t find(const struct kept_hits *kept, uint32_t node)
{
    size_t i = 0;
    while (i < kept->count && kept->items[i].node != node)
        i++;
    return i;
}

void kept_append(struct kept_hits *kept, uint32_t node, const struct st_rule_hit *hit, size_t max)
{
    if (kept->count == max) {
        size_t oldest = find(kept, node);
        kept_remove(kept, oldest < kept->count ? oldest : 0);
    }
    if (kept->count == kept->cap) {
        kept->cap = 2 * kept->cap + 4;
        kept->items = st_mem_realloc(kept->items, kept->cap * sizeof(kept->items[0]));
    }
    struct kept_hit *item = &kept->items[kept->count++];
    item->node = node;
    item->hit = *hit;
    item->hit.words = NULL;
    st_rule_words_copy(item->words, hit->words);
}

void kept_set(struct kept_hits *kept, uint32_t node, const struct st_rule_hit *hit)
{
    size_t at = find(kept, node);
    if (at < kept->count)
        kept_remove(kept, at);
    kept_append(kept, node, hit, KEPT_MAX);
}

const struct st_rule_hit *kept_find(const struct kept_hits *kept, uint32_t node)
{
    size_t at = find(kept, node);
    if (at == kept->count)
        return NULL;
    kept->items[at].hit.words = kept->items[at].words;
    return &kept->items[at].hit;
}

void kept_renumber(struct kept_hits *kept, const uint32_t *numbers)
{
    size_t count = 0;
    for (size_t i = 0; i < kept->count; i++) {
        kept->items[i].node = numbers[kept->items[i].node];
        if (kept->items[i].node != ST_RULE_NONE)
            kept->items[count++] = kept->items[i];
    }
    kept->count = count;
}

void kept_fini(struct kept_hits *kept)
{
    free(kept->items);
    *kept = (struct kept_hits){0};
}
