#include "multipart.h"

#include <string.h>
#include <strings.h>

enum { PARTS_MAX = 16 };

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
    while (bytes > 0 && is_blank(*at)) {
        at++;
        bytes--;
    }
    size_t chars = 0;
    while (chars < bytes && at[chars] != ';' && !is_blank(at[chars]))
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
static bool find_boundary(const char *content_type, char *out, size_t out_bytes)
{
    static const char name[] = "boundary";
    for (const char *at = strchr(content_type, ';'); at; at = strchr(at, ';')) {
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

static void keep(struct sip_bodies *bodies, const struct body_part *part)
{
    struct text type = {part->type, part->type_chars};
    bool is_metadata =
        is_type(type, "application/rs-metadata+xml") || is_type(type, "application/rs-metadata");
    bodies->parts++;
    if (is_type(type, "application/sdp") && !bodies->sdp.data)
        bodies->sdp = *part;
    if (is_metadata && !bodies->metadata.data)
        bodies->metadata = *part;
}

/* "Content-Type:application/sdp", with or without blanks, long or short. */
static void read_part_header(struct body_part *part, struct text line)
{
    const char *colon = memchr(line.at, ':', line.bytes);
    if (!colon)
        return;
    struct text name = type_word(line.at, (size_t)(colon - line.at));
    if (!is_type(name, "content-type") && !is_type(name, "c"))
        return;
    struct text value = type_word(colon + 1, line.bytes - (size_t)(colon + 1 - line.at));
    part->type = value.at;
    part->type_chars = value.bytes;
}

/* From behind a boundary to the next, or to the end. True when that was the last. */
static bool read_part(struct sip_bodies *bodies, struct text *rest, const char *boundary)
{
    struct body_part part = {.type = "", .type_chars = 0};
    bool is_in_head = true, is_last = rest->bytes == 0, is_found = false;
    const char *end = rest->at;
    while (rest->bytes > 0 && !is_found) {
        struct text line = take_line(rest);
        is_found = is_boundary(line, boundary, &is_last);
        if (is_found)
            break;
        if (is_in_head && line.bytes == 0) {
            is_in_head = false;
            part.data = rest->at;
        } else if (is_in_head)
            read_part_header(&part, line);
        end = line.at + line.bytes;
    }
    if (part.data) {
        part.bytes = end > part.data ? (size_t)(end - part.data) : 0;
        keep(bodies, &part);
    }
    return is_last || !is_found;
}

static void read_parts(struct sip_bodies *bodies, struct text rest, const char *boundary)
{
    bool is_last = false, is_found = false;
    while (rest.bytes > 0 && !is_found)
        is_found = is_boundary(take_line(&rest), boundary, &is_last);
    while (is_found && !is_last && bodies->parts < PARTS_MAX)
        is_last = read_part(bodies, &rest, boundary);
}

void sip_bodies_read(struct sip_bodies *ret_bodies, const char *content_type, const char *body,
                     size_t bytes)
{
    char boundary[MULTIPART_BOUNDARY_MAX];
    struct text type = type_word(content_type, strlen(content_type));
    struct text rest = {body, bytes};
    *ret_bodies = (struct sip_bodies){0};
    if (begins(type, "multipart/")) {
        ret_bodies->is_known = true;
        if (find_boundary(content_type, boundary, sizeof(boundary)))
            read_parts(ret_bodies, rest, boundary);
        return;
    }
    struct body_part whole = {type.at, type.bytes, body, bytes};
    if (bytes > 0)
        keep(ret_bodies, &whole);
    ret_bodies->is_known = ret_bodies->sdp.data || ret_bodies->metadata.data;
}
