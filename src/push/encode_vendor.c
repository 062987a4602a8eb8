#include "encode.h"

#include "sidetone/vendor_finding.h"

#include <strings.h>

static void put_place(struct st_json_writer *json, const struct st_event *event)
{
    const struct st_vendor_finding *finding = event->vendor->finding;
    st_json_set_string(json, "origin", event->vendor->engine);
    st_json_set_int(json, "segment_id", (int64_t)finding->segment_id);
    st_encode_speaker(json, event->channel, event->role);
    st_encode_span(json, finding->start_us, finding->end_us);
}

static void put_category(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message)
{
    message->has_severity = true;
    message->severity = ST_SEVERITY_NONE;
    st_json_set_string(json, "category", event->vendor->finding->name);
    st_json_set_string(json, "severity", st_severity_name(ST_SEVERITY_NONE));
    put_place(json, event);
}

/* Vendors agree on these four and on nothing else. */
static const char *label_of(const char *name)
{
    static const enum st_sentiment_label labels[] = {ST_SENTIMENT_POSITIVE, ST_SENTIMENT_NEGATIVE,
                                                     ST_SENTIMENT_MIXED};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (strcasecmp(name, st_sentiment_label_name(labels[i])) == 0)
            return st_sentiment_label_name(labels[i]);
    return st_sentiment_label_name(ST_SENTIMENT_NEUTRAL);
}

static void put_sentiment(struct st_json_writer *json, const struct st_event *event)
{
    put_place(json, event);
    st_json_set_string(json, "label", label_of(event->vendor->finding->name));
}

static void put_issue(struct st_json_writer *json, const struct st_event *event)
{
    st_json_key(json, "issue");
    st_json_begin_object(json);
    st_json_set_string(json, "kind", "issue");
    st_json_set_string(json, "state", "new");
    st_json_key(json, "text");
    st_json_string_n(json, event->vendor->text, event->vendor->bytes);
    put_place(json, event);
    st_json_end_object(json);
}

static void put_entity(struct st_json_writer *json, const struct st_event *event)
{
    const struct st_vendor_finding *finding = event->vendor->finding;
    put_place(json, event);
    st_json_set_bool(json, "redacted", false);
    st_json_key(json, "entities");
    st_json_begin_array(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", finding->name);
    st_encode_span(json, finding->start_us, finding->end_us);
    st_json_key(json, "confidence");
    if (finding->confidence < 0)
        st_json_null(json);
    else
        st_json_real(json, (double)finding->confidence, 3);
    st_json_end_object(json);
    st_json_end_array(json);
}

void st_encode_vendor(struct st_json_writer *json, const struct st_event *event,
                      struct st_message *message)
{
    switch (event->vendor->finding->type) {
    case ST_VENDOR_CATEGORY:
        put_category(json, event, message);
        break;
    case ST_VENDOR_ISSUE:
        put_issue(json, event);
        break;
    case ST_VENDOR_SENTIMENT:
        put_sentiment(json, event);
        break;
    case ST_VENDOR_ENTITY:
        put_entity(json, event);
        break;
    }
}
