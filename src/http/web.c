/* The dashboard's files, from the binary. */
#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/web.h"

#include <stdio.h>
#include <string.h>

static bool accepts_gzip(struct st_http_exchange *exchange)
{
    const char *accepted = st_http_header(exchange, "accept-encoding");
    return accepted && strstr(accepted, "gzip");
}

void resource_web(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    const struct st_web_file *file = st_web_find(st_http_path(exchange));
    if (!file) {
        answer_error(exchange, 404, "not_found", "there is nothing at this path");
        return;
    }
    char headers[2048];
    bool is_gzip = file->gzip && accepts_gzip(exchange);
    const char *known = st_http_header(exchange, "if-none-match");
    bool is_known = known && strcmp(known, file->etag) == 0;
    snprintf(headers, sizeof(headers), ST_WEB_HEADERS "ETag: %s\r\n%s", file->etag,
             is_gzip && !is_known ? "Content-Encoding: gzip\r\n" : "");
    struct st_buf *body = is_known ? NULL
                                   : st_buf_copy(is_gzip ? file->gzip : file->plain,
                                                 is_gzip ? file->gzip_bytes : file->plain_bytes);
    st_http_answer(exchange, &(struct st_http_answer){.status = is_known ? 304 : 200,
                                                      .content_type = file->content_type,
                                                      .headers = headers,
                                                      .body = body});
    st_buf_unref(body);
}
