/* The dashboard's files, from the binary. */
#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/web.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "q" of an item of Accept-Encoding is its only parameter; all zeros refuse it. */
static bool is_refused(const char *parameters, size_t bytes)
{
    const char *end = parameters + bytes;
    while (parameters < end && strchr("; \t", *parameters))
        parameters++;
    if (end - parameters < 3 || (*parameters != 'q' && *parameters != 'Q') || parameters[1] != '=')
        return false;
    return strspn(parameters + 2, "0. \t") >= (size_t)(end - parameters - 2);
}

static bool accepts_gzip(struct st_http_exchange *exchange)
{
    const char *at = st_http_header(exchange, "accept-encoding"), *item;
    size_t bytes = 0;
    bool is_any = false;
    while (at && (item = answer_next_item(&at, &bytes)) != NULL) {
        size_t name = strcspn(item, "; \t,");
        if (name > bytes)
            name = bytes;
        bool is_accepted = !is_refused(item + name, bytes - name);
        if (name == 4 && strncasecmp(item, "gzip", 4) == 0)
            return is_accepted;
        if (name == 1 && *item == '*')
            is_any = is_accepted;
    }
    return is_any;
}

/* The comparison is weak, and so are our tags. */
static bool is_known_to(struct st_http_exchange *exchange, const char *etag)
{
    const char *at = st_http_header(exchange, "if-none-match"), *item;
    size_t bytes = 0;
    while (at && (item = answer_next_item(&at, &bytes)) != NULL) {
        bool is_same = bytes == strlen(etag) && strncmp(item, etag, bytes) == 0;
        if (is_same || (bytes == 1 && *item == '*'))
            return true;
    }
    return false;
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
    bool is_known = is_known_to(exchange, file->etag);
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
