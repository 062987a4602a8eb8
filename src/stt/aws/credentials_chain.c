#include "credentials_chain.h"

#include "credentials_http.h"
#include "profile.h"
#include "sigv4.h"

#include "sidetone/file.h"
#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LOCAL_TIMEOUT_MS = 2000,
    STS_TIMEOUT_MS = 10000,
    TOKEN_FILE_BYTES = 20000,
    DEPTH_MAX = 4, /* profiles that name one another */
};

struct search {
    const struct st_aws_chain *chain;
    struct st_aws_found *found;
    char *why;
    size_t why_bytes;
    unsigned depth;
};

static int __attribute__((format(printf, 3, 4)))
fail(struct search *search, int err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(search->why, search->why_bytes, format, args);
    va_end(args);
    return err;
}

static void __attribute__((format(printf, 2, 3)))
name_source(struct search *search, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(search->found->source, sizeof(search->found->source), format, args);
    va_end(args);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static void add(struct st_json_writer *out, const char *text)
{
    st_json_append(out, text, strlen(text));
}

static void wipe(struct st_json_writer *text)
{
    if (text->data)
        OPENSSL_cleanse(text->data, text->cap);
    st_json_fini(text);
}

/* ---- the environment ---- */

static bool copy_key(char *out, size_t out_bytes, const char *text)
{
    int bytes = snprintf(out, out_bytes, "%s", text ? text : "");
    return bytes >= 0 && (size_t)bytes < out_bytes;
}

static int look_at_environment(struct search *search)
{
    struct st_aws_keys *keys = &search->found->keys;
    const char *key_id = variable("AWS_ACCESS_KEY_ID"), *secret = variable("AWS_SECRET_ACCESS_KEY");
    if (!key_id && !secret)
        return -ENOENT;
    if (!key_id || !secret)
        return fail(search, -EINVAL,
                    "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY one is missing");
    if (!copy_key(keys->key_id, sizeof(keys->key_id), key_id) ||
        !copy_key(keys->secret, sizeof(keys->secret), secret) ||
        !copy_key(keys->token, sizeof(keys->token), variable("AWS_SESSION_TOKEN")))
        return fail(search, -EINVAL, "the credentials in the environment are too long to be any");
    name_source(search, "the environment");
    search->found->is_fixed = true;
    return 0;
}

/* ---- the token service ---- */

struct form {
    struct st_json_writer text;
};

static void form_add(struct form *form, const char *name, const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    if (form->text.len > 0)
        add(&form->text, "&");
    add(&form->text, name);
    add(&form->text, "=");
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                        (c >= 'a' && c <= 'z') || strchr("-._~", c);
        char escape[] = {'%', digits[c >> 4], digits[c & 15]};
        st_json_append(&form->text, is_plain ? value : escape, is_plain ? 1 : sizeof(escape));
    }
}

static void form_begin(struct form *form, const char *action, const char *role_arn,
                       const char *session_name)
{
    const char *name = session_name && session_name[0] ? session_name : "sidetone";
    st_json_init(&form->text);
    form_add(form, "Action", action);
    form_add(form, "Version", "2011-06-15");
    form_add(form, "RoleArn", role_arn);
    form_add(form, "RoleSessionName", name);
}

static void name_sts(const struct search *search, char *out, size_t out_bytes)
{
    const char *given = variable("AWS_ENDPOINT_URL_STS"), *region = search->chain->region;
    if (given)
        snprintf(out, out_bytes, "%.*s", (int)(strlen(given) - (given[strlen(given) - 1] == '/')),
                 given);
    else
        snprintf(out, out_bytes, "https://sts.%s.amazonaws.com%s", region,
                 strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

enum { STS_HEADERS_MAX = 6 };

struct sts_request {
    struct st_json_writer lines[STS_HEADERS_MAX];
    const char *headers[STS_HEADERS_MAX + 1];
    size_t count;
};

static struct st_json_writer *sts_line(struct sts_request *request)
{
    struct st_json_writer *line = &request->lines[request->count++];
    st_json_init(line);
    return line;
}

static void sts_sign(struct sts_request *request, const struct search *search, const char *url,
                     const struct form *form, const struct st_aws_keys *keys)
{
    char time[ST_SIGV4_TIME_BYTES], hash[ST_SIGV4_HEX_BYTES], signature[ST_SIGV4_HEX_BYTES];
    struct st_sigv4_who who = {keys->key_id,          keys->secret, keys->token,
                               search->chain->region, "sts",        st_loop_wall_unix_ms()};
    st_sigv4_time(who.unix_ms, time);
    st_sigv4_hash(form->text.data, form->text.len, hash);
    struct st_sigv4_pair pairs[] = {
        {"content-type", "application/x-www-form-urlencoded"},
        {"host", strstr(url, "://") + 3},
        {"x-amz-date", time},
        {"x-amz-security-token", keys->token},
    };
    struct st_sigv4_request signed_request = {
        .method = "POST",
        .path = "/",
        .headers = pairs,
        .header_count = keys->token[0] ? 4 : 3,
        .payload_hash = hash,
    };
    struct st_json_writer *line = sts_line(request);
    add(line, "authorization: ");
    st_sigv4_authorize(line, &signed_request, &who, signature);
    for (size_t i = 2; i < signed_request.header_count; i++) {
        line = sts_line(request);
        add(line, pairs[i].name);
        add(line, ": ");
        add(line, pairs[i].value);
    }
}

static int sts_take(struct search *search, const struct st_aws_answer *answer)
{
    char code[80];
    if (answer->status == 200 &&
        st_aws_answer_keys(answer->text, answer->bytes, &search->found->keys) == 0)
        return 0;
    st_aws_answer_code(answer->text, answer->bytes, code, sizeof(code));
    return fail(search, -EACCES, "AWS does not give the role (HTTP %ld %s)", answer->status, code);
}

/* `keys` NULL: the request needs no signature. */
static int ask_sts(struct search *search, struct form *form, const struct st_aws_keys *keys)
{
    char url[256], text[160];
    struct sts_request request = {.count = 0};
    struct st_aws_answer answer;
    name_sts(search, url, sizeof(url));
    if (!strstr(url, "://"))
        return fail(search, -EINVAL, "AWS_ENDPOINT_URL_STS is no URL");
    add(sts_line(&request), "accept: application/json");
    add(sts_line(&request), "content-type: application/x-www-form-urlencoded");
    if (keys)
        sts_sign(&request, search, url, form, keys);
    for (size_t i = 0; i < request.count; i++) {
        st_json_append(&request.lines[i], "", 1);
        request.headers[i] = request.lines[i].data;
    }
    st_json_append(&form->text, "", 1);
    struct st_aws_fetch fetch = {"POST",         url,   request.headers,           form->text.data,
                                 STS_TIMEOUT_MS, false, search->chain->is_stopping};
    int err = st_aws_fetch(&answer, &fetch, text, sizeof(text));
    for (size_t i = 0; i < request.count; i++)
        wipe(&request.lines[i]);
    if (err)
        return fail(search, err, "AWS's token service cannot be reached: %s", text);
    err = sts_take(search, &answer);
    st_aws_answer_fini(&answer);
    return err;
}

static int read_token(struct search *search, const char *path, char **ret_token)
{
    size_t bytes;
    int err = st_file_read(path, TOKEN_FILE_BYTES, ret_token, &bytes);
    if (err)
        return fail(search, err, "the web identity token in %s cannot be read", path);
    (*ret_token)[strcspn(*ret_token, "\r\n")] = '\0';
    return 0;
}

static int assume_with_token(struct search *search, const char *role_arn, const char *path,
                             const char *session_name)
{
    struct form form;
    char *token;
    int err = read_token(search, path, &token);
    if (err)
        return err;
    form_begin(&form, "AssumeRoleWithWebIdentity", role_arn, session_name);
    form_add(&form, "WebIdentityToken", token);
    OPENSSL_cleanse(token, strlen(token));
    free(token);
    err = ask_sts(search, &form, NULL);
    wipe(&form.text);
    search->found->is_fixed = false;
    name_source(search, "a role by web identity");
    return err;
}

static int look_at_web_identity(struct search *search)
{
    const char *path = variable("AWS_WEB_IDENTITY_TOKEN_FILE"), *role = variable("AWS_ROLE_ARN");
    if (!path || !role)
        return -ENOENT;
    return assume_with_token(search, role, path, variable("AWS_ROLE_SESSION_NAME"));
}

/* ---- container and instance ---- */

static int take_local(struct search *search, const struct st_aws_answer *answer, const char *what)
{
    if (answer->status == 200 &&
        st_aws_answer_keys(answer->text, answer->bytes, &search->found->keys) == 0) {
        name_source(search, "%s", what);
        search->found->is_fixed = false;
        return 0;
    }
    return fail(search, -EACCES, "%s gave no credentials (HTTP %ld)", what, answer->status);
}

/* In clear only to where the machine ends. */
static bool is_allowed(const char *url)
{
    static const char *const hosts[] = {"169.254.170.2", "169.254.170.23", "127.0.0.1",
                                        "localhost",     "[::1]",          "[fd00:ec2::23]"};
    if (strncasecmp(url, "https://", 8) == 0)
        return true;
    if (strncasecmp(url, "http://", 7) != 0)
        return false;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        size_t len = strlen(hosts[i]);
        if (strncmp(url + 7, hosts[i], len) == 0 && strchr(":/?", url[7 + len]))
            return true;
    }
    return false;
}

static int name_authorization(struct search *search, struct st_json_writer *line)
{
    const char *path = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *given = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    char *token = NULL;
    if (path) {
        int err = read_token(search, path, &token);
        if (err)
            return err;
    }
    if (token || given) {
        add(line, "authorization: ");
        add(line, token ? token : given);
        st_json_append(line, "", 1);
    }
    if (token)
        OPENSSL_cleanse(token, strlen(token));
    free(token);
    return 0;
}

static int look_at_container(struct search *search)
{
    const char *relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    char url[1024], text[160];
    struct st_json_writer line;
    struct st_aws_answer answer;
    if (!relative && !full)
        return -ENOENT;
    snprintf(url, sizeof(url), "%s%s", relative ? "http://169.254.170.2" : "",
             relative ? relative : full);
    if (!is_allowed(url))
        return fail(search, -EINVAL,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor of this machine");
    st_json_init(&line);
    int err = name_authorization(search, &line);
    const char *headers[] = {line.data, NULL};
    struct st_aws_fetch fetch = {
        "GET", url, headers, NULL, LOCAL_TIMEOUT_MS, true, search->chain->is_stopping};
    if (!err) {
        err = st_aws_fetch(&answer, &fetch, text, sizeof(text));
        if (err)
            fail(search, err, "the container's credentials cannot be had: %s", text);
    }
    wipe(&line);
    if (err)
        return err;
    err = take_local(search, &answer, "the container's role");
    st_aws_answer_fini(&answer);
    return err;
}

struct instance {
    char base[256];
    struct st_json_writer token_line;
};

static int ask_instance(struct search *search, struct instance *instance, const char *method,
                        const char *path, struct st_aws_answer *ret_answer)
{
    char url[1024], text[160];
    bool is_put = strcmp(method, "PUT") == 0;
    const char *headers[] = {
        is_put ? "X-aws-ec2-metadata-token-ttl-seconds: 21600" : instance->token_line.data, NULL};
    snprintf(url, sizeof(url), "%s%s", instance->base, path);
    struct st_aws_fetch fetch = {method,
                                 url,
                                 headers,
                                 is_put ? "" : NULL,
                                 LOCAL_TIMEOUT_MS / 2,
                                 true,
                                 search->chain->is_stopping};
    return st_aws_fetch(ret_answer, &fetch, text, sizeof(text));
}

static int get_instance_token(struct search *search, struct instance *instance)
{
    struct st_aws_answer answer;
    int err = ask_instance(search, instance, "PUT", "/latest/api/token", &answer);
    if (err)
        return -ENOENT; /* no such service: not an instance of AWS's */
    if (answer.status == 200) {
        answer.text[strcspn(answer.text, "\r\n")] = '\0';
        add(&instance->token_line, "X-aws-ec2-metadata-token: ");
        add(&instance->token_line, answer.text);
        st_json_append(&instance->token_line, "", 1);
    }
    err = answer.status == 200 ? 0 : -ENOENT;
    st_aws_answer_fini(&answer);
    return err;
}

static int get_instance_keys(struct search *search, struct instance *instance)
{
    static const char roles[] = "/latest/meta-data/iam/security-credentials/";
    char path[512];
    struct st_aws_answer answer;
    int err = ask_instance(search, instance, "GET", roles, &answer);
    if (err)
        return -ENOENT;
    answer.text[strcspn(answer.text, "\r\n/?#")] = '\0';
    bool has_role = answer.status == 200 && answer.text[0];
    snprintf(path, sizeof(path), "%s%.300s", roles, answer.text);
    st_aws_answer_fini(&answer);
    if (!has_role)
        return fail(search, -ENOENT, "the instance has no role");
    err = ask_instance(search, instance, "GET", path, &answer);
    if (err)
        return fail(search, err, "the instance's credentials cannot be had");
    err = take_local(search, &answer, "the instance's role");
    st_aws_answer_fini(&answer);
    return err;
}

static int look_at_instance(struct search *search)
{
    const char *disabled = variable("AWS_EC2_METADATA_DISABLED");
    const char *given = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    struct instance instance;
    if (disabled && strcasecmp(disabled, "true") == 0)
        return -ENOENT;
    snprintf(instance.base, sizeof(instance.base), "%s", given ? given : "http://169.254.169.254");
    size_t len = strlen(instance.base);
    if (instance.base[len - 1] == '/')
        instance.base[len - 1] = '\0';
    st_json_init(&instance.token_line);
    int err = get_instance_token(search, &instance);
    if (!err)
        err = get_instance_keys(search, &instance);
    wipe(&instance.token_line);
    return err;
}

/* ---- profiles ---- */

static int look_at_profile(struct search *search, const char *name);

static int find_source(struct search *search, const struct st_aws_profile *profile,
                       const char *name)
{
    if (profile->source_profile[0])
        return look_at_profile(search, profile->source_profile);
    if (strcmp(profile->credential_source, "Environment") == 0)
        return look_at_environment(search);
    if (strcmp(profile->credential_source, "EcsContainer") == 0)
        return look_at_container(search);
    if (strcmp(profile->credential_source, "Ec2InstanceMetadata") == 0)
        return look_at_instance(search);
    return fail(search, -EINVAL,
                "profile '%s' has a role_arn, but neither source_profile nor credential_source",
                name);
}

static int assume_role(struct search *search, const struct st_aws_profile *profile,
                       const char *name)
{
    struct form form;
    struct st_aws_keys keys;
    int err = find_source(search, profile, name);
    if (err == -ENOENT)
        return fail(search, -EACCES, "profile '%s': no credentials to take its role with", name);
    if (err)
        return err;
    keys = search->found->keys;
    form_begin(&form, "AssumeRole", profile->role_arn, profile->role_session_name);
    if (profile->external_id[0])
        form_add(&form, "ExternalId", profile->external_id);
    err = ask_sts(search, &form, &keys);
    wipe(&form.text);
    st_aws_keys_wipe(&keys);
    search->found->is_fixed = false;
    name_source(search, "the role of profile %.60s", name);
    return err;
}

static int use_profile(struct search *search, const struct st_aws_profile *profile,
                       const char *name)
{
    /* A profile that is its own source has keys and a role. */
    bool is_nested = search->depth > 1;
    bool has_keys = profile->keys.key_id[0] && profile->keys.secret[0];
    if (profile->role_arn[0] && profile->web_identity_token_file[0])
        return assume_with_token(search, profile->role_arn, profile->web_identity_token_file,
                                 profile->role_session_name);
    if (profile->role_arn[0] && !(is_nested && has_keys))
        return profile->needs_login
                   ? fail(search, -ENOTSUP, "profile '%s' asks for MFA: not supported", name)
                   : assume_role(search, profile, name);
    if (has_keys) {
        search->found->keys = profile->keys;
        name_source(search, "profile %.60s", name);
        return 0;
    }
    if (profile->needs_sso || profile->needs_login)
        return fail(search, -ENOTSUP, "profile '%s' uses %s: not supported; use keys, a role or %s",
                    name, profile->needs_sso ? "SSO" : "credential_process",
                    "the environment of 'aws configure export-credentials --format env'");
    return -ENOENT;
}

static int look_at_profile(struct search *search, const char *name)
{
    struct st_aws_profile *profile;
    if (search->depth == DEPTH_MAX)
        return fail(search, -EINVAL, "profiles name one another as their source");
    profile = st_mem_alloc(sizeof(*profile));
    search->depth++;
    st_aws_profile_read(profile, name);
    int err = use_profile(search, profile, name);
    if (err == -ENOENT && (search->depth > 1 || search->chain->profile))
        err =
            fail(search, -EACCES, "profile '%s' %s", name,
                 profile->is_found ? "has no credentials" : "is in neither of AWS's shared files");
    search->depth--;
    st_aws_profile_wipe(profile);
    free(profile);
    return err;
}

static int look_at_own_profile(struct search *search)
{
    return look_at_profile(search, search->chain->profile ? search->chain->profile
                                                          : st_aws_profile_default());
}

/* ---- all of them ---- */

int st_aws_chain_find(const struct st_aws_chain *chain, struct st_aws_found *ret_found,
                      char *ret_why, size_t why_bytes)
{
    static int (*const places[])(struct search *) = {
        look_at_environment, look_at_web_identity, look_at_own_profile,
        look_at_container,   look_at_instance,
    };
    struct search search = {chain, ret_found, ret_why, why_bytes, 0};
    int err = -ENOENT;
    *ret_found = (struct st_aws_found){.is_fixed = false};
    for (size_t i = chain->profile ? 2 : 0; i < sizeof(places) / sizeof(places[0]); i++) {
        err = places[i](&search);
        if (err != -ENOENT)
            return err;
    }
    return fail(&search, err,
                "there are no AWS credentials: neither in the environment (AWS_ACCESS_KEY_ID), nor "
                "in profile '%s' of ~/.aws, nor from a container or an instance",
                chain->profile ? chain->profile : st_aws_profile_default());
}
