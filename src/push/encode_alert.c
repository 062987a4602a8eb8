#include "encode.h"

#include "sidetone/alert.h"
#include "sidetone/call_facts.h"

static void put_until(struct st_json_writer *json, int64_t until_unix_ms)
{
    st_json_key(json, "until_unix_ms");
    if (until_unix_ms > 0)
        st_json_int(json, until_unix_ms);
    else
        st_json_null(json);
}

void st_message_put_alert(struct st_json_writer *json, const struct st_alert *alert)
{
    st_json_set_int(json, "id", (int64_t)alert->id);
    st_json_set_string(json, "category", alert->category);
    st_json_set_string(json, "severity", st_severity_name(alert->severity));
    st_json_set_string(json, "state", st_alert_state_name(alert->state));
    put_until(json, alert->until_unix_ms);
    st_json_set_string(json, "assigned", alert->assigned);
    st_json_set_int(json, "count", (int64_t)alert->count);
    st_json_set_int(json, "raised_unix_ms", alert->raised_unix_ms);
    st_json_set_int(json, "first_ms", st_encode_ms(alert->first_us));
    st_json_set_string(json, "rule", alert->rule);
    st_json_set_string(json, "words", alert->words);
    st_json_set_int(json, "segment_id", (int64_t)alert->segment_id);
    st_encode_speaker(json, alert->channel, alert->role);
    st_encode_span(json, alert->start_us, alert->end_us);
}

void st_message_put_alert_history(struct st_json_writer *json, const struct st_alert *alert)
{
    st_json_key(json, "history");
    st_json_begin_array(json);
    for (unsigned i = 0; i < alert->history_count; i++) {
        const struct st_alert_step *step = &alert->history[i];
        st_json_begin_object(json);
        st_json_set_string(json, "change", st_alert_change_name(step->change));
        st_json_set_int(json, "at_unix_ms", step->at_unix_ms);
        st_json_set_string(json, "by", step->by);
        st_json_set_string(json, "reason", step->reason);
        st_json_set_string(json, "severity", st_severity_name(step->severity));
        st_json_set_string(json, "note", step->note);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

void st_message_put_alert_counts(struct st_json_writer *json, const struct st_alert_counts *counts)
{
    st_json_begin_object(json);
    for (int i = 0; i < ST_ALERT_CHANGES; i++)
        st_json_set_int(json, st_alert_change_name((enum st_alert_change)i),
                        (int64_t)counts->changes[i]);
    st_json_set_int(json, "suppressed",
                    (int64_t)(counts->suppressed_resting + counts->suppressed_full));
    st_json_set_int(json, "open", counts->open);
    st_json_end_object(json);
}

void st_message_put_routing(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_json_set_string(json, "queue", facts->queue);
    st_json_set_string(json, "team", facts->team);
    st_encode_agent(json, facts);
}

void st_encode_alert(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message)
{
    const struct st_alert_step *step = event->alert.step;
    message->has_severity = true;
    message->severity = event->alert.alert->severity;
    st_json_set_string(json, "by", step->by);
    st_json_set_string(json, "reason", step->reason);
    st_json_set_string(json, "note", step->note);
    st_message_put_routing(json, event->call);
    st_json_key(json, "alert");
    st_json_begin_object(json);
    st_message_put_alert(json, event->alert.alert);
    st_json_end_object(json);
}
