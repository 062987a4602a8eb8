/* Lines about how a call is spoken. */
#include "fields.h"
#include "tail_view.h"

#include <inttypes.h>
#include <string.h>

void st_tail_measures_add_shift(const struct st_tail_view *view, const json_t *event,
                                struct st_text *text)
{
    static const struct {
        const char *shift, *words;
        enum st_tail_style style;
    } shifts[] = {
        {"turned_negative", "turned negative", ST_TAIL_BAD},
        {"turned_positive", "turned positive", ST_TAIL_GOOD},
        {"recovered", "recovered", ST_TAIL_GOOD},
    };
    for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
        if (strcmp(shifts[i].shift, st_fields_text(event, "shift")) != 0)
            continue;
        st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                                st_fields_number(event, "end_ms"), text);
        st_tail_view_style(view, shifts[i].style, text);
        st_text_add_clean(text, st_fields_text(event, "role"));
        st_text_addf(text, " %s (%+.2f)", shifts[i].words,
                     json_number_value(json_object_get(event, "rolling")));
        st_tail_view_style(view, ST_TAIL_PLAIN, text);
        st_text_add(text, "\n");
    }
}

void st_tail_measures_add_silence(const struct st_tail_view *view, const json_t *event,
                                  struct st_text *text)
{
    const char *reason = st_fields_text(event, "reason");
    bool is_over = strcmp(st_fields_text(event, "state"), "ended") == 0;
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "end_ms"), text);
    st_text_addf(text, is_over ? "silence is over after %.0f s" : "silence for %.0f s",
                 (double)st_fields_number(event, "duration_ms") / 1000);
    if (strcmp(reason, "unknown") != 0) {
        st_text_add(text, ": ");
        st_text_add_clean(text, reason);
    }
    st_text_add(text, "\n");
}

static void add_channel(const json_t *channel, struct st_text *text)
{
    int64_t interruptions = st_fields_number(channel, "interruptions");
    double share = json_number_value(json_object_get(channel, "talk_share"));
    st_text_add_clean(text, st_fields_text(channel, "role"));
    st_text_addf(text, " %.0f %%, %" PRId64 " words/min",
                 share >= 0 && share <= 1 ? share * 100 : 0,
                 st_fields_number(channel, "words_per_minute"));
    if (interruptions > 0)
        st_text_addf(text, ", %" PRId64 " interruption%s", interruptions,
                     interruptions == 1 ? "" : "s");
    st_text_add(text, "; ");
}

void st_tail_measures_add_characteristics(const struct st_tail_view *view, const json_t *event,
                                          struct st_text *text)
{
    const json_t *figures = json_object_get(event, "characteristics");
    const json_t *channels = json_object_get(figures, "channels");
    if (!json_is_true(json_object_get(event, "final")))
        return;
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "media_ms"), text);
    st_text_add(text, "talk: ");
    for (size_t i = 0; i < json_array_size(channels); i++)
        add_channel(json_array_get(channels, i), text);
    st_text_addf(text, "nobody for %.0f s\n",
                 (double)st_fields_number(figures, "non_talk_ms") / 1000);
}
