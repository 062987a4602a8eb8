#include "credentials_chain.h"

#include "credentials_search.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int __attribute__((format(printf, 3, 4)))
st_aws_search_fail(struct st_aws_search *search, int err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(search->why, search->why_bytes, format, args);
    va_end(args);
    return err;
}

void __attribute__((format(printf, 2, 3)))
st_aws_search_found(struct st_aws_search *search, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(search->found->source, sizeof(search->found->source), format, args);
    va_end(args);
}

const char *st_aws_search_variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static bool copy_key(char *out, size_t out_bytes, const char *text)
{
    int bytes = snprintf(out, out_bytes, "%s", text ? text : "");
    return bytes >= 0 && (size_t)bytes < out_bytes;
}

int st_aws_search_environment(struct st_aws_search *search)
{
    struct st_aws_keys *keys = &search->found->keys;
    const char *key_id = st_aws_search_variable("AWS_ACCESS_KEY_ID"),
               *secret = st_aws_search_variable("AWS_SECRET_ACCESS_KEY");
    if (!key_id && !secret)
        return -ENOENT;
    if (!key_id || !secret)
        return st_aws_search_fail(search, -EINVAL,
                                  "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is missing");
    if (!copy_key(keys->key_id, sizeof(keys->key_id), key_id) ||
        !copy_key(keys->secret, sizeof(keys->secret), secret) ||
        !copy_key(keys->token, sizeof(keys->token), st_aws_search_variable("AWS_SESSION_TOKEN")))
        return st_aws_search_fail(search, -EINVAL,
                                  "the credentials in the environment are too long to be any");
    st_aws_search_found(search, "the environment");
    search->found->is_fixed = true;
    return 0;
}

static int look_at_own_profile(struct st_aws_search *search)
{
    return st_aws_search_profile(search, search->chain->profile ? search->chain->profile
                                                                : st_aws_profile_default());
}

int st_aws_chain_find(const struct st_aws_chain *chain, struct st_aws_found *ret_found,
                      char *ret_why, size_t why_bytes)
{
    static int (*const places[])(struct st_aws_search *) = {
        st_aws_search_environment, st_aws_search_web_identity, look_at_own_profile,
        st_aws_search_container,   st_aws_search_instance,
    };
    struct st_aws_search search = {chain, ret_found, ret_why, why_bytes, 0};
    int err = -ENOENT;
    *ret_found = (struct st_aws_found){.is_fixed = false};
    for (size_t i = chain->profile ? 2 : 0; i < sizeof(places) / sizeof(places[0]); i++) {
        err = places[i](&search);
        if (err != -ENOENT)
            return err;
    }
    return st_aws_search_fail(
        &search, err,
        "there are no AWS credentials: neither in the environment (AWS_ACCESS_KEY_ID), nor "
        "in profile '%s' of ~/.aws, nor from a container or an instance",
        chain->profile ? chain->profile : st_aws_profile_default());
}
