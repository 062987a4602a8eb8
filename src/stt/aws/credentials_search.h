/*
 * One search for credentials, and the places it goes to. Each place returns 0 with what it found,
 * -ENOENT when there is nothing of the kind, or another negative errno with the reason.
 */
#ifndef SIDETONE_STT_AWS_CREDENTIALS_SEARCH_H
#define SIDETONE_STT_AWS_CREDENTIALS_SEARCH_H

#include "credentials_chain.h"
#include "profile.h"

#include "sidetone/json_writer.h"

struct st_aws_search {
    const struct st_aws_chain *chain;
    struct st_aws_found *found;
    char *why;
    size_t why_bytes;
    unsigned depth;
};

/* Why it failed; returns `err`. */
int __attribute__((format(printf, 3, 4)))
st_aws_search_fail(struct st_aws_search *search, int err, const char *format, ...);
/* Where they are from. */
void __attribute__((format(printf, 2, 3)))
st_aws_search_found(struct st_aws_search *search, const char *format, ...);
/* Of the environment; NULL for an empty one too. */
const char *st_aws_search_variable(const char *name);

/* ---- credentials_chain.c ---- */

int st_aws_search_environment(struct st_aws_search *search);

/* ---- credentials_sts.c: AWS's token service ---- */

int st_aws_search_web_identity(struct st_aws_search *search);
int st_aws_search_assume_with_token(struct st_aws_search *search, const char *role_arn,
                                    const char *path, const char *session_name);
/* The keys found so far are changed for those of the profile's role. */
int st_aws_search_assume_role(struct st_aws_search *search, const struct st_aws_profile *profile);
/* A token's file, up to its end of line. */
int st_aws_search_read_token(struct st_aws_search *search, const char *path, char **ret_token);

/* ---- credentials_local.c: container and instance ---- */

int st_aws_search_container(struct st_aws_search *search);
int st_aws_search_instance(struct st_aws_search *search);

/* ---- credentials_profile.c ---- */

int st_aws_search_profile(struct st_aws_search *search, const char *name);

#endif
