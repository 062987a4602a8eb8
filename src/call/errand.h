/*
 * An errand: something is done on another loop, and what became of it comes home.
 *
 * Where there is home nothing is posted, and all is done when errand_run returns.
 */
#ifndef SIDETONE_CALL_ERRAND_H
#define SIDETONE_CALL_ERRAND_H

#include "call_internal.h"

struct errand {
    struct st_call_service *service;
    unsigned home, there;
    void (*act)(struct errand *errand); /* there; not at all when that loop has been stopped */
    /* Once: at home, or, when home has been stopped meanwhile, there. May run the errand again. */
    void (*finish)(struct errand *errand);
};

/* On the loop `home`. */
void errand_run(struct errand *errand);

#endif
