/* Rows of untrusted text in columns, for terminals and files. */
#ifndef SIDETONE_CLI_TABLE_H
#define SIDETONE_CLI_TABLE_H

#include "text.h"

#include <jansson.h>

enum { ST_TABLE_COLUMNS_MAX = 16 };

struct st_table_column {
    const char *title;
    size_t columns_max;
    const char *key; /* the row's member of that name, as it is; NULL: cell */
    /* Adds untrusted text only, as it is. */
    void (*cell)(const json_t *row, int64_t now_unix_ms, struct st_text *text);
};

struct st_table {
    const struct st_table_column *columns; /* at most ST_TABLE_COLUMNS_MAX */
    size_t count;
    int64_t now_unix_ms;
    size_t width; /* of the terminal; 0: any */
};

/* With a line of titles. Each column is as wide as its widest cell. */
void st_table_add(const struct st_table *table, const json_t *const *rows, size_t count,
                  struct st_text *text);

#endif
