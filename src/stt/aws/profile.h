/* One profile of AWS's shared files, ~/.aws/config and ~/.aws/credentials. Blocks. */
#ifndef SIDETONE_STT_AWS_PROFILE_H
#define SIDETONE_STT_AWS_PROFILE_H

#include "credentials.h"

struct st_aws_profile {
    struct st_aws_keys keys; /* key_id "": none */
    char region[64];
    char role_arn[512];
    char source_profile[128];
    char credential_source[32];
    char web_identity_token_file[512];
    char role_session_name[80];
    char external_id[256];
    bool is_found;    /* a section of that name is there */
    bool needs_sso;   /* what is not supported */
    bool needs_login; /* credential_process, mfa_serial */
};

/* AWS_PROFILE, AWS_DEFAULT_PROFILE, "default". */
const char *st_aws_profile_default(void);

/* What is in neither file stays empty; of what is in both the credentials file's counts. */
void st_aws_profile_read(struct st_aws_profile *ret_profile, const char *name);
void st_aws_profile_wipe(struct st_aws_profile *profile);

/* The lines of one such file. Sections are "[name]", or with `is_config` "[profile name]" and
 * "[default]". */
void st_aws_profile_parse(struct st_aws_profile *profile, const char *text, const char *name,
                          bool is_config);

#endif
