/* sidetone token create */
#include "client_options.h"
#include "duration.h"
#include "options.h"
#include "verb.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/token.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TTL_MAX_S = 10 * 366 * 86400 };

struct request {
    struct st_claims claims;
    const char *secret_file;
    const char *secret_env;
    int64_t ttl_s;
    bool is_json;
};

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("token", what, value);
}

static int copy_claim(char *out, size_t out_bytes, const char *name, const char *value)
{
    size_t bytes = strlen(value);
    if (bytes == 0 || bytes >= out_bytes)
        return refuse(name, bytes == 0 ? "must not be empty" : "is too long");
    memcpy(out, value, bytes + 1);
    return 0;
}

static int take_ttl(void *user, const char *text)
{
    struct request *request = user;
    if (st_duration_parse(text, TTL_MAX_S, &request->ttl_s) == 0)
        return 0;
    return refuse("--ttl is no time between 1 second and 10 years", text);
}

static int take_scope(void *user, const char *text)
{
    struct request *request = user;
    char *words = st_mem_strdup(text);
    for (char *at = words; *at; at++)
        if (*at == ',')
            *at = ' ';
    int scopes = st_scope_parse(words);
    free(words);
    if (scopes <= 0)
        return refuse(
            "--scope knows calls:read, calls:ingest, alerts:write, rules:write and admin, not",
            text);
    request->claims.scopes = (unsigned)scopes;
    return 0;
}

#define TAKE_CLAIM(member)                                                                         \
    static int take_##member(void *request, const char *value)                                     \
    {                                                                                              \
        struct st_claims *claims = &((struct request *)request)->claims;                           \
        return copy_claim(claims->member, sizeof(claims->member), "--" #member, value);            \
    }
TAKE_CLAIM(agent)
TAKE_CLAIM(call)
TAKE_CLAIM(tenant)
TAKE_CLAIM(subject)
#undef TAKE_CLAIM

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"scope", "SCOPES",
     "calls:read, calls:ingest, alerts:write, rules:write, admin;\nseveral separated by spaces or "
     "commas",
     .take = take_scope},
    {"secret-file", "FILE", "the file that auth.secret_file names", AT(secret_file)},
    {"secret-env", "NAME", "environment variable that holds the secret", AT(secret_env)},
    {"agent", "ID", "only calls of this agent", .take = take_agent},
    {"call", "ID", "only this call", .take = take_call},
    {"tenant", "NAME", "only calls of this tenant", .take = take_tenant},
    {"subject", "NAME", "whose token it is", .take = take_subject},
    {"ttl", "TIME", "how long it is good for: 90, 90s, 15m, 8h, 30d (default 1h)",
     .take = take_ttl},
    {"json", NULL, "the token and when it expires, as JSON", AT(is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "token",
    .about =
        "Usage: sidetone token create --scope SCOPES (--secret-file FILE | --secret-env NAME)\n"
        "                             [options]\n"
        "\n"
        "Makes an access token, signed with the gateway's auth.secret (at least 32 bytes).\n",
    .options = options,
    .examples = "Examples:\n"
                "  sidetone token create --secret-file secret.txt --scope calls:read --agent sarah "
                "--ttl 8h\n"
                "  sidetone token create --secret-env SIDETONE_AUTH_SECRET --scope calls:ingest "
                "--ttl 365d\n"
                "\n"
                "Exit codes: 0 done, 1 the token could not be made, 2 wrong usage.\n",
};

#undef AT

/* Zero, or what st_options_exit takes. */
static int parse(struct request *request, int argc, char **argv)
{
    int operand = st_options_parse(&command, request, argc, argv);
    if (operand < 0)
        return operand;
    if (operand + 1 != argc || strcmp(argv[operand], "create") != 0)
        return refuse("what to do", "`create` is what there is");
    if (request->claims.scopes == 0)
        return refuse("--scope", "is needed");
    if (!request->secret_file == !request->secret_env)
        return refuse("the secret", "give one of --secret-file and --secret-env");
    return 0;
}

/* Free it. NULL after saying why. */
static char *load_secret(const struct request *request)
{
    if (request->secret_file) {
        char *secret = st_client_options_secret(request->secret_file);
        if (!secret)
            refuse(request->secret_file, strerror(errno));
        return secret;
    }
    const char *value = getenv(request->secret_env);
    if (!value)
        refuse(request->secret_env, "there is no such environment variable");
    return st_mem_strdup(value);
}

static void print_token(const struct request *request, const char *token)
{
    struct st_json_writer json;
    if (!request->is_json) {
        puts(token);
        return;
    }
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_string(&json, "token", token);
    st_json_set_int(&json, "expires_unix_s", request->claims.expires_unix_s);
    st_json_end_object(&json);
    printf("%.*s\n", (int)json.len, json.data);
    st_json_fini(&json);
}

static int create(struct request *request)
{
    char *token, *secret = load_secret(request);
    if (!secret)
        return ST_EXIT_FAILED;
    int64_t now_unix_s = st_loop_wall_unix_ms() / 1000;
    request->claims.expires_unix_s = now_unix_s + request->ttl_s;
    int err = st_token_sign(&token, &request->claims, secret, now_unix_s);
    if (err == 0) {
        print_token(request, token);
        free(token);
    } else {
        refuse("no token", strlen(secret) < 32 ? "the secret is shorter than 32 bytes"
                                               : "a claim makes no sense");
    }
    explicit_bzero(secret, strlen(secret));
    free(secret);
    return err == 0 ? ST_EXIT_OK : ST_EXIT_FAILED;
}

static int run(int argc, char **argv)
{
    struct request request = {.ttl_s = 3600};
    int parsed = parse(&request, argc, argv);
    return parsed < 0 ? st_options_exit(&command, parsed) : create(&request);
}

const struct st_verb st_verb_token = {"token", "make access tokens", run};
