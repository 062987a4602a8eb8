/*
 * Log lines, for people or as JSON, with a level per module.
 *
 * A logger is a value that lives inside the object that logs: the module's name and, where there
 * is one, the call's id. Code in audio, ingest, stt parsing and analytics returns errors and
 * does not log above debug. Transcript text, digits, tokens and audio appear at trace only.
 * Any thread; a line is written whole.
 */
#ifndef SIDETONE_LOG_H
#define SIDETONE_LOG_H

#include <stdbool.h>

enum st_log_level {
    ST_LOG_TRACE,
    ST_LOG_DEBUG,
    ST_LOG_INFO,
    ST_LOG_WARN,
    ST_LOG_ERROR,
    ST_LOG_OFF,
};

struct st_log {
    const char *module;  /* static: "net", "call", … */
    const char *call_id; /* NULL, or borrowed for the logger's life */
};

/* Writes to standard error. Human lines until st_log_set_json(true). A message is cut at 1.5 KiB
 * and marked so; control characters in human lines are written as \xHH, so one message is one line.
 */
void st_log_set_json(bool is_json);

/* module NULL sets the level of every module that has none of its own. Returns 0, or -EINVAL for
 * an unknown module name. */
int st_log_set_level(const char *module, enum st_log_level level);

/* Every module follows the level for all again, as before a reload. */
void st_log_clear_levels(void);

/* The modules that have a level, by number from 0; NULL past the last. */
const char *st_log_module_name(unsigned index);

/* "trace" … "off"; -EINVAL when it is none of them. */
int st_log_level_parse(const char *text);

const char *st_log_level_name(enum st_log_level level);

/* One relaxed load for levels that are off everywhere. */
bool st_log_is_on(const struct st_log *log, enum st_log_level level);
void st_log_write(const struct st_log *log, enum st_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define ST_LOG_AT(log, level, ...)                                                                 \
    do {                                                                                           \
        if (st_log_is_on(log, level))                                                              \
            st_log_write(log, level, __VA_ARGS__);                                                 \
    } while (0)
#define ST_TRACE(log, ...) ST_LOG_AT(log, ST_LOG_TRACE, __VA_ARGS__)
#define ST_DEBUG(log, ...) ST_LOG_AT(log, ST_LOG_DEBUG, __VA_ARGS__)
#define ST_INFO(log, ...) ST_LOG_AT(log, ST_LOG_INFO, __VA_ARGS__)
#define ST_WARN(log, ...) ST_LOG_AT(log, ST_LOG_WARN, __VA_ARGS__)
#define ST_ERROR(log, ...) ST_LOG_AT(log, ST_LOG_ERROR, __VA_ARGS__)

#endif
