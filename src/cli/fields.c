#include "fields.h"

const char *st_fields_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t st_fields_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}
