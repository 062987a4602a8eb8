#include "call_internal.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

void history_add(struct history *history, struct st_message *message)
{
    if (history->count == HISTORY_MAX) {
        size_t dropped = HISTORY_MAX / 10;
        for (size_t i = 0; i < dropped; i++)
            st_message_unref(history->messages[i]);
        history->count -= dropped;
        memmove(history->messages, history->messages + dropped,
                history->count * sizeof(history->messages[0]));
        history->first_seq += dropped;
    }
    if (history->count == history->cap) {
        history->cap = history->cap * 2 + 16;
        history->messages =
            st_mem_realloc(history->messages, history->cap * sizeof(history->messages[0]));
    }
    if (history->count == 0)
        history->first_seq = message->seq;
    history->messages[history->count++] = st_message_ref(message);
}

void history_fini(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        st_message_unref(history->messages[i]);
    free(history->messages);
    *history = (struct history){0};
}

bool history_reaches(const struct history *history, uint64_t seq, uint64_t last_seq)
{
    return seq <= last_seq && seq + 1 >= history->first_seq;
}
