/*
 * The dashboard's files, bundled into the binary at build time.
 *
 * Immutable; any thread. Built without the dashboard (-Dweb=false), "/" is a notice that says so.
 */
#ifndef SIDETONE_WEB_H
#define SIDETONE_WEB_H

#include <stddef.h>

struct st_web_file {
    const char *path; /* "/", "/app.js", … */
    const char *content_type;
    const char *etag; /* weak, so it fits both encodings */
    const unsigned char *plain;
    size_t plain_bytes;
    const unsigned char *gzip; /* the same, for Content-Encoding: gzip; NULL when there is none */
    size_t gzip_bytes;
};

/* NULL when there is no such file. `path` is decoded and without a query. */
const struct st_web_file *st_web_find(const char *path);

/* Header lines that every file is sent with, beside ETag, Content-Type and Content-Encoding. The
 * one policy that may make HTML is lit's own, for its constant templates. */
#define ST_WEB_HEADERS                                                                             \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "           \
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "                    \
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html\r\n"       \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "X-Frame-Options: DENY\r\n"                                                                    \
    "Referrer-Policy: no-referrer\r\n"                                                             \
    "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n"                             \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                  \
    "Cross-Origin-Resource-Policy: same-origin\r\n"                                                \
    "Cache-Control: no-cache\r\n"                                                                  \
    "Vary: Accept-Encoding\r\n"

#endif
