/* Where what an engine's vendor finds stands instead of ours: our stages run all the same, so that
 * they know the call when an engine takes over that finds nothing by itself. */
#include "story.h"

#include "sidetone/issues.h"
#include "sidetone/mem.h"
#include "sidetone/vendor_finding.h"

#include <stdlib.h>
#include <string.h>

enum { SPANS_MAX = 16, MATCHES_KEPT = 64, NOT_THEIRS = -1 };

/* From this segment on. */
struct span {
    uint64_t from_id;
    int64_t from_us;
    unsigned kinds; /* of findings that are the vendor's */
};

struct spans {
    struct span items[SPANS_MAX];
    unsigned count;
};

struct story_vendor {
    struct spans channels[ST_CHANNELS_MAX];
    uint64_t matches[MATCHES_KEPT]; /* of categories that we told, a ring */
    unsigned next_match;
};

void story_leave_to_vendor(struct story *story, unsigned channel, const struct st_segment *segment,
                           unsigned kinds)
{
    if (!story->vendor)
        story->vendor = st_mem_alloc(sizeof(*story->vendor));
    struct spans *spans = &story->vendor->channels[channel];
    struct span *items = spans->items;
    if (spans->count > 0 && items[spans->count - 1].kinds == kinds)
        return;
    if (spans->count == SPANS_MAX)
        memmove(items, items + 1, --spans->count * sizeof(items[0]));
    items[spans->count++] = (struct span){segment->id, segment->start_us, kinds};
}

static bool is_within(const struct span *span, const struct st_finding *finding)
{
    return finding->segment_id ? finding->segment_id >= span->from_id
                               : finding->end_us > span->from_us;
}

static unsigned kinds_at(const struct spans *spans, const struct st_finding *finding)
{
    for (unsigned i = spans->count; i > 0; i--)
        if (is_within(&spans->items[i - 1], finding))
            return spans->items[i - 1].kinds;
    return spans->count > 0 ? spans->items[0].kinds : 0;
}

/* What redaction has found is told by nobody else; vendors know of issues, but not of what came of
 * them. */
static int kind_of(const struct story *story, const struct st_finding *finding)
{
    switch (finding->type) {
    case ST_FINDING_CATEGORY:
    case ST_FINDING_CATEGORY_PROVISIONAL:
    case ST_FINDING_CATEGORY_WITHDRAWN:
        return ST_VENDOR_CATEGORY;
    case ST_FINDING_SENTIMENT:
    case ST_FINDING_SENTIMENT_SHIFT:
        return ST_VENDOR_SENTIMENT;
    case ST_FINDING_ISSUE:
        return finding->issue->kind == ST_ISSUE_ISSUE ? ST_VENDOR_ISSUE : NOT_THEIRS;
    case ST_FINDING_PII:
        return story->privacy.mode == ST_PII_IDENTIFY ? ST_VENDOR_ENTITY : NOT_THEIRS;
    default:
        return NOT_THEIRS;
    }
}

/* What was told provisionally is told to its end; what was not is not taken back. */
static bool is_match_left(struct story_vendor *vendor, const struct st_finding *finding,
                          bool is_left)
{
    uint64_t id = finding->category->match_id;
    for (unsigned i = 0; i < MATCHES_KEPT; i++)
        if (vendor->matches[i] == id)
            return false;
    if (finding->type == ST_FINDING_CATEGORY_WITHDRAWN)
        return true;
    if (!is_left)
        vendor->matches[vendor->next_match++ % MATCHES_KEPT] = id;
    return is_left;
}

bool story_is_left_to_vendor(struct story *story, const struct st_finding *finding)
{
    int kind = story->vendor ? kind_of(story, finding) : NOT_THEIRS;
    if (kind == NOT_THEIRS)
        return false;
    bool is_left = kinds_at(&story->vendor->channels[finding->channel], finding) >> kind & 1;
    return kind == ST_VENDOR_CATEGORY ? is_match_left(story->vendor, finding, is_left) : is_left;
}
