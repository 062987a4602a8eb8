/* The same promise as in test_hub.c, on real threads. */
#include "toy_calls.h"

#include "sidetone/loop.h"

#include "run.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPS = 3, CLIENTS_PER_LOOP = 2, STEPS = 4000, ROUNDS = 12 };

struct driver {
    struct toy_calls *toys;
    unsigned loop, seed, steps;
    struct toy_client clients[CLIENTS_PER_LOOP];
    sem_t done;
};

static struct driver drivers[LOOPS];

static unsigned chance(struct driver *driver, unsigned of)
{
    return (unsigned)rand_r(&driver->seed) % of;
}

static void act_on_client(struct driver *driver)
{
    struct toy_client *client = &driver->clients[chance(driver, CLIENTS_PER_LOOP)];
    if (client->is_open && client->link.closes) {
        toy_client_close(client);
    } else if (!client->is_open) {
        toy_client_open(client, driver->toys, driver->loop);
        toy_client_subscribe(client, chance(driver, 4) > 0);
    } else if (chance(driver, 20) == 0) {
        toy_client_subscribe(client, chance(driver, 2));
    } else if (chance(driver, 40) == 0) {
        toy_client_close(client);
    }
}

static void on_step(void *user)
{
    struct driver *driver = user;
    struct toy_calls *toys = driver->toys;
    unsigned count = toys->on[driver->loop].count;
    if (driver->steps++ == STEPS) {
        sem_post(&driver->done);
        return;
    }
    if (count == 0 || (count < TOY_CALLS_MAX && chance(driver, 500) == 0))
        toy_calls_begin(toys, driver->loop);
    else if (chance(driver, 5) == 0)
        toy_calls_partial(toys, driver->loop, chance(driver, count));
    else
        toy_calls_event(toys, driver->loop, chance(driver, count));
    if (chance(driver, 4) == 0)
        act_on_client(driver);
    ck_assert_int_eq(st_loop_post(toys->loops[driver->loop], on_step, driver), 0);
}

static void on_calm(void *user)
{
    struct driver *driver = user;
    for (unsigned i = 0; i < CLIENTS_PER_LOOP; i++) {
        struct toy_client *client = &driver->clients[i];
        if (client->is_open && client->link.closes)
            toy_client_close(client);
        if (!client->is_open) {
            toy_client_open(client, driver->toys, driver->loop);
            toy_client_subscribe(client, true);
        }
    }
    sem_post(&driver->done);
}

static void on_close(void *user)
{
    struct driver *driver = user;
    for (unsigned i = 0; i < CLIENTS_PER_LOOP; i++)
        toy_client_close(&driver->clients[i]);
    sem_post(&driver->done);
}

static void on_all(struct toy_calls *toys, st_loop_fn run)
{
    for (unsigned i = 0; i < LOOPS; i++)
        ck_assert_int_eq(st_loop_post(toys->loops[i], run, &drivers[i]), 0);
    for (unsigned i = 0; i < LOOPS; i++)
        while (sem_wait(&drivers[i].done) < 0)
            ;
}

static void check(const struct toy_calls *toys, const struct toy_client *client)
{
    ck_assert(client->is_complete);
    for (unsigned loop = 0; loop < LOOPS; loop++)
        for (unsigned call = 0; call < toys->on[loop].count; call++)
            ck_assert_uint_eq(client->seen[loop][call], toys->on[loop].calls[call].seq);
}

START_TEST(no_event_is_missed_or_repeated)
{
    struct toy_calls *toys = calloc(1, sizeof(*toys));
    toys->loop_count = LOOPS;
    for (unsigned i = 0; i < LOOPS; i++) {
        st_loop_create(&toys->loops[i], i, 0);
        drivers[i] = (struct driver){.toys = toys, .loop = i, .seed = i + 1};
        sem_init(&drivers[i].done, 0, 0);
    }
    toy_calls_open(toys);
    for (unsigned i = 0; i < LOOPS; i++)
        ck_assert_int_eq(st_loop_start(toys->loops[i]), 0);
    on_all(toys, on_step);
    for (int i = 0; i < ROUNDS; i++) /* each lets what is on its way come one loop further */
        on_all(toys, on_calm);
    for (unsigned i = 0; i < LOOPS; i++)
        for (unsigned k = 0; k < CLIENTS_PER_LOOP; k++)
            check(toys, &drivers[i].clients[k]);
    on_all(toys, on_close);
    for (unsigned i = 0; i < LOOPS; i++)
        st_loop_stop(toys->loops[i]);
    for (unsigned i = 0; i < LOOPS; i++)
        st_loop_join(toys->loops[i]);
    for (unsigned i = 0; i < LOOPS; i++) {
        st_loop_destroy(toys->loops[i]);
        sem_destroy(&drivers[i].done);
    }
    toy_calls_close(toys);
    free(toys);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, no_event_is_missed_or_repeated);
    return run_case("threads", tcase);
}
