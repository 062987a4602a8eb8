/* Events for the tests of the view, and what it makes of them. */
#ifndef SIDETONE_TEST_EVENTS_H
#define SIDETONE_TEST_EVENTS_H

#include "tail_view.h"

#include <check.h>

static const char started[] =
    "{\"type\":\"call.started\",\"call_id\":\"c1\",\"seq\":1,\"media_ms\":0,\"agent\":{\"id\":"
    "\"s\","
    "\"name\":\"Sarah\"},\"queue\":\"billing\",\"caller\":\"+1\",\"engine\":{\"name\":\"m\","
    "\"quality\":\"low\"},\"channels\":[{\"channel\":0,\"role\":\"agent\"},{\"channel\":1,"
    "\"role\":\"customer\"}]}";
static const char partial[] =
    "{\"type\":\"transcript.partial\",\"call_id\":\"c1\",\"media_ms\":2000,\"segment\":{\"id\":1,"
    "\"channel\":1,\"role\":\"customer\",\"start_ms\":1500,\"end_ms\":1900,\"text\":\"I want\"}}";
static const char final[] =
    "{\"type\":\"transcript.final\",\"call_id\":\"c1\",\"seq\":2,\"media_ms\":4000,\"segment\":{"
    "\"id\":1,\"channel\":1,\"role\":\"customer\",\"start_ms\":1500,\"end_ms\":3500,\"text\":"
    "\"I want \\u001b[2Jto speak\"}}";
static const char alert[] =
    "{\"type\":\"alert.raised\",\"call_id\":\"c1\",\"seq\":3,\"media_ms\":4000,\"alert\":{"
    "\"category\":\"manager\",\"severity\":\"high\",\"count\":1,\"words\":\"to speak\","
    "\"role\":\"customer\",\"channel\":1,\"start_ms\":2000,\"end_ms\":3500}}";
static const char sentiment[] =
    "{\"type\":\"sentiment.updated\",\"call_id\":\"c1\",\"seq\":4,\"media_ms\":4000,\"channel\":1,"
    "\"role\":\"customer\",\"start_ms\":1500,\"end_ms\":3500,\"compound\":-0.5,\"label\":"
    "\"negative\",\"rolling\":-0.42,\"trend\":\"down\"}";
static const char ended[] = "{\"type\":\"call.ended\",\"call_id\":\"c1\",\"seq\":5,\"media_ms\":"
                            "65000,\"reason\":\"stopped\","
                            "\"duration_ms\":65000,\"segments\":1,\"alerts\":1,\"shed_ms\":0}";

static inline json_t *parse(const char *json)
{
    json_error_t error;
    json_t *value = json_loads(json, 0, &error);
    ck_assert_msg(value != NULL, "%s: %s", json, error.text);
    return value;
}

static inline void put_event(struct st_tail_view *view, const char *json, struct st_text *text)
{
    json_t *event = parse(json);
    st_tail_view_event(view, event, text);
    json_decref(event);
}

#endif
