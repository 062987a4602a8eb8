#include "issue_slots.h"

static const double least_score = 1.0;
static const double least_gain = 0.5;

static bool is_same_sentence(const struct st_issue_slot *slot, const struct st_issue_offer *offer)
{
    return slot->id > 0 && slot->channel == offer->channel &&
           slot->segment_id == offer->segment_id && slot->begin_chars == offer->begin_chars;
}

/* A call has one issue, and a second when it is brought up as one; of outcomes and action items the
 * best two stand. */
static struct st_issue_slot *find_place(struct st_issue_slot *slots,
                                        const struct st_issue_offer *offer)
{
    for (unsigned i = 0; i < ST_ISSUES_OF_KIND_MAX; i++)
        if (is_same_sentence(&slots[i], offer))
            return &slots[i];
    if (offer->kind == ST_ISSUE_ISSUE)
        return offer->is_another && slots[0].id > 0 ? &slots[1] : &slots[0];
    struct st_issue_slot *worst = &slots[0];
    for (unsigned i = 0; i < ST_ISSUES_OF_KIND_MAX; i++) {
        if (slots[i].id == 0)
            return &slots[i];
        if (slots[i].score < worst->score)
            worst = &slots[i];
    }
    return worst;
}

bool st_issue_slots_offer(struct st_issue_slots *slots, const struct st_issue_offer *offer,
                          uint32_t *ret_id, enum st_issue_state *ret_state)
{
    struct st_issue_slot *slot = find_place(slots->of[offer->kind], offer);
    bool is_new = slot->id == 0;
    if (offer->score <= least_score || (!is_new && offer->score < slot->score + least_gain))
        return false;
    *ret_state = is_new ? ST_ISSUE_NEW : ST_ISSUE_REPLACED;
    *ret_id = is_new ? ++slots->last_id : slot->id;
    *slot = (struct st_issue_slot){.id = *ret_id,
                                   .score = (float)offer->score,
                                   .segment_id = offer->segment_id,
                                   .begin_chars = (uint32_t)offer->begin_chars,
                                   .channel = (uint8_t)offer->channel};
    return true;
}
