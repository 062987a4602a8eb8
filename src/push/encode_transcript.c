#include "encode.h"

static void put_confidence(struct st_json_writer *json, float confidence)
{
    st_json_key(json, "confidence");
    if (confidence < 0)
        st_json_null(json);
    else
        st_json_real(json, (double)confidence, 3);
}

static void put_words(struct st_json_writer *json, const struct st_segment *segment)
{
    st_json_key(json, "words");
    st_json_begin_array(json);
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = &segment->words[i];
        st_json_begin_object(json);
        st_json_set_string(json, "text", word->text);
        st_encode_span(json, word->start_us, word->end_us);
        put_confidence(json, word->confidence);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_segment(struct st_json_writer *json, const struct st_event *event)
{
    static const char *const times[] = {"none", "estimated", "measured"};
    const struct st_segment *segment = &event->segment->segment;
    st_json_set_int(json, "id", (int64_t)segment->id);
    st_encode_speaker(json, event->channel, event->role);
    st_encode_span(json, segment->start_us, segment->end_us);
    st_json_set_string(json, "text", segment->text);
    if (!segment->is_final)
        return;
    put_confidence(json, segment->confidence);
    if (segment->language)
        st_json_set_string(json, "language", segment->language);
    st_json_set_bool(json, "unsure", segment->is_unsure);
    st_json_set_string(json, "word_times", times[segment->word_times]);
    put_words(json, segment);
}

void st_encode_transcript(struct st_json_writer *json, const struct st_event *event,
                          struct st_message *message)
{
    message->start_us = event->segment->segment.start_us;
    st_encode_begin_body(json, message, "segment");
    put_segment(json, event);
    st_encode_end_body(json, message);
    if (event->segment->segment.text[0] == '\0')
        message->body_bytes = 0; /* withdrawn: nothing to repeat */
}
