#include "bundle.h"

static const unsigned char notice[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Sidetone</title>\n"
    "<h1>Sidetone</h1>\n<p>This gateway was built without its dashboard "
    "(<code>-Dweb=false</code>). "
    "The same data is at <a href=\"/v1/calls\">/v1/calls</a>, at <code>/v1/events</code>, and in "
    "<code>sidetone tail</code>.</p>\n</html>\n";

const struct st_web_file st_bundle_files[] = {
    {"/", "text/html; charset=utf-8", "W/\"notice\"", notice, sizeof(notice) - 1, NULL, 0},
};
const size_t st_bundle_len = 1;
