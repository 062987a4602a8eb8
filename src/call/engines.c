#include "sidetone/call_engines.h"

#include "call_internal.h"

#include "sidetone/loop.h"

unsigned st_call_engines_count(const struct st_call_service *service)
{
    return service->engines.count;
}

void st_call_engines_get(const struct st_call_service *service, unsigned index,
                         struct st_call_engine *ret_engine)
{
    const struct st_stt_engine *engine = &service->engines.loaded[index];
    ret_engine->name = engine->name;
    ret_engine->ops = engine->ops;
    ret_engine->description = service->engines.descriptions[index];
    st_guard_report(engine->guard, st_loop_now_us(), &ret_engine->report);
}

const struct st_stt_transport *st_call_engines_transport(void)
{
    return &call_stt_transport;
}

/* ---- metrics ---- */

static double streams(const struct st_guard_report *report)
{
    return report->streams;
}

static double streams_max(const struct st_guard_report *report)
{
    return report->streams_max;
}

static double waiting(const struct st_guard_report *report)
{
    return report->waiting;
}

static double opens(const struct st_guard_report *report)
{
    return (double)report->opens;
}

static double answered(const struct st_guard_report *report)
{
    return (double)report->answered;
}

static double renewed(const struct st_guard_report *report)
{
    return (double)report->renewed;
}

static double passed_over(const struct st_guard_report *report)
{
    return (double)report->passed_over;
}

static double audio_s(const struct st_guard_report *report)
{
    return (double)report->audio_us / 1e6;
}

static const struct family {
    const char *name, *type, *help;
    double (*value)(const struct st_guard_report *report);
} families[] = {
    {"sidetone_stt_streams", "gauge", "Streams to an engine, those being opened included.",
     streams},
    {"sidetone_stt_streams_limit", "gauge", "Streams it may have at once; 0: no limit.",
     streams_max},
    {"sidetone_stt_waiting_calls", "gauge", "Calls in the line for a stream.", waiting},
    {"sidetone_stt_opens_total", "counter", "Streams begun, those that never opened included.",
     opens},
    {"sidetone_stt_answered_total", "counter", "Streams that were answered.", answered},
    {"sidetone_stt_renewals_total", "counter",
     "Streams followed by another because a stream may not last longer.", renewed},
    {"sidetone_stt_failovers_total", "counter",
     "Times that a call went from an engine to another of its list.", passed_over},
    {"sidetone_stt_audio_seconds_total", "counter",
     "Audio given to an engine, of each channel, what was said again included.", audio_s},
};

static void put_family(const struct st_call_service *service, const struct family *family,
                       struct st_json_writer *text)
{
    struct st_call_engine engine;
    st_metrics_put_family(text, family->name, family->type, family->help);
    for (unsigned i = 0; i < st_call_engines_count(service); i++) {
        st_call_engines_get(service, i, &engine);
        struct st_metric_labels labels = {{"engine"}, {engine.name}};
        st_metrics_put_value(text, family->name, &labels, family->value(&engine.report));
    }
}

static void put_troubles(const struct st_call_service *service, struct st_json_writer *text)
{
    static const char name[] = "sidetone_stt_troubles_total";
    struct st_call_engine engine;
    st_metrics_put_family(text, name, "counter", "Streams that ended in trouble.");
    for (unsigned i = 0; i < st_call_engines_count(service); i++) {
        st_call_engines_get(service, i, &engine);
        for (unsigned k = 0; k < ST_TROUBLES; k++) {
            struct st_metric_labels labels = {
                {"engine", "trouble"},
                {engine.name, st_engine_trouble_name((enum st_engine_trouble)k)}};
            st_metrics_put_value(text, name, &labels, (double)engine.report.troubles[k]);
        }
    }
}

static void put_states(const struct st_call_service *service, struct st_json_writer *text)
{
    static const char name[] = "sidetone_stt_engine_state";
    struct st_call_engine engine;
    st_metrics_put_family(text, name, "gauge",
                          "Whether streams may be opened: 1 for the state it is in.");
    for (unsigned i = 0; i < st_call_engines_count(service); i++) {
        st_call_engines_get(service, i, &engine);
        for (unsigned k = ST_GUARD_WELL; k <= ST_GUARD_PROBING; k++) {
            struct st_metric_labels labels = {
                {"engine", "state"}, {engine.name, st_guard_state_name((enum st_guard_state)k)}};
            st_metrics_put_value(text, name, &labels, engine.report.state == k);
        }
    }
}

void st_call_engines_write_metrics(const struct st_call_service *service,
                                   struct st_json_writer *text)
{
    for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        put_family(service, &families[i], text);
    put_troubles(service, text);
    put_states(service, text);
}
