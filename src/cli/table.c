#include "table.h"

#include "fields.h"

#include <stdint.h>

enum { GAP = 2 };

struct printer {
    const struct st_table *table;
    size_t widths[ST_TABLE_COLUMNS_MAX];
    struct st_text raw, clean;
};

/* NULL row: the titles. */
static const char *cell_of(struct printer *printer, size_t column, const json_t *row)
{
    const struct st_table_column *of = &printer->table->columns[column];
    st_text_reset(&printer->raw);
    if (!row)
        st_text_add(&printer->raw, of->title);
    else if (of->key)
        st_text_add(&printer->raw, st_fields_text(row, of->key));
    else
        of->cell(row, printer->table->now_unix_ms, &printer->raw);
    return printer->raw.data ? printer->raw.data : "";
}

static void measure(struct printer *printer, const json_t *row)
{
    for (size_t i = 0; i < printer->table->count; i++) {
        st_text_reset(&printer->clean);
        size_t columns =
            st_text_add_clean_columns(&printer->clean, cell_of(printer, i, row),
                                      printer->table->columns[i].columns_max, ST_TEXT_KEEP_START);
        if (columns > printer->widths[i])
            printer->widths[i] = columns;
    }
}

static void add_row(struct printer *printer, const json_t *row, struct st_text *text)
{
    size_t used = 0, width = printer->table->width;
    for (size_t i = 0; i < printer->table->count; i++) {
        size_t room = width == 0 ? SIZE_MAX : width > used ? width - used : 0;
        size_t most = printer->widths[i] < room ? printer->widths[i] : room;
        size_t filled =
            st_text_add_clean_columns(text, cell_of(printer, i, row), most, ST_TEXT_KEEP_START);
        used += filled;
        for (; filled < printer->widths[i] + GAP && i + 1 < printer->table->count &&
               (width == 0 || used < width);
             filled++, used++)
            st_text_add(text, " ");
    }
    while (text->len > 0 && text->data[text->len - 1] == ' ')
        text->data[--text->len] = '\0';
    st_text_add(text, "\n");
}

void st_table_add(const struct st_table *table, const json_t *const *rows, size_t count,
                  struct st_text *text)
{
    struct printer printer = {.table = table};
    measure(&printer, NULL);
    for (size_t i = 0; i < count; i++)
        measure(&printer, rows[i]);
    add_row(&printer, NULL, text);
    for (size_t i = 0; i < count; i++)
        add_row(&printer, rows[i], text);
    st_text_fini(&printer.raw);
    st_text_fini(&printer.clean);
}
