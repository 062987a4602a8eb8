/* The table that the build makes of the bundled files, or that notice.c gives without them. */
#ifndef SIDETONE_WEB_BUNDLE_H
#define SIDETONE_WEB_BUNDLE_H

#include "sidetone/web.h"

extern const struct st_web_file st_bundle_files[];
extern const size_t st_bundle_len;

#endif
