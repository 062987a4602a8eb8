#include "call_internal.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256 };

void vendor_finals_put(struct vendor_finals *finals, const struct st_segment *segment)
{
    if (!segment->is_final || segment->text[0] == '\0')
        return;
    unsigned at = finals->next++ % VENDOR_FINALS_KEPT;
    free(finals->kept[at].text);
    finals->kept[at].id = segment->id;
    finals->kept[at].text = st_mem_strdup(segment->text);
}

void vendor_finals_fini(struct vendor_finals *finals)
{
    for (unsigned i = 0; i < VENDOR_FINALS_KEPT; i++)
        free(finals->kept[i].text);
    *finals = (struct vendor_finals){.next = 0};
}

static const char *text_of(const struct vendor_finals *finals, uint64_t id)
{
    for (unsigned i = 0; i < VENDOR_FINALS_KEPT; i++)
        if (finals->kept[i].text && finals->kept[i].id == id)
            return finals->kept[i].text;
    return NULL;
}

void vendor_begin(struct call *call, const struct st_config_route *route)
{
    call->wants_findings = route->vendor_findings != ST_CONFIG_VENDOR_OFF;
    call->leaves_to_vendor = route->vendor_findings == ST_CONFIG_VENDOR_INSTEAD;
    call->masks_words = route->transcript.masks_profanity;
}

void vendor_leave(struct call *call, unsigned channel, const struct st_segment *segment,
                  unsigned kinds)
{
    if (call->leaves_to_vendor)
        story_leave_to_vendor(&call->story, channel, segment, kinds);
}

/* Behind so many characters, or the end. */
static const char *behind(const char *text, uint32_t characters)
{
    for (; *text && characters > 0; characters--)
        for (text++; ((unsigned char)*text & 0xc0) == 0x80;)
            text++;
    return text;
}

/* What an issue quotes is as it was said: where that may hold personal data or words that are
 * masked, nothing is quoted. */
static void quote(const struct call *call, unsigned channel, struct st_event_vendor *vendor)
{
    const struct st_vendor_finding *finding = vendor->finding;
    const char *text = text_of(&call->channels[channel].finals, finding->segment_id);
    vendor->text = "";
    if (!text || finding->type != ST_VENDOR_ISSUE || finding->begin >= finding->end ||
        call->story.privacy.mode == ST_PII_REDACT || call->masks_words)
        return;
    vendor->text = behind(text, finding->begin);
    vendor->bytes = (size_t)(behind(vendor->text, finding->end - finding->begin) - vendor->text);
}

static bool makes_sense(const struct st_vendor_finding *finding)
{
    if (finding->type == ST_VENDOR_ISSUE)
        return true;
    return finding->name && finding->name[0] && strlen(finding->name) <= NAME_MAX_BYTES;
}

void vendor_put(struct call *call, unsigned channel, const char *engine,
                const struct st_vendor_finding *finding)
{
    static const enum st_event_type types[] = {
        [ST_VENDOR_CATEGORY] = ST_EVENT_CATEGORY_MATCHED,
        [ST_VENDOR_ISSUE] = ST_EVENT_ISSUE_DETECTED,
        [ST_VENDOR_SENTIMENT] = ST_EVENT_SENTIMENT_UPDATED,
        [ST_VENDOR_ENTITY] = ST_EVENT_PII_DETECTED,
    };
    struct st_event_vendor vendor = {.engine = engine, .finding = finding};
    if (!makes_sense(finding))
        return;
    quote(call, channel, &vendor);
    struct st_event event = {
        .type = types[finding->type],
        .channel = channel,
        .role = call->story.facts->roles[channel],
        .media_us = finding->end_us,
        .vendor = &vendor,
    };
    story_emit(&call->story, &event);
}
