/* sidetone token create */
#include "client_options.h"
#include "duration.h"
#include "verb.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/token.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: sidetone token create --scope SCOPES (--secret-file FILE | --secret-env NAME)\n"
    "                             [options]\n"
    "\n"
    "Makes an access token, signed with the gateway's auth.secret (at least 32 bytes).\n"
    "\n"
    "      --scope SCOPES        calls:read, calls:ingest, alerts:write, admin; several separated\n"
    "                            by spaces or commas\n"
    "      --secret-file FILE    the file that auth.secret_file names\n"
    "      --secret-env NAME     environment variable that holds the secret\n"
    "      --agent ID            only calls of this agent\n"
    "      --call ID             only this call\n"
    "      --tenant NAME         only calls of this tenant\n"
    "      --subject NAME        whose token it is\n"
    "      --ttl TIME            how long it is good for: 90, 90s, 15m, 8h, 30d (default 1h)\n"
    "      --json                the token and when it expires, as JSON\n"
    "  -h, --help\n"
    "\n"
    "Examples:\n"
    "  sidetone token create --secret-file secret.txt --scope calls:read --agent sarah --ttl 8h\n"
    "  sidetone token create --secret-env SIDETONE_AUTH_SECRET --scope calls:ingest --ttl 365d\n"
    "\n"
    "Exit codes: 0 done, 1 the token could not be made, 2 wrong usage.\n";

enum {
    OPT_SCOPE = 256,
    OPT_SECRET_FILE,
    OPT_SECRET_ENV,
    OPT_AGENT,
    OPT_CALL,
    OPT_TENANT,
    OPT_SUBJECT,
    OPT_TTL,
    OPT_JSON,
    TTL_MAX_S = 10 * 366 * 86400,
};

static const struct option long_options[] = {
    {"scope", required_argument, NULL, OPT_SCOPE},
    {"secret-file", required_argument, NULL, OPT_SECRET_FILE},
    {"secret-env", required_argument, NULL, OPT_SECRET_ENV},
    {"agent", required_argument, NULL, OPT_AGENT},
    {"call", required_argument, NULL, OPT_CALL},
    {"tenant", required_argument, NULL, OPT_TENANT},
    {"subject", required_argument, NULL, OPT_SUBJECT},
    {"ttl", required_argument, NULL, OPT_TTL},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct request {
    struct st_claims claims;
    const char *secret_file;
    const char *secret_env;
    int64_t ttl_s;
    bool is_json;
    bool wants_help;
};

static int complain(const char *what, const char *value)
{
    fprintf(stderr, "sidetone token: %s: %s\n", what, value);
    return -EINVAL;
}

static int copy_claim(char *out, size_t out_bytes, const char *name, const char *value)
{
    size_t bytes = strlen(value);
    if (bytes == 0 || bytes >= out_bytes)
        return complain(name, bytes == 0 ? "must not be empty" : "is too long");
    memcpy(out, value, bytes + 1);
    return 0;
}

static int parse_ttl(const char *text, int64_t *ret_s)
{
    if (st_duration_parse(text, TTL_MAX_S, ret_s) == 0)
        return 0;
    return complain("--ttl is no time between 1 second and 10 years", text);
}

static int parse_scopes(const char *text, unsigned *ret_scopes)
{
    char *words = st_mem_strdup(text);
    for (char *at = words; *at; at++)
        if (*at == ',')
            *at = ' ';
    int scopes = st_scope_parse(words);
    free(words);
    if (scopes <= 0)
        return complain("--scope knows calls:read, calls:ingest, alerts:write and admin, not",
                        text);
    *ret_scopes = (unsigned)scopes;
    return 0;
}

static int take_option(struct request *request, int opt, const char *value)
{
    struct st_claims *claims = &request->claims;
    switch (opt) {
    case OPT_SCOPE:
        return parse_scopes(value, &claims->scopes);
    case OPT_SECRET_FILE:
        request->secret_file = value;
        return 0;
    case OPT_SECRET_ENV:
        request->secret_env = value;
        return 0;
    case OPT_AGENT:
        return copy_claim(claims->agent, sizeof(claims->agent), "--agent", value);
    case OPT_CALL:
        return copy_claim(claims->call, sizeof(claims->call), "--call", value);
    case OPT_TENANT:
        return copy_claim(claims->tenant, sizeof(claims->tenant), "--tenant", value);
    case OPT_SUBJECT:
        return copy_claim(claims->subject, sizeof(claims->subject), "--subject", value);
    case OPT_TTL:
        return parse_ttl(value, &request->ttl_s);
    case OPT_JSON:
        request->is_json = true;
        return 0;
    case 'h':
        request->wants_help = true;
        return 0;
    default:
        return -EINVAL;
    }
}

static int parse(struct request *request, int argc, char **argv)
{
    for (int opt; (opt = getopt_long(argc, argv, "h", long_options, NULL)) != -1;)
        if (take_option(request, opt, optarg) < 0)
            return -EINVAL;
    if (request->wants_help)
        return 0;
    if (optind + 1 != argc || strcmp(argv[optind], "create") != 0)
        return complain("what to do", "`create` is what there is");
    if (request->claims.scopes == 0)
        return complain("--scope", "is needed");
    if (!request->secret_file == !request->secret_env)
        return complain("the secret", "give one of --secret-file and --secret-env");
    return 0;
}

/* Free it. NULL after saying why. */
static char *load_secret(const struct request *request)
{
    if (request->secret_file) {
        char *secret = st_client_options_secret(request->secret_file);
        if (!secret)
            complain(request->secret_file, strerror(errno));
        return secret;
    }
    const char *value = getenv(request->secret_env);
    if (!value)
        complain(request->secret_env, "there is no such environment variable");
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
        complain("no token", strlen(secret) < 32 ? "the secret is shorter than 32 bytes"
                                                 : "a claim makes no sense");
    }
    explicit_bzero(secret, strlen(secret));
    free(secret);
    return err == 0 ? ST_EXIT_OK : ST_EXIT_FAILED;
}

static int run(int argc, char **argv)
{
    struct request request = {.ttl_s = 3600};
    if (parse(&request, argc, argv) < 0) {
        fputs("`sidetone token --help` explains.\n", stderr);
        return ST_EXIT_USAGE;
    }
    if (request.wants_help) {
        fputs(usage, stdout);
        return ST_EXIT_OK;
    }
    return create(&request);
}

const struct st_verb st_verb_token = {"token", "make access tokens", run};
