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
    expect(recorder->starts++ == 0, "one start");
    expect(start->call_id[0] != '\0' && strlen(start->call_id) <= 128, "a call id");
    expect(start->channel_mask > 0 && start->channel_mask < 4, "a channel");
    expect(start->attribute_count <= ST_INGEST_ATTRIBUTES_MAX, "32 attributes");
    expect(start->rate_hz >= 8000 && start->rate_hz <= 48000, "a rate");
    note(recorder,
         "start %s stream=%s agent=%s/%s queue=%s caller=%s language=%s codec=%d rate=%u mask=%u "
         "roles=%s,%s",
         start->call_id, start->stream_id, start->agent_id, start->agent_name, start->queue,
         start->caller, start->language, (int)start->codec, start->rate_hz, start->channel_mask,
         st_role_name(start->channels[0].role), st_role_name(start->channels[1].role));
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
    static const char *const names[] = {"stopped", "lost", "error"};
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
    static char none[] = "";
    memset(recorder, 0, sizeof(*recorder));
    recorder->route.twilio.auth_token = none;
    recorder->route.twilio.inbound = inbound;
    recorder->config = (struct st_dialect_config){
        .route = &recorder->route, .public_url = "", .sink = &sink, .user = recorder};
    recorder->ops = st_dialect_find(dialect);
    expect(recorder->ops && recorder->ops->create(&recorder->dialect, &recorder->config) == 0,
           "a dialect");
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
