/*
 * AWS credentials, found where AWS's own tools find them and renewed before they expire.
 *
 * In this order, the first that is there: the engine's `key` ("KEY_ID:SECRET" or
 * "KEY_ID:SECRET:TOKEN"); unless the engine names a profile, the environment (AWS_ACCESS_KEY_ID …,
 * then AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE); the profile in the shared files (keys; a
 * role_arn with source_profile, credential_source or web_identity_token_file); the container's
 * endpoint; the instance's metadata service (version 2). Not supported: SSO, credential_process,
 * MFA.
 *
 * A thread of its own reads files and asks services; everybody else only looks at the result. Keys
 * are wiped where they were, and are in no text.
 */
#ifndef SIDETONE_STT_AWS_CREDENTIALS_H
#define SIDETONE_STT_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_AWS_KEY_BYTES = 160, ST_AWS_TOKEN_BYTES = 8192 };

struct st_aws_keys {
    char key_id[ST_AWS_KEY_BYTES];
    char secret[ST_AWS_KEY_BYTES];
    char token[ST_AWS_TOKEN_BYTES]; /* "" for long-lived ones */
    int64_t expires_unix_ms;        /* 0: never */
    unsigned generation;            /* which of those there have been */
};

void st_aws_keys_wipe(struct st_aws_keys *keys);

struct st_aws_credentials;

struct st_aws_credentials_config {
    const char *key;     /* NULL or "": none */
    const char *profile; /* NULL or "": as the environment has it */
    const char *region;  /* of the token service */
};

/* Blocks for reading the environment and starting the thread only. -EINVAL when `key` is none. */
int st_aws_credentials_create(struct st_aws_credentials **ret_credentials,
                              const struct st_aws_credentials_config *config);
void st_aws_credentials_destroy(struct st_aws_credentials *credentials); /* NULL is fine */

/* Any thread; never blocks for long. 0; -EAGAIN while they are being got, or who hands them out
 * does not answer; -EACCES when there are none, with `ret_why` filled: what was looked at, and what
 * to do. */
int st_aws_credentials_get(struct st_aws_credentials *credentials, struct st_aws_keys *ret_keys,
                           char *ret_why, size_t why_bytes);

/* Any thread. Those of this generation were refused. True when others may come: `get` gives
 * -EAGAIN until then. */
bool st_aws_credentials_renew(struct st_aws_credentials *credentials, unsigned generation);

/* Where they are from, for people: "the environment", "profile work (~/.aws/credentials)", … */
void st_aws_credentials_describe(struct st_aws_credentials *credentials, char *out,
                                 size_t out_bytes);

/* The region that AWS's tools would use without being told: of the environment, else of the
 * profile. False when there is none. */
bool st_aws_region_find(const char *profile, char *out, size_t out_bytes);

#endif
