/*
 * Which words of a segment ask something, by punctuation where the engine gives it and by form.
 *
 * What counts, and what does not, is said in sidetone/question.h.
 */
#ifndef SIDETONE_ANALYTICS_QUESTION_FORM_H
#define SIDETONE_ANALYTICS_QUESTION_FORM_H

#include "tokens.h"

struct st_question_form {
    size_t begin, end; /* tokens, half open */
    bool is_open;      /* asks for more than yes or no */
};

/* Tokens of the sentence that begins at `begin`: up to its end mark, or all. */
size_t st_question_sentence_end(const struct st_tokens *tokens, size_t begin);

/* Whether the tokens begin … end, a sentence, ask something. */
bool st_question_find(const struct st_tokens *tokens, size_t begin, size_t end,
                      struct st_question_form *ret_form);

/* Whether words that no sentence mark follows may be the beginning of a question that goes on in
 * the next segment: the last token begins one, or the last two. */
bool st_question_may_begin(const struct st_tokens *tokens, size_t index);

#endif
