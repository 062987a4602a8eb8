#include "rtp_run.h"

#include "audio_source.h"
#include "progress.h"
#include "terminal.h"

#include "sidetone/err.h"
#include "sidetone/loop.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    PROGRESS_US = 200000,
    LINGER_US = 50000,
    POLL_MAX = ST_RTP_PLAN_LEGS * ST_RTP_LEG_SOCKETS + 1,
    US_PER_S = 1000000,
};

static volatile sig_atomic_t interrupts;

static void on_signal(int number)
{
    interrupts = interrupts + 1;
}

/* They are let in only while waiting. */
static void mask_signals(int how)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(how, &signals, NULL);
}

void st_rtp_run_init(struct st_rtp_run *run)
{
    struct sigaction action = {.sa_handler = on_signal};
    mask_signals(SIG_BLOCK);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void st_rtp_run_fini(struct st_rtp_run *run)
{
    if (run->shown_us > 0)
        fputs("\r\033[K", stderr);
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        st_rtp_leg_close(run->legs[i]);
    mask_signals(SIG_UNBLOCK);
}

void st_rtp_run_start(struct st_rtp_run *run)
{
    run->has_started = true;
    run->started_us = st_loop_now_us();
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        st_rtp_leg_start(run->legs[i], run->started_us, run->send->speed);
}

void st_rtp_run_end(struct st_rtp_run *run)
{
    if (run->has_ended)
        return;
    run->has_ended = true;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        st_rtp_leg_end(run->legs[i]);
}

bool st_rtp_run_is_done(const struct st_rtp_run *run)
{
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        if (run->has_started && st_rtp_leg_due_us(run->legs[i]) != INT64_MAX)
            return false;
    return run->has_ended;
}

/* ---- audio ---- */

static void put_frame(struct st_rtp_run *run, const int16_t *samples)
{
    int16_t mono[ST_FRAME_SAMPLES_MAX];
    size_t count = st_rtp_leg_rate_hz(run->legs[0]) * ST_FRAME_US / US_PER_S;
    for (unsigned leg = 0; leg < ST_RTP_PLAN_LEGS; leg++) {
        for (size_t i = 0; i < count; i++)
            mono[i] = samples[i * ST_RTP_PLAN_LEGS + leg];
        st_rtp_leg_put(run->legs[leg], mono, count);
    }
    run->frames++;
}

/* The last packet is filled up with silence. */
static void fill_packet(struct st_rtp_run *run)
{
    static const int16_t silence[ST_FRAME_SAMPLES_MAX * ST_RTP_PLAN_LEGS];
    uint64_t frames = run->frames;
    while (run->frames * ST_FRAME_US / 1000 % run->send->rtp.ptime_ms != 0)
        put_frame(run, silence);
    run->frames = frames;
}

static void read_frame(struct st_rtp_run *run)
{
    int16_t samples[ST_FRAME_SAMPLES_MAX * ST_RTP_PLAN_LEGS];
    int ret = st_send_read(run->send, run->source, run->frames, samples);
    if (ret > 0) {
        put_frame(run, samples);
        return;
    }
    if (ret < 0)
        snprintf(run->why, sizeof(run->why), "reading the file: %s", st_err_text(ret));
    fill_packet(run);
    st_rtp_run_end(run);
}

/* When the next frame is to be read; legs run by their own clocks. INT64_MAX: not now. */
static int64_t read_due_us(const struct st_rtp_run *run)
{
    int64_t media_us = (int64_t)run->frames * ST_FRAME_US, due_us = INT64_MAX;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
        if (run->has_ended || !run->has_started || st_rtp_leg_is_full(run->legs[i]))
            return INT64_MAX;
        int64_t wall_us = st_rtp_leg_wall_us(run->legs[i], media_us);
        due_us = wall_us < due_us ? wall_us : due_us;
    }
    return due_us;
}

/* ---- waiting ---- */

static void show_progress(struct st_rtp_run *run, int64_t now_us)
{
    if (run->send->no_progress || !run->has_started || !st_terminal_is(stderr) ||
        now_us < run->shown_us + PROGRESS_US)
        return;
    struct st_text text = {0};
    const struct st_progress progress = {
        .what = run->has_ended ? "finishing" : "sending",
        .done_us = (int64_t)run->frames * ST_FRAME_US,
        .total_us = run->send->loops ? 0 : st_audio_source_duration_us(run->source),
        .elapsed_us = now_us - run->started_us,
    };
    st_progress_line(&text, &progress, st_terminal_columns(stderr) - 1);
    fputs(text.data, stderr);
    st_text_fini(&text);
    run->shown_us = now_us;
}

static int64_t next_due_us(const struct st_rtp_run *run, int64_t now_us)
{
    const struct st_rtp_companion *companion = run->companion;
    int64_t due_us = now_us + PROGRESS_US, other_us = read_due_us(run);
    due_us = other_us < due_us ? other_us : due_us;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS && run->has_started; i++) {
        other_us = st_rtp_leg_due_us(run->legs[i]);
        due_us = other_us < due_us ? other_us : due_us;
    }
    other_us = companion ? companion->due_us(companion->user) : INT64_MAX;
    return other_us < due_us ? other_us : due_us;
}

static void wait_until(struct st_rtp_run *run, int64_t due_us)
{
    const struct st_rtp_companion *companion = run->companion;
    struct pollfd polls[POLL_MAX];
    nfds_t count = 0;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS * ST_RTP_LEG_SOCKETS; i++) {
        int fd = st_rtp_leg_socket(run->legs[i / ST_RTP_LEG_SOCKETS], i % ST_RTP_LEG_SOCKETS);
        polls[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    if (companion)
        polls[count++] = (struct pollfd){companion->socket(companion->user), POLLIN, 0};
    int64_t wait_us = due_us - st_loop_now_us();
    wait_us = wait_us > 0 ? wait_us : 0;
    const struct timespec timeout = {wait_us / US_PER_S, wait_us % US_PER_S * 1000};
    sigset_t none;
    sigemptyset(&none);
    if (ppoll(polls, count, &timeout, &none) <= 0)
        return;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS * ST_RTP_LEG_SOCKETS; i++)
        if (polls[i].revents)
            st_rtp_leg_receive(run->legs[i / ST_RTP_LEG_SOCKETS], i % ST_RTP_LEG_SOCKETS);
    if (companion && polls[count - 1].revents)
        companion->readable(companion->user);
}

void st_rtp_run_step(struct st_rtp_run *run)
{
    int64_t now_us = st_loop_now_us();
    while (read_due_us(run) <= now_us)
        read_frame(run);
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS && run->has_started; i++)
        st_rtp_leg_send_due(run->legs[i], now_us);
    if (run->companion)
        run->companion->tick(run->companion->user, now_us);
    show_progress(run, now_us);
    if (!st_rtp_run_is_done(run) || run->companion)
        wait_until(run, next_due_us(run, now_us));
    run->ended_us = st_loop_now_us();
    run->interrupts = (unsigned)interrupts;
    if (run->interrupts > 0)
        st_rtp_run_end(run);
}

void st_rtp_run_finish(struct st_rtp_run *run, bool says_bye)
{
    int64_t until_us = st_loop_now_us() + LINGER_US;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS && says_bye; i++)
        st_rtp_leg_say_bye(run->legs[i]);
    while (st_loop_now_us() < until_us)
        wait_until(run, until_us);
}
