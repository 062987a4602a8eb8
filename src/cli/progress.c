#include "progress.h"

#include <inttypes.h>

enum { BAR_MIN = 4, BAR_MAX = 40 };

void st_progress_add_time(struct st_text *text, int64_t us)
{
    int64_t s = us > 0 ? us / 1000000 : 0;
    if (s >= 3600)
        st_text_addf(text, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60, s % 60);
    else
        st_text_addf(text, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
}

static void add_figures(struct st_text *text, const struct st_progress *progress)
{
    st_text_add(text, " ");
    st_progress_add_time(text, progress->done_us);
    if (progress->total_us > 0) {
        st_text_add(text, " of ");
        st_progress_add_time(text, progress->total_us);
        st_text_addf(text, ", %d %%", (int)(progress->done_us * 100 / progress->total_us));
    }
    if (progress->elapsed_us > 1000000 && progress->done_us > 0) {
        double speed = (double)progress->done_us / (double)progress->elapsed_us;
        st_text_addf(text, ", %.1fx", speed);
        if (progress->total_us > progress->done_us) {
            st_text_add(text, ", ");
            st_progress_add_time(
                text, (int64_t)((double)(progress->total_us - progress->done_us) / speed));
            st_text_add(text, " left");
        }
    }
}

static void add_bar(struct st_text *text, const struct st_progress *progress, size_t width)
{
    size_t full = (size_t)((double)width * (double)progress->done_us / (double)progress->total_us);
    st_text_add(text, " [");
    for (size_t i = 0; i < width; i++)
        st_text_add(text, i < full ? "#" : "-");
    st_text_add(text, "]");
}

void st_progress_line(struct st_text *text, const struct st_progress *progress, size_t columns)
{
    struct st_progress shown = *progress;
    if (shown.total_us > 0 && shown.done_us > shown.total_us)
        shown.done_us = shown.total_us;
    struct st_text figures = {0}, line = {0};
    add_figures(&figures, &shown);
    st_text_add(&line, shown.what);
    size_t used = line.len + figures.len + 4;
    if (shown.total_us > 0 && used + BAR_MIN < columns) {
        size_t width = columns - used;
        add_bar(&line, &shown, width < BAR_MAX ? width : BAR_MAX);
    }
    st_text_add_bytes(&line, figures.data, figures.len);
    st_text_add(text, "\r\033[K");
    st_text_add_bytes(text, line.data, line.len < columns ? line.len : columns);
    st_text_fini(&figures);
    st_text_fini(&line);
}
