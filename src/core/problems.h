/* For whoever wraps st_problems_add. */
#ifndef SIDETONE_CORE_PROBLEMS_H
#define SIDETONE_CORE_PROBLEMS_H

#include "sidetone/document.h"

#include <stdarg.h>

void st_problems_vadd(struct st_problems *problems, int line, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
