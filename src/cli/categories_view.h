/* What `categories` and `scripts` show. Pure: answers of the gateway in, text out. */
#ifndef SIDETONE_CLI_CATEGORIES_VIEW_H
#define SIDETONE_CLI_CATEGORIES_VIEW_H

#include "text.h"

#include <jansson.h>

/* columns 0: any. */
void st_categories_view_list(const json_t *list, size_t columns, struct st_text *text);
void st_categories_view_scripts(const json_t *list, size_t columns, struct st_text *text);
void st_categories_view_audit(const json_t *audit, size_t columns, struct st_text *text);

/* A line for each note of a category: what people should know of its rules. */
void st_categories_view_notes(const json_t *row, const char *name, struct st_text *text);

/* What has become of what has that name. */
void st_categories_view_changed(const json_t *answer, const char *name, struct st_text *text);

#endif
