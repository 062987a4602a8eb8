#include "hint_lists.h"

#include "sidetone/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct list {
    char **texts;
    size_t count;
    struct st_hints *hints;
    uint64_t used_at; /* 0: free */
};

struct st_hint_lists {
    const struct st_tokenizer *tokenizer;
    pthread_mutex_t lock;
    struct st_pieces *pieces; /* made with the first list: who has none does not pay for it */
    struct list kept[ST_HINT_LISTS_KEPT];
    uint64_t uses;
};

static bool is_same(const struct list *list, const char *const *texts, size_t count)
{
    if (list->used_at == 0 || list->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(list->texts[i], texts[i]) != 0)
            return false;
    return true;
}

static void clear(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->texts[i]);
    free(list->texts);
    st_hints_unref(list->hints);
    *list = (struct list){0};
}

static void fill(struct list *list, const struct st_pieces *pieces, const char *const *texts,
                 size_t count)
{
    list->texts = st_mem_alloc_array(count, sizeof(list->texts[0]));
    list->count = count;
    for (size_t i = 0; i < count; i++)
        list->texts[i] = st_mem_strdup(texts[i]);
    st_hints_create(&list->hints, pieces, texts, count);
}

/* Its own place, else the one that was used longest ago. */
static struct list *find_place(struct st_hint_lists *lists, const char *const *texts, size_t count)
{
    struct list *oldest = &lists->kept[0];
    for (size_t i = 0; i < ST_HINT_LISTS_KEPT; i++) {
        if (is_same(&lists->kept[i], texts, count))
            return &lists->kept[i];
        if (lists->kept[i].used_at < oldest->used_at)
            oldest = &lists->kept[i];
    }
    return oldest;
}

static struct st_hints *get(struct st_hint_lists *lists, const char *const *texts, size_t count)
{
    struct list *list = find_place(lists, texts, count);
    if (!is_same(list, texts, count)) {
        clear(list);
        if (!lists->pieces)
            st_pieces_create(&lists->pieces, lists->tokenizer);
        fill(list, lists->pieces, texts, count);
    }
    list->used_at = ++lists->uses;
    return st_hints_ref(list->hints);
}

void st_hint_lists_create(struct st_hint_lists **ret_lists, const struct st_tokenizer *tokenizer)
{
    struct st_hint_lists *lists = st_mem_alloc(sizeof(*lists));
    lists->tokenizer = tokenizer;
    pthread_mutex_init(&lists->lock, NULL);
    *ret_lists = lists;
}

void st_hint_lists_destroy(struct st_hint_lists *lists)
{
    if (!lists)
        return;
    for (size_t i = 0; i < ST_HINT_LISTS_KEPT; i++)
        clear(&lists->kept[i]);
    st_pieces_destroy(lists->pieces);
    pthread_mutex_destroy(&lists->lock);
    free(lists);
}

struct st_hints *st_hint_lists_get(struct st_hint_lists *lists, const char *const *texts,
                                   size_t count)
{
    if (count == 0)
        return NULL;
    count = count < ST_HINTS_MAX ? count : ST_HINTS_MAX;
    pthread_mutex_lock(&lists->lock);
    struct st_hints *hints = get(lists, texts, count);
    pthread_mutex_unlock(&lists->lock);
    return hints;
}
