#include "encode.h"

#include "sidetone/language.h"
#include "sidetone/profanity.h"
#include "sidetone/question.h"
#include "sidetone/script.h"
#include "sidetone/topic.h"

static void put_place(struct st_json_writer *json, uint32_t begin_char, uint32_t end_char)
{
    st_json_set_int(json, "begin_char", begin_char);
    st_json_set_int(json, "end_char", end_char);
}

static void put_speech(struct st_json_writer *json, const struct st_event *event)
{
    st_encode_speaker(json, event->channel, event->role);
    st_encode_span(json, event->finding->start_us, event->finding->end_us);
}

void st_encode_question(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message)
{
    const struct st_question_finding *question = event->finding->question;
    (void)message;
    st_json_set_int(json, "question_id", question->id);
    st_json_set_string(json, "text", question->text);
    st_json_set_int(json, "segment_id", (int64_t)event->finding->segment_id);
    put_speech(json, event);
    put_place(json, question->begin_char, question->end_char);
    st_json_set_string(json, "reason", st_question_reason_name(question->reason));
    if (!question->is_answered)
        return;
    st_json_set_int(json, "answer_segment_id", (int64_t)question->answer_segment_id);
    st_json_set_int(json, "answer_start_ms", st_encode_ms(question->answer_start_us));
}

void st_encode_profanity(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message)
{
    const struct st_profanity_finding *found = event->finding->profanity;
    (void)message;
    st_json_set_int(json, "segment_id", (int64_t)event->finding->segment_id);
    put_speech(json, event);
    st_json_set_int(json, "count", found->count);
    st_json_set_int(json, "total", found->total);
    st_json_key(json, "places");
    st_json_begin_array(json);
    for (size_t i = 0; i < found->span_count; i++) {
        const struct st_profanity_span *span = &found->spans[i];
        st_json_begin_object(json);
        put_place(json, span->begin_char, span->end_char);
        st_encode_span(json, span->start_us, span->end_us);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

void st_encode_language(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message)
{
    const struct st_language_finding *language = event->finding->language;
    (void)message;
    put_speech(json, event);
    st_json_set_bool(json, "suspect", language->is_suspect);
    st_json_set_real(json, "log_prob", language->log_prob, 3);
    st_json_set_int(json, "speech_ms", st_encode_ms(language->speech_us));
}

static void put_step(struct st_json_writer *json, const struct st_script_step_finding *step)
{
    st_json_begin_object(json);
    st_json_set_string(json, "step", step->name);
    st_json_set_string(json, "state", st_script_state_name(step->state));
    st_json_set_bool(json, "optional", step->is_optional);
    if (step->state == ST_SCRIPT_SAID || step->state == ST_SCRIPT_LATE) {
        st_json_set_bool(json, "out_of_order", step->is_out_of_order);
        st_json_set_real(json, "score", step->score, 2);
        st_json_set_int(json, "channel", step->channel);
        st_json_set_int(json, "segment_id", (int64_t)step->segment_id);
        st_encode_span(json, step->start_us, step->end_us);
    }
    st_json_end_object(json);
}

void st_encode_script(struct st_json_writer *json, const struct st_event *event,
                      struct st_message *message)
{
    const struct st_script_finding *script = event->finding->script;
    message->number = script->number;
    st_encode_begin_body(json, message, "progress");
    st_json_set_string(json, "script", script->script);
    st_json_set_string(json, "role", st_role_name(event->role));
    st_json_set_int(json, "percent", script->percent);
    st_json_set_int(json, "said", script->said);
    st_json_set_int(json, "required", script->required);
    st_json_set_bool(json, "final", script->is_final);
    st_json_key(json, "steps");
    st_json_begin_array(json);
    for (size_t i = 0; i < script->step_count; i++)
        put_step(json, &script->steps[i]);
    st_json_end_array(json);
    st_encode_end_body(json, message);
}

void st_encode_topic(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message)
{
    const struct st_topic_finding *topic = event->finding->topic;
    message->number = topic->number;
    st_encode_begin_body(json, message, "topic");
    st_json_set_string(json, "topic", topic->topic);
    st_json_set_int(json, "matches", topic->matches);
    st_json_set_int(json, "talk_ms", st_encode_ms(topic->talk_us));
    st_json_set_real(json, "share", topic->share, 4);
    st_json_set_bool(json, "final", topic->is_final);
    if (topic->example) {
        st_json_set_real(json, "score", topic->score, 4);
        st_json_set_string(json, "example", topic->example);
    }
    st_json_set_int(json, "segment_id", (int64_t)event->finding->segment_id);
    put_speech(json, event);
    st_encode_end_body(json, message);
}
