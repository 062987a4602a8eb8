/*
 * The thread that listens to all channels at once, for where people speak.
 *
 * Sleeps until a channel has a whole frame, waits 32 ms more, then gives what has come together to
 * the voice detector in batches: eight channels in one run cost half of eight runs, and a second
 * run finds the model still in the cache. Frames of a silent line are not given to it at all.
 */
#ifndef SIDETONE_STT_MOONSHINE_HEARING_H
#define SIDETONE_STT_MOONSHINE_HEARING_H

#include "models.h"
#include "stream.h"

struct st_hearing;

int st_hearing_create(struct st_hearing **ret_hearing, const struct st_models *models);
void st_hearing_destroy(struct st_hearing *hearing); /* NULL is fine; no stream is left */

/* Holds a reference until removed. */
void st_hearing_add(struct st_hearing *hearing, struct st_engine_stream *stream);
void st_hearing_remove(struct st_hearing *hearing, struct st_engine_stream *stream);

/* Any thread: a stream has something to hear, or to post. */
void st_hearing_wake(struct st_hearing *hearing);

#endif
