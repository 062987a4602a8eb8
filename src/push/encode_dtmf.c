#include "encode.h"

void st_encode_dtmf(struct st_json_writer *json, const struct st_event *event,
                    struct st_message *message)
{
    const char key[2] = {event->press.key, '\0'};
    st_encode_speaker(json, event->channel, event->role);
    st_json_set_int(json, "start_ms", st_encode_ms(event->press.start_us));
    if (event->press.duration_us > 0)
        st_json_set_int(json, "duration_ms", st_encode_ms(event->press.duration_us));
    if (key[0])
        st_json_set_string(json, "digit", key);
}
