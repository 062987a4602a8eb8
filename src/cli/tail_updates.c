/* Lines about what has changed of a call: whether it goes on, who takes part, how its audio comes.
 */
#include "fields.h"
#include "quality_words.h"
#include "tail_view.h"

#include <string.h>

static void add_line(const struct st_tail_view *view, const json_t *event, const char *what,
                     const char *foreign, struct st_text *text)
{
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "media_ms"), text);
    st_text_add(text, what);
    st_text_add_clean(text, foreign);
    st_text_add(text, "\n");
}

static void add_people(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    const json_t *agent = json_object_get(event, "agent");
    const char *name = st_fields_text(agent, "name"), *caller = st_fields_text(event, "caller");
    name = name[0] ? name : st_fields_text(agent, "id");
    if (name[0])
        add_line(view, event, "the agent is now ", name, text);
    if (caller[0])
        add_line(view, event, "the caller is now ", caller, text);
}

static void add_troubles(const struct st_tail_view *view, const json_t *body, const json_t *quality,
                         struct st_text *text)
{
    bool is_bad = st_quality_words_troubles(quality) != 0;
    st_tail_view_begin_line(view, st_fields_text(body, "call_id"),
                            st_fields_number(body, "media_ms"), text);
    st_tail_view_style(view, is_bad ? ST_TAIL_BAD : ST_TAIL_GOOD, text);
    st_text_add_clean(text, st_fields_text(quality, "role"));
    st_text_add(text, ": ");
    st_quality_words_add_troubles(quality, text);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

void st_tail_updates_add_news(const struct st_tail_view *view, const json_t *body,
                              struct st_text *text)
{
    const json_t *list = json_object_get(body, "quality");
    const struct st_tail_call *call =
        st_tail_model_find(&view->model, st_fields_text(body, "call_id"));
    if (call && call->is_doubt_news)
        add_line(view, body, "it is not certain who is the agent: listen before you trust it", "",
                 text);
    for (size_t i = 0; call && i < json_array_size(list); i++) {
        const json_t *quality = json_array_get(list, i);
        int64_t channel = st_fields_number(quality, "channel");
        if (channel >= 0 && channel < ST_TAIL_CHANNELS && call->channels[channel].is_line_news)
            add_troubles(view, body, quality, text);
    }
}

void st_tail_updates_add(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    const json_t *paused = json_object_get(event, "paused");
    if (json_is_boolean(paused))
        add_line(view, event, json_is_true(paused) ? "paused" : "resumed", "", text);
    if (json_is_true(json_object_get(event, "rate_suspect")))
        add_line(view, event, "audio comes much faster or slower than its sample rate says", "",
                 text);
    add_people(view, event, text);
    st_tail_updates_add_news(view, event, text);
}
