#include "errand.h"

#include "sidetone/post.h"

static void finish(void *user)
{
    struct errand *errand = user;
    errand->finish(errand);
}

static void on_there(void *user)
{
    struct errand *errand = user;
    struct st_loop *const *loops = errand->service->loops;
    errand->act(errand);
    st_post_surely(loops[errand->there], loops[errand->home], finish, finish, errand);
}

void errand_run(struct errand *errand)
{
    struct st_loop *const *loops = errand->service->loops;
    if (errand->there != errand->home) {
        st_post_surely(loops[errand->home], loops[errand->there], on_there, finish, errand);
        return;
    }
    errand->act(errand);
    errand->finish(errand);
}
