#include "sidetone/buf.h"

#include "run.h"

#include <pthread.h>

START_TEST(a_copy_holds_the_bytes)
{
    struct st_buf *buf = st_buf_copy("\0media", 6);
    ck_assert_uint_eq(buf->len, 6);
    ck_assert_mem_eq(buf->data, "\0media", 6);
    st_buf_unref(buf);
}
END_TEST

START_TEST(nothing_is_a_buffer_too)
{
    struct st_buf *buf = st_buf_copy(NULL, 0);
    ck_assert_uint_eq(buf->len, 0);
    st_buf_unref(buf);
    st_buf_unref(NULL);
}
END_TEST

START_TEST(the_last_reference_frees)
{
    struct st_buf *buf = st_buf_create(16);
    ck_assert_ptr_eq(st_buf_ref(buf), buf);
    st_buf_unref(buf);
    buf->data[15] = 1; /* a sanitizer sees it when the first unref freed */
    st_buf_unref(buf);
}
END_TEST

static void *ref_and_unref(void *user)
{
    struct st_buf *buf = user;
    for (int i = 0; i < 20000; i++)
        st_buf_unref(st_buf_ref(buf));
    st_buf_unref(buf);
    return NULL;
}

START_TEST(threads_share_a_buffer)
{
    pthread_t threads[4];
    struct st_buf *buf = st_buf_copy("event", 5);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, ref_and_unref, st_buf_ref(buf));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&buf->refs), 1);
    st_buf_unref(buf);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, a_copy_holds_the_bytes);
    tcase_add_test(tcase, nothing_is_a_buffer_too);
    tcase_add_test(tcase, the_last_reference_frees);
    tcase_add_test(tcase, threads_share_a_buffer);
    return run_case("buf", tcase);
}
