#include "tail_texts.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void add_quoted(struct st_text *text, const char *foreign)
{
    st_text_add(text, "\"");
    st_text_add_clean(text, foreign);
    st_text_add(text, "\"");
}

static void add_unanswered(const json_t *event, struct st_text *text)
{
    st_text_add(text, "not answered: ");
    st_text_add_clean(text, text_of(event, "role"));
    st_text_add(text, " asked ");
    add_quoted(text, text_of(event, "text"));
}

static void add_answered(const json_t *event, struct st_text *text)
{
    int64_t after_ms = number_of(event, "answer_start_ms") - number_of(event, "end_ms");
    st_text_add_clean(text, text_of(event, "role"));
    st_text_addf(text, " was answered after %" PRId64 " s: ", after_ms / 1000);
    add_quoted(text, text_of(event, "text"));
}

static void add_profanity(const json_t *event, struct st_text *text)
{
    int64_t count = number_of(event, "count");
    st_text_add(text, "profanity of ");
    st_text_add_clean(text, text_of(event, "role"));
    st_text_addf(text, ", %" PRId64 " word%s, %" PRId64 " so far", count, count == 1 ? "" : "s",
                 number_of(event, "total"));
}

static void add_language(const json_t *event, struct st_text *text)
{
    bool is_suspect = json_is_true(json_object_get(event, "suspect"));
    st_text_add(text, is_suspect ? "low recognition confidence of "
                                 : "recognition confidence is fine again of ");
    st_text_add_clean(text, text_of(event, "role"));
    st_text_add(text, is_suspect ? ", possibly not English" : "");
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
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].type, text_of(event, "type")) == 0)
            types[i].add(event, text);
}
