#include "jwt_text.h"

#include <stdlib.h>

bool st_jwt_text_is_token(const char *token, size_t bytes)
{
    size_t dots = 0, run = 0;
    for (size_t i = 0; i < bytes; i++) {
        char c = token[i];
        bool is_base64url = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!is_base64url && (c != '.' || run == 0))
            return false;
        dots += c == '.';
        run = c == '.' ? 0 : run + 1;
    }
    return dots == 2 && run > 0;
}

json_t *st_jwt_text_read(char *take_text)
{
    json_t *json = take_text ? json_loads(take_text, 0, NULL) : NULL;
    free(take_text);
    return json;
}
