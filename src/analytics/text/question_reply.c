#include "question_reply.h"

#include "lexemes.h"
#include "question_form.h"

static bool asks_to_wait(const struct st_tokens *tokens, size_t begin, size_t end)
{
    static const char spans[] = "moment second sec minute";
    for (size_t i = begin; i + 1 < end; i++) {
        if (!st_token_begins(tokens, i, "oahpbl"))
            continue;
        if (st_token_is_any(tokens, i, "one a") && st_token_is_any(tokens, i + 1, spans))
            return true;
        if (st_token_is_any(tokens, i, "hold hang") && st_token_is(tokens, i + 1, "on"))
            return true;
        if (st_token_is(tokens, i, "please") && st_token_is_any(tokens, i + 1, "hold wait"))
            return true;
        if (st_tokens_are(tokens, i, end, "bear with"))
            return true;
        if (st_tokens_are(tokens, i, end, "let me") && i + 2 < end &&
            st_token_is_any(tokens, i + 2, "check see look just pull find verify have"))
            return true;
    }
    return false;
}

static void weigh_words(const struct st_tokens *tokens, size_t begin, size_t end,
                        struct st_question_reply *reply)
{
    for (size_t i = begin; i < end; i++) {
        unsigned classes = tokens->items[i].classes;
        if (classes & (ST_LEXEME_FILLER | ST_LEXEME_BACKCHANNEL))
            continue;
        reply->is_turn = true;
        if (classes & ST_LEXEME_YESNO)
            reply->is_yes_no = true;
        else if (!(classes & ST_LEXEME_OPENER))
            reply->is_answer = reply->is_yes_no = true;
    }
}

struct st_question_reply st_question_reply_read(const struct st_tokens *tokens)
{
    struct st_question_reply reply = {.start_us = tokens->start_us, .end_us = tokens->end_us};
    for (size_t begin = 0, end; begin < tokens->count; begin = end) {
        struct st_question_form form = {.begin = 0};
        end = st_question_sentence_end(tokens, begin);
        if (asks_to_wait(tokens, begin, end)) {
            reply.is_wait = reply.is_turn = true;
        } else if (st_question_find(tokens, begin, end, &form)) {
            reply.is_turn = true;
            weigh_words(tokens, begin, form.begin, &reply);
        } else {
            weigh_words(tokens, begin, end, &reply);
        }
    }
    return reply;
}
