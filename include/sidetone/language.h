/*
 * What language is spoken, as far as that can be said.
 *
 * An engine that recognises several languages says which in each segment (`st_segment.language`),
 * and that is passed on as the engine's word. The embedded recognisers know English alone and turn
 * everything else into English-looking text. Of moonshine's finals, the unsure ones included, the
 * mean log-probability of what was recognised tells: over 20 s of speech it was above −0.63 for
 * English however bad (telephone, far-field), and below −0.73 for 99 of 100 mixtures of nine other
 * languages.
 *
 * A channel is suspect when its last finals with 20 s of speech or more together have a mean below
 * −0.65, weighted by their length. It stops being so when the mean rises above −0.55. Noise and
 * strong accents have the same effect: it says "low recognition confidence, possibly not English",
 * and that topics, sentiment and alerts of the channel are not to be relied upon.
 *
 * Other engines' confidences mean something else and are not judged. State: 1.2 kB a call.
 */
#ifndef SIDETONE_LANGUAGE_H
#define SIDETONE_LANGUAGE_H

#include <stdbool.h>
#include <stdint.h>

/* A channel has become suspect, or is not any more. The finding's times reach over the speech. */
struct st_language_finding {
    bool is_suspect;
    double log_prob; /* mean */
    int64_t speech_us;
};

#endif
