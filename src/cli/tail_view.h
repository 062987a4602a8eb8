/*
 * What `tail` shows: lines that stay, and on a terminal a few lines below them that move.
 *
 * Pure: snapshots and events in, text out. Everything that others wrote is made harmless.
 */
#ifndef SIDETONE_CLI_TAIL_VIEW_H
#define SIDETONE_CLI_TAIL_VIEW_H

#include "tail_model.h"
#include "text.h"

struct st_tail_view {
    bool has_color;
    bool is_live;   /* sentiment and partials move; otherwise changes of sentiment are lines */
    bool is_single; /* one call is followed: its id need not be repeated */
    struct st_tail_model model;
};

void st_tail_view_fini(struct st_tail_view *view);

/* Adds lines for a call that was found running: who it is, and its last finals (history_max). */
void st_tail_view_snapshot(struct st_tail_view *view, const json_t *state, size_t history_max,
                           struct st_text *text);

/* Adds the lines of an event, none for most. */
void st_tail_view_event(struct st_tail_view *view, const json_t *event, struct st_text *text);

/* A line of our own, dim; `foreign` (NULL: none) is made harmless. */
void st_tail_view_note(const struct st_tail_view *view, const char *what, const char *foreign,
                       struct st_text *text);

/* The lines that move: who is speaking, and where each call stands. Returns how many. */
size_t st_tail_view_live(const struct st_tail_view *view, size_t columns, size_t lines_max,
                         struct st_text *text);

/* ---- shared by the files of the view ---- */

enum st_tail_style {
    ST_TAIL_PLAIN,
    ST_TAIL_DIM,
    ST_TAIL_AGENT,
    ST_TAIL_CUSTOMER,
    ST_TAIL_ALERT,
    ST_TAIL_GOOD,
    ST_TAIL_BAD,
};

void st_tail_view_style(const struct st_tail_view *view, enum st_tail_style style,
                        struct st_text *text);
enum st_tail_style st_tail_view_role_style(const char *role);
/* Minutes and seconds of media time. */
void st_tail_view_time(int64_t ms, struct st_text *text);
/* The call's id in brackets when several are followed; returns columns. */
size_t st_tail_view_call(const struct st_tail_view *view, const char *call_id,
                         struct st_text *text);

/* The time, and which call when several are followed. */
void st_tail_view_begin_line(const struct st_tail_view *view, const char *call_id, int64_t ms,
                             struct st_text *text);

/* ---- tail_updates.c ---- */

void st_tail_updates_add(const struct st_tail_view *view, const json_t *event,
                         struct st_text *text);
/* What has become known, with this event or state, of how the call's audio comes and whose it is.
 */
void st_tail_updates_add_news(const struct st_tail_view *view, const json_t *body,
                              struct st_text *text);

/* ---- tail_measures.c ---- */

void st_tail_measures_add_shift(const struct st_tail_view *view, const json_t *event,
                                struct st_text *text);
void st_tail_measures_add_silence(const struct st_tail_view *view, const json_t *event,
                                  struct st_text *text);
/* Only those at the end of a call: until then they are in the lines that move. */
void st_tail_measures_add_characteristics(const struct st_tail_view *view, const json_t *event,
                                          struct st_text *text);

#endif
