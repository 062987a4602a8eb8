/*
 * How a configuration is loaded, part by part:
 *
 *   text ─document─▶ YAML nodes, every structural problem reported, broken ones cut out
 *        ─defaults─▶ the same with every absent option filled in, as text again
 *        ─libcyaml─▶ struct st_config ─secrets─▶ files and environment read ─check─▶ sense
 *
 * libcyaml stops at its first error and has no line for it, hence the walk over the nodes first;
 * it follows the same schema tables. What is broken is cut out and not fatal at once, so that the
 * later parts still find their problems in the same run.
 */
#ifndef SIDETONE_CORE_CONFIG_PARTS_H
#define SIDETONE_CORE_CONFIG_PARTS_H

#include "sidetone/config.h"
#include "sidetone/document.h"
#include "sidetone/json_writer.h"

#include <cyaml/cyaml.h>
#include <yaml.h>

/* ---- schema ---- */

/* A leaf of the schema, or a list. Paths look like "tenants[].routes[].name". */
struct st_config_option {
    const char *path;
    const char *fallback; /* when absent: a scalar, "[]", or "[{}]" for one entry of defaults;
                             NULL: must be given */
    int64_t min, max;     /* of numbers */
};

const cyaml_schema_value_t *st_config_schema(void);

/* Indexes in the path do not matter. NULL when there is none. */
const struct st_config_option *st_config_option_find(const char *path);

/* ---- report ---- */

enum { ST_CONFIG_PATH_MAX = 160 };

struct st_config_place {
    char *path;
    int line;
    bool is_broken; /* something in this mapping or list was cut out */
};

struct st_config_report {
    struct st_problems problems;
    struct st_config_place *places;
    size_t place_count, place_cap;
};

void st_config_report_init(struct st_config_report *report, const char *file);
void st_config_report_fini(struct st_config_report *report);

/* line: from 1, or ST_LINE_ENVIRONMENT, ST_LINE_WHOLE. */
void st_config_report_add(struct st_config_report *report, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Remembers where a path stands in the file. */
void st_config_report_place(struct st_config_report *report, const char *path, int line,
                            bool is_broken);

/* A problem of what stands at `path`; in the line of the nearest thing above it when it is not in
 * the file. Dropped when its surroundings were cut out: it would only be their echo. */
void st_config_report_at(struct st_config_report *report, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What is wrong in `path` has been said. */
void st_config_report_break(struct st_config_report *report, const char *path);

/* ---- parts ---- */

/* Returns 1 with *ret_document (yaml_document_delete it), 0 when the text holds nothing, -EINVAL
 * when it is no YAML or YAML that we refuse (reported). */
int st_config_document_read(yaml_document_t *ret_document, const char *text, size_t bytes,
                            struct st_config_report *report);

/* The tree of the section `categories`, whose language is not ours; NULL when there is none. */
int st_config_document_categories(struct st_document **ret_categories, yaml_document_t *document,
                                  struct st_config_report *report);

/* Adds the defaults, then writes the document as YAML. Consumes the document. */
int st_config_defaults_fill(yaml_document_t *document, struct st_json_writer *ret_yaml);

void st_config_secrets_read(struct st_config *config, struct st_config_report *report);
void st_config_check(const struct st_config *config, struct st_config_report *report);
void st_config_check_siprec(const struct st_config *config, struct st_config_report *report);

/* As st_config_load, from memory. NULL text gives the defaults. */
int st_config_load_text(struct st_config **ret_config, struct st_config_report *report,
                        const char *text, size_t bytes);

#endif
