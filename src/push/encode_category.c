#include "encode.h"

static void put_head(struct st_json_writer *json, const struct st_category_match *match,
                     struct st_message *message)
{
    message->has_severity = true;
    message->severity = match->severity;
    st_json_set_string(json, "category", match->category);
    st_json_set_string(json, "severity", st_severity_name(match->severity));
    st_json_set_int(json, "match_id", (int64_t)match->match_id);
    st_json_set_string(json, "rule_version", match->rule_version);
}

static void put_evidence(struct st_json_writer *json, const struct st_category_evidence *evidence)
{
    st_json_begin_object(json);
    st_json_set_int(json, "rule", evidence->rule);
    st_json_set_string(json, "kind", evidence->kind);
    st_json_set_string(json, "text", evidence->text);
    st_json_set_bool(json, "absent", evidence->is_absent);
    st_json_set_string(json, "words", evidence->words);
    st_json_set_int(json, "segment_id", (int64_t)evidence->segment_id);
    st_encode_speaker(json, evidence->channel, evidence->role);
    st_encode_span(json, evidence->start_us, evidence->end_us);
    st_json_key(json, "score");
    if (evidence->has_score)
        st_json_real(json, evidence->score, 4);
    else
        st_json_null(json);
    st_json_end_object(json);
}

void st_encode_category(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message)
{
    const struct st_category_match *match = event->finding->category;
    put_head(json, match, message);
    st_json_set_string(json, "rule", match->rule);
    st_json_set_string(json, "words", match->words);
    st_json_set_int(json, "segment_id", (int64_t)match->segment_id);
    st_encode_speaker(json, match->channel, match->role);
    st_encode_span(json, match->start_us, match->end_us);
    st_json_key(json, "evidence");
    st_json_begin_array(json);
    for (size_t i = 0; i < match->evidence_count; i++)
        put_evidence(json, &match->evidence[i]);
    st_json_end_array(json);
}

void st_encode_withdrawn(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message)
{
    const struct st_category_match *match = event->finding->category;
    put_head(json, match, message);
    st_json_set_string(json, "reason", st_withdrawn_name(match->reason));
}
