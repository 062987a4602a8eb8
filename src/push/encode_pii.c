#include "encode.h"

#include "sidetone/pii_entity.h"

static void put_entity(struct st_json_writer *json, const struct st_pii_entity *entity)
{
    st_json_begin_object(json);
    st_json_set_string(json, "type", st_pii_type_name(entity->type));
    st_json_set_int(json, "begin", entity->begin);
    st_json_set_int(json, "end", entity->end);
    st_encode_span(json, entity->start_us, entity->end_us);
    st_json_set_real(json, "confidence", (double)entity->confidence, 2);
    st_json_end_object(json);
}

void st_encode_pii(struct st_json_writer *json, const struct st_event *event,
                   struct st_message *message)
{
    const struct st_pii_finding *pii = event->finding->pii;
    st_json_set_int(json, "segment_id", (int64_t)event->finding->segment_id);
    st_encode_speaker(json, event->channel, event->role);
    st_encode_span(json, event->finding->start_us, event->finding->end_us);
    st_json_set_bool(json, "redacted", pii->is_redacted);
    st_json_key(json, "entities");
    st_json_begin_array(json);
    for (size_t i = 0; i < pii->count; i++)
        put_entity(json, &pii->entities[i]);
    st_json_end_array(json);
}
