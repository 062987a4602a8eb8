/*
 * What some words say about the conversation rather than about its matter. English. What is said of
 * the matter is found by patterns: cue_set.h.
 */
#ifndef SIDETONE_ANALYTICS_TALK_CUES_H
#define SIDETONE_ANALYTICS_TALK_CUES_H

#include <stdbool.h>
#include <stddef.h>

/* One word, as it stands in a transcript, that says no more than "I am listening": "yeah", "Mhm.",
 * "uh-huh", "okay", "right". */
bool st_talk_cues_is_back_channel(const char *word, size_t bytes);

/* Whether the text asks for patience: "please hold", "one moment", "let me check". Only its last
 * 400 bytes count: what was asked long before the end of a segment has been waited for already. */
bool st_talk_cues_asks_to_hold(const char *text);

#endif
