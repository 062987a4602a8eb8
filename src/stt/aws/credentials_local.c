#include "credentials_search.h"

#include "credentials_http.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOCAL_TIMEOUT_MS = 2000 };

static int take_local(struct st_aws_search *search, const struct st_aws_answer *answer,
                      const char *what)
{
    if (answer->status == 200 &&
        st_aws_answer_keys(answer->text, answer->bytes, &search->found->keys) == 0) {
        st_aws_search_found(search, "%s", what);
        search->found->is_fixed = false;
        return 0;
    }
    return st_aws_search_fail(search, -EACCES, "%s gave no credentials (HTTP %ld)", what,
                              answer->status);
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

static int name_authorization(struct st_aws_search *search, struct st_json_writer *line)
{
    const char *path = st_aws_search_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *given = st_aws_search_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    char *token = NULL;
    if (path) {
        int err = st_aws_search_read_token(search, path, &token);
        if (err)
            return err;
    }
    if (token || given) {
        st_json_append_text(line, "authorization: ");
        st_json_append_text(line, token ? token : given);
        st_json_append(line, "", 1);
    }
    st_mem_free_secret(token);
    return 0;
}

int st_aws_search_container(struct st_aws_search *search)
{
    const char *relative = st_aws_search_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = st_aws_search_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    char url[1024], text[160];
    struct st_json_writer line;
    struct st_aws_answer answer;
    if (!relative && !full)
        return -ENOENT;
    snprintf(url, sizeof(url), "%s%s", relative ? "http://169.254.170.2" : "",
             relative ? relative : full);
    if (!is_allowed(url))
        return st_aws_search_fail(
            search, -EINVAL,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor of this machine");
    st_json_init_secret(&line);
    int err = name_authorization(search, &line);
    const char *headers[] = {line.data, NULL};
    struct st_aws_fetch fetch = {
        "GET", url, headers, NULL, LOCAL_TIMEOUT_MS, true, search->chain->is_stopping};
    if (!err) {
        err = st_aws_fetch(&answer, &fetch, text, sizeof(text));
        if (err)
            st_aws_search_fail(search, err, "the container's credentials cannot be had: %s", text);
    }
    st_json_fini(&line);
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

static int ask_instance(struct st_aws_search *search, struct instance *instance, const char *method,
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

static int get_instance_token(struct st_aws_search *search, struct instance *instance)
{
    struct st_aws_answer answer;
    int err = ask_instance(search, instance, "PUT", "/latest/api/token", &answer);
    if (err)
        return -ENOENT; /* no such service: not an instance of AWS's */
    if (answer.status == 200) {
        answer.text[strcspn(answer.text, "\r\n")] = '\0';
        st_json_append_text(&instance->token_line, "X-aws-ec2-metadata-token: ");
        st_json_append_text(&instance->token_line, answer.text);
        st_json_append(&instance->token_line, "", 1);
    }
    err = answer.status == 200 ? 0 : -ENOENT;
    st_aws_answer_fini(&answer);
    return err;
}

static int get_instance_keys(struct st_aws_search *search, struct instance *instance)
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
        return st_aws_search_fail(search, -ENOENT, "the instance has no role");
    err = ask_instance(search, instance, "GET", path, &answer);
    if (err)
        return st_aws_search_fail(search, err, "the instance's credentials cannot be had");
    err = take_local(search, &answer, "the instance's role");
    st_aws_answer_fini(&answer);
    return err;
}

int st_aws_search_instance(struct st_aws_search *search)
{
    const char *disabled = st_aws_search_variable("AWS_EC2_METADATA_DISABLED");
    const char *given = st_aws_search_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    struct instance instance;
    if (disabled && strcasecmp(disabled, "true") == 0)
        return -ENOENT;
    snprintf(instance.base, sizeof(instance.base), "%s", given ? given : "http://169.254.169.254");
    size_t len = strlen(instance.base);
    if (instance.base[len - 1] == '/')
        instance.base[len - 1] = '\0';
    st_json_init_secret(&instance.token_line);
    int err = get_instance_token(search, &instance);
    if (!err)
        err = get_instance_keys(search, &instance);
    st_json_fini(&instance.token_line);
    return err;
}
