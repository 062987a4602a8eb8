#include "encode.h"

void st_encode_sentiment(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message)
{
    const struct st_sentiment_finding *sentiment = event->finding->sentiment;
    message->body_offset = json->len + 1; /* behind the comma; the state adds the braces */
    st_json_set_int(json, "segment_id", (int64_t)event->finding->segment_id);
    st_encode_speaker(json, event->channel, event->role);
    st_encode_span(json, event->finding->start_us, event->finding->end_us);
    st_json_set_real(json, "compound", sentiment->compound, 4);
    st_json_set_string(json, "label", st_sentiment_label_name(sentiment->label));
    st_json_set_real(json, "rolling", sentiment->rolling, 4);
    st_json_set_string(json, "trend", st_trend_name(sentiment->trend));
    message->body_bytes = json->len - message->body_offset;
}
