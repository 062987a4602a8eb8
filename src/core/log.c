#include "sidetone/log.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static const char *const level_names[] = {"trace", "debug", "info", "warn", "error", "off"};

/* Every module that logs; an own level of -1 follows the default. */
static const char *const modules[] = {"core", "loop", "config", "net",   "audio", "ingest",   "stt",
                                      "call", "push", "http",   "serve", "cli",   "analytics"};
enum { MODULES = sizeof(modules) / sizeof(modules[0]) };

/* One sink per process, as standard error is. */
static atomic_int default_level = ST_LOG_INFO;
static atomic_int own_levels[MODULES];
static atomic_bool has_own_level[MODULES];
static atomic_bool is_json_format;

static int module_index(const char *module)
{
    for (int i = 0; i < MODULES; i++)
        if (strcmp(modules[i], module) == 0)
            return i;
    return -EINVAL;
}

void st_log_set_json(bool is_json)
{
    is_json_format = is_json;
}

int st_log_set_level(const char *module, enum st_log_level level)
{
    if (!module) {
        default_level = (int)level;
        return 0;
    }
    int i = module_index(module);
    if (i < 0)
        return i;
    own_levels[i] = (int)level;
    has_own_level[i] = true;
    return 0;
}

int st_log_level_parse(const char *text)
{
    for (int i = ST_LOG_TRACE; i <= ST_LOG_OFF; i++)
        if (strcmp(level_names[i], text) == 0)
            return i;
    return -EINVAL;
}

bool st_log_is_on(const struct st_log *log, enum st_log_level level)
{
    int i = module_index(log->module);
    int threshold = i >= 0 && has_own_level[i] ? own_levels[i] : default_level;
    return (int)level >= threshold;
}

static void write_human(const struct st_log *log, enum st_log_level level, int64_t now_unix_ms,
                        const char *message)
{
    time_t seconds = now_unix_ms / 1000;
    struct tm tm;
    char when[32], line[LINE_MAX_BYTES];
    localtime_r(&seconds, &tm);
    strftime(when, sizeof(when), "%H:%M:%S", &tm);
    int len =
        snprintf(line, sizeof(line), "%s.%03d %-5s %s: %s%s%s%s\n", when, (int)(now_unix_ms % 1000),
                 level_names[level], log->module, log->call_id ? "[" : "",
                 log->call_id ? log->call_id : "", log->call_id ? "] " : "", message);
    if (len >= (int)sizeof(line)) {
        len = sizeof(line) - 1;
        line[len - 1] = '\n';
    }
    if (write(STDERR_FILENO, line, (size_t)len) < 0)
        return;
}

static void write_json(const struct st_log *log, enum st_log_level level, int64_t now_unix_ms,
                       const char *message)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_int(&json, "ts_unix_ms", now_unix_ms);
    st_json_set_string(&json, "level", level_names[level]);
    st_json_set_string(&json, "module", log->module);
    if (log->call_id)
        st_json_set_string(&json, "call_id", log->call_id);
    st_json_set_string(&json, "message", message);
    st_json_end_object(&json);
    json.data[json.len] = '\n'; /* the writer always holds spare room */
    if (write(STDERR_FILENO, json.data, json.len + 1) < 0)
        json.len = 0;
    st_json_fini(&json);
}

void st_log_write(const struct st_log *log, enum st_log_level level, const char *format, ...)
{
    char message[LINE_MAX_BYTES - 256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    int64_t now_unix_ms = st_loop_wall_unix_ms();
    if (is_json_format)
        write_json(log, level, now_unix_ms, message);
    else
        write_human(log, level, now_unix_ms, message);
}
