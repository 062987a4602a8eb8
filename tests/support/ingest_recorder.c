#include "ingest_recorder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool is_kept, const char *rule)
{
    if (is_kept)
        return;
    fprintf(stderr, "a dialect broke its contract: %s\n", rule);
    abort();
}

static void __attribute__((format(printf, 2, 3)))
note(struct recorder *recorder, const char *format, ...)
{
    va_list args;
    size_t room = sizeof(recorder->log) - recorder->len;
    if (recorder->is_silent)
        return;
    va_start(args, format);
    int bytes = vsnprintf(recorder->log + recorder->len, room, format, args);
    va_end(args);
    if ((size_t)bytes < room)
        recorder->len += (size_t)bytes;
    recorder->log[recorder->len] = '\0';
}

static int on_start(void *user, const struct st_ingest_start *start)
{
    struct recorder *recorder = user;
    expect(recorder->starts++ == 0 || recorder->is_started, "one start, or more of a call");
    expect(start->call_id[0] != '\0' && strlen(start->call_id) <= 128, "a call id");
    expect(recorder->starts == 1 || strcmp(recorder->call_id, start->call_id) == 0, "one call");
    snprintf(recorder->call_id, sizeof(recorder->call_id), "%s", start->call_id);
    unsigned mask = start->channel_mask | start->told_mask;
    expect(mask > 0 && mask < 4, "a channel");
    expect(start->attribute_count <= ST_INGEST_ATTRIBUTES_MAX, "32 attributes");
    expect(!start->channel_mask || (start->rate_hz >= 8000 && start->rate_hz <= 48000), "a rate");
    note(recorder,
         "start %s stream=%s agent=%s/%s queue=%s caller=%s language=%s codec=%d rate=%u mask=%u "
         "roles=%s,%s",
         start->call_id, start->stream_id, start->agent_id, start->agent_name, start->queue,
         start->caller, start->language, (int)start->codec, start->rate_hz, start->channel_mask,
         st_role_name(start->channels[0].role), st_role_name(start->channels[1].role));
    if (start->told_mask || start->is_told)
        note(recorder, " told=%u%s", start->told_mask, start->is_told ? ",alone" : "");
    for (size_t i = 0; i < start->attribute_count; i++)
        note(recorder, " %s=%s", start->attributes[i].key, start->attributes[i].value);
    note(recorder, "\n");
    recorder->is_started = recorder->start_result == 0;
    return recorder->start_result;
}

static void on_media(void *user, const struct st_ingest_media *media)
{
    struct recorder *recorder = user;
    uint32_t hash = 2166136261u;
    expect(recorder->is_started && !recorder->is_stopped, "media within a call");
    expect(media->bytes > 0 && media->channel < ST_CHANNELS_MAX, "audio of a channel");
    expect(media->position_us >= -1, "a position");
    for (size_t i = 0; i < media->bytes; i++)
        hash = (hash ^ media->payload[i]) * 16777619u;
    recorder->medias++;
    recorder->media_bytes[media->channel] += media->bytes;
    note(recorder, "media %s %lld %zu %08x\n",
         media->is_interleaved ? "both"
         : media->channel      ? "1"
                               : "0",
         (long long)media->position_us, media->bytes, hash);
}

static void expect_words(const struct st_segment *segment)
{
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = segment->words + i;
        expect(word->text[0] && word->end_us >= word->start_us, "words with a text and a length");
        expect(i == 0 || word->start_us >= word[-1].start_us, "words in order");
    }
}

static void on_transcript(void *user, const struct st_ingest_transcript *transcript)
{
    struct recorder *recorder = user;
    const struct st_segment *segment = &transcript->segment;
    expect(recorder->is_started && !recorder->is_stopped, "a transcript within a call");
    expect(transcript->channel < ST_CHANNELS_MAX && segment->id > 0 && segment->text, "a segment");
    expect(segment->end_us >= segment->start_us, "a length");
    expect_words(segment);
    recorder->transcripts++;
    note(recorder, "%s %u #%llu %lld-%lld%s %.3f '%s'%s%s", segment->is_final ? "final" : "partial",
         transcript->channel, (unsigned long long)segment->id, (long long)segment->start_us / 1000,
         (long long)segment->end_us / 1000, transcript->is_since_start ? "" : " own clock",
         (double)segment->confidence, segment->text, segment->language ? " " : "",
         segment->language ? segment->language : "");
    if (transcript->sentiment)
        note(recorder, " %s", transcript->sentiment);
    for (size_t i = 0; i < segment->word_count; i++)
        note(recorder, "%s%s %lld-%lld",
             i == 0
                 ? (segment->word_times == ST_WORD_TIMES_MEASURED ? " measured: " : " estimated: ")
                 : ", ",
             segment->words[i].text, (long long)segment->words[i].start_us / 1000,
             (long long)segment->words[i].end_us / 1000);
    note(recorder, "\n");
}

static void on_dtmf(void *user, unsigned channel, char digit, int64_t position_us)
{
    struct recorder *recorder = user;
    expect(recorder->is_started && !recorder->is_stopped, "dtmf within a call");
    expect(channel < ST_CHANNELS_MAX && strchr("0123456789*#ABCD", digit), "a digit");
    note(recorder, "dtmf %u %c %lld\n", channel, digit, (long long)position_us);
}

static void on_mark(void *user, const char *name)
{
    struct recorder *recorder = user;
    expect(recorder->is_started && !recorder->is_stopped, "a mark within a call");
    note(recorder, "mark %s\n", name);
}

static void on_pause(void *user)
{
    struct recorder *recorder = user;
    expect(recorder->is_started && !recorder->is_stopped, "a pause within a call");
    note(recorder, "pause\n");
}

static void on_resume(void *user)
{
    struct recorder *recorder = user;
    expect(recorder->is_started && !recorder->is_stopped, "a resume within a call");
    note(recorder, "resume\n");
}

static void on_stop(void *user, enum st_ingest_end end)
{
    static const char *const names[] = {
        [ST_INGEST_END_STOPPED] = "stopped", [ST_INGEST_END_TOGETHER] = "together",
        [ST_INGEST_END_CLOSED] = "closed",   [ST_INGEST_END_LOST] = "lost",
        [ST_INGEST_END_ERROR] = "error",
    };
    struct recorder *recorder = user;
    expect(recorder->is_started && !recorder->is_stopped, "one stop after a start");
    recorder->is_stopped = true;
    recorder->end = end;
    note(recorder, "stop %s\n", names[end]);
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct recorder *recorder = user;
    recorder->sends++;
    expect(!is_binary, "text to the platform");
    note(recorder, "send %.*s\n", (int)bytes, (const char *)data);
}

static void on_ignored(void *user)
{
    struct recorder *recorder = user;
    recorder->ignored++;
    note(recorder, "ignored\n");
}

static const struct st_ingest_sink sink = {
    .start = on_start,
    .media = on_media,
    .transcript = on_transcript,
    .dtmf = on_dtmf,
    .mark = on_mark,
    .pause = on_pause,
    .resume = on_resume,
    .stop = on_stop,
    .send = on_send,
    .ignored = on_ignored,
};

void recorder_open(struct recorder *recorder, const char *dialect, enum st_role inbound)
{
    static const char *const no_headers[ST_INGEST_HEADERS_MAX];
    static char none[] = "";
    memset(recorder, 0, sizeof(*recorder));
    recorder->route.twilio.auth_token = none;
    recorder->route.twilio.inbound = inbound;
    recorder->route.wants_partials = true;
    recorder->config = (struct st_dialect_config){.route = &recorder->route,
                                                  .public_url = "",
                                                  .query = "",
                                                  .headers = no_headers,
                                                  .sink = &sink,
                                                  .user = recorder};
    recorder->ops = st_dialect_find(dialect);
    expect(recorder->ops && recorder->ops->create(&recorder->dialect, &recorder->config) == 0,
           "a dialect");
}

void recorder_reopen(struct recorder *recorder, const char *dialect, const char *query,
                     const char *const *headers)
{
    struct st_config_acs acs = recorder->route.acs;
    recorder_close(recorder);
    recorder_open(recorder, dialect, ST_ROLE_CUSTOMER);
    recorder_close(recorder);
    recorder->route.acs = acs;
    recorder->config.query = query;
    recorder->config.headers = headers;
    expect(recorder->ops->create(&recorder->dialect, &recorder->config) == 0, "a dialect");
}

void recorder_close(struct recorder *recorder)
{
    recorder->ops->destroy(recorder->dialect);
    recorder->dialect = NULL;
}

int recorder_feed(struct recorder *recorder, const void *data, size_t bytes, bool is_binary)
{
    void *copy = malloc(bytes ? bytes : 1);
    if (bytes > 0)
        memcpy(copy, data, bytes);
    recorder->result =
        recorder->ops->receive(recorder->dialect, copy, bytes, is_binary, &recorder->close);
    free(copy);
    if (recorder->result < 0) {
        expect(recorder->close.code >= 1000 && recorder->close.reason[0], "a reason to close");
        expect(!recorder->is_started || recorder->is_stopped, "stop before an error");
        note(recorder, "close %u %s\n", recorder->close.code, recorder->close.reason);
    } else if (recorder->result > 0) {
        expect(!recorder->is_started || recorder->is_stopped, "stop before the end");
        note(recorder, "done\n");
    }
    return recorder->result;
}

int recorder_feed_text(struct recorder *recorder, const char *text)
{
    return recorder_feed(recorder, text, strlen(text), false);
}

void recorder_lose(struct recorder *recorder)
{
    recorder->ops->lost(recorder->dialect);
    expect(!recorder->is_started || recorder->is_stopped, "stop when lost");
}
