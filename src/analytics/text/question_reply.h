/* What a segment says to a question that was asked before it. */
#ifndef SIDETONE_ANALYTICS_QUESTION_REPLY_H
#define SIDETONE_ANALYTICS_QUESTION_REPLY_H

#include "tokens.h"

#include <stdbool.h>

struct st_question_reply {
    int64_t start_us, end_us;
    bool is_answer; /* to a question that asks for more than yes or no */
    bool is_yes_no; /* to others */
    bool is_wait;   /* "one moment" */
    bool is_turn;   /* more than a sound of attention */
};

struct st_question_reply st_question_reply_read(const struct st_tokens *tokens);

#endif
