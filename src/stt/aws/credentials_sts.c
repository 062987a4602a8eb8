#include "credentials_search.h"

#include "../percent.h"
#include "credentials_http.h"
#include "sigv4.h"

#include "sidetone/file.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STS_TIMEOUT_MS = 10000,
    STS_HEADERS_MAX = 6,
    TOKEN_FILE_BYTES = 20000,
};

struct form {
    struct st_json_writer text;
};

static void form_add(struct form *form, const char *name, const char *value)
{
    if (form->text.len > 0)
        st_json_append_text(&form->text, "&");
    st_json_append_text(&form->text, name);
    st_json_append_text(&form->text, "=");
    st_percent_encode(&form->text, value, ST_PERCENT_UNRESERVED);
}

static void form_begin(struct form *form, const char *action, const char *role_arn,
                       const char *session_name)
{
    const char *name = session_name && session_name[0] ? session_name : "sidetone";
    st_json_init_secret(&form->text);
    form_add(form, "Action", action);
    form_add(form, "Version", "2011-06-15");
    form_add(form, "RoleArn", role_arn);
    form_add(form, "RoleSessionName", name);
}

static void name_sts(const struct st_aws_search *search, char *out, size_t out_bytes)
{
    const char *given = st_aws_search_variable("AWS_ENDPOINT_URL_STS"),
               *region = search->chain->region;
    if (given)
        snprintf(out, out_bytes, "%.*s", (int)(strlen(given) - (given[strlen(given) - 1] == '/')),
                 given);
    else
        snprintf(out, out_bytes, "https://sts.%s.amazonaws.com%s", region,
                 strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

struct sts_request {
    struct st_json_writer lines[STS_HEADERS_MAX];
    const char *headers[STS_HEADERS_MAX + 1];
    size_t count;
};

static struct st_json_writer *sts_line(struct sts_request *request)
{
    struct st_json_writer *line = &request->lines[request->count++];
    st_json_init_secret(line);
    return line;
}

static void sts_sign(struct sts_request *request, const struct st_aws_search *search,
                     const char *url, const struct form *form, const struct st_aws_keys *keys)
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
    st_json_append_text(line, "authorization: ");
    st_sigv4_authorize(line, &signed_request, &who, signature);
    for (size_t i = 2; i < signed_request.header_count; i++) {
        line = sts_line(request);
        st_json_append_text(line, pairs[i].name);
        st_json_append_text(line, ": ");
        st_json_append_text(line, pairs[i].value);
    }
}

static int sts_take(struct st_aws_search *search, const struct st_aws_answer *answer)
{
    char code[80];
    if (answer->status == 200 &&
        st_aws_answer_keys(answer->text, answer->bytes, &search->found->keys) == 0)
        return 0;
    st_aws_answer_code(answer->text, answer->bytes, code, sizeof(code));
    return st_aws_search_fail(search, -EACCES, "AWS does not give the role (HTTP %ld %s)",
                              answer->status, code);
}

/* `keys` NULL: the request needs no signature. */
static int ask_sts(struct st_aws_search *search, struct form *form, const struct st_aws_keys *keys)
{
    char url[256], text[160];
    struct sts_request request = {.count = 0};
    struct st_aws_answer answer;
    name_sts(search, url, sizeof(url));
    if (!strstr(url, "://"))
        return st_aws_search_fail(search, -EINVAL, "AWS_ENDPOINT_URL_STS is no URL");
    st_json_append_text(sts_line(&request), "accept: application/json");
    st_json_append_text(sts_line(&request), "content-type: application/x-www-form-urlencoded");
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
        st_json_fini(&request.lines[i]);
    if (err)
        return st_aws_search_fail(search, err, "AWS's token service cannot be reached: %s", text);
    err = sts_take(search, &answer);
    st_aws_answer_fini(&answer);
    return err;
}

int st_aws_search_read_token(struct st_aws_search *search, const char *path, char **ret_token)
{
    size_t bytes;
    int err = st_file_read(path, TOKEN_FILE_BYTES, ret_token, &bytes);
    if (err)
        return st_aws_search_fail(search, err, "the web identity token in %s cannot be read", path);
    (*ret_token)[strcspn(*ret_token, "\r\n")] = '\0';
    return 0;
}

int st_aws_search_assume_with_token(struct st_aws_search *search, const char *role_arn,
                                    const char *path, const char *session_name)
{
    struct form form;
    char *token;
    int err = st_aws_search_read_token(search, path, &token);
    if (err)
        return err;
    form_begin(&form, "AssumeRoleWithWebIdentity", role_arn, session_name);
    form_add(&form, "WebIdentityToken", token);
    st_mem_free_secret(token);
    err = ask_sts(search, &form, NULL);
    st_json_fini(&form.text);
    search->found->is_fixed = false;
    st_aws_search_found(search, "a role by web identity");
    return err;
}

int st_aws_search_web_identity(struct st_aws_search *search)
{
    const char *path = st_aws_search_variable("AWS_WEB_IDENTITY_TOKEN_FILE"),
               *role = st_aws_search_variable("AWS_ROLE_ARN");
    if (!path || !role)
        return -ENOENT;
    return st_aws_search_assume_with_token(search, role, path,
                                           st_aws_search_variable("AWS_ROLE_SESSION_NAME"));
}

int st_aws_search_assume_role(struct st_aws_search *search, const struct st_aws_profile *profile)
{
    struct form form;
    struct st_aws_keys keys = search->found->keys;
    form_begin(&form, "AssumeRole", profile->role_arn, profile->role_session_name);
    if (profile->external_id[0])
        form_add(&form, "ExternalId", profile->external_id);
    int err = ask_sts(search, &form, &keys);
    st_json_fini(&form.text);
    st_aws_keys_wipe(&keys);
    search->found->is_fixed = false;
    return err;
}
