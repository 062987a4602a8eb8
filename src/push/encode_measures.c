#include "encode.h"

#include "sidetone/call_facts.h"
#include "sidetone/measures.h"

enum { LOUDEST_HALF_POINTS = 200 };

void st_encode_shift(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message)
{
    (void)message;
    st_json_set_int(json, "segment_id", (int64_t)event->finding->segment_id);
    st_encode_speaker(json, event->channel, event->role);
    st_encode_span(json, event->finding->start_us, event->finding->end_us);
    st_json_set_string(json, "shift", st_sentiment_shift_name(event->finding->shift->shift));
    st_json_set_real(json, "rolling", event->finding->shift->rolling, 4);
}

void st_encode_silence(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message)
{
    const struct st_finding *finding = event->finding;
    (void)message;
    st_json_set_string(json, "state", finding->silence->is_over ? "ended" : "started");
    st_encode_span(json, finding->start_us, finding->end_us);
    st_json_set_int(json, "duration_ms", st_encode_ms(finding->end_us - finding->start_us));
    st_json_set_string(json, "reason", st_silence_reason_name(finding->silence->reason));
}

/* ---- characteristics ---- */

static void set_ms(struct st_json_writer *json, const char *key, int64_t us)
{
    st_json_set_int(json, key, st_encode_ms(us));
}

static void put_loudness(struct st_json_writer *json, const struct st_characteristics_channel *of)
{
    st_json_key(json, "loudness");
    if (of->loudness_mean < 0) {
        st_json_null(json);
        return;
    }
    st_json_begin_object(json);
    st_json_set_real(json, "mean", (double)of->loudness_mean, 1);
    st_json_set_real(json, "max", (double)of->loudness_max, 1);
    st_json_end_object(json);
}

static void put_channel(struct st_json_writer *json, const struct st_event *event, unsigned i)
{
    const struct st_characteristics_channel *channels =
        event->finding->characteristics->window.channels;
    const struct st_characteristics_channel *of = &channels[i];
    int64_t talk_us = channels[0].talk_us + channels[1].talk_us;
    st_json_begin_object(json);
    st_encode_speaker(json, i, event->call->roles[i]);
    set_ms(json, "talk_ms", of->talk_us);
    st_json_set_real(json, "talk_share", talk_us > 0 ? (double)of->talk_us / (double)talk_us : 0,
                     3);
    st_json_set_int(json, "words", of->words);
    st_json_set_int(json, "words_per_minute", of->words_per_minute);
    st_json_set_int(json, "segments", of->segments);
    st_json_set_int(json, "interruptions", of->interruptions);
    set_ms(json, "interruption_ms", of->interruption_us);
    set_ms(json, "monologue_ms", of->monologue_us);
    put_loudness(json, of);
    st_json_end_object(json);
}

/* The agent's talk for each second of the customer's. */
static void put_ratio(struct st_json_writer *json, const struct st_event *event)
{
    const struct st_characteristics_window *window = &event->finding->characteristics->window;
    int64_t agent_us = 0, customer_us = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        if (event->call->roles[i] == ST_ROLE_AGENT)
            agent_us = window->channels[i].talk_us;
        if (event->call->roles[i] == ST_ROLE_CUSTOMER)
            customer_us = window->channels[i].talk_us;
    }
    st_json_key(json, "talk_ratio");
    if (customer_us > 0)
        st_json_real(json, (double)agent_us / (double)customer_us, 2);
    else
        st_json_null(json);
}

static void put_score(struct st_json_writer *json, const char *key,
                      const struct st_sentiment_score5 *score)
{
    st_json_key(json, key);
    if (score->is_known)
        st_json_real(json, score->score, 1);
    else
        st_json_null(json);
}

static void put_quarters(struct st_json_writer *json, const struct st_event *event, unsigned i)
{
    const struct st_sentiment_quarters *of =
        &event->finding->characteristics->details->sentiment[i];
    st_json_begin_object(json);
    st_encode_speaker(json, i, event->call->roles[i]);
    put_score(json, "overall", &of->overall);
    st_json_key(json, "quarters");
    st_json_begin_array(json);
    for (unsigned k = 0; k < 4; k++) {
        st_json_begin_object(json);
        st_encode_span(json, of->edges_us[k], of->edges_us[k + 1]);
        put_score(json, "score", &of->quarters[k]);
        st_json_end_object(json);
    }
    st_json_end_array(json);
    st_json_end_object(json);
}

static void put_sentiment(struct st_json_writer *json, const struct st_event *event)
{
    const struct st_characteristics_details *details = event->finding->characteristics->details;
    st_json_key(json, "sentiment");
    if (!details || !details->sentiment) {
        st_json_null(json);
        return;
    }
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        put_quarters(json, event, i);
    st_json_end_array(json);
}

static void put_figures(struct st_json_writer *json, const struct st_event *event)
{
    const struct st_characteristics_finding *found = event->finding->characteristics;
    set_ms(json, "conversation_ms", found->conversation_us);
    set_ms(json, "known_ms", found->window.known_us);
    st_json_key(json, "channels");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        put_channel(json, event, i);
    st_json_end_array(json);
    put_ratio(json, event);
    set_ms(json, "overlap_ms", found->window.overlap_us);
    set_ms(json, "non_talk_ms", found->window.non_talk_us);
    set_ms(json, "non_talk_longest_ms", found->window.non_talk_longest_us);
    st_json_set_int(json, "non_talks", found->window.non_talks);
    set_ms(json, "hold_ms", found->hold_us);
    set_ms(json, "hold_guessed_ms", found->hold_guessed_us);
    st_json_key(json, "response_ms");
    if (found->response_us < 0)
        st_json_null(json);
    else
        st_json_int(json, st_encode_ms(found->response_us));
    put_sentiment(json, event);
}

/* ---- the details of the final ones ---- */

static void put_non_talks(struct st_json_writer *json,
                          const struct st_characteristics_details *details)
{
    st_json_key(json, "non_talks");
    st_json_begin_array(json);
    for (size_t i = 0; i < details->non_talk_count; i++) {
        st_json_begin_object(json);
        st_encode_span(json, details->non_talks[i].start_us, details->non_talks[i].end_us);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_interruptions(struct st_json_writer *json, const struct st_event *event)
{
    const struct st_characteristics_details *details = event->finding->characteristics->details;
    st_json_key(json, "interruptions");
    st_json_begin_array(json);
    for (size_t i = 0; i < details->interruption_count; i++) {
        const struct st_measured_span *span = &details->interruptions[i];
        st_json_begin_object(json);
        st_encode_speaker(json, span->channel, event->call->roles[span->channel]);
        st_encode_span(json, span->start_us, span->end_us);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void put_seconds(struct st_json_writer *json, const struct st_event *event, unsigned i)
{
    const struct st_characteristics_details *details = event->finding->characteristics->details;
    st_json_begin_object(json);
    st_encode_speaker(json, i, event->call->roles[i]);
    set_ms(json, "start_ms", details->loudness[i].from_us);
    st_json_key(json, "seconds");
    st_json_begin_array(json);
    for (size_t k = 0; k < details->loudness[i].count; k++)
        if (details->loudness[i].seconds[k] > LOUDEST_HALF_POINTS)
            st_json_null(json);
        else
            st_json_real(json, details->loudness[i].seconds[k] / 2.0, 1);
    st_json_end_array(json);
    st_json_end_object(json);
}

void st_encode_characteristics(struct st_json_writer *json, const struct st_event *event,
                               struct st_message *message)
{
    const struct st_characteristics_details *details = event->finding->characteristics->details;
    st_json_set_bool(json, "final", details != NULL);
    st_encode_begin_body(json, message, "characteristics");
    put_figures(json, event);
    st_encode_end_body(json, message);
    if (!details)
        return;
    put_non_talks(json, details);
    put_interruptions(json, event);
    st_json_key(json, "loudness");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        put_seconds(json, event, i);
    st_json_end_array(json);
}
