/* sidetone categories, sidetone scripts: rules looked at and changed in a running gateway. */
#include "categories_view.h"
#include "json_out.h"
#include "rest.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_BYTES_MAX = 1 << 20 };

/* What the two verbs differ in. */
struct kind {
    const struct st_command *command;
    const char *path;
    void (*view_list)(const json_t *list, size_t columns, struct st_text *text);
};

struct request {
    const struct kind *kind;
    struct st_client_options client;
    const char *tenant;  /* NULL: the token's, or default */
    const char *version; /* NULL: the one that is there */
    bool is_json;
    char **words; /* behind the command */
};

static int refuse(const struct request *request, const char *what, const char *value)
{
    return st_options_refuse(request->kind->command->verb, what, value);
}

static struct st_rest rest_of(const struct request *request)
{
    return (struct st_rest){.verb = request->kind->command->verb, .client = &request->client};
}

static void add_tenant(const struct request *request, struct st_text *path)
{
    if (!request->tenant)
        return;
    st_text_add(path, "?tenant=");
    st_rest_add_encoded(path, request->tenant);
}

static void add_path(const struct request *request, struct st_text *path)
{
    st_text_add(path, request->kind->path);
    st_text_add(path, "/");
    st_rest_add_encoded(path, request->words[0]);
    add_tenant(request, path);
}

static int finish(const struct st_text *text)
{
    fputs(text->data ? text->data : "", stdout);
    return fflush(stdout) == 0 ? ST_EXIT_OK : ST_EXIT_FAILED;
}

/* ---- looking ---- */

static int fetch(const struct request *request, const struct st_text *path, bool may_be_missing,
                 json_t **ret_json)
{
    struct st_rest rest = rest_of(request);
    struct st_rest_request ask = {
        .method = "GET", .path = path->data, .may_be_missing = may_be_missing};
    return st_rest_ask(&rest, &ask, ret_json);
}

static int show(const struct request *request, const char *path_text,
                void (*view)(const json_t *json, size_t columns, struct st_text *text))
{
    struct st_text path = {0}, text = {0};
    json_t *json;
    st_text_add(&path, path_text);
    add_tenant(request, &path);
    int exit_code = fetch(request, &path, false, &json);
    st_text_fini(&path);
    if (exit_code)
        return exit_code;
    if (request->is_json)
        st_json_out(json);
    else
        view(json, st_terminal_is(stdout) ? st_terminal_columns(stdout) : 0, &text);
    exit_code = finish(&text);
    st_text_fini(&text);
    json_decref(json);
    return exit_code;
}

static int list(const struct request *request)
{
    return show(request, request->kind->path, request->kind->view_list);
}

static int audit(const struct request *request)
{
    return show(request, "/v1/audit", st_categories_view_audit);
}

static int get(const struct request *request)
{
    struct st_text path = {0}, notes = {0}, none = {0};
    json_t *json;
    add_path(request, &path);
    int exit_code = fetch(request, &path, false, &json);
    st_text_fini(&path);
    if (exit_code)
        return exit_code;
    st_json_out(request->is_json ? json : json_object_get(json, "document"));
    /* Beside the document, which is there to be put back. */
    if (!request->is_json)
        st_categories_view_notes(json, request->words[0], &notes);
    fputs(notes.data ? notes.data : "", stderr);
    st_text_fini(&notes);
    json_decref(json);
    return finish(&none);
}

/* ---- changing ---- */

/* Free it. NULL after saying why. */
static char *read_document(const struct request *request, size_t *ret_bytes)
{
    const char *path = request->words[1];
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rbe");
    char *text = NULL;
    if (!file) {
        refuse(request, path, strerror(errno));
        return NULL;
    }
    text = st_mem_alloc(DOCUMENT_BYTES_MAX + 1);
    *ret_bytes = fread(text, 1, DOCUMENT_BYTES_MAX + 1, file);
    const char *problem = ferror(file)                      ? "cannot be read"
                          : *ret_bytes > DOCUMENT_BYTES_MAX ? "is larger than a document may be"
                                                            : NULL;
    if (!is_stdin)
        fclose(file);
    if (!problem)
        return text;
    refuse(request, path, problem);
    free(text);
    return NULL;
}

/* The line that says what is expected to be there. */
static int add_condition(const struct request *request, struct st_text *headers)
{
    struct st_text path = {0};
    json_t *json = NULL;
    if (request->version) {
        st_text_addf(headers, "If-Match: \"%s\"\r\n", request->version);
        return 0;
    }
    add_path(request, &path);
    int exit_code = fetch(request, &path, true, &json);
    st_text_fini(&path);
    const char *version = json_string_value(json_object_get(json, "version"));
    if (exit_code == 0 && version && strspn(version, "0123456789abcdef") == strlen(version))
        st_text_addf(headers, "If-Match: \"%s\"\r\n", version);
    else if (exit_code == 0)
        st_text_add(headers, "If-None-Match: *\r\n");
    json_decref(json);
    return exit_code;
}

static int show_changed(const struct request *request, const json_t *json)
{
    struct st_text text = {0};
    if (request->is_json)
        st_json_out(json);
    else
        st_categories_view_changed(json, request->words[0], &text);
    int exit_code = finish(&text);
    st_text_fini(&text);
    return exit_code;
}

static int change(const struct request *request, const char *method, const char *type,
                  const char *body, size_t bytes)
{
    struct st_rest rest = rest_of(request);
    struct st_text path = {0}, headers = {0};
    json_t *json;
    add_path(request, &path);
    int exit_code = add_condition(request, &headers);
    if (type)
        st_text_addf(&headers, "Content-Type: %s\r\n", type);
    struct st_rest_request ask = {.method = method,
                                  .path = path.data,
                                  .headers = headers.data,
                                  .body = body,
                                  .body_bytes = bytes};
    if (exit_code == 0)
        exit_code = st_rest_ask(&rest, &ask, &json);
    st_text_fini(&path);
    st_text_fini(&headers);
    if (exit_code)
        return exit_code;
    exit_code = show_changed(request, json);
    json_decref(json);
    return exit_code;
}

static int change_by_file(const struct request *request, const char *method, const char *type)
{
    size_t bytes;
    char *text = read_document(request, &bytes);
    if (!text)
        return ST_EXIT_FAILED;
    int exit_code = change(request, method, type, text, bytes);
    free(text);
    return exit_code;
}

static int put(const struct request *request)
{
    return change_by_file(request, "PUT", "application/yaml");
}

static int patch(const struct request *request)
{
    return change_by_file(request, "PATCH", "application/merge-patch+json");
}

static int delete_one(const struct request *request)
{
    return change(request, "DELETE", NULL, NULL, 0);
}

/* ---- the verb ---- */

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"tenant", "NAME", "whose calls; without it the token's tenant, or default", AT(tenant)},
    {"version", "VERSION",
     "put, patch, delete: only if this is what is there; without it\nwhatever is there by now",
     AT(version)},
    {"json", NULL, "answers as the gateway gives them", AT(is_json)},
    {0},
};

static const struct st_command categories_command = {
    .verb = "categories",
    .about =
        "Usage: sidetone categories list | audit [options]\n"
        "       sidetone categories get | delete NAME [options]\n"
        "       sidetone categories put | patch NAME FILE [options]\n"
        "\n"
        "Looks at the categories of a running gateway and changes them; running calls go by a "
        "change\n"
        "at once. What stands in the configuration is listed and cannot be changed. FILE is - for\n"
        "standard input: for put a category in YAML or JSON, as deploy/rules.md explains; for "
        "patch a\n"
        "JSON merge patch (RFC 7396) of what `get` prints. Changing needs a token with "
        "rules:write,\n"
        "`audit` (who changed what) one with admin.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct request, client),
    .examples =
        "Examples:\n"
        "  sidetone categories list\n"
        "  sidetone categories get refund > refund.json\n"
        "  sidetone categories put refund refund.json --version 5d41402abc4b2a76\n"
        "  echo '{\"severity\":\"high\"}' | sidetone categories patch refund -\n"
        "  sidetone categories delete refund\n"
        "\n"
        "Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 4 no connection or not let in.\n",
};

static const struct st_command scripts_command = {
    .verb = "scripts",
    .about = "Usage: sidetone scripts list | audit [options]\n"
             "       sidetone scripts get | delete NAME [options]\n"
             "       sidetone scripts put | patch NAME FILE [options]\n"
             "\n"
             "Looks at the scripts of a running gateway, the sentences that have to be said, and "
             "changes\n"
             "them as `sidetone categories` does categories: running calls go by a change at once, "
             "and\n"
             "what was said of steps that keep their names stays. FILE is - for standard input.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct request, client),
    .examples =
        "Examples:\n"
        "  sidetone scripts list --tenant acme\n"
        "  sidetone scripts put opening opening.yaml\n"
        "  echo '{\"within_s\":60}' | sidetone scripts patch opening -\n"
        "  sidetone scripts delete opening\n"
        "\n"
        "Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 4 no connection or not let in.\n",
};

#undef AT

static const struct kind categories = {
    .command = &categories_command,
    .path = "/v1/categories",
    .view_list = st_categories_view_list,
};

static const struct kind scripts = {
    .command = &scripts_command,
    .path = "/v1/scripts",
    .view_list = st_categories_view_scripts,
};

static const struct part {
    const char *name;
    int words;
    int (*run)(const struct request *request);
} parts[] = {
    {"list", 0, list}, {"audit", 0, audit}, {"get", 1, get},
    {"put", 2, put},   {"patch", 2, patch}, {"delete", 1, delete_one},
};

static const struct part *find_part(const char *name)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    return NULL;
}

/* Zero, or what st_options_exit takes. */
static int parse(struct request *request, int argc, char **argv, const struct part **ret_part)
{
    int operand = st_options_parse(request->kind->command, request, argc, argv);
    if (operand < 0)
        return operand;
    const struct part *part = operand < argc ? find_part(argv[operand]) : NULL;
    if (!part)
        return refuse(request, "there is list, get, put, patch, delete and audit, not",
                      operand < argc ? argv[operand] : "nothing");
    if (argc - operand - 1 != part->words)
        return refuse(request, part->name,
                      part->words == 0   ? "takes no name"
                      : part->words == 1 ? "takes a name"
                                         : "takes a name and a file");
    if (part->words > 0 && !*argv[operand + 1])
        return refuse(request, part->name, "the name is empty");
    if (request->version &&
        strspn(request->version, "0123456789abcdef") != strlen(request->version))
        return refuse(request, "--version is none", request->version);
    request->words = argv + operand + 1;
    *ret_part = part;
    return 0;
}

static int run(const struct kind *kind, int argc, char **argv)
{
    struct request request = {.kind = kind};
    const struct part *part = NULL;
    st_client_options_init(&request.client);
    int parsed = parse(&request, argc, argv, &part);
    int exit_code = parsed < 0 ? st_options_exit(kind->command, parsed) : part->run(&request);
    st_client_options_fini(&request.client);
    return exit_code;
}

static int run_categories(int argc, char **argv)
{
    return run(&categories, argc, argv);
}

static int run_scripts(int argc, char **argv)
{
    return run(&scripts, argc, argv);
}

const struct st_verb st_verb_categories = {"categories", "list and change categories as calls run",
                                           run_categories};
const struct st_verb st_verb_scripts = {"scripts", "list and change scripts as calls run",
                                        run_scripts};
