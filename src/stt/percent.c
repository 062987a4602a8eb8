#include "percent.h"

#include <stdbool.h>
#include <string.h>

void st_percent_encode(struct st_json_writer *out, const char *text, const char *unreserved)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                        (c >= 'a' && c <= 'z') || strchr(unreserved, c);
        char escape[] = {'%', digits[c >> 4], digits[c & 15]};
        st_json_append(out, is_plain ? text : escape, is_plain ? 1 : sizeof(escape));
    }
}
