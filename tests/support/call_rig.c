#include "call_rig.h"

#include "sidetone/config.h"
#include "sidetone/ingest.h"
#include "sidetone/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void report_config(void *user, const char *text)
{
    fprintf(stderr, "%s\n", text);
    abort();
}

static void report(void *user, bool is_problem, const char *text)
{
    if (is_problem)
        report_config(user, text);
}

struct st_settings *rig_settings(const char *yaml)
{
    char path[] = "/tmp/sidetone-rig-XXXXXX.yaml", note[512];
    struct st_settings *settings;
    struct st_config *config;
    int fd = mkstemps(path, 5);
    assert(fd >= 0);
    assert(write(fd, yaml, strlen(yaml)) == (int)strlen(yaml));
    close(fd);
    unsetenv("SIDETONE_MODELS"); /* no lexicon, whatever is installed here */
    assert(st_config_load(&config, path, report_config, NULL) == 0);
    unlink(path);
    assert(st_settings_create(&settings, config, report_config, NULL, note, sizeof(note)) == 0);
    return settings;
}

void rig_open(struct call_rig *rig, unsigned loop_count, const char *yaml)
{
    st_log_set_level(NULL, ST_LOG_ERROR);
    *rig = (struct call_rig){.loop_count = loop_count, .settings = rig_settings(yaml)};
    fake_engine_reset();
    for (unsigned i = 0; i < loop_count; i++)
        assert(st_loop_create(&rig->loops[i], i, 0) == 0);
    struct st_call_service_config config = {
        .settings = rig->settings, .loops = rig->loops, .loop_count = loop_count};
    assert(st_call_service_create(&rig->service, &config, report, NULL) == 0);
    rig->hub = st_call_service_hub(rig->service);
}

void rig_close(struct call_rig *rig)
{
    for (unsigned i = 0; i < rig->loop_count; i++)
        st_call_service_close_loop(rig->service, i);
    for (unsigned i = 0; i < rig->loop_count; i++)
        st_loop_stop(rig->loops[i]);
    step_loop_advance(1000000);
    assert(step_loop_timers() == 0);
    for (unsigned i = 0; i < rig->loop_count; i++)
        st_loop_destroy(rig->loops[i]);
    st_call_service_destroy(rig->service);
    assert(fake_engine.unloads == fake_engine.loads);
    fake_engine_reset();
    st_settings_unref(rig->settings);
}

/* ---- legs ---- */

static void link_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct rig_leg *leg = user;
    assert(leg->text_bytes + bytes + 2 < sizeof(leg->text));
    memcpy(leg->text + leg->text_bytes, data, bytes);
    leg->text_bytes += bytes;
    leg->text[leg->text_bytes++] = '\n';
    leg->text[leg->text_bytes] = '\0';
}

static void link_close(void *user, uint16_t code, const char *reason)
{
    struct rig_leg *leg = user;
    leg->closes++;
    leg->code = code;
    snprintf(leg->reason, sizeof(leg->reason), "%s", reason);
}

static const struct st_leg_link leg_link = {.send = link_send, .close = link_close};

static void open_leg(struct rig_leg *leg, struct call_rig *rig, struct st_leg_config *config,
                     const char *tenant)
{
    const struct st_config *settings =
        st_settings_config(st_call_service_settings(rig->service, config->loop_index));
    *leg = (struct rig_leg){0};
    config->tenant = st_config_tenant_find(settings, tenant, tenant ? strlen(tenant) : 0);
    assert(config->tenant != NULL);
    config->route = st_config_route_find(config->tenant, NULL, 0);
    config->link = &leg_link;
    config->link_user = leg;
    assert(st_leg_open(&leg->leg, rig->service, config) == 0);
}

void rig_leg_open(struct rig_leg *leg, struct call_rig *rig, unsigned loop, const char *dialect)
{
    struct st_leg_config config = {.loop_index = loop, .dialect = st_dialect_find(dialect)};
    open_leg(leg, rig, &config, NULL);
}

void rig_leg_open_as(struct rig_leg *leg, struct call_rig *rig, unsigned loop, const char *tenant,
                     const struct st_claims *claims)
{
    struct st_leg_config config = {
        .loop_index = loop, .dialect = st_dialect_find("pcm"), .claims = claims};
    open_leg(leg, rig, &config, tenant);
}

void rig_leg_say(struct rig_leg *leg, const char *text)
{
    st_leg_receive(leg->leg, text, strlen(text), false);
}

void rig_leg_start(struct rig_leg *leg, const char *call_id, const char *members)
{
    char text[2048];
    snprintf(text, sizeof(text), "{\"type\":\"start\",\"call_id\":\"%s\"%s%s}", call_id,
             members[0] ? "," : "", members);
    rig_leg_say(leg, text);
}

static void talk(struct rig_leg *leg, unsigned samples_per_ms, unsigned ms)
{
    int16_t samples[16 * 20];
    for (unsigned i = 0; i < samples_per_ms * 20; i++)
        samples[i] = 1000;
    for (unsigned done = 0; done < ms; done += 20)
        st_leg_receive(leg->leg, samples, (size_t)samples_per_ms * 20 * sizeof(samples[0]), true);
}

void rig_leg_talk(struct rig_leg *leg, unsigned ms)
{
    talk(leg, 16, ms);
}

void rig_leg_talk_mono(struct rig_leg *leg, unsigned ms)
{
    talk(leg, 8, ms);
}

void rig_leg_close(struct rig_leg *leg)
{
    st_leg_close(leg->leg);
    leg->leg = NULL;
}
