#include "engine_result.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const roles[ST_CHANNELS_MAX] = {"agent", "customer"};

/* ---- what was said ---- */

/* The channel whose role a line begins with; -1: none. */
static int role_of(const char *line, size_t *ret_bytes)
{
    for (int i = 0; i < ST_CHANNELS_MAX; i++) {
        size_t bytes = strlen(roles[i]);
        *ret_bytes = bytes + 1;
        if (strncasecmp(line, roles[i], bytes) == 0 && line[bytes] == ':')
            return i;
    }
    return -1;
}

static bool is_by_role(char *const *lines, size_t count)
{
    size_t bytes;
    for (size_t i = 0; i < count; i++)
        if (role_of(lines[i], &bytes) < 0)
            return false;
    return count > 0;
}

/* Lines that are not empty, cut out of the text. */
static char **split(char *text, size_t *ret_count)
{
    size_t cap = 1;
    for (const char *at = text; *at; at++)
        cap += *at == '\n';
    char **lines = st_mem_alloc_array(cap, sizeof(lines[0]));
    *ret_count = 0;
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        line += strspn(line, " \t\r");
        if (*line)
            lines[(*ret_count)++] = line;
    }
    return lines;
}

void st_engine_reference_read(struct st_engine_reference *ret_reference, const char *text)
{
    size_t count, skip = 0;
    char *copy = st_mem_strdup(text);
    char **lines = split(copy, &count);
    *ret_reference = (struct st_engine_reference){.is_by_role = is_by_role(lines, count)};
    for (size_t i = 0; i < count; i++) {
        int role = ret_reference->is_by_role ? role_of(lines[i], &skip) : 0;
        st_words_add(&ret_reference->words[role], lines[i] + skip);
    }
    free(lines);
    free(copy);
}

void st_engine_reference_fini(struct st_engine_reference *reference)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        st_words_fini(&reference->words[i]);
}

/* ---- what was heard ---- */

static int compare_starts(const void *left, const void *right)
{
    const struct st_transcript_segment *a = *(const struct st_transcript_segment *const *)left;
    const struct st_transcript_segment *b = *(const struct st_transcript_segment *const *)right;
    if (a->segment.start_us != b->segment.start_us)
        return a->segment.start_us < b->segment.start_us ? -1 : 1;
    return a->channel < b->channel ? -1 : a->channel > b->channel;
}

static const struct st_transcript_segment **sort(const struct st_transcript_call *call)
{
    const struct st_transcript_segment **sorted =
        st_mem_alloc_array(call->count + 1, sizeof(*sorted));
    for (size_t i = 0; i < call->count; i++)
        sorted[i] = &call->segments[i];
    qsort(sorted, call->count, sizeof(*sorted), compare_starts);
    return sorted;
}

static json_t *make_text(const struct st_transcript_segment *const *sorted, size_t count)
{
    json_t *text = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct st_segment *segment = &sorted[i]->segment;
        json_array_append_new(
            text, json_pack("{s:s,s:I,s:I,s:s}", "role", roles[sorted[i]->channel], "start_ms",
                            (json_int_t)(segment->start_us / 1000), "end_ms",
                            (json_int_t)(segment->end_us / 1000), "text", segment->text));
    }
    return text;
}

/* ---- errors ---- */

struct tally {
    size_t said, counts[ST_WORD_ADDED + 1];
    json_t *list;
};

static void add_errors(struct tally *tally, const struct st_word_errors *errors, const char *role)
{
    tally->said += errors->said;
    for (unsigned k = 0; k <= ST_WORD_ADDED; k++)
        tally->counts[k] += errors->counts[k];
    for (size_t i = 0; i < errors->count; i++) {
        const struct st_word_error *error = &errors->list[i];
        json_array_append_new(tally->list, json_pack("{s:s,s:s?,s:s?,s:s?,s:I}", "kind",
                                                     st_word_error_name(error->kind), "said",
                                                     error->said, "heard", error->heard, "role",
                                                     role, "at", (json_int_t)error->at));
    }
}

static json_t *make_errors(struct tally *tally)
{
    size_t wrong = json_array_size(tally->list);
    double rate = tally->said > 0 ? (double)wrong / (double)tally->said : wrong > 0;
    return json_pack("{s:f,s:I,s:I,s:I,s:I,s:o}", "rate", rate, "words", (json_int_t)tally->said,
                     "substituted", (json_int_t)tally->counts[ST_WORD_SUBSTITUTED], "missing",
                     (json_int_t)tally->counts[ST_WORD_MISSING], "added",
                     (json_int_t)tally->counts[ST_WORD_ADDED], "list", tally->list);
}

static int compare(const struct st_engine_result *result,
                   const struct st_transcript_segment *const *sorted, json_t **ret_errors)
{
    const struct st_engine_reference *reference = result->reference;
    struct tally tally = {.list = json_array()};
    int err = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX && !err; i++) {
        struct st_words heard = {0};
        struct st_word_errors errors = {0};
        bool is_all = !reference->is_by_role;
        if (is_all ? i > 0 : !(result->channel_mask >> i & 1))
            continue;
        for (size_t k = 0; k < result->call->count; k++)
            if (is_all || sorted[k]->channel == i)
                st_words_add(&heard, sorted[k]->segment.text);
        err = st_word_errors_find(&errors, &reference->words[i], &heard);
        if (!err)
            add_errors(&tally, &errors, is_all ? NULL : roles[i]);
        st_word_errors_fini(&errors);
        st_words_fini(&heard);
    }
    if (err)
        json_decref(tally.list);
    else
        *ret_errors = make_errors(&tally);
    return err;
}

/* ---- delays, cost ---- */

static json_t *make_delays(struct st_delays *delays)
{
    st_delays_sort(delays);
    if (delays->count == 0)
        return json_null();
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "count", (json_int_t)delays->count, "p50_ms",
                     (json_int_t)(st_delays_percentile(delays, 50) / 1000), "p95_ms",
                     (json_int_t)(st_delays_percentile(delays, 95) / 1000), "p99_ms",
                     (json_int_t)(st_delays_percentile(delays, 99) / 1000), "most_ms",
                     (json_int_t)(st_delays_percentile(delays, 100) / 1000));
}

static json_t *make_latency(const struct st_engine_result *result)
{
    struct st_engine_hearing *hearing = result->hearing;
    if (result->speed <= 0)
        return json_null();
    json_t *latency = json_object();
    json_object_set_new(latency, "first_text_ms",
                        hearing->first_us < 0 ? json_null()
                                              : json_integer((json_int_t)hearing->first_us / 1000));
    json_object_set_new(latency, "partials", make_delays(&hearing->partials));
    json_object_set_new(latency, "finals", make_delays(&hearing->finals));
    return latency;
}

/* Vendors count each channel, or the time of a stream whatever is in it. */
static json_t *make_cost(const struct st_engine_result *result)
{
    const struct st_engine_ops *ops = result->engine->ops;
    bool is_shared = ops->channels_max > 1 && (result->channel_mask == 3 || ops->channels_min > 1);
    double minutes = (double)result->report->audio_us / 60e6;
    return json_pack("{s:f,s:f,s:I}", "audio_minutes", minutes, "stream_minutes",
                     is_shared ? minutes / 2 : minutes, "streams",
                     (json_int_t)result->report->opens);
}

/* ---- all of it ---- */

static json_t *make_engine(const struct st_stt_engine *engine)
{
    char description[512];
    engine->ops->describe(engine->engine, description, sizeof(description));
    return json_pack("{s:s,s:s,s:s?,s:s}", "name", engine->name, "type", engine->ops->name, "title",
                     engine->ops->title, "description", description);
}

static json_t *make_channels(unsigned mask)
{
    json_t *channels = json_array();
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (mask >> i & 1)
            json_array_append_new(channels, json_string(roles[i]));
    return channels;
}

int st_engine_result_json(const struct st_engine_result *result, json_t **ret_json)
{
    const struct st_transcript_segment **sorted = sort(result->call);
    json_t *errors = NULL;
    int err = result->reference ? compare(result, sorted, &errors) : 0;
    if (!err) {
        json_t *out = json_object();
        json_object_set_new(out, "file", json_string(result->file));
        json_object_set_new(out, "engine", make_engine(result->engine));
        json_object_set_new(out, "language", json_string(result->language));
        json_object_set_new(out, "channels", make_channels(result->channel_mask));
        json_object_set_new(out, "audio_ms",
                            json_integer((json_int_t)result->call->duration_us / 1000));
        json_object_set_new(out, "speed",
                            result->speed > 0 ? json_real(result->speed) : json_null());
        json_object_set_new(out, "elapsed_ms", json_integer((json_int_t)result->elapsed_us / 1000));
        json_object_set_new(out, "text", make_text(sorted, result->call->count));
        json_object_set_new(out, "errors", errors ? errors : json_null());
        json_object_set_new(out, "latency", make_latency(result));
        json_object_set_new(out, "cost", make_cost(result));
        *ret_json = out;
    }
    free(sorted);
    return err;
}
