/* sidetone rules test: what rules find in recorded calls. */
#include "options.h"
#include "rules.h"
#include "rules_try.h"
#include "verb.h"

#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRANSCRIPT_BYTES_MAX = 64 << 20, LABELS_BYTES_MAX = 16 << 20 };

struct request {
    const char *labels, *lexicon;
    bool is_json, wants_whole;
    char **calls; /* files */
    size_t call_count;
};

/* --calls=FILE; with a blank, the files were taken before. */
static int take_call(void *user, const char *path)
{
    struct request *request = user;
    request->calls[request->call_count++] = (char *)path;
    return 0;
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"calls", "FILE...",
     "recorded calls: call states with transcript, as GET /v1/calls/{id}\n"
     "gives them, or {\"calls\":[…]} of them",
     .take = take_call},
    {"labels", "FILE",
     "what should be found: a JSON object a line, {\"call\", \"category\"} and,\n"
     "where it matters, \"start_ms\"; gives precision and recall",
     AT(labels)},
    {"lexicon", "FILE", "for rules of sentiment; default: the installed one", AT(lexicon)},
    {"whole", NULL, "every line of the transcripts, not only those with a match", AT(wants_whole)},
    {"json", NULL, "matches as events category.matched, and the scores", AT(is_json)},
    {0},
};

#undef AT

static const struct st_command command = {
    .verb = "rules test",
    .about = "Usage: sidetone rules test [options] FILE... --calls FILE...\n"
             "\n"
             "Runs files of rules over recorded calls, as a gateway would, and shows what they\n"
             "find: the lines it was said in with the words marked, and which rules held.\n",
    .options = options,
    .examples = "Examples:\n"
                "  curl -s localhost:8080/v1/calls/call-2041 > call.json\n"
                "  sidetone rules test rules.yaml --calls call.json\n"
                "  sidetone rules test rules.yaml --calls calls/*.json --labels labels.jsonl\n"
                "\n"
                "Exit codes: 0 done, 1 a file cannot be used, 2 wrong usage.\n",
};

/* What follows --calls, up to the next option, goes to the request; the rest stays in argv. */
static int take_calls(struct request *request, int argc, char **argv)
{
    int kept = 0;
    bool is_call = false;
    request->calls = st_mem_alloc_array((size_t)argc + 1, sizeof(request->calls[0]));
    for (int i = 0; i < argc; i++) {
        bool is_option = argv[i][0] == '-' && argv[i][1] != '\0';
        if (strcmp(argv[i], "--calls") == 0)
            is_call = true;
        else if (is_call && !is_option)
            request->calls[request->call_count++] = argv[i];
        else
            argv[kept++] = argv[i];
        is_call &= !is_option || strcmp(argv[i], "--calls") == 0;
    }
    argv[kept] = NULL;
    return kept;
}

static int complain(const char *path, const char *what)
{
    fprintf(stderr, "sidetone rules test: %s: %s\n", path, what);
    return -EINVAL;
}

static bool try_file(struct st_rules_try *trial, const char *path)
{
    char *text, why[JSON_ERROR_TEXT_LENGTH + 40];
    size_t bytes;
    json_error_t error;
    int err = st_file_read(path, TRANSCRIPT_BYTES_MAX, &text, &bytes);
    if (err)
        return complain(path, st_err_text(err)) == 0;
    json_t *root = json_loadb(text, bytes, 0, &error);
    free(text);
    if (!root) {
        snprintf(why, sizeof(why), "line %d: %s", error.line, error.text);
        return complain(path, why) == 0;
    }
    const json_t *list = json_object_get(root, "calls");
    bool is_good = true;
    if (!json_is_array(list))
        is_good = st_rules_try_call(trial, root, path);
    for (size_t i = 0; i < json_array_size(list); i++)
        is_good &= st_rules_try_call(trial, json_array_get(list, i), path);
    json_decref(root);
    return is_good;
}

static int read_labels(struct st_rules_labels *ret_labels, const char *path)
{
    char *text, why[200];
    size_t bytes;
    int err = st_file_read(path, LABELS_BYTES_MAX, &text, &bytes);
    if (err)
        return complain(path, st_err_text(err));
    err = st_rules_labels_read(ret_labels, text, why, sizeof(why));
    free(text);
    return err ? complain(path, why) : 0;
}

static int test(const struct request *request, char *const *paths, size_t count)
{
    struct st_rules_labels labels = {NULL};
    struct st_rules_try trial = {.verb = "rules test",
                                 .is_json = request->is_json,
                                 .view = {.wants_whole = request->wants_whole}};
    bool is_good = st_rules_try_init(&trial, paths, count, request->lexicon) &&
                   (!request->labels || read_labels(&labels, request->labels) == 0);
    for (size_t i = 0; is_good && i < request->call_count; i++)
        is_good = try_file(&trial, request->calls[i]);
    if (is_good)
        st_rules_try_end(&trial, request->labels ? &labels : NULL);
    st_rules_labels_fini(&labels);
    st_rules_try_fini(&trial);
    return is_good ? ST_EXIT_OK : ST_EXIT_FAILED;
}

int st_rules_test_run(int argc, char **argv)
{
    struct request request = {0};
    argc = take_calls(&request, argc, argv);
    int operand = st_options_parse(&command, &request, argc, argv);
    if (operand == argc)
        operand = st_options_refuse("rules test", "which rules?", "no file is given");
    else if (operand >= 0 && request.call_count == 0)
        operand = st_options_refuse("rules test", "which calls?", "--calls is missing");
    int exit_code = operand < 0 ? st_options_exit(&command, operand)
                                : test(&request, argv + operand, (size_t)(argc - operand));
    free(request.calls);
    return exit_code;
}
