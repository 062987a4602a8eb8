#include "multipart.h"

#include <string.h>
#include <strings.h>

enum { PARTS_MAX = 16, NESTING_MAX = 3, TYPE_MAX = 512 };

struct text {
    const char *at;
    size_t bytes;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The word before parameters and comments. */
static struct text type_word(const char *at, size_t bytes)
{
    while (bytes > 0 && *at && strchr(" \t\r\n", *at)) {
        at++;
        bytes--;
    }
    size_t chars = 0;
    while (chars < bytes && !strchr("; \t\r\n", at[chars]))
        chars++;
    return (struct text){at, chars};
}

static bool begins(struct text word, const char *start)
{
    size_t chars = strlen(start);
    return word.bytes >= chars && strncasecmp(word.at, start, chars) == 0;
}

static bool is_type(struct text word, const char *type)
{
    return word.bytes == strlen(type) && begins(word, type);
}

/* The value of the boundary parameter, quoted or not, into out; false without one. */
static bool find_boundary(struct text content_type, char *out, size_t out_bytes)
{
    static const char name[] = "boundary";
    char value[TYPE_MAX];
    size_t bytes = content_type.bytes < sizeof(value) ? content_type.bytes : sizeof(value) - 1;
    memcpy(value, content_type.at, bytes);
    value[bytes] = 0;
    for (const char *at = strchr(value, ';'); at; at = strchr(at, ';')) {
        at++;
        at += strspn(at, " \t\r\n");
        if (strncasecmp(at, name, sizeof(name) - 1) != 0)
            continue;
        at += sizeof(name) - 1;
        at += strspn(at, " \t");
        if (*at != '=')
            continue;
        at++;
        at += strspn(at, " \t");
        size_t chars = *at == '"' ? strcspn(++at, "\"") : strcspn(at, "; \t\r\n");
        if (chars == 0 || chars >= out_bytes)
            return false;
        memcpy(out, at, chars);
        out[chars] = 0;
        return true;
    }
    return false;
}

static struct text take_line(struct text *rest)
{
    const char *end = memchr(rest->at, '\n', rest->bytes);
    struct text line = {rest->at, end ? (size_t)(end - rest->at) : rest->bytes};
    size_t used = line.bytes + (end ? 1 : 0);
    rest->at += used;
    rest->bytes -= used;
    if (line.bytes > 0 && line.at[line.bytes - 1] == '\r')
        line.bytes--;
    return line;
}

/* "--boundary", "--boundary--", with blanks behind. */
static bool is_boundary(struct text line, const char *boundary, bool *ret_is_last)
{
    size_t chars = strlen(boundary);
    if (line.bytes < chars + 2 || line.at[0] != '-' || line.at[1] != '-' ||
        memcmp(line.at + 2, boundary, chars) != 0)
        return false;
    struct text rest = {line.at + 2 + chars, line.bytes - 2 - chars};
    *ret_is_last = rest.bytes >= 2 && rest.at[0] == '-' && rest.at[1] == '-';
    if (*ret_is_last)
        return true;
    for (size_t i = 0; i < rest.bytes; i++)
        if (!is_blank(rest.at[i]))
            return false;
    return true;
}

static void read_parts(struct sip_bodies *bodies, struct text rest, const char *boundary,
                       unsigned depth);

static void read_inner_parts(struct sip_bodies *bodies, const struct body_part *part,
                             struct text content_type, unsigned depth)
{
    char boundary[MULTIPART_BOUNDARY_MAX];
    struct text content = {part->data, part->bytes};
    if (depth < NESTING_MAX && find_boundary(content_type, boundary, sizeof(boundary)))
        read_parts(bodies, content, boundary, depth + 1);
}

static void keep(struct sip_bodies *bodies, const struct body_part *part)
{
    struct text type = {part->type, part->type_chars};
    bool is_metadata =
        is_type(type, "application/rs-metadata+xml") || is_type(type, "application/rs-metadata");
    if (is_type(type, "application/sdp") && !bodies->sdp.data)
        bodies->sdp = *part;
    if (is_metadata && !bodies->metadata.data)
        bodies->metadata = *part;
}

/* "Content-Type:application/sdp", with or without blanks, long or short: its value. */
static bool is_type_header(struct text line, struct text *ret_value)
{
    const char *colon = memchr(line.at, ':', line.bytes);
    if (!colon)
        return false;
    struct text name = type_word(line.at, (size_t)(colon - line.at));
    *ret_value = (struct text){colon + 1, line.bytes - (size_t)(colon + 1 - line.at)};
    return is_type(name, "content-type") || is_type(name, "c");
}

/* The lines before the empty one. Gives the value of the content type, which may go on in lines
 * that begin with a blank. False when the part ends within them. */
static bool read_part_head(struct text *rest, const char *boundary, struct text *ret_type,
                           bool *ret_is_last)
{
    struct text type = {"", 0}, value;
    bool is_of_type = false;
    *ret_is_last = true;
    while (rest->bytes > 0) {
        struct text line = take_line(rest);
        if (line.bytes == 0) {
            *ret_type = type;
            return true;
        }
        if (is_boundary(line, boundary, ret_is_last))
            return false;
        if (!is_blank(line.at[0]))
            is_of_type = is_type_header(line, &value);
        else if (is_of_type)
            type.bytes = (size_t)(line.at + line.bytes - type.at);
        if (!is_blank(line.at[0]) && is_of_type)
            type = value;
    }
    return false;
}

/* From behind a boundary to the next, or to the end. True when that was the last. */
static bool read_part(struct sip_bodies *bodies, struct text *rest, const char *boundary,
                      unsigned depth)
{
    struct text content_type;
    bool is_last = true, is_found = false;
    if (!read_part_head(rest, boundary, &content_type, &is_last))
        return is_last;
    struct text type = type_word(content_type.at, content_type.bytes);
    struct body_part part = {.type = type.at, .type_chars = type.bytes, .data = rest->at};
    while (rest->bytes > 0 && !is_found) {
        struct text line = take_line(rest);
        is_found = is_boundary(line, boundary, &is_last);
        if (!is_found)
            part.bytes = (size_t)(line.at + line.bytes - part.data);
    }
    bodies->parts++;
    if (begins(type, "multipart/"))
        read_inner_parts(bodies, &part, content_type, depth);
    else
        keep(bodies, &part);
    return is_last || !is_found;
}

/* The first boundary, or the head of a part without one. */
static bool find_first_part(struct text *rest, const char *boundary, bool *ret_is_last)
{
    struct text peek = *rest, value;
    *ret_is_last = false;
    if (rest->bytes > 0 && is_type_header(take_line(&peek), &value))
        return true;
    while (rest->bytes > 0)
        if (is_boundary(take_line(rest), boundary, ret_is_last))
            return true;
    return false;
}

static void read_parts(struct sip_bodies *bodies, struct text rest, const char *boundary,
                       unsigned depth)
{
    bool is_last;
    if (!find_first_part(&rest, boundary, &is_last))
        return;
    while (!is_last && bodies->parts < PARTS_MAX)
        is_last = read_part(bodies, &rest, boundary, depth);
}

void sip_bodies_read(struct sip_bodies *ret_bodies, const char *content_type, const char *body,
                     size_t bytes)
{
    struct text value = {content_type, strlen(content_type)};
    struct text type = type_word(value.at, value.bytes);
    struct body_part whole = {type.at, type.bytes, body, bytes};
    *ret_bodies = (struct sip_bodies){0};
    if (begins(type, "multipart/")) {
        ret_bodies->is_known = true;
        read_inner_parts(ret_bodies, &whole, value, 0);
        return;
    }
    if (bytes > 0) {
        ret_bodies->parts = 1;
        keep(ret_bodies, &whole);
    }
    ret_bodies->is_known = ret_bodies->sdp.data || ret_bodies->metadata.data;
}
