/*
 * Questions that one side asks and the other leaves unanswered.
 *
 * A question is a sentence of one channel that
 *   - ends with a question mark, or
 *   - has the form of one: a question word before an auxiliary or a measure ("what is your", "how
 *     much", "which number did"), an auxiliary before its subject ("can you", "is the"), a tag
 *     ("isn't it"), "anything else", or "wondering if" and its like. In text without sentence marks
 *     a question is also found behind words that open a clause ("okay and what is …") and where
 *     nothing in front of it takes the auxiliary for itself ("… my bill can you check it"); it then
 *     ends with its segment.
 * What looks like one and asks nothing is none: "you know?", "right?", "really?", "how dare you",
 * and whatever consists of nothing but "okay", "yes", "hello" and the like. Statements meant as
 * questions ("so you want to cancel") are found by their mark alone. English only.
 *
 * An answer is a final segment of the other channel that ends after the question does, and that
 * says something other than
 *   - back-channels ("mhm", "uh-huh") and fillers,
 *   - a request to wait ("one moment", "let me check"): the clock below begins again behind it, for
 *     three minutes at most,
 *   - a question of its own,
 *   - and, to a question that asks for more than yes or no, "yes", "okay" and the like.
 * "I don't know" is an answer. Whether it is a good one is not judged.
 *
 * A question is unanswered when no answer
 *   - begins within 15 s of the end of what the asker goes on to say (30 s more at most), or
 *   - is among the next three turns of the other channel (back-channels are no turns), or
 *   - comes before the call ends.
 * Finals come late: by time it is told once 30 s are over and the words of the first 15 s are known
 * (sidetone/characteristics.h), so that an answer is seen first. By turns it is told when the asker
 * speaks again. Each is told once, `question.unanswered`. An answer after that is told as
 * `question.answered`, once, when it begins within two minutes of the end of that waiting and is
 * the first thing the other channel says, or takes up a content word of the question.
 *
 * Six questions of a channel are kept at a time; when there are more, the oldest is forgotten,
 * those already told first. State: 3.5 kB a call.
 */
#ifndef SIDETONE_QUESTION_H
#define SIDETONE_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

enum { ST_QUESTION_TEXT_MAX = 160 };

enum st_question_reason {
    ST_QUESTION_TIME,
    ST_QUESTION_TURNS,
    ST_QUESTION_END,
};

/* "time", "turns", "end". */
static inline const char *st_question_reason_name(enum st_question_reason reason)
{
    static const char *const names[] = {"time", "turns", "end"};
    return names[reason];
}

/* The finding's channel, role, segment and times are those of the question. */
struct st_question_finding {
    uint32_t id; /* from 1 in each call, of those that were told unanswered */
    bool is_answered;
    enum st_question_reason reason; /* why it was told unanswered */
    const char *text;    /* as shown; cut after ST_QUESTION_TEXT_MAX bytes, between characters */
    uint32_t begin_char; /* where it stands in its segment's shown text, half open */
    uint32_t end_char;
    int64_t decided_us; /* media time at which this was so */
    /* of the answer */
    uint64_t answer_segment_id;
    int64_t answer_start_us;
};

#endif
