#include "parameters.h"

#include "sidetone/config.h"
#include "sidetone/document.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOTH = ST_AWS_STANDARD | ST_AWS_CALL_ANALYTICS, ROWS_MAX = 32 };

#define ALNUM "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum whose { OURS, THEIRS };

/* `choices` are separated by '|', otherwise the value is 1 to `bytes_max` of `characters`. */
struct row {
    const char *name;
    unsigned operations;
    enum whose whose;
    const char *choices;
    const char *characters;
    size_t bytes_max;
};

static const struct row rows[] = {
    {"content-identification-type", BOTH, THEIRS, "PII", NULL, 0},
    {"content-redaction-output", ST_AWS_CALL_ANALYTICS, OURS, "redacted|redacted_and_unredacted",
     NULL, 0},
    {"content-redaction-type", BOTH, THEIRS, "PII", NULL, 0},
    {"data-access-role-arn", ST_AWS_CALL_ANALYTICS, OURS, NULL, ALNUM ":/_+=,.@-", 2048},
    {"enable-partial-results-stabilization", BOTH, THEIRS, "true|false", NULL, 0},
    {"identify-language", BOTH, THEIRS, "true|false", NULL, 0},
    {"identify-multiple-languages", ST_AWS_STANDARD, THEIRS, "true|false", NULL, 0},
    {"language-model-name", BOTH, THEIRS, NULL, ALNUM "._-", 200},
    {"language-options", BOTH, THEIRS, NULL, ALNUM "-,", 200},
    {"output-encryption-kms-key-id", ST_AWS_CALL_ANALYTICS, OURS, NULL, ALNUM ":/_+=,.@-", 2048},
    {"output-location", ST_AWS_CALL_ANALYTICS, OURS, NULL, ALNUM ":/_.-!*'()", 2000},
    {"partial-results-stability", BOTH, THEIRS, "high|medium|low", NULL, 0},
    {"pii-entity-types", BOTH, THEIRS, NULL, UPPER "_, ", 300},
    {"preferred-language", BOTH, THEIRS, NULL, ALNUM "-", 20},
    {"profile", BOTH, OURS, NULL, ALNUM " ._@:/+=,-", 128},
    {"raw-partials", BOTH, OURS, "true|false", NULL, 0},
    {"session-id", BOTH, OURS, "new|call", NULL, 0},
    {"session-resume-window", ST_AWS_STANDARD, THEIRS, NULL, "0123456789", 3},
    {"transport", BOTH, OURS, "http2|websocket", NULL, 0},
    {"vocabulary-filter-method", BOTH, THEIRS, "remove|mask|tag", NULL, 0},
    {"vocabulary-filter-name", BOTH, THEIRS, NULL, ALNUM "._-", 200},
    {"vocabulary-filter-names", BOTH, THEIRS, NULL, ALNUM ",._-", 3000},
    {"vocabulary-name", BOTH, THEIRS, NULL, ALNUM "._-", 200},
    {"vocabulary-names", BOTH, THEIRS, NULL, ALNUM ",._-", 3000},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
_Static_assert((int)ROWS <= (int)ROWS_MAX, "values has a place for each");

struct reader {
    const struct st_config_remote_engine *remote;
    const struct st_aws_operation *operation;
    const char *values[ROWS_MAX];
    char *why;
    size_t why_bytes;
};

static int __attribute__((format(printf, 2, 3)))
refuse(struct reader *reader, const char *format, ...)
{
    va_list args;
    int used = snprintf(reader->why, reader->why_bytes, "engine '%s': ", reader->remote->name);
    va_start(args, format);
    if (used > 0 && (size_t)used < reader->why_bytes)
        vsnprintf(reader->why + used, reader->why_bytes - (size_t)used, format, args);
    va_end(args);
    return -EINVAL;
}

/* ---- one by one ---- */

static const char *name_at(const void *from, unsigned i)
{
    const struct reader *reader = from;
    for (unsigned row = 0; row < ROWS; row++)
        if (rows[row].operations & reader->operation->flag && i-- == 0)
            return rows[row].name;
    return NULL;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strcspn(at, "|") == len && strncmp(at, value, len) == 0)
            return true;
    }
    return false;
}

static int check_value(struct reader *reader, const struct row *row, const char *value)
{
    if (row->choices && !is_choice(row->choices, value))
        return refuse(reader, "parameter '%s' is one of %s", row->name, row->choices);
    if (row->choices)
        return 0;
    size_t len = strlen(value);
    if (len == 0 || len > row->bytes_max)
        return refuse(reader, "parameter '%s' has 1 to %zu characters", row->name, row->bytes_max);
    if (strspn(value, row->characters) != len)
        return refuse(reader, "parameter '%s' has a character that is not allowed there",
                      row->name);
    return 0;
}

static int take_parameter(struct reader *reader, char *parameter)
{
    char shown[ST_PROBLEMS_SHOWN_MAX];
    char *value = strchr(parameter, '=');
    if (!value)
        return refuse(reader, "parameters are written as name=value");
    *value++ = '\0';
    for (unsigned i = 0; i < ROWS; i++) {
        if (!(rows[i].operations & reader->operation->flag) || strcmp(rows[i].name, parameter) != 0)
            continue;
        if (reader->values[i])
            return refuse(reader, "parameter '%s' is given twice", parameter);
        reader->values[i] = value;
        return check_value(reader, &rows[i], value);
    }
    const char *meant = st_problems_closest(parameter, name_at, reader);
    return refuse(reader, "there is no parameter '%s'%s%s%s", st_problems_shown(parameter, shown),
                  meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

static const char *value_of(const struct reader *reader, const char *name)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return reader->values[i];
    return NULL;
}

static bool is_true(const struct reader *reader, const char *name)
{
    const char *value = value_of(reader, name);
    return value && strcmp(value, "true") == 0;
}

/* ---- together ---- */

/* What one parameter makes another one need, or exclude. */
static const struct {
    const char *name;
    const char *other;
    bool is_needed; /* otherwise both are too many */
} pairs[] = {
    {"content-redaction-type", "content-identification-type", false},
    {"preferred-language", "language-options", true},
    {"output-location", "data-access-role-arn", true},
    {"data-access-role-arn", "output-location", true},
    {"output-encryption-kms-key-id", "output-location", true},
    {"content-redaction-output", "output-location", true},
    {"content-redaction-output", "content-redaction-type", true},
    {"vocabulary-filter-method", "vocabulary-filter-name", true},
    {"session-resume-window", "session-id", true},
};

static int check_pairs(struct reader *reader)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        bool has_other = value_of(reader, pairs[i].other) != NULL;
        bool is_filter = strcmp(pairs[i].other, "vocabulary-filter-name") == 0;
        if (is_filter && value_of(reader, "vocabulary-filter-names"))
            has_other = true;
        if (value_of(reader, pairs[i].name) && has_other != pairs[i].is_needed)
            return refuse(reader, "parameter '%s' %s '%s'", pairs[i].name,
                          pairs[i].is_needed ? "needs" : "cannot stand beside", pairs[i].other);
    }
    return 0;
}

static int check_language(struct reader *reader)
{
    static const char *const with[] = {"language-options", "vocabulary-names",
                                       "vocabulary-filter-names"};
    static const char *const without[] = {"vocabulary-name", "vocabulary-filter-name",
                                          "language-model-name"};
    bool identifies =
        is_true(reader, "identify-language") || is_true(reader, "identify-multiple-languages");
    const char *options = value_of(reader, "language-options");
    if (identifies && (!options || !strchr(options, ',')))
        return refuse(reader, "to identify the language, 'language-options' needs two or more "
                              "languages, such as en-US,es-US");
    if (is_true(reader, "identify-language") && is_true(reader, "identify-multiple-languages"))
        return refuse(reader, "identify one language or several, not both");
    for (size_t i = 0; i < 3; i++) {
        if (!identifies && value_of(reader, with[i]))
            return refuse(reader, "parameter '%s' needs identify-language=true", with[i]);
        if (identifies && value_of(reader, without[i]))
            return refuse(reader, "parameter '%s' cannot stand beside identify-language=true",
                          without[i]);
    }
    return 0;
}

static int check_rest(struct reader *reader)
{
    const char *window = value_of(reader, "session-resume-window");
    const char *session = value_of(reader, "session-id");
    const char *output = value_of(reader, "output-location");
    const char *stabilization = value_of(reader, "enable-partial-results-stabilization");
    if (window && (strtol(window, NULL, 10) < 1 || strtol(window, NULL, 10) > 300))
        return refuse(reader, "'session-resume-window' is 1 to 300 minutes");
    if (window && strcmp(session, "call") != 0)
        return refuse(reader, "'session-resume-window' needs session-id=call");
    if (output && strncmp(output, "s3://", 5) != 0)
        return refuse(reader, "'output-location' begins with s3://");
    if (stabilization && strcmp(stabilization, "false") == 0 &&
        value_of(reader, "partial-results-stability"))
        return refuse(reader, "'partial-results-stability' needs "
                              "enable-partial-results-stabilization=true, or no such line");
    if (value_of(reader, "pii-entity-types") && !value_of(reader, "content-redaction-type") &&
        !value_of(reader, "content-identification-type"))
        return refuse(reader, "'pii-entity-types' needs 'content-redaction-type' or "
                              "'content-identification-type'");
    return 0;
}

static int check_model(struct reader *reader)
{
    const char *model = reader->remote->model;
    const char *given = value_of(reader, "language-model-name");
    if (!model || !model[0])
        return 0;
    if (given && strcmp(given, model) != 0)
        return refuse(reader, "'model' and 'language-model-name' differ");
    for (unsigned i = 0; i < ROWS && !given; i++)
        if (strcmp(rows[i].name, "language-model-name") == 0) {
            reader->values[i] = model;
            return check_value(reader, &rows[i], model);
        }
    return 0;
}

/* ---- the result ---- */

static void ask(struct st_aws_parameters *parameters, const char *name, const char *value)
{
    parameters->asked[parameters->asked_count++] = (struct st_sigv4_pair){name, value};
}

static void fill(struct st_aws_parameters *parameters, const struct reader *reader)
{
    const char *transport = value_of(reader, "transport");
    const char *session = value_of(reader, "session-id");
    for (unsigned i = 0; i < ROWS; i++)
        if (reader->values[i] && rows[i].whose == THEIRS)
            ask(parameters, rows[i].name, reader->values[i]);
    if (value_of(reader, "partial-results-stability") &&
        !value_of(reader, "enable-partial-results-stabilization"))
        ask(parameters, "enable-partial-results-stabilization", "true");
    parameters->is_websocket = transport && strcmp(transport, "websocket") == 0;
    parameters->identifies_language =
        is_true(reader, "identify-language") || is_true(reader, "identify-multiple-languages");
    parameters->withholds_partials =
        value_of(reader, "content-redaction-type") && !is_true(reader, "raw-partials");
    parameters->keeps_session = session && strcmp(session, "call") == 0;
    parameters->profile = value_of(reader, "profile");
    parameters->output_location = value_of(reader, "output-location");
    parameters->role_arn = value_of(reader, "data-access-role-arn");
    parameters->content_redaction_output = value_of(reader, "content-redaction-output");
    parameters->kms_key = value_of(reader, "output-encryption-kms-key-id");
}

static char *copy_all(const struct st_config_remote_engine *remote)
{
    size_t bytes = 1;
    for (unsigned i = 0; i < remote->parameter_count; i++)
        bytes += strlen(remote->parameters[i]) + 1;
    bytes += remote->model ? strlen(remote->model) + 1 : 0;
    return st_mem_alloc(bytes);
}

static char *copy_one(char **at, const char *text)
{
    char *copy = *at;
    size_t bytes = strlen(text) + 1;
    memcpy(copy, text, bytes);
    *at += bytes;
    return copy;
}

static int read_all(struct reader *reader, char *text)
{
    int err = 0;
    for (unsigned i = 0; i < reader->remote->parameter_count && !err; i++)
        err = take_parameter(reader, copy_one(&text, reader->remote->parameters[i]));
    err = err ? err : check_model(reader);
    err = err ? err : check_pairs(reader);
    err = err ? err : check_language(reader);
    err = err ? err : check_rest(reader);
    for (unsigned i = 0; i < ROWS && !err; i++)
        if (reader->values[i] == reader->remote->model && reader->values[i])
            reader->values[i] = copy_one(&text, reader->remote->model);
    return err;
}

int st_aws_parameters_read(struct st_aws_parameters *ret_parameters,
                           const struct st_config_remote_engine *remote,
                           const struct st_aws_operation *operation, char *ret_why,
                           size_t why_bytes)
{
    struct reader reader = {
        .remote = remote, .operation = operation, .why = ret_why, .why_bytes = why_bytes};
    struct st_aws_parameters parameters = {.text = copy_all(remote)};
    int err = read_all(&reader, parameters.text);
    if (err) {
        free(parameters.text);
        return err;
    }
    fill(&parameters, &reader);
    *ret_parameters = parameters;
    return 0;
}

void st_aws_parameters_fini(struct st_aws_parameters *parameters)
{
    free(parameters->text);
    *parameters = (struct st_aws_parameters){0};
}
