#include "ledger.h"

#include "../clock.h"
#include "../load/marks.h"
#include "../load/ws.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 2 };

/* One channel of one call. */
struct account {
    uint8_t times[MARK_SECONDS]; /* each second was told */
    int last;
    uint64_t degraded_ns;
};

static const char subscribe_text[] =
    "{\"type\":\"subscribe\",\"partials\":false,\"events\":[\"transcript.final\",\"stt.degraded\","
    "\"stt.recovered\"]}";

static struct ws connection;
static bool is_ready;
static unsigned call_count;
static struct account *accounts;
static struct ledger_totals totals;

static struct account *account_of(unsigned call, unsigned channel)
{
    return &accounts[call * CHANNELS + channel];
}

static const char *find(const char *text, size_t bytes, const char *what)
{
    const char *at = memmem(text, bytes, what, strlen(what));
    return at ? at + strlen(what) : NULL;
}

/* The load program's numbers: "load-123-7", "CA…" with the number in its last 16 hex digits. */
static int read_call(const char *text, size_t bytes)
{
    const char *id = find(text, bytes, "\"call_id\":\"");
    const char *end = id ? memchr(id, '"', bytes - (size_t)(id - text)) : NULL;
    if (!end)
        return -1;
    unsigned long call = id[0] == 'C'
                             ? strtoul(end - 16, NULL, 16)
                             : strtoul((char *)memrchr(id, '-', (size_t)(end - id)) + 1, NULL, 10);
    return call < call_count ? (int)call : -1;
}

static void take_word(struct account *account, int second)
{
    totals.words++;
    totals.repeated += account->times[second] > 0;
    totals.disordered += second < account->last;
    account->times[second]++;
    account->last = second;
}

static void take_final(struct account *account, const char *text, size_t bytes)
{
    const char *at = find(text, bytes, "\"text\":\"");
    const char *end = at ? memchr(at, '"', bytes - (size_t)(at - text)) : NULL;
    totals.finals++;
    while (end && at < end) {
        size_t len = strcspn(at, " \"");
        int second = words_read(at, len);
        if (second >= 0)
            take_word(account, second);
        at += len + 1;
    }
}

static void take_event(const char *text, size_t bytes)
{
    const char *channel = find(text, bytes, "\"channel\":");
    int call = read_call(text, bytes);
    if (call < 0 || !channel || (channel[0] != '0' && channel[0] != '1')) {
        totals.strange++;
        return;
    }
    struct account *account = account_of((unsigned)call, (unsigned)channel[0] - '0');
    if (find(text, bytes, "\"type\":\"transcript.final\"")) {
        take_final(account, text, bytes);
    } else if (find(text, bytes, "\"type\":\"stt.degraded\"")) {
        totals.degraded++;
        if (account->degraded_ns == 0)
            account->degraded_ns = clock_now_ns();
    } else {
        totals.recovered++;
    }
}

static void on_open(struct ws *ws)
{
    ws_send(ws, WS_TEXT, subscribe_text, sizeof(subscribe_text) - 1);
}

static void on_message(struct ws *ws, enum ws_opcode opcode, const uint8_t *data, size_t bytes)
{
    const char *text = (const char *)data;
    size_t head = bytes < 256 ? bytes : 256;
    if (find(text, head, "\"type\":\"transcript.final\"") || find(text, head, "\"type\":\"stt."))
        take_event(text, bytes);
    else if (find(text, head, "\"type\":\"snapshot.end\""))
        is_ready = true;
}

static void on_closed(struct ws *ws, const char *why)
{
    fprintf(stderr, "the subscriber was cut off: %s\n", why);
    exit(1);
}

static const struct ws_events events = {on_open, on_message, on_closed};

void ledger_open(uint16_t port, const char *token, unsigned calls)
{
    call_count = calls;
    accounts = calloc(calls * CHANNELS, sizeof(*accounts));
    for (unsigned i = 0; i < calls * CHANNELS; i++)
        accounts[i].last = -1;
    ws_start_client(&connection, poller_connect(port),
                    &(struct ws_request){"/v1/events", port, token}, &events, NULL);
}

bool ledger_is_ready(void)
{
    return is_ready;
}

bool ledger_has_all(unsigned call, unsigned seconds)
{
    for (unsigned channel = 0; channel < CHANNELS; channel++)
        for (unsigned i = 0; i < seconds; i++)
            if (account_of(call, channel)->times[i] == 0)
                return false;
    return true;
}

void ledger_expect(unsigned call, unsigned seconds)
{
    uint64_t missing = 0;
    for (unsigned channel = 0; channel < CHANNELS; channel++)
        for (unsigned i = 0; i < seconds; i++)
            missing += account_of(call, channel)->times[i] == 0;
    totals.missing += missing;
    totals.incomplete_calls += missing > 0;
}

struct ledger_totals ledger_totals(void)
{
    return totals;
}

uint64_t ledger_degraded_ns(unsigned call, unsigned channel)
{
    return account_of(call, channel)->degraded_ns;
}
