/* Where credentials are looked for, in order. Blocks. */
#ifndef SIDETONE_STT_AWS_CREDENTIALS_CHAIN_H
#define SIDETONE_STT_AWS_CREDENTIALS_CHAIN_H

#include "credentials.h"

#include <stdatomic.h>

struct st_aws_chain {
    const char *profile; /* NULL: as the environment has it */
    const char *region;
    const atomic_bool *is_stopping;
};

struct st_aws_found {
    struct st_aws_keys keys;
    char source[96]; /* for people */
    bool is_fixed;   /* looking again gives the same */
};

/* 0; -ENOENT when there are none anywhere, or another negative errno when what should have given
 * them did not; `ret_why` is filled then. */
int st_aws_chain_find(const struct st_aws_chain *chain, struct st_aws_found *ret_found,
                      char *ret_why, size_t why_bytes);

#endif
