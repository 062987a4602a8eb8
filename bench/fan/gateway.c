/*
 * The gateway: one call whose engine says a final whenever an event is wanted, and subscribers of
 * the push API that ask for finals only.
 */
#include "../load/call.h"
#include "../load/sink.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

enum { ENGINE_RATE_HZ = 16000, ENGINE_STREAMS = 8 };

static const char events_path[] = "/v1/events";
static const char subscribe_text[] = "{\"type\":\"subscribe\",\"events\":[\"transcript.final\"]}";
static const char final_text[] =
    "{\"text\" : \"thanks for calling how can i help you with your order today it looks like the "
    "parcel is delayed in the depot and will be with you tomorrow before noon\"}";

static struct call call;
static struct ws *subscribers;

static void on_mark(const struct mark *mark)
{
}

static void open_publisher(uint16_t port, uint16_t stt_port)
{
    sink_open(stt_port, ENGINE_RATE_HZ, ENGINE_STREAMS, on_mark);
    call.dialect = dialect_find("pcm");
    call_open(&call, &(struct ws_request){call.dialect->path, port, NULL});
    while (sink_totals().configs < 2)
        poller_poll(1000000);
}

static void publish(void)
{
    if (call.is_lost)
        fan_lost("the call", "its connection");
    sink_say(0, final_text);
}

static void on_open(struct ws *ws)
{
    ws_send(ws, WS_TEXT, subscribe_text, sizeof(subscribe_text) - 1);
}

static bool is_of_type(const void *data, size_t bytes, const char *member)
{
    return memmem(data, bytes, member, strlen(member)) != NULL;
}

static void on_message(struct ws *ws, enum ws_opcode opcode, const uint8_t *data, size_t bytes)
{
    if (is_of_type(data, bytes < 256 ? bytes : 256, "\"type\":\"transcript.final\""))
        fan_delivered((unsigned)(ws - subscribers), data, bytes);
    else if (is_of_type(data, bytes, "\"type\":\"snapshot.end\""))
        fan_ready();
}

static void on_closed(struct ws *ws, const char *why)
{
    fan_lost("a subscriber", why);
}

static const struct ws_events events = {on_open, on_message, on_closed};

static void open_subscriber(uint16_t port, unsigned index, unsigned count)
{
    if (!subscribers)
        subscribers = calloc(count, sizeof(*subscribers));
    ws_start_client(&subscribers[index], poller_connect(port),
                    &(struct ws_request){events_path, port, NULL}, &events, NULL);
}

const struct fan_target gateway_target = {
    .name = "gateway",
    .open_publisher = open_publisher,
    .open_subscriber = open_subscriber,
    .publish = publish,
};
