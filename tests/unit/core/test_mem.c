#include "sidetone/mem.h"

#include "run.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sanitizers then fail an allocation as the C library does, instead of ending the process. */
#define VISIBLE __attribute__((visibility("default"), used))
VISIBLE const char *__asan_default_options(void);
VISIBLE const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

START_TEST(memory_is_zeroed)
{
    char *memory = st_mem_alloc(64);
    char *array = st_mem_alloc_array(8, 8);
    char *tried = st_mem_try_alloc(64);
    static const char zeros[64];
    ck_assert_mem_eq(memory, zeros, 64);
    ck_assert_mem_eq(array, zeros, 64);
    ck_assert_ptr_nonnull(tried);
    ck_assert_mem_eq(tried, zeros, 64);
    free(memory);
    free(array);
    free(tried);
}
END_TEST

START_TEST(copies_end_where_they_should)
{
    char *whole = st_mem_strdup("agent");
    char *part = st_mem_strndup("customer", 4);
    ck_assert_str_eq(whole, "agent");
    ck_assert_str_eq(part, "cust");
    ck_assert_ptr_null(st_mem_strdup(NULL));
    ck_assert_ptr_null(st_mem_strndup(NULL, 3));
    free(whole);
    free(part);
}
END_TEST

START_TEST(realloc_keeps_what_was_there)
{
    char *memory = st_mem_realloc(NULL, 4);
    memcpy(memory, "abc", 4);
    memory = st_mem_realloc(memory, 4096);
    ck_assert_str_eq(memory, "abc");
    free(memory);
}
END_TEST

START_TEST(a_size_too_large_is_null_for_those_who_try)
{
    volatile size_t huge = SIZE_MAX / 2;
    ck_assert_ptr_null(st_mem_try_alloc(huge));
}
END_TEST

static void die_by_overflow(void)
{
    volatile size_t quarter = SIZE_MAX / 4 + 2; /* times four it wraps to four */
    free(st_mem_alloc_array(quarter, 4));
}

static void die_by_alloc(void)
{
    volatile size_t huge = SIZE_MAX / 2;
    free(st_mem_alloc(huge));
}

static void expect_abort(void (*die)(void))
{
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        die();
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}

START_TEST(a_size_too_large_ends_the_process_for_those_who_do_not)
{
    expect_abort(die_by_alloc);
    expect_abort(die_by_overflow);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, memory_is_zeroed);
    tcase_add_test(tcase, copies_end_where_they_should);
    tcase_add_test(tcase, realloc_keeps_what_was_there);
    tcase_add_test(tcase, a_size_too_large_is_null_for_those_who_try);
    tcase_add_test(tcase, a_size_too_large_ends_the_process_for_those_who_do_not);
    return run_case("mem", tcase);
}
