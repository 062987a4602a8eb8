#include "encode.h"

#include "sidetone/alert.h"
#include "sidetone/call_facts.h"

void st_encode_agent(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_json_key(json, "agent");
    st_json_begin_object(json);
    st_json_set_string(json, "id", facts->agent_id);
    st_json_set_string(json, "name", facts->agent_name);
    st_json_end_object(json);
}

static void put_channels(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_json_key(json, "channels");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        st_json_begin_object(json);
        st_encode_speaker(json, i, facts->roles[i]);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_identity(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_encode_agent(json, facts);
    st_json_set_string(json, "queue", facts->queue);
    st_json_set_string(json, "team", facts->team);
    st_json_set_string(json, "caller", facts->caller);
    put_channels(json, facts);
    st_json_key(json, "attributes");
    st_json_begin_object(json);
    for (size_t i = 0; i < facts->attribute_count; i++) {
        st_json_key_escaped(json, facts->attributes[i].key);
        st_json_string(json, facts->attributes[i].value);
    }
    st_json_end_object(json);
}

void st_message_put_facts(struct st_json_writer *json, const struct st_call_facts *facts)
{
    st_json_set_string(json, "tenant", facts->tenant);
    st_json_set_string(json, "route", facts->route);
    st_json_set_string(json, "dialect", facts->dialect);
    st_json_set_int(json, "started_unix_ms", facts->started_unix_ms);
    st_json_set_string(json, "language", facts->language);
    st_json_key(json, "engine");
    st_json_begin_object(json);
    st_json_set_string(json, "name", facts->engine);
    st_json_set_string(json, "quality", facts->engine_quality);
    st_json_end_object(json);
    put_identity(json, facts);
}

void st_encode_started(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message)
{
    st_message_put_facts(json, event->call);
}

void st_encode_updated(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message)
{
    if (event->updated.changes & ST_CALL_CHANGE_IDENTITY)
        put_identity(json, event->call);
    if (event->updated.changes & ST_CALL_CHANGE_PAUSED)
        st_json_set_bool(json, "paused", event->updated.is_paused);
    if (event->updated.changes & ST_CALL_CHANGE_LAG)
        st_json_set_int(json, "lag_ms", st_encode_ms(event->updated.lag_us));
    if (event->updated.changes & ST_CALL_CHANGE_RATE)
        st_json_set_bool(json, "rate_suspect", event->updated.is_rate_suspect);
    if (event->updated.changes & ST_CALL_CHANGE_QUALITY)
        st_message_put_quality(json, event->updated.quality, event->call);
}

void st_encode_stt(struct st_json_writer *json, const struct st_event *event,
                   struct st_message *message)
{
    st_json_set_int(json, "channel", event->channel);
    st_json_set_string(json, "engine", event->stt.engine);
    if (event->type != ST_EVENT_STT_DEGRADED)
        return;
    st_json_set_string(json, "trouble", event->stt.trouble);
    st_json_set_string(json, "reason", event->stt.reason);
}

void st_encode_ended(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message)
{
    st_json_set_string(json, "reason", event->ended.reason);
    st_json_set_int(json, "duration_ms", st_encode_ms(event->ended.duration_us));
    st_json_set_int(json, "segments", (int64_t)event->ended.segments);
    st_json_set_int(json, "alerts", (int64_t)event->ended.alerts->changes[ST_ALERT_CHANGE_RAISED]);
    st_json_key(json, "alert_counts");
    st_message_put_alert_counts(json, event->ended.alerts);
    st_json_set_int(json, "shed_ms", st_encode_ms(event->ended.shed_us));
}
