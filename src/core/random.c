#include "sidetone/random.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

/* Up to so many are given whole, whatever signals come. */
void st_random_fill(void *out, size_t bytes)
{
    assert(bytes <= ST_RANDOM_BYTES_MAX);
    if (getrandom(out, bytes, 0) != (ssize_t)bytes)
        abort();
}

uint64_t st_random_u64(void)
{
    uint64_t random;
    st_random_fill(&random, sizeof(random));
    return random;
}
