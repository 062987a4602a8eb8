/*
 * Script adherence: which of the sentences that have to be said in a call were said.
 *
 * Scripts are data: a list `scripts` in the documents of rules (sidetone/rules.h). A script:
 *
 *   name        1 to 128 bytes; in one book no name is given twice
 *   role        who says it: agent (default) or customer
 *   language    only calls in this language: en also means en-US
 *   when        only calls that fit, as the rule `call` has it: {queue: billing*, route: [a, b]}
 *   any_order   true: the order does not matter
 *   within_s    every step must begin within so many seconds of the call's first sample
 *   steps       1 to 50; in short what they say, else with keys:
 *     say         a sentence, or a list of up to 20 that mean the same;
 *                 what stands in [] or {} in it is not listened for
 *     name        default: the first sentence
 *     optional    true: does not count for the percentage
 *     within_s    of this step alone
 *
 * A sentence counts as said when its content words were said by its speaker, in any order, within
 * one and a half times as many words as the sentence has, and three; and not more than 10 s and
 * half a second per word of this window apart. Of up to three content words none may be missing,
 * of four to six one, of seven to ten two, of eleven to fourteen three, and so on: a quarter.
 * Words are compared without their endings ("recorded" is "recording"); from five letters on one
 * may be wrong, missing, too many or swapped. Content words are those that are not small words of
 * English ("the", "you", "is"); where fewer than three are left all words count. Fillers are not
 * counted, and what the privacy stage has hidden equals no word. Segments' borders do not matter.
 * The first time counts.
 *
 *   said          in time
 *   late          said, and begun after its time was over
 *   overdue       not said, and its time is over; told when words up to then are in
 *   out of order  said after a step that comes later in the script
 *
 * `percent` is the share of the required steps that were said in time, rounded down; of all steps
 * when none is required. Order does not lower it: it is marked. Four scripts are followed in a call
 * at most, in the order of the book; one that applies stays until the end, or until it is taken
 * from the rules: then no more is told of it. A reload carries over what was said of steps that
 * keep their names, and of a script that stays as it is also what was heard of a sentence so far.
 *
 * State of a call: 8 bytes per content word of the sentences of its scripts and 40 per step: 1.5 kB
 * for a script of 20 sentences.
 */
#ifndef SIDETONE_SCRIPT_H
#define SIDETONE_SCRIPT_H

#include "sidetone/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum st_script_state {
    ST_SCRIPT_OPEN,
    ST_SCRIPT_SAID,
    ST_SCRIPT_LATE,
    ST_SCRIPT_OVERDUE,
};

/* "open", "said", "late", "overdue". */
static inline const char *st_script_state_name(enum st_script_state state)
{
    static const char *const names[] = {"open", "said", "late", "overdue"};
    return names[state];
}

struct st_script_step_finding {
    const char *name;
    enum st_script_state state;
    bool is_optional;
    /* of said and late ones */
    bool is_out_of_order;
    double score; /* share of the content words that were heard, 0…1 */
    unsigned channel;
    uint64_t segment_id; /* in which it ended */
    int64_t start_us;
    int64_t end_us;
};

/* Told whenever a step changes, and at the end of the call. The finding's role is the script's. */
struct st_script_finding {
    const char *script;
    unsigned number; /* of this script among those of the call, from 0; one that is gone leaves its
                      * number to others */
    unsigned percent;
    unsigned said; /* required steps in time */
    unsigned required;
    bool is_final;
    const struct st_script_step_finding *steps; /* in the order of the script */
    size_t step_count;
};

enum { ST_SCRIPTS_OF_CALL_MAX = 4 };

#endif
