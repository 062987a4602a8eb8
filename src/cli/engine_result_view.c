#include "engine_result.h"

#include "fields.h"
#include "progress.h"

#include <string.h>

enum { ERRORS_SHOWN = 40 };

static void add_head(const json_t *json, struct st_text *text)
{
    const json_t *engine = json_object_get(json, "engine");
    const json_t *channels = json_object_get(json, "channels");
    double speed = json_real_value(json_object_get(json, "speed"));
    st_text_add(text, "engine    ");
    st_text_add_clean(text, st_fields_text(engine, "name"));
    st_text_add(text, ": ");
    st_text_add_clean(text, st_fields_text(engine, "description"));
    st_text_add(text, "\naudio     ");
    st_text_add_clean(text, st_fields_text(json, "file"));
    st_text_add(text, ", ");
    st_progress_add_time(text, st_fields_number(json, "audio_ms") * 1000);
    for (size_t i = 0; i < json_array_size(channels); i++) {
        st_text_add(text, i > 0 ? " and " : ", ");
        st_text_add(text, json_string_value(json_array_get(channels, i)));
    }
    st_text_add(text, ", ");
    st_text_add_clean(text, st_fields_text(json, "language"));
    if (speed == 1)
        st_text_add(text, ", in real time\n");
    else if (speed > 0)
        st_text_addf(text, ", at %g times real time\n", speed);
    else
        st_text_addf(text, ", as fast as it went: %.1f s\n",
                     (double)st_fields_number(json, "elapsed_ms") / 1e3);
}

static void add_lines(const json_t *lines, struct st_text *text)
{
    st_text_add(text, "\n");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        st_progress_add_time(text, st_fields_number(line, "start_ms") * 1000);
        st_text_addf(text, " %-9s ", st_fields_text(line, "role"));
        st_text_add_clean(text, st_fields_text(line, "text"));
        st_text_add(text, "\n");
    }
    if (json_array_size(lines) == 0)
        st_text_add(text, "nothing was heard\n");
    st_text_add(text, "\n");
}

static void add_error(const json_t *error, struct st_text *text)
{
    const char *said = st_fields_text(error, "said"), *heard = st_fields_text(error, "heard");
    const char *role = st_fields_text(error, "role");
    st_text_addf(text, "  %-11s ", st_fields_text(error, "kind"));
    st_text_add_clean(text, said);
    st_text_add(text, said[0] && heard[0] ? " → " : "");
    st_text_add_clean(text, heard);
    st_text_addf(text, " (%s%sword %lld)\n", role, role[0] ? ", " : "",
                 (long long)st_fields_number(error, "at") + 1);
}

static void add_errors(const json_t *errors, struct st_text *text)
{
    const json_t *list = json_object_get(errors, "list");
    if (!json_is_object(errors))
        return;
    st_text_addf(text,
                 "errors    %.1f %% of %lld words: %lld substituted, %lld missing, %lld added\n",
                 100 * json_real_value(json_object_get(errors, "rate")),
                 (long long)st_fields_number(errors, "words"),
                 (long long)st_fields_number(errors, "substituted"),
                 (long long)st_fields_number(errors, "missing"),
                 (long long)st_fields_number(errors, "added"));
    for (size_t i = 0; i < json_array_size(list) && i < ERRORS_SHOWN; i++)
        add_error(json_array_get(list, i), text);
    if (json_array_size(list) > ERRORS_SHOWN)
        st_text_addf(text, "  … and %zu more: --json has all\n",
                     json_array_size(list) - ERRORS_SHOWN);
}

static void add_delays(const json_t *delays, const char *title, struct st_text *text)
{
    if (!json_is_object(delays))
        return;
    st_text_addf(text, "%-9s p50 %lld ms, p95 %lld ms, p99 %lld ms, most %lld ms (of %lld)\n",
                 title, (long long)st_fields_number(delays, "p50_ms"),
                 (long long)st_fields_number(delays, "p95_ms"),
                 (long long)st_fields_number(delays, "p99_ms"),
                 (long long)st_fields_number(delays, "most_ms"),
                 (long long)st_fields_number(delays, "count"));
}

static void add_latency(const json_t *latency, struct st_text *text)
{
    const json_t *first = json_object_get(latency, "first_text_ms");
    if (json_is_integer(first))
        st_text_addf(text, "first     text %lld ms after its audio began\n",
                     (long long)json_integer_value(first));
    add_delays(json_object_get(latency, "partials"), "partials", text);
    add_delays(json_object_get(latency, "finals"), "finals", text);
}

static void add_cost(const json_t *cost, struct st_text *text)
{
    double audio = json_real_value(json_object_get(cost, "audio_minutes"));
    double stream = json_real_value(json_object_get(cost, "stream_minutes"));
    long long streams = (long long)st_fields_number(cost, "streams");
    st_text_addf(text, "cost      %.2f audio-minutes", audio);
    if (stream < audio)
        st_text_addf(text, " (%.2f where both channels of a stream count once)", stream);
    st_text_addf(text, ", %lld stream%s\n", streams, streams == 1 ? "" : "s");
}

void st_engine_result_text(const json_t *json, struct st_text *text)
{
    add_head(json, text);
    add_lines(json_object_get(json, "text"), text);
    add_errors(json_object_get(json, "errors"), text);
    add_latency(json_object_get(json, "latency"), text);
    add_cost(json_object_get(json, "cost"), text);
}
