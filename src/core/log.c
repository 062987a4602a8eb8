#include "sidetone/log.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_MAX_BYTES = 1536 };

static const char cut_mark[] = " [cut]";

static const char *const level_names[] = {"trace", "debug", "info", "warn", "error", "off"};

static const char *const modules[] = {"core", "loop", "config", "net",   "audio", "ingest",   "stt",
                                      "call", "push", "http",   "serve", "cli",   "analytics", "siprec"};
enum { MODULES = sizeof(modules) / sizeof(modules[0]) };

/* One sink per process, as standard error is. `lowest_level` is the lowest of all the levels in
 * force, so that a line which is off everywhere costs one load. */
static pthread_mutex_t levels_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int lowest_level = ST_LOG_INFO;
static atomic_int default_level = ST_LOG_INFO;
static atomic_int own_levels[MODULES]; /* one more than the level; 0 follows the default */
static atomic_bool is_json_format;

static int load_level(const atomic_int *level)
{
    return atomic_load_explicit(level, memory_order_relaxed);
}

static int module_index(const char *module)
{
    for (int i = 0; i < MODULES; i++)
        if (strcmp(modules[i], module) == 0)
            return i;
    return -EINVAL;
}

const char *st_log_module_name(unsigned index)
{
    return index < MODULES ? modules[index] : NULL;
}

void st_log_set_json(bool is_json)
{
    is_json_format = is_json;
}

static void update_lowest(void)
{
    int lowest = load_level(&default_level);
    for (int i = 0; i < MODULES; i++) {
        int own = load_level(&own_levels[i]);
        if (own > 0 && own - 1 < lowest)
            lowest = own - 1;
    }
    lowest_level = lowest;
}

int st_log_set_level(const char *module, enum st_log_level level)
{
    int i = module ? module_index(module) : 0;
    if (i < 0)
        return i;
    pthread_mutex_lock(&levels_lock);
    if (module)
        own_levels[i] = (int)level + 1;
    else
        default_level = (int)level;
    update_lowest();
    pthread_mutex_unlock(&levels_lock);
    return 0;
}

void st_log_clear_levels(void)
{
    pthread_mutex_lock(&levels_lock);
    for (int i = 0; i < MODULES; i++)
        own_levels[i] = 0;
    update_lowest();
    pthread_mutex_unlock(&levels_lock);
}

int st_log_level_parse(const char *text)
{
    for (int i = ST_LOG_TRACE; i <= ST_LOG_OFF; i++)
        if (strcmp(level_names[i], text) == 0)
            return i;
    return -EINVAL;
}

const char *st_log_level_name(enum st_log_level level)
{
    return level_names[level];
}

bool st_log_is_on(const struct st_log *log, enum st_log_level level)
{
    if ((int)level < load_level(&lowest_level))
        return false;
    int i = module_index(log->module);
    int own = i >= 0 ? load_level(&own_levels[i]) : 0;
    return (int)level >= (own > 0 ? own - 1 : load_level(&default_level));
}

static bool is_control(const unsigned char *at, const unsigned char *end)
{
    /* The second row: C1 controls, which terminals obey, too. */
    return *at < 0x20 || *at == 0x7f || (*at == 0xc2 && at + 1 < end && at[1] < 0xa0);
}

static void append_printable(struct st_json_writer *line, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    const unsigned char *plain = at;
    while (at < end) {
        if (!is_control(at, end)) {
            at++;
            continue;
        }
        st_json_append(line, (const char *)plain, (size_t)(at - plain));
        unsigned char code = *at == 0xc2 ? at[1] : *at;
        at += *at == 0xc2 ? 2 : 1;
        plain = at;
        char escape[5];
        snprintf(escape, sizeof(escape), "\\x%02x", code);
        st_json_append(line, escape, 4);
    }
    st_json_append(line, (const char *)plain, (size_t)(end - plain));
}

static void append_text(struct st_json_writer *line, const char *text)
{
    st_json_append(line, text, strlen(text));
}

static void format_human(struct st_json_writer *line, const struct st_log *log,
                         enum st_log_level level, int64_t now_unix_ms, const char *message)
{
    time_t seconds = now_unix_ms / 1000;
    struct tm tm;
    char when[32], head[64];
    localtime_r(&seconds, &tm);
    strftime(when, sizeof(when), "%H:%M:%S", &tm);
    snprintf(head, sizeof(head), "%s.%03d %-5s ", when, (int)(now_unix_ms % 1000),
             level_names[level]);
    append_text(line, head);
    append_text(line, log->module);
    append_text(line, ": ");
    if (log->call_id) {
        append_text(line, "[");
        append_printable(line, log->call_id);
        append_text(line, "] ");
    }
    append_printable(line, message);
}

static void format_json(struct st_json_writer *line, const struct st_log *log,
                        enum st_log_level level, int64_t now_unix_ms, const char *message)
{
    st_json_begin_object(line);
    st_json_set_int(line, "ts_unix_ms", now_unix_ms);
    st_json_set_string(line, "level", level_names[level]);
    st_json_set_string(line, "module", log->module);
    if (log->call_id)
        st_json_set_string(line, "call_id", log->call_id);
    st_json_set_string(line, "message", message);
    st_json_end_object(line);
}

/* Several writes may be needed; the lock keeps the line whole among our threads. */
static void write_line(const char *data, size_t len)
{
    pthread_mutex_lock(&sink_lock);
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        data += n;
        len -= (size_t)n;
    }
    pthread_mutex_unlock(&sink_lock);
}

/* Cuts before the UTF-8 sequence that would not fit whole. */
static void mark_cut(char *message)
{
    size_t at = MESSAGE_MAX_BYTES - sizeof(cut_mark);
    for (int i = 0; i < 3 && ((unsigned char)message[at] & 0xc0) == 0x80; i++)
        at--;
    memcpy(message + at, cut_mark, sizeof(cut_mark));
}

void st_log_write(const struct st_log *log, enum st_log_level level, const char *format, ...)
{
    char message[MESSAGE_MAX_BYTES];
    va_list args;
    int err = errno;
    va_start(args, format);
    int len = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (len < 0)
        return;
    if (len >= MESSAGE_MAX_BYTES)
        mark_cut(message);
    struct st_json_writer line;
    st_json_init(&line);
    int64_t now_unix_ms = st_loop_wall_unix_ms();
    if (is_json_format)
        format_json(&line, log, level, now_unix_ms, message);
    else
        format_human(&line, log, level, now_unix_ms, message);
    st_json_append(&line, "\n", 1);
    write_line(line.data, line.len);
    st_json_fini(&line);
    errno = err;
}
