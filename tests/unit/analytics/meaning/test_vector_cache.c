#include "meaning/vector_cache.h"

#include "run.h"

#include <pthread.h>
#include <stdio.h>

START_TEST(a_text_is_found_again_however_it_is_written)
{
    struct st_vector_cache *cache = st_vector_cache_create(16, 2);
    float vector[2] = {1, 2}, found[2] = {0};
    ck_assert(!st_vector_cache_find(cache, "Okay thank you", found));
    st_vector_cache_put(cache, "Okay thank you", vector);
    ck_assert(st_vector_cache_find(cache, " okay THANK you ", found));
    ck_assert(found[0] == 1 && found[1] == 2);
    ck_assert(!st_vector_cache_find(cache, "okay thank yo", found));
    ck_assert(!st_vector_cache_find(cache, "", found));
    vector[0] = 7;
    st_vector_cache_put(cache, "okay thank you", vector);
    ck_assert(st_vector_cache_find(cache, "okay thank you", found));
    ck_assert(found[0] == 7);
    st_vector_cache_destroy(cache);
    st_vector_cache_destroy(NULL);
}
END_TEST

START_TEST(memory_is_bounded_and_what_is_used_stays_longest)
{
    struct st_vector_cache *cache = st_vector_cache_create(1, 1); /* four places in all */
    char text[16];
    float value, found;
    unsigned kept = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "text %d", i);
        value = (float)i;
        st_vector_cache_put(cache, text, &value);
        st_vector_cache_find(cache, "text 0", &found);
    }
    ck_assert(st_vector_cache_find(cache, "text 0", &found) && found == 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "text %d", i);
        kept += st_vector_cache_find(cache, text, &found) && found == (float)i;
    }
    ck_assert_uint_eq(kept, 4);
    st_vector_cache_destroy(cache);
}
END_TEST

static void *hammer(void *user)
{
    struct st_vector_cache *cache = user;
    char text[16];
    for (int i = 0; i < 5000; i++) {
        float vector[4], value = (float)(i % 40);
        snprintf(text, sizeof(text), "t%d", i % 40);
        for (int k = 0; k < 4; k++)
            vector[k] = value;
        st_vector_cache_put(cache, text, vector);
        if (st_vector_cache_find(cache, text, vector))
            for (int k = 0; k < 4; k++)
                ck_assert(vector[k] == value);
    }
    return NULL;
}

START_TEST(threads_share_it)
{
    struct st_vector_cache *cache = st_vector_cache_create(16, 4);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, hammer, cache);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    st_vector_cache_destroy(cache);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_text_is_found_again_however_it_is_written,
        memory_is_bounded_and_what_is_used_stays_longest,
        threads_share_it,
    };
    return run_tests("vector_cache", tests, sizeof(tests) / sizeof(tests[0]));
}
