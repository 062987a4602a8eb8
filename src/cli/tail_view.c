#include "tail_view.h"

#include "fields.h"
#include "progress.h"
#include "tail_texts.h"

#include <inttypes.h>
#include <string.h>

enum { CALL_COLUMNS = 16, ROLE_COLUMNS = 8 };

void st_tail_view_fini(struct st_tail_view *view)
{
    st_tail_model_fini(&view->model);
}

/* ---- pieces ---- */

void st_tail_view_style(const struct st_tail_view *view, enum st_tail_style style,
                        struct st_text *text)
{
    static const char *const codes[] = {
        [ST_TAIL_PLAIN] = "\033[0m",       [ST_TAIL_DIM] = "\033[2m",
        [ST_TAIL_AGENT] = "\033[36m",      [ST_TAIL_CUSTOMER] = "\033[33m",
        [ST_TAIL_ALERT] = "\033[1;97;41m", [ST_TAIL_GOOD] = "\033[32m",
        [ST_TAIL_BAD] = "\033[31m",
    };
    if (view->has_color)
        st_text_add(text, codes[style]);
}

enum st_tail_style st_tail_view_role_style(const char *role)
{
    if (strcmp(role, "agent") == 0)
        return ST_TAIL_AGENT;
    return strcmp(role, "customer") == 0 ? ST_TAIL_CUSTOMER : ST_TAIL_PLAIN;
}

void st_tail_view_time(int64_t ms, struct st_text *text)
{
    if (ms < 600000)
        st_text_add(text, " ");
    st_progress_add_time(text, ms * 1000);
}

size_t st_tail_view_call(const struct st_tail_view *view, const char *call_id, struct st_text *text)
{
    if (view->is_single)
        return 0;
    st_text_add(text, "[");
    size_t columns = st_text_add_clean_columns(text, call_id, CALL_COLUMNS, ST_TEXT_KEEP_END);
    st_text_add(text, "] ");
    return columns + 3;
}

void st_tail_view_begin_line(const struct st_tail_view *view, const char *call_id, int64_t ms,
                             struct st_text *text)
{
    st_tail_view_style(view, ST_TAIL_DIM, text);
    st_tail_view_time(ms, text);
    st_text_add(text, " ");
    st_tail_view_call(view, call_id, text);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
}

static void add_role(const char *role, struct st_text *text)
{
    size_t columns = st_text_add_clean_columns(text, role[0] ? role : "unknown", ROLE_COLUMNS,
                                               ST_TEXT_KEEP_START);
    for (; columns < ROLE_COLUMNS + 2; columns++)
        st_text_add(text, " ");
}

/* ---- lines ---- */

void st_tail_view_note(const struct st_tail_view *view, const char *what, const char *foreign,
                       struct st_text *text)
{
    st_tail_view_style(view, ST_TAIL_DIM, text);
    st_text_add(text, what);
    if (foreign)
        st_text_add_clean(text, foreign);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

static void add_final(const struct st_tail_view *view, const char *call_id, const json_t *segment,
                      struct st_text *text)
{
    const char *role = st_fields_text(segment, "role");
    if (st_fields_text(segment, "text")[0] == '\0')
        return;
    bool is_unsure = json_is_true(json_object_get(segment, "unsure"));
    st_tail_view_begin_line(view, call_id, st_fields_number(segment, "start_ms"), text);
    st_tail_view_style(view, st_tail_view_role_style(role), text);
    add_role(role, text);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    if (is_unsure)
        st_tail_view_style(view, ST_TAIL_DIM, text);
    st_text_add_clean(text, st_fields_text(segment, "text"));
    if (is_unsure)
        st_text_add(text, " (unsure)");
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

static void add_given(struct st_text *text, const char *what, const char *foreign)
{
    if (foreign[0] == '\0')
        return;
    st_text_add(text, what);
    st_text_add_clean(text, foreign);
}

static void add_quote(const json_t *body, struct st_text *text)
{
    st_text_add_clean(text, st_fields_text(body, "category"));
    st_text_add(text, ": ");
    if (!st_fields_text(body, "words")[0]) { /* nobody's words are the reason */
        st_text_add_clean(text, st_fields_text(body, "rule"));
        return;
    }
    st_text_add_clean(text, st_fields_text(body, "role"));
    st_text_add(text, " said \"");
    st_text_add_clean(text, st_fields_text(body, "words"));
    st_text_add(text, "\"");
}

static void add_alert(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    const json_t *alert = json_object_get(event, "alert");
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(alert, "start_ms"), text);
    st_tail_view_style(view, ST_TAIL_ALERT, text);
    st_text_add(text, "ALERT ");
    st_text_add_clean(text, st_fields_text(alert, "severity"));
    st_text_add(text, " ");
    add_quote(alert, text);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

static void add_cause(const json_t *event, const char *change, struct st_text *text)
{
    const json_t *alert = json_object_get(event, "alert");
    if (strcmp(change, "repeated") == 0) {
        st_text_addf(text, " (%" PRId64 " times)", st_fields_number(alert, "count"));
    } else if (strcmp(st_fields_text(event, "reason"), "person") == 0) {
        st_text_add(text, " by ");
        st_text_add_clean(text, st_fields_text(event, "by"));
    } else {
        st_text_add(text, " (");
        st_text_add_clean(text, st_fields_text(event, "reason"));
        st_text_add(text, ")");
    }
}

/* What became of an alert: "alert 3 acknowledged by maria: cancellation, high". */
static void add_change(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    const json_t *alert = json_object_get(event, "alert");
    const char *change = st_fields_text(event, "type") + strlen("alert.");
    const char *person = st_fields_text(alert, "assigned"), *note = st_fields_text(event, "note");
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "media_ms"), text);
    st_tail_view_style(view, strcmp(change, "escalated") == 0 ? ST_TAIL_ALERT : ST_TAIL_PLAIN,
                       text);
    st_text_addf(text, "alert %" PRId64 " ", st_fields_number(alert, "id"));
    st_text_add_clean(text, change);
    if (strcmp(change, "assigned") == 0)
        add_given(text, " to ", person[0] ? person : "nobody");
    add_cause(event, change, text);
    add_given(text, ": ", st_fields_text(alert, "category"));
    add_given(text, ", ", st_fields_text(alert, "severity"));
    add_given(text, "; ", note);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

/* Those with a severity raise an alert, which says the same. */
static void add_category(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    if (strcmp(st_fields_text(event, "severity"), "none") != 0)
        return;
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "start_ms"), text);
    st_text_add(text, "category ");
    add_quote(event, text);
    st_text_add(text, "\n");
}

static void add_provisional(const struct st_tail_view *view, const json_t *event,
                            struct st_text *text)
{
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "start_ms"), text);
    st_tail_view_style(view, ST_TAIL_DIM, text);
    st_text_add(text, "perhaps ");
    add_quote(event, text);
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

static void add_withdrawn(const struct st_tail_view *view, const json_t *event,
                          struct st_text *text)
{
    bool is_refuted = strcmp(st_fields_text(event, "reason"), "refuted") == 0;
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "media_ms"), text);
    st_tail_view_style(view, ST_TAIL_DIM, text);
    st_text_add(text, is_refuted ? "withdrawn, it was said after all: " : "not after all: ");
    st_text_add_clean(text, st_fields_text(event, "category"));
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

static void add_sentiment(const struct st_tail_view *view, const json_t *event,
                          struct st_text *text)
{
    if (view->is_live)
        return;
    double rolling = json_number_value(json_object_get(event, "rolling"));
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "end_ms"), text);
    st_text_add(text, "sentiment ");
    st_text_add_clean(text, st_fields_text(event, "role"));
    if (st_fields_text(event, "origin")[0]) {
        add_given(text, " ", st_fields_text(event, "label"));
        add_given(text, ", says ", st_fields_text(event, "origin"));
        st_text_add(text, "\n");
        return;
    }
    st_text_addf(text, " %+.2f ", rolling);
    st_text_add_clean(text, st_fields_text(event, "trend"));
    st_text_addf(text, " (said: %+.2f ", json_number_value(json_object_get(event, "compound")));
    st_text_add_clean(text, st_fields_text(event, "label"));
    st_text_add(text, ")\n");
}

static void add_text_line(const struct st_tail_view *view, const json_t *event, const char *time,
                          struct st_text *text)
{
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"), st_fields_number(event, time),
                            text);
    st_tail_texts_add(event, text);
    st_text_add(text, "\n");
}

static void add_text_finding(const struct st_tail_view *view, const json_t *event,
                             struct st_text *text)
{
    add_text_line(view, event, "start_ms", text);
}

static void add_text_progress(const struct st_tail_view *view, const json_t *event,
                              struct st_text *text)
{
    add_text_line(view, event, "media_ms", text);
}

static void add_issue(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    static const struct {
        const char *kind, *title;
    } titles[] = {{"issue", "reason"}, {"outcome", "outcome"}, {"action_item", "next step"}};
    const json_t *issue = json_object_get(event, "issue");
    const char *title = "finding";
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (strcmp(titles[i].kind, st_fields_text(issue, "kind")) == 0)
            title = titles[i].title;
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(issue, "start_ms"), text);
    st_text_add(text, title);
    st_text_add(text,
                strcmp(st_fields_text(issue, "state"), "replaced") == 0 ? ", rather: " : ": ");
    st_text_add_clean(text, st_fields_text(issue, "role"));
    st_text_add(text, " said \"");
    st_text_add_clean(text, st_fields_text(issue, "text"));
    st_text_add(text, "\"\n");
}

static void add_summary(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "media_ms"), text);
    st_text_add(text, "summary: ");
    st_text_add_clean(text, st_fields_text(json_object_get(event, "summary"), "text"));
    st_text_add(text, "\n");
}

static void add_personal_data(const struct st_tail_view *view, const json_t *event,
                              struct st_text *text)
{
    const json_t *entities = json_object_get(event, "entities");
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "start_ms"), text);
    st_text_add(text, json_is_true(json_object_get(event, "redacted")) ? "taken out: "
                                                                       : "personal data: ");
    for (size_t i = 0; i < json_array_size(entities); i++) {
        st_text_add(text, i > 0 ? ", " : "");
        st_text_add_clean(text, st_fields_text(json_array_get(entities, i), "type"));
    }
    st_text_add(text, "\n");
}

static void add_facts(const char *call_id, const json_t *facts, struct st_text *text)
{
    const json_t *agent = json_object_get(facts, "agent");
    const json_t *engine = json_object_get(facts, "engine");
    const char *name = st_fields_text(agent, "name");
    st_text_add(text, "call ");
    st_text_add_clean(text, call_id);
    add_given(text, ", agent ", name[0] ? name : st_fields_text(agent, "id"));
    add_given(text, ", queue ", st_fields_text(facts, "queue"));
    add_given(text, ", caller ", st_fields_text(facts, "caller"));
    add_given(text, ", engine ", st_fields_text(engine, "name"));
    if (strcmp(st_fields_text(engine, "quality"), "low") == 0)
        st_text_add(text, " (low quality)");
}

static void add_started(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "media_ms"), text);
    add_facts(st_fields_text(event, "call_id"), event, text);
    st_text_add(text, "\n");
    st_tail_updates_add_news(view, event, text);
}

static void add_engine(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    bool is_degraded = strcmp(st_fields_text(event, "type"), "stt.degraded") == 0;
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "media_ms"), text);
    st_tail_view_style(view, is_degraded ? ST_TAIL_BAD : ST_TAIL_GOOD, text);
    st_text_add(text, is_degraded ? "speech recognition is degraded: "
                                  : "speech recognition is "
                                    "back: ");
    st_text_add_clean(text, st_fields_text(event, "engine"));
    add_given(text, ", ", st_fields_text(event, "reason"));
    st_tail_view_style(view, ST_TAIL_PLAIN, text);
    st_text_add(text, "\n");
}

static void add_ended(const struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    st_tail_view_begin_line(view, st_fields_text(event, "call_id"),
                            st_fields_number(event, "duration_ms"), text);
    st_text_add(text, "call ended (");
    st_text_add_clean(text, st_fields_text(event, "reason"));
    int64_t segments = st_fields_number(event, "segments"),
            alerts = st_fields_number(event, "alerts");
    st_text_addf(text, "): %" PRId64 " segment%s, %" PRId64 " alert%s", segments,
                 segments == 1 ? "" : "s", alerts, alerts == 1 ? "" : "s");
    if (st_fields_number(event, "shed_ms") > 0)
        st_text_addf(text, ", %.1f s never recognised",
                     (double)st_fields_number(event, "shed_ms") / 1000);
    st_text_add(text, "\n");
}

static void add_transcript(const struct st_tail_view *view, const json_t *event,
                           struct st_text *text)
{
    add_final(view, st_fields_text(event, "call_id"), json_object_get(event, "segment"), text);
}

void st_tail_view_event(struct st_tail_view *view, const json_t *event, struct st_text *text)
{
    static const struct {
        const char *type;
        void (*add)(const struct st_tail_view *view, const json_t *event, struct st_text *text);
    } types[] = {
        {"call.started", add_started},
        {"call.updated", st_tail_updates_add},
        {"call.dtmf", add_text_finding},
        {"transcript.final", add_transcript},
        {"pii.detected", add_personal_data},
        {"category.matched", add_category},
        {"category.provisional", add_provisional},
        {"category.withdrawn", add_withdrawn},
        {"alert.raised", add_alert},
        {"alert.repeated", add_change},
        {"alert.escalated", add_change},
        {"alert.acknowledged", add_change},
        {"alert.snoozed", add_change},
        {"alert.reopened", add_change},
        {"alert.assigned", add_change},
        {"alert.cleared", add_change},
        {"sentiment.updated", add_sentiment},
        {"sentiment.shifted", st_tail_measures_add_shift},
        {"silence.detected", st_tail_measures_add_silence},
        {"characteristics.updated", st_tail_measures_add_characteristics},
        {"question.unanswered", add_text_finding},
        {"question.answered", add_text_finding},
        {"profanity.detected", add_text_finding},
        {"language.suspect", add_text_finding},
        {"script.updated", add_text_progress},
        {"topic.detected", add_text_progress},
        {"issue.detected", add_issue},
        {"stt.degraded", add_engine},
        {"stt.recovered", add_engine},
        {"call.summary", add_summary},
        {"call.ended", add_ended},
    };
    st_tail_model_event(&view->model, event);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].type, st_fields_text(event, "type")) == 0)
            types[i].add(view, event, text);
}

void st_tail_view_snapshot(struct st_tail_view *view, const json_t *state, size_t history_max,
                           struct st_text *text)
{
    const char *call_id = st_fields_text(state, "call_id");
    const json_t *transcript = json_object_get(state, "transcript");
    size_t count = json_array_size(transcript);
    st_tail_model_snapshot(&view->model, state);
    st_tail_view_begin_line(view, call_id, st_fields_number(state, "media_ms"), text);
    add_facts(call_id, state, text);
    st_text_add(text, ", ");
    st_text_add_clean(text, st_fields_text(state, "state"));
    st_text_add(text, "\n");
    for (size_t i = count > history_max ? count - history_max : 0; i < count; i++)
        add_final(view, call_id, json_array_get(transcript, i), text);
}
