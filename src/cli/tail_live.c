/* The lines of the view that move. */
#include "tail_view.h"

#include <inttypes.h>
#include <string.h>

enum {
    ROLE_COLUMNS = 10,
    TIME_COLUMNS = 8,
    CELL_COLUMNS = 22,
    STATE_COLUMNS = 36,
    COLUMNS_MIN = 40
};

/* "12:34 [call] customer  what was heard so far" */
static void add_partial(const struct st_tail_view *view, const struct st_tail_call *call,
                        const struct st_tail_channel *channel, size_t columns, struct st_text *text)
{
    struct st_text time = {0};
    st_tail_view_time(channel->partial_start_ms, &time);
    st_tail_view_style(view, ST_TAIL_DIM, text);
    st_text_add(text, time.data);
    st_text_add(text, " ");
    size_t used = time.len + 1 + st_tail_view_call(view, call->call_id, text);
    st_text_fini(&time);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_tail_view_style(view, st_tail_view_role_style(channel->role), text);
    size_t role = st_text_add_clean_columns(text, channel->role[0] ? channel->role : "unknown",
                                            ROLE_COLUMNS - 2, ST_TEXT_KEEP_START);
    for (; role < ROLE_COLUMNS; role++)
        st_text_add(text, " ");
    used += role;
    st_tail_view_style(view, ST_TAIL_DIM, text);
    if (used < columns)
        st_text_add_clean_columns(text, channel->partial, columns - used, ST_TEXT_KEEP_END);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
}

/* "customer -0.42 falling"; returns columns. */
static size_t add_sentiment(const struct st_tail_view *view, const struct st_tail_channel *channel,
                            struct st_text *text)
{
    const char *trend = channel->trend == '+' ? " rising" : channel->trend == '-' ? " falling" : "";
    size_t columns = st_text_add_clean_columns(text, channel->role[0] ? channel->role : "unknown",
                                               ROLE_COLUMNS - 2, ST_TEXT_KEEP_START);
    st_tail_view_style(view,
                       channel->rolling >= 0.05    ? ST_TAIL_GOOD
                       : channel->rolling <= -0.05 ? ST_TAIL_BAD
                                                   : ST_TAIL_PLAIN,
                       text);
    st_text_addf(text, " %+.2f%s", channel->rolling, trend);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    return columns + 6 + strlen(trend);
}

static void add_state(const struct st_tail_call *call, struct st_text *text)
{
    if (call->is_paused)
        st_text_add(text, "  paused");
    if (call->is_degraded)
        st_text_add(text, "  degraded");
    if (call->lag_ms >= 1000)
        st_text_addf(text, "  lag %.1f s", (double)call->lag_ms / 1000);
}

static size_t add_alerts(const struct st_tail_view *view, const struct st_tail_call *call,
                         struct st_text *text)
{
    if (call->alerts == 0)
        return 0;
    st_text_add(text, "  ");
    st_tail_view_style(view, ST_TAIL_ALERT, text);
    size_t before = text->len;
    st_text_addf(text, "%" PRIu64 " alert%s", call->alerts, call->alerts == 1 ? "" : "s");
    size_t columns = text->len - before;
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    return 2 + columns;
}

/* "  talk 62:38", agent first; returns columns. */
static size_t add_talk(const struct st_tail_call *call, struct st_text *text)
{
    const struct st_tail_channel *first = &call->channels[0], *second = &call->channels[1];
    if (strcmp(first->role, "customer") == 0) {
        first = &call->channels[1];
        second = &call->channels[0];
    }
    if (!first->has_talk || !second->has_talk || first->talk_share + second->talk_share <= 0)
        return 0;
    size_t before = text->len;
    double share = first->talk_share / (first->talk_share + second->talk_share) * 100;
    share = share < 0 ? 0 : share > 100 ? 100 : share;
    st_text_addf(text, "  talk %.0f:%.0f", share, 100 - share);
    return text->len - before;
}

/* "12:34 [call]  agent +0.31  customer -0.42 falling  2 alerts  lag 1.2 s" */
static void add_status(const struct st_tail_view *view, const struct st_tail_call *call,
                       size_t columns, struct st_text *text)
{
    st_tail_view_style(view, ST_TAIL_DIM, text);
    st_tail_view_time(call->media_ms, text);
    st_text_add(text, " ");
    size_t used = TIME_COLUMNS + st_tail_view_call(view, call->call_id, text);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "sentiment");
    used += 9;
    for (size_t i = 0; i < ST_TAIL_CHANNELS; i++) {
        if (!call->channels[i].has_sentiment || used + CELL_COLUMNS + 2 > columns)
            continue;
        st_text_add(text, "  ");
        used += 2 + add_sentiment(view, &call->channels[i], text);
    }
    if (used + 14 <= columns)
        used += add_talk(call, text);
    if (used + 16 <= columns)
        used += add_alerts(view, call, text);
    if (used + STATE_COLUMNS <= columns)
        add_state(call, text);
}

size_t st_tail_view_live(const struct st_tail_view *view, size_t columns, size_t lines_max,
                         struct st_text *text)
{
    const struct st_tail_model *model = &view->model;
    size_t lines = 0, status_max = (lines_max + 1) / 2;
    size_t statuses = model->count < status_max ? model->count : status_max;
    if (columns < COLUMNS_MIN)
        return 0;
    /* The newest calls are where something happens. */
    for (size_t i = model->count; i > 0; i--)
        for (size_t k = 0; k < ST_TAIL_CHANNELS; k++) {
            const struct st_tail_channel *channel = &model->calls[i - 1].channels[k];
            if (!channel->partial || lines + statuses >= lines_max)
                continue;
            add_partial(view, &model->calls[i - 1], channel, columns, text);
            st_text_add(text, "\n");
            lines++;
        }
    for (size_t i = 0; i < statuses; i++, lines++) {
        add_status(view, &model->calls[model->count - 1 - i], columns, text);
        st_text_add(text, "\n");
    }
    return lines;
}
