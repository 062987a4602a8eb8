#include "abbreviation.h"

#include <string.h>
#include <strings.h>

static const char *const known[] = {"dr", "mr", "mrs", "ms", "prof", "st", "vs"};

bool st_abbreviation_is(const char *word, size_t bytes)
{
    if (bytes <= 1 || (bytes >= 3 && word[bytes - 2] == '.'))
        return true; /* "J.", "U.S." */
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strlen(known[i]) == bytes && strncasecmp(word, known[i], bytes) == 0)
            return true;
    return false;
}
