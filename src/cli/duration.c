#include "duration.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int st_duration_parse(const char *text, int64_t max_s, int64_t *ret_s)
{
    static const struct {
        const char *unit;
        int64_t s;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char *end;
    errno = 0;
    long long count = strtoll(text, &end, 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(end, units[i].unit) == 0 && end != text && errno == 0 && count > 0 &&
            count <= max_s / units[i].s) {
            *ret_s = count * units[i].s;
            return 0;
        }
    return -EINVAL;
}
