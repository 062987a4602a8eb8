/*
 * One engine, guarded for all calls of the process: how many streams it may have and how fast they
 * may be opened, and whether it is worth trying at all.
 *
 * Who finds no place may wait: places are given in the order in which they were asked for. After
 * failures in quick succession the engine rests: then one stream at a time tries it, and the first
 * that is answered ends that. Reopening after failures is rationed while it rests or not, so that
 * a thousand calls do not fall upon an engine that has just come back.
 *
 * Any thread; time is an argument.
 */
#ifndef SIDETONE_STT_GUARD_H
#define SIDETONE_STT_GUARD_H

#include "sidetone/stt.h"

/* A session's place in the line. Zeroed before its first use. */
struct st_guard_pass {
    struct st_guard_pass *next;
    unsigned places;
    bool is_waiting;
};

struct st_guard_ask {
    unsigned places; /* streams to open */
    bool is_retry;   /* after a failure of this engine in the same call */
    bool has_other;  /* the caller can go to another engine instead */
    int64_t well_us; /* to go back to it: without trouble for so long, and one after the other */
    bool may_wait;   /* false: gone, when there is no place now */
};

/* 0: the places are taken. Else how long to wait before asking again; with may_wait the pass is in
 * the line then. */
int64_t st_guard_enter(struct st_guard *guard, struct st_guard_pass *pass,
                       const struct st_guard_ask *ask, int64_t now_us);
void st_guard_leave(struct st_guard *guard, unsigned places);
/* No longer waits. */
void st_guard_drop(struct st_guard *guard, struct st_guard_pass *pass);

/* Only counted; none of them keeps anybody waiting. */
void st_guard_heard(struct st_guard *guard, int64_t audio_us);
void st_guard_renewed(struct st_guard *guard);
void st_guard_passed_over(struct st_guard *guard);
void st_guard_troubled(struct st_guard *guard, enum st_engine_trouble trouble, const char *why,
                       int64_t unix_ms);

/* A stream was answered. */
void st_guard_succeeded(struct st_guard *guard);
/* A stream ended in trouble; retry_after_us 0: the engine did not say. */
void st_guard_failed(struct st_guard *guard, enum st_engine_trouble trouble, int64_t retry_after_us,
                     int64_t now_us);

#endif
