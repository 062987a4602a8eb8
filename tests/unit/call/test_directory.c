#include "call_internal.h"

#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct directory *directory;

static void setup(void)
{
    directory = directory_create();
}

static void teardown(void)
{
    directory_destroy(directory);
    directory_destroy(NULL);
}

static int claim(const char *id, unsigned loop, uint64_t serial, struct directory_entry *present)
{
    struct directory_entry entry = {.loop_index = loop, .serial = serial};
    return directory_claim(directory, id, &entry, present);
}

START_TEST(an_id_belongs_to_one_live_call)
{
    struct directory_entry present;
    ck_assert(!directory_find_live(directory, "a", &present));
    ck_assert_int_eq(claim("a", 1, 10, &present), 0);
    ck_assert_uint_eq(present.serial, 0);
    ck_assert_int_eq(claim("b", 2, 11, &present), 0);
    ck_assert_int_eq(claim("a", 3, 12, &present), -EEXIST);
    ck_assert_uint_eq(present.serial, 10);
    ck_assert_uint_eq(present.loop_index, 1);
    ck_assert(directory_find_live(directory, "a", &present));
    ck_assert_uint_eq(present.serial, 10);
}
END_TEST

START_TEST(an_ended_call_makes_way_and_cannot_release_its_successor)
{
    struct directory_entry present;
    claim("a", 1, 10, &present);
    directory_set_ended(directory, "a", 9);
    ck_assert(directory_find_live(directory, "a", &present));
    directory_set_ended(directory, "a", 10);
    ck_assert(!directory_find_live(directory, "a", &present));
    ck_assert_int_eq(claim("a", 2, 20, &present), 0);
    ck_assert_uint_eq(present.serial, 10);
    ck_assert_uint_eq(present.loop_index, 1);
    directory_set_ended(directory, "a", 10);
    directory_release(directory, "a", 10);
    ck_assert(directory_find_live(directory, "a", &present));
    directory_release(directory, "a", 20);
    directory_release(directory, "a", 20);
    directory_set_ended(directory, "a", 20);
    ck_assert(!directory_find_live(directory, "a", &present));
    ck_assert_int_eq(claim("a", 2, 21, &present), 0);
    ck_assert_uint_eq(present.serial, 0);
}
END_TEST

START_TEST(many_ids_are_kept_apart)
{
    struct directory_entry present;
    char id[32];
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(id, sizeof(id), "call-%u", i);
        ck_assert_int_eq(claim(id, 0, i + 1, &present), 0);
    }
    for (unsigned i = 0; i < 20000; i += 2) {
        snprintf(id, sizeof(id), "call-%u", i);
        directory_release(directory, id, i + 1);
    }
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(id, sizeof(id), "call-%u", i);
        ck_assert(directory_find_live(directory, id, &present) == (i % 2 == 1));
    }
}
END_TEST

enum { THREADS = 4, ROUNDS = 3000 };
static atomic_int holders[8];

static void *fight(void *user)
{
    unsigned thread = *(unsigned *)user, seed = thread;
    struct directory_entry present;
    char id[2] = "0";
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned which = (unsigned)rand_r(&seed) % 8;
        uint64_t serial = (uint64_t)thread * ROUNDS + i + 1;
        id[0] = (char)('0' + which);
        if (claim(id, thread, serial, &present) < 0)
            continue;
        ck_assert_int_eq(atomic_fetch_add(&holders[which], 1), 0);
        atomic_fetch_sub(&holders[which], 1);
        if (i % 2)
            directory_set_ended(directory, id, serial);
        else
            directory_release(directory, id, serial);
    }
    return NULL;
}

START_TEST(threads_never_hold_one_id_together)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        pthread_create(&threads[i], NULL, fight, &numbers[i]);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_id_belongs_to_one_live_call);
    tcase_add_test(tcase, an_ended_call_makes_way_and_cannot_release_its_successor);
    tcase_add_test(tcase, many_ids_are_kept_apart);
    tcase_add_test(tcase, threads_never_hold_one_id_together);
    return run_case("directory", tcase);
}
