#include "json_out.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void st_json_out(const json_t *value)
{
    struct st_text text = {0};
    char *json = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    for (char *rest = json; rest;) {
        char *line = strsep(&rest, "\n");
        st_text_add_clean_json(&text, line, strlen(line));
        st_text_add(&text, "\n");
    }
    fputs(text.data, stdout);
    st_text_fini(&text);
    free(json);
}
