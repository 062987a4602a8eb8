#include "statement_queue.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct st_held_statement {
    struct st_stage_statement sentence; /* its text is ours, its vector the one below */
    uint64_t ticket;
    bool is_decided;
    float vector[ST_VECTOR_LEN];
    char text[];
};

static void leave_first(struct st_statement_queue *queue)
{
    struct st_held_statement *first = queue->held[0];
    memmove(queue->held, queue->held + 1, --queue->count * sizeof(queue->held[0]));
    queue->leaves(queue->user, &first->sentence);
    free(first);
}

static void leave_decided(struct st_statement_queue *queue)
{
    while (queue->count > 0 && queue->held[0]->is_decided)
        leave_first(queue);
}

void st_statement_queue_flush(struct st_statement_queue *queue)
{
    while (queue->count > 0)
        leave_first(queue);
}

void st_statement_queue_fini(struct st_statement_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        free(queue->held[i]);
    queue->count = 0;
}

static void set_vector(struct st_held_statement *held, const float *vector)
{
    held->is_decided = true;
    if (!vector)
        return;
    memcpy(held->vector, vector, sizeof(held->vector));
    held->sentence.vector = held->vector;
}

bool st_statement_queue_answer(struct st_statement_queue *queue, uint64_t ticket,
                               const float *vector)
{
    for (size_t i = 0; i < queue->count; i++) {
        struct st_held_statement *held = queue->held[i];
        if (held->ticket != ticket || held->is_decided)
            continue;
        set_vector(held, vector);
        leave_decided(queue);
        return true;
    }
    return false;
}

/* Numbers say nothing about meaning, and pull towards accounts and cards. */
static size_t without_digits(char *ret_text, const char *text, size_t bytes)
{
    size_t used = 0;
    for (size_t i = 0; i < bytes;) {
        if (text[i] < '0' || text[i] > '9') {
            ret_text[used++] = text[i++];
            continue;
        }
        ret_text[used++] = '0';
        while (i < bytes &&
               ((text[i] >= '0' && text[i] <= '9') || (strchr(".,-", text[i]) && i + 1 < bytes &&
                                                       text[i + 1] >= '0' && text[i + 1] <= '9')))
            i++;
    }
    ret_text[used] = '\0';
    return used;
}

static int ask(struct st_statement_queue *queue, const struct st_statement *sentence,
               float *ret_vector)
{
    char text[ST_STATEMENT_BYTES_MAX + 1];
    if (!queue->ask || sentence->words < ST_STATEMENT_ASK_WORDS_MIN)
        return -ENOENT;
    without_digits(text, sentence->text, sentence->bytes);
    return queue->ask(queue->ask_user, ++queue->last_ticket, text, ret_vector);
}

static void hold(struct st_statement_queue *queue, const struct st_stage_statement *sentence,
                 int answer)
{
    size_t bytes = sentence->sentence.bytes;
    struct st_held_statement *held = st_mem_alloc(sizeof(*held) + bytes + 1);
    held->sentence = *sentence;
    memcpy(held->text, sentence->sentence.text, bytes);
    held->sentence.sentence.text = held->text;
    held->ticket = answer == 0 ? queue->last_ticket : 0;
    held->is_decided = answer != 0;
    if (sentence->vector)
        set_vector(held, sentence->vector);
    if (queue->count == ST_STATEMENTS_HELD_MAX)
        leave_first(queue);
    queue->held[queue->count++] = held;
    leave_decided(queue);
}

struct put {
    struct st_statement_queue *queue;
    const struct st_stage_input *input;
};

static void on_sentence(void *user, const struct st_statement *sentence)
{
    const struct put *put = user;
    struct st_statement_queue *queue = put->queue;
    float vector[ST_VECTOR_LEN];
    int answer = ask(queue, sentence, vector);
    struct st_stage_statement found = {
        .channel = put->input->channel,
        .role = put->input->role,
        .segment_id = put->input->segment->id,
        .sentence = *sentence,
        .vector = answer > 0 ? vector : NULL,
    };
    if (answer != 0 && queue->count == 0)
        queue->leaves(queue->user, &found);
    else
        hold(queue, &found, answer);
}

void st_statement_queue_put(struct st_statement_queue *queue, const struct st_stage_input *input)
{
    struct put put = {.queue = queue, .input = input};
    st_statements_split(input->segment, on_sentence, &put);
}
