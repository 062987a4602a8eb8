/*
 * How a call is spoken: who talks how much, how fast and how loud, who interrupts, how long nobody
 * says anything.
 *
 * Words decide. Everything but loudness comes from the words of final segments and their times, so
 * that a live call, its recording and its transcript give the same figures. Audio gives loudness,
 * and tells how far recognition may be trusted to be complete ("known", below): it never adds or
 * takes away talk.
 *
 *   talk          A channel talks from the first to the last word of a final segment; a pause of
 *                 2 s or more inside it is left out. A segment without words counts whole. Where
 *                 both talk, both count. Unsure segments are no talk.
 *   speed         Words per minute of talk, rounded to the nearest.
 *   non-talk      Stretches of 2 s or more in which no channel talks, the one before the first word
 *                 and the one up to now included.
 *   overlap       Time in which both talk.
 *   interruption  A segment that begins inside one of the other channel; the channel that begins
 *                 later interrupts. It lasts from there as long as anybody talks without a pause,
 *                 at most to the end of the earlier of both, and is one from 2 s on. One that says
 *                 nothing but "yeah", "mhm", "okay" and the like until then is a back-channel and
 *                 does not interrupt.
 *   monologue     From the first to the last word of one channel, as long as its pauses are shorter
 *                 than 2 s and the other does not talk for 1 s or more at a time.
 *   response      From the end of the customer's first contribution to the beginning of the
 *                 agent's next segment of 1 s or more; 0 when it began before that end.
 *   loudness      0…100 per second of media: 100 + the level in dBFS of the speech in it (mean of
 *                 power), at least 0. A second without 20 ms of speech, and a call without audio,
 *                 has none. Kept in steps of 0.5.
 *   hold          Time that the platform called a pause, and apart from it, a guess: silences with
 *                 the reason hold or music (below).
 *
 * Talk, speed, non-talk and interruptions mean what they mean in Amazon Transcribe's post-call
 * document; the thresholds, which Amazon does not publish, agree with the documents it has
 * published. Its quarters of sentiment are in sidetone/sentiment.h.
 *
 * A silence is non-talk that lasts for `silence_us`. Its reason is "hold" when the platform paused
 * the call in it or the agent asked for patience ("one moment", "put you on hold") in the 15 s
 * before it, otherwise "music" when for half of it or more the audio of a channel sounds like
 * speech or a tone without a word coming of it, otherwise "unknown".
 *
 * Known: words come late. Until `known_us` all words are taken to be in: what is later than the
 * beginning of an open partial, or of speech heard on a channel that no word has claimed yet, is
 * not known; 20 s after that it is, words or not. Nothing is called non-talk or silence before it
 * is known. It steps back when a partial comes for a time thought silent.
 *
 * Memory: 12 bytes per segment and 1 byte per second and channel: 10 kB for a call of 30 minutes.
 * The newest 34 minutes at least, as far as they have no more than 512 segments a channel, are kept
 * exactly; what is older is folded into at most 256 cells of a minute (two, four, … when the call
 * is longer), 48 kB in all however long the call. Totals stay exact; a window that cuts a cell
 * gets of it the share that it covers.
 *
 * Pure: no I/O, no clock. One thread at a time.
 */
#ifndef SIDETONE_CHARACTERISTICS_H
#define SIDETONE_CHARACTERISTICS_H

#include "sidetone/frame.h"
#include "sidetone/measures.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_audio_second;
struct st_characteristics;

/* What was measured in [from_us, until_us) of media time; INT64_MAX stands for "so far". An empty
 * or reversed window gives zeros. Costs 0.3 µs and 20 ns per segment in the window, and next to
 * nothing when one of the last four windows is asked for again before anything has changed. */
void st_characteristics_measure(const struct st_characteristics *characteristics, int64_t from_us,
                                int64_t until_us, struct st_characteristics_window *ret_window);

/* Until when all words are in. */
int64_t st_characteristics_known_us(const struct st_characteristics *characteristics);

#endif
