#include "analyze_report.h"

#include "calls_view.h"

#include <jansson.h>
#include <string.h>

static const double notable = 0.05; /* where VADER's labels begin */

void st_analyze_report_init(struct st_analyze_report *report, bool has_color, struct st_text *out)
{
    *report = (struct st_analyze_report){
        .view = {.has_color = has_color, .is_single = true, .is_live = true}, .out = out};
}

void st_analyze_report_fini(struct st_analyze_report *report)
{
    st_tail_view_fini(&report->view);
    st_text_fini(&report->final);
    st_text_fini(&report->findings);
}

static void flush(struct st_analyze_report *report)
{
    if (report->has_final) {
        st_text_add_bytes(report->out, report->final.data, report->final.len);
        st_text_add(report->out, "\n");
    }
    if (report->findings.len > 0)
        st_text_add_bytes(report->out, report->findings.data, report->findings.len);
    report->has_final = false;
    st_text_reset(&report->final);
    st_text_reset(&report->findings);
}

static void take_final(struct st_analyze_report *report, const json_t *event)
{
    const json_t *segment = json_object_get(event, "segment");
    flush(report);
    st_tail_view_event(&report->view, event, &report->final);
    if (report->final.len == 0)
        return;
    report->final.data[--report->final.len] = '\0'; /* the line's end comes behind the sentiment */
    report->has_final = true;
    report->final_channel = json_integer_value(json_object_get(segment, "channel"));
    report->final_id = json_integer_value(json_object_get(segment, "id"));
}

static void take_sentiment(struct st_analyze_report *report, const json_t *event)
{
    double compound = json_number_value(json_object_get(event, "compound"));
    bool is_same = report->has_final &&
                   report->final_channel == json_integer_value(json_object_get(event, "channel")) &&
                   report->final_id == json_integer_value(json_object_get(event, "segment_id"));
    if (!is_same || (compound < notable && compound > -notable))
        return;
    st_text_add(&report->final, "  ");
    st_tail_view_style(&report->view, compound > 0 ? ST_TAIL_GOOD : ST_TAIL_BAD, &report->final);
    st_text_addf(&report->final, "%+.2f", compound);
    st_tail_view_style(&report->view, ST_TAIL_PLAIN, &report->final);
}

static void take(struct st_analyze_report *report, const json_t *event)
{
    const char *type = json_string_value(json_object_get(event, "type"));
    if (type && strcmp(type, "transcript.final") == 0)
        take_final(report, event);
    else if (type && strcmp(type, "sentiment.updated") == 0)
        take_sentiment(report, event);
    else
        st_tail_view_event(&report->view, event, &report->findings);
}

void st_analyze_report_event(struct st_analyze_report *report, const char *json, size_t bytes)
{
    json_t *event = json_loadb(json, bytes, 0, NULL);
    if (event)
        take(report, event);
    json_decref(event);
}

void st_analyze_report_end(struct st_analyze_report *report, const char *json, size_t bytes)
{
    json_t *state = json_loadb(json, bytes, 0, NULL);
    flush(report);
    st_text_add(report->out, "\n");
    if (state)
        st_calls_view_result(state, report->view.has_color, report->out);
    json_decref(state);
}
