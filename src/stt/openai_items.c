#include "openai_items.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 65536 };

void st_openai_items_fini(struct st_openai_items *items)
{
    for (unsigned i = 0; i < ST_OPENAI_ITEMS_MAX; i++)
        st_json_fini(&items->items[i].text);
    *items = (struct st_openai_items){0};
}

static uint64_t hash(const char *id)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (; *id; id++)
        value = (value ^ (unsigned char)*id) * 0x100000001b3u;
    return value;
}

struct st_openai_item *st_openai_items_at(struct st_openai_items *items, unsigned i)
{
    return &items->items[items->order[i]];
}

bool st_openai_items_is_told(const struct st_openai_items *items, const char *id)
{
    uint64_t wanted = hash(id);
    for (unsigned i = 0; i < ST_OPENAI_TOLD_MAX; i++)
        if (items->told[i] == wanted)
            return true;
    return false;
}

static unsigned place_of(struct st_openai_items *items, const char *id)
{
    unsigned i = 0;
    while (i < items->count && strcmp(st_openai_items_at(items, i)->id, id) != 0)
        i++;
    return i;
}

static struct st_openai_item *add(struct st_openai_items *items, const char *id)
{
    if (!items->is_ready)
        for (unsigned i = 0; i < ST_OPENAI_ITEMS_MAX; i++)
            items->order[i] = i;
    items->is_ready = true;
    if (items->count == ST_OPENAI_ITEMS_MAX)
        return NULL;
    struct st_openai_item *item = st_openai_items_at(items, items->count++);
    struct st_json_writer text = item->text;
    *item = (struct st_openai_item){.start_us = -1, .end_us = -1, .text = text};
    st_json_reset(&item->text);
    snprintf(item->id, sizeof(item->id), "%s", id);
    return item;
}

struct st_openai_item *st_openai_items_get(struct st_openai_items *items, const char *id)
{
    unsigned place = place_of(items, id);
    if (place < items->count)
        return st_openai_items_at(items, place);
    return st_openai_items_is_told(items, id) ? NULL : add(items, id);
}

static void move(struct st_openai_items *items, unsigned from, unsigned to)
{
    unsigned moved = items->order[from];
    unsigned *order = items->order;
    if (from < to)
        memmove(order + from, order + from + 1, (to - from) * sizeof(order[0]));
    else
        memmove(order + to + 1, order + to, (from - to) * sizeof(order[0]));
    order[to] = moved;
}

static void drop(struct st_openai_items *items, unsigned place)
{
    items->told[items->told_next++ % ST_OPENAI_TOLD_MAX] =
        hash(st_openai_items_at(items, place)->id);
    move(items, place, ST_OPENAI_ITEMS_MAX - 1);
    items->count--;
}

void st_openai_items_commit(struct st_openai_items *items, struct st_openai_item *item,
                            const char *previous)
{
    unsigned place = place_of(items, item->id), before = place_of(items, previous);
    item->is_committed = true;
    if (before < items->count && before != place) {
        unsigned to = before < place ? before + 1 : before;
        move(items, place, to);
        place = to;
    } else if (previous[0] && st_openai_items_is_told(items, previous)) {
        move(items, place, 0);
        place = 0;
    }
    for (unsigned i = place; i > 0; i--)
        if (!st_openai_items_at(items, i - 1)->is_committed)
            drop(items, i - 1);
}

void st_openai_items_pop(struct st_openai_items *items)
{
    drop(items, 0);
}

int st_openai_item_add_text(struct st_openai_item *item, const char *text)
{
    size_t bytes = strlen(text);
    if (item->text.len + bytes > TEXT_MAX_BYTES)
        return -EPROTO;
    st_json_append(&item->text, text, bytes);
    return 0;
}

void st_openai_item_clear_text(struct st_openai_item *item)
{
    st_json_reset(&item->text);
}

const char *st_openai_item_text(struct st_openai_item *item)
{
    st_json_append(&item->text, "", 1);
    item->text.len--;
    return item->text.data;
}
