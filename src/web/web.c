#include "sidetone/web.h"

#include "bundle.h"

#include <string.h>

const struct st_web_file *st_web_find(const char *path)
{
    if (strcmp(path, "/index.html") == 0)
        path = "/";
    for (size_t i = 0; i < st_bundle_len; i++)
        if (strcmp(st_bundle_files[i].path, path) == 0)
            return &st_bundle_files[i];
    return NULL;
}
