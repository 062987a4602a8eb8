#include "engine_rig.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MS_US = 1000 };

struct st_engine *rig_engine;
struct st_engine_stream *rig_stream;
char rig_why[256], rig_what[256], rig_sent[8192];
size_t rig_binary, rig_binary_bytes;
int16_t rig_samples[4800];
int64_t rig_lag_us, rig_settled_us[ST_ENGINE_CHANNELS_MAX];
struct st_config_remote_engine rig_remote;
struct st_engine_stream_config rig_config;

static const struct st_engine_ops *ops;
static char said[16384];

static void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
    size_t len = strlen(said);
    va_list args;
    va_start(args, format);
    vsnprintf(said + len, sizeof(said) - len, format, args);
    va_end(args);
}

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    ck_assert_int_ge(segment->start_us, 0);
    ck_assert_int_ge(segment->end_us, segment->start_us);
    note("%s%s%d@%d-%d:%s", channel ? "b" : "", segment->is_final ? "F" : "p", (int)segment->id,
         (int)(segment->start_us / MS_US), (int)(segment->end_us / MS_US), segment->text);
    if (segment->is_final)
        note("/%zu", segment->word_count);
    note("%s%s%s ", segment->language ? "(" : "", segment->language ? segment->language : "",
         segment->language ? ")" : "");
}

static void on_finding(void *user, unsigned channel, const struct st_vendor_finding *finding)
{
    static const char *const types[] = {"category", "issue", "sentiment", "entity"};
    note("%s!%s:%s:%d@%d-%d ", channel ? "b" : "", types[finding->type], finding->name,
         (int)finding->segment_id, (int)(finding->start_us / MS_US),
         (int)(finding->end_us / MS_US));
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    size_t len = strlen(rig_sent);
    if (is_binary) {
        ck_assert_uint_le(bytes, sizeof(rig_samples));
        memcpy(rig_samples, data, bytes);
        rig_binary++;
        rig_binary_bytes = bytes;
        return;
    }
    ck_assert_uint_lt(bytes + 2, sizeof(rig_sent));
    if (len + bytes + 2 > sizeof(rig_sent))
        len = 0;
    memcpy(rig_sent + len, data, bytes);
    memcpy(rig_sent + len + bytes, "\n", 2);
}

static void on_done(void *user)
{
    note("done ");
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    note("failed:%s:%s ", st_engine_trouble_name(trouble), what);
}

static void on_lag(void *user, int64_t us)
{
    ck_assert_int_ge(us, 0);
    rig_lag_us = us;
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    rig_settled_us[channel] = until_us;
}

static const struct st_engine_sink sink = {
    .segment = on_segment,
    .finding = on_finding,
    .send = on_send,
    .done = on_done,
    .failed = on_failed,
    .lag = on_lag,
    .settled = on_settled,
};

void rig_reset(const struct st_engine_ops *of, const char *url)
{
    static char name[] = "ear", key[] = "the-key", none[] = "";
    static char address[256];
    ops = of;
    snprintf(address, sizeof(address), "%s", url);
    rig_remote = (struct st_config_remote_engine){.name = name,
                                                  .url = address,
                                                  .region = none,
                                                  .key = key,
                                                  .key_file = none,
                                                  .model = none,
                                                  .ca_file = none};
    rig_config = (struct st_engine_stream_config){.rate_hz = 8000,
                                                  .channels = 1,
                                                  .call_id = "",
                                                  .language = "en-US",
                                                  .wants_partials = true,
                                                  .sink = &sink};
    said[0] = rig_sent[0] = rig_why[0] = '\0';
    rig_binary = rig_binary_bytes = 0;
    rig_lag_us = rig_settled_us[0] = rig_settled_us[1] = 0;
}

int rig_load(void)
{
    struct st_config_engines config = {0};
    return ops->load(&rig_engine, &config, &rig_remote, rig_why, sizeof(rig_why));
}

int rig_open(void)
{
    if (!rig_engine)
        ck_assert_msg(rig_load() == 0, "%s", rig_why);
    return ops->open(&rig_stream, rig_engine, &rig_config);
}

void rig_close(void)
{
    ops->close(rig_stream);
    ops->unload(rig_engine);
    rig_stream = NULL;
    rig_engine = NULL;
}

void rig_reopen(void)
{
    rig_close();
    ck_assert_int_eq(rig_open(), 0);
}

const struct st_engine_target *rig_target(void)
{
    static struct st_engine_target target;
    ck_assert_int_eq(ops->target(rig_stream, &target, rig_why, sizeof(rig_why)), 0);
    return &target;
}

void rig_check_hints(void)
{
    const char *hints[100];
    char hint[201];
    snprintf(hint, sizeof(hint), "%0200d", 0);
    for (size_t i = 0; i < 100; i++)
        hints[i] = hint;
    rig_config.hints = hints;
    rig_config.hint_count = 100;
    rig_reopen();
    ck_assert_uint_gt(strlen(rig_target()->url), 2000);
    ck_assert_uint_lt(strlen(rig_target()->url), 8300);
}

int rig_put_samples(uint32_t count)
{
    static int16_t samples[ST_ENGINE_CHANNELS_MAX][1600];
    struct st_frame frames[ST_ENGINE_CHANNELS_MAX];
    for (unsigned channel = 0; channel < ST_ENGINE_CHANNELS_MAX; channel++) {
        for (int i = 0; i < 1600; i++)
            samples[channel][i] = (int16_t)(100 * channel + (unsigned)i);
        frames[channel] = (struct st_frame){samples[channel], count, rig_config.rate_hz, 0};
    }
    return ops->audio(rig_stream, frames);
}

int rig_put(unsigned chunks)
{
    int err = 0;
    for (unsigned i = 0; i < chunks && !err; i++)
        err = rig_put_samples(rig_config.rate_hz / 10);
    return err;
}

int rig_answer(const char *text)
{
    return ops->receive(rig_stream, text, strlen(text), false);
}

void rig_expect(const char *text)
{
    ck_assert_str_eq(said, text);
    said[0] = '\0';
}

void rig_expect_sent(const char *lines)
{
    ck_assert_str_eq(rig_sent, lines);
    rig_sent[0] = '\0';
}

void rig_check_end(const struct rig_end *end)
{
    struct st_engine_closing closing = {.http_status = end->http_status,
                                        .ws_code = end->ws_code,
                                        .reason = end->reason,
                                        .what = ""};
    rig_what[0] = '\0';
    ck_assert_int_eq(st_engine_judge(ops, rig_stream, &closing, rig_what, sizeof(rig_what)),
                     end->trouble);
    ck_assert_ptr_null(strstr(rig_what, "the-key"));
}
