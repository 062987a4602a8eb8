#include "credentials_search.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 4 /* profiles that name one another */ };

static int find_source(struct st_aws_search *search, const struct st_aws_profile *profile,
                       const char *name)
{
    if (profile->source_profile[0])
        return st_aws_search_profile(search, profile->source_profile);
    if (strcmp(profile->credential_source, "Environment") == 0)
        return st_aws_search_environment(search);
    if (strcmp(profile->credential_source, "EcsContainer") == 0)
        return st_aws_search_container(search);
    if (strcmp(profile->credential_source, "Ec2InstanceMetadata") == 0)
        return st_aws_search_instance(search);
    return st_aws_search_fail(
        search, -EINVAL,
        "profile '%s' has a role_arn, but neither source_profile nor credential_source", name);
}

static int assume_role(struct st_aws_search *search, const struct st_aws_profile *profile,
                       const char *name)
{
    int err = find_source(search, profile, name);
    if (err == -ENOENT)
        return st_aws_search_fail(search, -EACCES,
                                  "profile '%s': no credentials to take its role with", name);
    if (err)
        return err;
    err = st_aws_search_assume_role(search, profile);
    st_aws_search_found(search, "the role of profile %.60s", name);
    return err;
}

static int use_profile(struct st_aws_search *search, const struct st_aws_profile *profile,
                       const char *name)
{
    /* A profile that is its own source has keys and a role. */
    bool is_nested = search->depth > 1;
    bool has_keys = profile->keys.key_id[0] && profile->keys.secret[0];
    if (profile->role_arn[0] && profile->web_identity_token_file[0])
        return st_aws_search_assume_with_token(search, profile->role_arn,
                                               profile->web_identity_token_file,
                                               profile->role_session_name);
    if (profile->role_arn[0] && !(is_nested && has_keys))
        return profile->needs_login
                   ? st_aws_search_fail(search, -ENOTSUP,
                                        "profile '%s' asks for MFA: not supported", name)
                   : assume_role(search, profile, name);
    if (has_keys) {
        search->found->keys = profile->keys;
        st_aws_search_found(search, "profile %.60s", name);
        return 0;
    }
    if (profile->needs_sso || profile->needs_login)
        return st_aws_search_fail(
            search, -ENOTSUP, "profile '%s' uses %s: not supported; use keys, a role or %s", name,
            profile->needs_sso ? "SSO" : "credential_process",
            "the environment of 'aws configure export-credentials --format env'");
    return -ENOENT;
}

int st_aws_search_profile(struct st_aws_search *search, const char *name)
{
    struct st_aws_profile *profile;
    if (search->depth == DEPTH_MAX)
        return st_aws_search_fail(search, -EINVAL, "profiles name one another as their source");
    profile = st_mem_alloc(sizeof(*profile));
    search->depth++;
    st_aws_profile_read(profile, name);
    int err = use_profile(search, profile, name);
    if (err == -ENOENT && (search->depth > 1 || search->chain->profile))
        err = st_aws_search_fail(search, -EACCES, "profile '%s' %s", name,
                                 profile->is_found ? "has no credentials"
                                                   : "is in neither of AWS's shared files");
    search->depth--;
    st_aws_profile_wipe(profile);
    free(profile);
    return err;
}
