/*
 * AssemblyAI's streaming API v3: a session per channel.
 *
 * A turn is a segment. Its messages come again and again, each with the turn so far, until
 * end_of_turn; with format_turns the end may come twice, as it was heard and then with punctuation.
 * The formatted one is the final, unless it has not come when two more seconds of audio have gone
 * or the next turn has ended. A partial is made of all words, those that may still change included:
 * `transcript` has only the others and begins empty.
 *
 * Turns are numbered. They are told in that order whatever order their ends come in, and each once.
 *
 * ForceEndpoint and Terminate collect the last words; Termination comes behind them. A session ends
 * by itself after three hours, or when its Begin says; it is given up shortly before.
 */
#include "assemblyai_reply.h"
#include "assemblyai_setup.h"
#include "engines.h"
#include "remote.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    CHUNK_US = 100 * MS_US,
    CHUNK_MIN_US = 50 * MS_US,
    STALL_US = 10 * SECOND_US, /* some models say nothing until the speaker pauses */
    KEEP_ALIVE_US = 4 * SECOND_US,
    PACE_FREE_US = 30 * SECOND_US, /* a ring's replay; the service closes (3007) what stays faster
                                      than real time, and looks minutes ahead */
    SESSION_S = 3 * 60 * 60,
    EXPIRY_MARGIN_S = 10,
    FORMAT_WAIT_US = 2 * SECOND_US,
    TURN_LAST = 1000000000,
    TURNS_MAX = 4, /* ended and waiting for one before them */
    BACK_SLACK_US = 300 * MS_US,
    SAMPLES_MAX = ST_REMOTE_RATE_HIGH_HZ / 10,
};

static const char force_text[] = "{\"type\":\"ForceEndpoint\"}";
static const char terminate_text[] = "{\"type\":\"Terminate\"}";
static const char keep_alive_text[] = "{\"type\":\"KeepAlive\"}";

struct turn {
    struct st_kept final;
    bool is_ended;
    bool is_formatted;
    int64_t ended_us; /* audio sent by then */
};

struct st_engine_stream {
    struct st_engine_stream_config config;
    const struct st_engine *engine;
    struct st_json_writer url;
    const char *headers[3];
    struct st_assemblyai_reply message;
    struct turn turns[TURNS_MAX]; /* by number, a ring */
    struct st_kept partial;       /* of the next turn */
    struct st_json_writer text;   /* of its words */
    int64_t next;                 /* turn to be told; -1: none was seen */
    int64_t expires_at_s;
    int64_t sent_samples;
    int64_t heard_us; /* where the last word ended */
    int64_t done_us;  /* where the last turn ended */
    bool is_finishing;
};

/* ---- the stream ---- */

static int target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                  char *ret_why, size_t why_bytes)
{
    *ret_target = (struct st_engine_target){.url = stream->url.data,
                                            .headers = stream->headers,
                                            .ca_file = st_remote_ca_file(stream->engine->remote)};
    return 0;
}

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    if (!st_remote_has_rate(config->rate_hz))
        return -EINVAL;
    if (!st_assemblyai_has_language(engine, config->language))
        return -ENOTSUP;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    stream->engine = engine;
    stream->headers[0] = "AssemblyAI-Version: 2025-05-12";
    stream->headers[1] = engine->authorization;
    stream->next = -1;
    st_assemblyai_make_url(&stream->url, engine, config);
    *ret_stream = stream;
    return 0;
}

static int64_t sent_us(const struct st_engine_stream *stream)
{
    return stream->sent_samples * SECOND_US / stream->config.rate_hz;
}

static void release_turns(struct st_engine_stream *stream, bool is_over);

static void give_up_before_it_expires(struct st_engine_stream *stream)
{
    if (stream->expires_at_s == 0 || time(NULL) < stream->expires_at_s - EXPIRY_MARGIN_S)
        return;
    stream->expires_at_s = 0;
    stream->config.sink->failed(stream->config.user, ST_TROUBLE_EXPIRED,
                                "AssemblyAI's session will soon be as long as it may be");
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frame)
{
    int16_t samples[SAMPLES_MAX] = {0};
    uint32_t count = frame->count;
    uint32_t least = (uint32_t)((int64_t)stream->config.rate_hz * CHUNK_MIN_US / SECOND_US);
    if (count > SAMPLES_MAX)
        return -EINVAL;
    memcpy(samples, frame->samples, count * sizeof(samples[0]));
    if (count < least)
        count = least;
    stream->sent_samples += count;
    stream->config.sink->send(stream->config.user, samples, count * sizeof(samples[0]), true);
    release_turns(stream, false);
    give_up_before_it_expires(stream);
    return 0;
}

static void keep_alive(struct st_engine_stream *stream)
{
    st_remote_send_text(&stream->config, keep_alive_text);
}

static void finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    st_remote_send_text(&stream->config, force_text);
    st_remote_send_text(&stream->config, terminate_text);
}

static void close_stream(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    for (unsigned i = 0; i < TURNS_MAX; i++)
        st_kept_fini(&stream->turns[i].final);
    st_kept_fini(&stream->partial);
    st_json_fini(&stream->text);
    st_json_fini(&stream->url);
    st_assemblyai_reply_fini(&stream->message);
    free(stream);
}

/* ---- turns ---- */

static struct turn *turn_at(struct st_engine_stream *stream, int64_t number)
{
    return &stream->turns[number % TURNS_MAX];
}

static void tell_turn(struct st_engine_stream *stream, struct st_kept *kept)
{
    struct st_segment *segment = &kept->segment;
    segment->id = (uint64_t)stream->next + 1;
    segment->is_final = true;
    if (segment->end_us > stream->done_us)
        stream->done_us = segment->end_us;
    if (segment->text[0] || stream->partial.is_used)
        stream->config.sink->segment(stream->config.user, 0, segment);
    stream->config.sink->settled(stream->config.user, 0, stream->done_us);
    stream->partial.is_used = false;
    stream->next++;
}

static bool is_due(struct st_engine_stream *stream, const struct turn *turn)
{
    return turn->is_formatted || !stream->engine->formats_turns ||
           sent_us(stream) - turn->ended_us >= FORMAT_WAIT_US ||
           turn_at(stream, stream->next + 1)->is_ended;
}

/* At the end of the session a turn that has not ended is what was heard of it. */
static void release_turns(struct st_engine_stream *stream, bool is_over)
{
    while (stream->next >= 0) {
        struct turn *turn = turn_at(stream, stream->next);
        if (!turn->is_ended || !(is_over || is_due(stream, turn)))
            break;
        turn->is_ended = false;
        tell_turn(stream, &turn->final);
    }
    if (!is_over || stream->next < 0)
        return;
    if (stream->partial.is_used)
        tell_turn(stream, &stream->partial);
    for (unsigned i = 0; i < TURNS_MAX; i++) {
        struct turn *turn = turn_at(stream, stream->next);
        if (turn->is_ended)
            tell_turn(stream, &turn->final);
        else
            stream->next++;
        turn->is_ended = false;
    }
}

static const char *join_words(struct st_engine_stream *stream)
{
    const struct st_reply *reply = &stream->message.reply;
    st_json_reset(&stream->text);
    for (size_t i = 0; i < reply->word_count; i++) {
        const char *word = reply->words[i].text;
        if (i > 0)
            st_json_append(&stream->text, " ", 1);
        st_json_append(&stream->text, word, strlen(word));
    }
    return reply->word_count > 0 ? st_remote_end_url(&stream->text) : stream->message.text;
}

static struct st_segment read_turn(struct st_engine_stream *stream)
{
    const struct st_assemblyai_reply *message = &stream->message;
    struct st_segment segment = st_reply_segment(&message->reply, stream->done_us, sent_us(stream));
    segment.text = message->text;
    segment.language = message->language[0] ? message->language : NULL;
    return segment;
}

static void keep_partial(struct st_engine_stream *stream)
{
    struct st_segment partial = read_turn(stream);
    partial.text = join_words(stream);
    bool is_news =
        !stream->partial.is_used || strcmp(stream->partial.segment.text, partial.text) != 0;
    if (!partial.text[0] || !is_news)
        return;
    st_kept_reset(&stream->partial);
    st_kept_put(&stream->partial, &partial);
    if (!stream->config.wants_partials)
        return;
    partial.id = (uint64_t)stream->next + 1;
    partial.word_count = 0;
    partial.word_times = ST_WORD_TIMES_NONE;
    stream->config.sink->segment(stream->config.user, 0, &partial);
}

static int keep_end(struct st_engine_stream *stream)
{
    const struct st_assemblyai_reply *message = &stream->message;
    struct turn *turn = turn_at(stream, message->turn);
    struct st_segment segment = read_turn(stream);
    if (segment.start_us < stream->done_us - BACK_SLACK_US)
        return -EPROTO;
    if (turn->is_ended && (turn->is_formatted || !message->is_formatted))
        return 0;
    if (!turn->is_ended)
        turn->ended_us = sent_us(stream);
    turn->is_ended = true;
    turn->is_formatted = message->is_formatted;
    st_kept_reset(&turn->final);
    st_kept_put(&turn->final, &segment);
    return 0;
}

static void tell_lag(struct st_engine_stream *stream)
{
    const struct st_reply *reply = &stream->message.reply;
    int64_t end_us = reply->word_count > 0 ? reply->words[reply->word_count - 1].end_us : 0;
    if (end_us <= stream->heard_us)
        return;
    stream->heard_us = end_us;
    if (!stream->message.is_end)
        stream->config.sink->lag(stream->config.user,
                                 end_us < sent_us(stream) ? sent_us(stream) - end_us : 0);
}

static int handle_turn(struct st_engine_stream *stream)
{
    int64_t number = stream->message.turn;
    if (number > TURN_LAST)
        return -EPROTO;
    if (stream->next < 0)
        stream->next = number;
    if (number < stream->next)
        return 0; /* it was told */
    if (number >= stream->next + TURNS_MAX)
        return -EPROTO;
    tell_lag(stream);
    if (!stream->message.is_end) {
        if (number == stream->next && !turn_at(stream, number)->is_ended)
            keep_partial(stream);
        return 0;
    }
    int err = keep_end(stream);
    if (!err)
        release_turns(stream, false);
    return err;
}

/* Its codes are those of closing. */
static void handle_error(struct st_engine_stream *stream)
{
    char what[160] = "AssemblyAI reports an error";
    int64_t code = stream->message.error_code;
    struct st_engine_closing closing = {
        .ws_code = code > 0 && code <= UINT16_MAX ? (uint16_t)code : 0, .reason = ""};
    enum st_engine_trouble trouble =
        st_engine_judge(&st_assemblyai_ops, stream, &closing, what, sizeof(what));
    stream->config.sink->failed(stream->config.user, trouble, what);
}

static int receive(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary)
{
    if (is_binary)
        return -EPROTO;
    int err = st_assemblyai_reply_read(&stream->message, data, bytes, sent_us(stream));
    if (err)
        return err;
    switch (stream->message.kind) {
    case ST_ASSEMBLYAI_BEGIN:
        stream->expires_at_s = stream->message.expires_at_s;
        return 0;
    case ST_ASSEMBLYAI_TURN:
        return handle_turn(stream);
    case ST_ASSEMBLYAI_TERMINATION:
        release_turns(stream, true);
        if (stream->is_finishing)
            stream->config.sink->done(stream->config.user);
        return 0;
    case ST_ASSEMBLYAI_ERROR:
        handle_error(stream);
        return 0;
    case ST_ASSEMBLYAI_OTHER:
        return 0;
    }
    return 0;
}

const struct st_engine_ops st_assemblyai_ops = {
    .name = "assemblyai",
    .title = "AssemblyAI streaming v3",
    .kind = ST_ENGINE_REMOTE,
    .chunk_us = CHUNK_US,
    .stall_us = STALL_US,
    .answers_speech_only = true,
    .session_us = (int64_t)SESSION_S * SECOND_US,
    .keep_alive_us = KEEP_ALIVE_US,
    .pace_pct = 100,
    .pace_free_us = PACE_FREE_US,
    .load = st_assemblyai_load,
    .unload = st_assemblyai_unload,
    .describe = st_assemblyai_describe,
    .rate_hz = st_remote_rate_hz,
    .target = target,
    .open = open_stream,
    .audio = audio,
    .keep_alive = keep_alive,
    .finish = finish,
    .close = close_stream,
    .receive = receive,
    .ends = st_assemblyai_ends,
};
