#include "reorder.h"

#include <assert.h>
#include <string.h>

void st_reorder_init(struct st_reorder *reorder, st_reorder_fn pass, void *user)
{
    memset(reorder, 0, sizeof(*reorder));
    reorder->pass = pass;
    reorder->user = user;
}

static void pass_on(struct st_reorder *reorder, int64_t position_us, int64_t end_us,
                    const uint8_t *payload, size_t bytes)
{
    if (end_us > reorder->next_us)
        reorder->next_us = end_us;
    reorder->pass(reorder->user, position_us, payload, bytes);
}

static struct st_reorder_slot *earliest(struct st_reorder *reorder)
{
    struct st_reorder_slot *found = NULL;
    for (size_t i = 0; i < ST_REORDER_SLOTS; i++) {
        struct st_reorder_slot *slot = &reorder->slots[i];
        if (slot->is_held && (!found || slot->position_us < found->position_us))
            found = slot;
    }
    return found;
}

static void release(struct st_reorder *reorder, struct st_reorder_slot *slot)
{
    slot->is_held = false;
    pass_on(reorder, slot->position_us, slot->end_us, slot->payload, slot->bytes);
}

static bool is_in_order(const struct st_reorder *reorder, int64_t position_us)
{
    return position_us <= reorder->next_us + ST_REORDER_SLACK_US;
}

static void release_in_order(struct st_reorder *reorder)
{
    for (struct st_reorder_slot *slot = earliest(reorder);
         slot && is_in_order(reorder, slot->position_us); slot = earliest(reorder))
        release(reorder, slot);
}

/* A free slot, or NULL when all are held. *ret_is_duplicate when one holds that position. */
static struct st_reorder_slot *find_slot(struct st_reorder *reorder, int64_t position_us,
                                         bool *ret_is_duplicate)
{
    struct st_reorder_slot *found = NULL;
    *ret_is_duplicate = false;
    for (size_t i = 0; i < ST_REORDER_SLOTS; i++) {
        struct st_reorder_slot *slot = &reorder->slots[i];
        if (!slot->is_held)
            found = slot;
        else if (slot->position_us == position_us)
            *ret_is_duplicate = true;
    }
    return found;
}

void st_reorder_put(struct st_reorder *reorder, int64_t position_us, int64_t end_us,
                    const uint8_t *payload, size_t bytes)
{
    assert(bytes <= ST_REORDER_CHUNK_BYTES);
    while (!is_in_order(reorder, position_us)) {
        bool is_duplicate;
        struct st_reorder_slot *slot = find_slot(reorder, position_us, &is_duplicate);
        if (is_duplicate)
            return;
        if (slot) {
            slot->is_held = true;
            slot->position_us = position_us;
            slot->end_us = end_us;
            slot->bytes = bytes;
            memcpy(slot->payload, payload, bytes);
            return;
        }
        if (earliest(reorder)->position_us > position_us)
            break;
        release(reorder, earliest(reorder));
        release_in_order(reorder);
    }
    pass_on(reorder, position_us, end_us, payload, bytes);
    release_in_order(reorder);
}

void st_reorder_advance(struct st_reorder *reorder, int64_t now_us)
{
    struct st_reorder_slot *slot = earliest(reorder);
    for (; slot && slot->position_us + ST_REORDER_WINDOW_US <= now_us; slot = earliest(reorder)) {
        release(reorder, slot);
        release_in_order(reorder);
    }
}

void st_reorder_flush(struct st_reorder *reorder)
{
    for (struct st_reorder_slot *slot = earliest(reorder); slot; slot = earliest(reorder))
        release(reorder, slot);
}
