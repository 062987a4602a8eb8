#include "tail_texts.h"

#include "fields.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static void add_quoted(struct st_text *text, const char *foreign)
{
    st_text_add(text, "\"");
    st_text_add_clean(text, foreign);
    st_text_add(text, "\"");
}

static void add_unanswered(const json_t *event, struct st_text *text)
{
    st_text_add(text, "not answered: ");
    st_text_add_clean(text, st_fields_text(event, "role"));
    st_text_add(text, " asked ");
    add_quoted(text, st_fields_text(event, "text"));
}

static void add_answered(const json_t *event, struct st_text *text)
{
    int64_t after_ms =
        st_fields_number(event, "answer_start_ms") - st_fields_number(event, "end_ms");
    st_text_add_clean(text, st_fields_text(event, "role"));
    st_text_addf(text, " was answered after %" PRId64 " s: ", after_ms / 1000);
    add_quoted(text, st_fields_text(event, "text"));
}

static void add_profanity(const json_t *event, struct st_text *text)
{
    int64_t count = st_fields_number(event, "count");
    st_text_add(text, "profanity of ");
    st_text_add_clean(text, st_fields_text(event, "role"));
    st_text_addf(text, ", %" PRId64 " word%s, %" PRId64 " so far", count, count == 1 ? "" : "s",
                 st_fields_number(event, "total"));
}

static void add_language(const json_t *event, struct st_text *text)
{
    bool is_suspect = json_is_true(json_object_get(event, "suspect"));
    st_text_add(text, is_suspect ? "low recognition confidence of "
                                 : "recognition confidence is fine again of ");
    st_text_add_clean(text, st_fields_text(event, "role"));
    st_text_add(text, is_suspect ? ", possibly not English" : "");
}

static bool is_news(const json_t *step)
{
    const char *state = st_fields_text(step, "state");
    return strcmp(state, "late") == 0 || strcmp(state, "overdue") == 0;
}

static void add_script(const json_t *event, struct st_text *text)
{
    const json_t *progress = json_object_get(event, "progress");
    const json_t *steps = json_object_get(progress, "steps");
    st_text_add(text, "script ");
    st_text_add_clean(text, st_fields_text(progress, "script"));
    st_text_addf(text, ": %" PRId64 " %%, %" PRId64 " of %" PRId64 " steps",
                 st_fields_number(progress, "percent"), st_fields_number(progress, "said"),
                 st_fields_number(progress, "required"));
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        bool is_out_of_order = json_is_true(json_object_get(step, "out_of_order"));
        if (!is_news(step) && !is_out_of_order)
            continue;
        st_text_add(text, "; ");
        add_quoted(text, st_fields_text(step, "step"));
        st_text_add(text, " ");
        st_text_add_clean(text, is_news(step) ? st_fields_text(step, "state") : "out of order");
    }
}

static void add_topic(const json_t *event, struct st_text *text)
{
    const json_t *topic = json_object_get(event, "topic");
    st_text_add(text, "topic ");
    st_text_add_clean(text, st_fields_text(topic, "topic"));
    if (json_is_true(json_object_get(topic, "final"))) {
        st_text_addf(text, ": %.0f %% of the talk",
                     100 * json_number_value(json_object_get(topic, "share")));
    } else if (json_object_get(topic, "example")) {
        st_text_addf(text, " (%.2f), like ", json_number_value(json_object_get(topic, "score")));
        add_quoted(text, st_fields_text(topic, "example"));
    }
}

static void add_press(const json_t *event, struct st_text *text)
{
    int64_t ms = st_fields_number(event, "duration_ms");
    st_text_add_clean(text, st_fields_text(event, "role"));
    st_text_add(text, " pressed ");
    st_text_add_clean(text,
                      json_object_get(event, "digit") ? st_fields_text(event, "digit") : "a key");
    if (ms > 0)
        st_text_addf(text, " for %" PRId64 " ms", ms);
}

void st_tail_texts_add(const json_t *event, struct st_text *text)
{
    static const struct {
        const char *type;
        void (*add)(const json_t *event, struct st_text *text);
    } types[] = {
        {"question.unanswered", add_unanswered},
        {"question.answered", add_answered},
        {"profanity.detected", add_profanity},
        {"language.suspect", add_language},
        {"script.updated", add_script},
        {"topic.detected", add_topic},
        {"call.dtmf", add_press},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].type, st_fields_text(event, "type")) == 0)
            types[i].add(event, text);
}
