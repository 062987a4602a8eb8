#include "encode.h"

#include "sidetone/issues.h"
#include "sidetone/summary.h"

/* What a finding and a summary's item have in common. */
struct issue_place {
    unsigned channel;
    enum st_role role;
    uint64_t segment_id;
    int64_t start_us, end_us;
};

static void put_issue(struct st_json_writer *json, const struct st_issue_finding *issue,
                      const struct issue_place *place)
{
    st_json_set_int(json, "id", issue->id);
    st_json_set_string(json, "kind", st_issue_kind_name(issue->kind));
    st_json_set_string(json, "state", st_issue_state_name(issue->state));
    st_json_set_string(json, "origin", st_issue_origin_name(issue->origin));
    st_json_set_real(json, "score", issue->score, 3);
    st_json_key(json, "text");
    st_json_string_n(json, issue->text, issue->bytes);
    st_json_set_int(json, "begin_char", (int64_t)issue->begin_chars);
    st_json_set_int(json, "end_char", (int64_t)issue->end_chars);
    st_json_set_int(json, "segment_id", (int64_t)place->segment_id);
    st_encode_speaker(json, place->channel, place->role);
    st_encode_span(json, place->start_us, place->end_us);
}

void st_encode_issue(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message)
{
    const struct st_finding *finding = event->finding;
    struct issue_place place = {.channel = finding->channel,
                                .role = finding->role,
                                .segment_id = finding->segment_id,
                                .start_us = finding->start_us,
                                .end_us = finding->end_us};
    st_encode_begin_body(json, message, "issue");
    put_issue(json, finding->issue, &place);
    st_encode_end_body(json, message);
}

static void put_item(struct st_json_writer *json, const struct st_summary_item *item)
{
    struct issue_place place = {.channel = item->channel,
                                .role = item->role,
                                .segment_id = item->segment_id,
                                .start_us = item->start_us,
                                .end_us = item->end_us};
    st_json_begin_object(json);
    put_issue(json, &item->issue, &place);
    st_json_end_object(json);
}

static void put_kind(struct st_json_writer *json, const struct st_summary *summary,
                     enum st_issue_kind kind, const char *key)
{
    st_json_key(json, key);
    st_json_begin_array(json);
    for (size_t i = 0; i < summary->count; i++)
        if (summary->items[i].issue.kind == kind)
            put_item(json, &summary->items[i]);
    st_json_end_array(json);
}

static void put_courses(struct st_json_writer *json, const struct st_summary *summary)
{
    st_json_key(json, "sentiment");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct st_summary_sentiment *sentiment = &summary->sentiment[i];
        if (!sentiment->is_known)
            continue;
        st_json_begin_object(json);
        st_encode_speaker(json, i, sentiment->role);
        st_json_set_string(json, "began", st_sentiment_label_name(sentiment->began));
        st_json_set_string(json, "stands", st_sentiment_label_name(sentiment->stands));
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

void st_message_put_issues(struct st_json_writer *json, const struct st_summary *summary)
{
    st_json_begin_array(json);
    for (size_t i = 0; i < summary->count; i++)
        put_item(json, &summary->items[i]);
    st_json_end_array(json);
}

void st_message_put_summary(struct st_json_writer *json, const struct st_summary *summary)
{
    st_json_begin_object(json);
    st_json_key(json, "text");
    st_json_string_n(json, summary->text.data, summary->text.len);
    st_json_set_string(json, "origin", "rules");
    put_kind(json, summary, ST_ISSUE_ISSUE, "reasons");
    put_kind(json, summary, ST_ISSUE_OUTCOME, "outcomes");
    put_kind(json, summary, ST_ISSUE_ACTION_ITEM, "next_steps");
    st_json_set_int(json, "duration_ms", st_encode_ms(summary->duration_us));
    put_courses(json, summary);
    st_json_end_object(json);
}

void st_encode_summary(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message)
{
    st_json_key(json, "summary");
    st_message_put_summary(json, event->finding->summary);
}
