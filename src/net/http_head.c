#include "http_head.h"

#include "sidetone/net.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { LENGTH_DIGITS_MAX = 15 };

/* Said twice, these could mean two things. */
static const char *const singular[] = {
    "Host",   "Content-Length",    "Transfer-Encoding",     "Authorization",
    "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol",
    "Upgrade"};

static bool is_token_char(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_value_char(char c)
{
    unsigned char u = (unsigned char)c;
    return u == '\t' || (u >= 0x20 && u != 0x7f);
}

/* The line at *at, cut at its CR; NULL when its end is not CR LF. */
static char *take_line(char **at, char *end)
{
    char *line = *at;
    char *stop = memchr(line, '\n', (size_t)(end - line));
    if (!stop || stop == line || stop[-1] != '\r')
        return NULL;
    stop[-1] = '\0';
    *at = stop + 1;
    return strlen(line) == (size_t)(stop - 1 - line) ? line : NULL;
}

static int parse_version(struct st_http_head *head, const char *version)
{
    if (strncmp(version, "HTTP/", 5) != 0 || strlen(version) != 8 || version[6] != '.')
        return -EBADMSG;
    if (version[5] != '1' || (version[7] != '0' && version[7] != '1'))
        return -EPROTONOSUPPORT;
    head->minor = (unsigned)(version[7] - '0');
    return 0;
}

static int parse_target(struct st_http_head *head, char *target)
{
    if (target[0] != '/')
        return -EBADMSG;
    for (const char *c = target; *c; c++)
        if (*c <= 0x20 || *c == 0x7f || *c == '#')
            return -EBADMSG;
    char *mark = strchr(target, '?');
    head->target = target;
    head->query = mark ? mark + 1 : "";
    return 0;
}

static int parse_request_line(struct st_http_head *head, char *line)
{
    size_t method = 0;
    while (is_token_char(line[method]))
        method++;
    if (method == 0 || method >= ST_HTTP_METHOD_MAX_BYTES || line[method] != ' ')
        return -EBADMSG;
    line[method] = '\0';
    head->method = line;
    char *target = line + method + 1;
    char *space = strchr(target, ' ');
    if (!space)
        return -EBADMSG;
    *space = '\0';
    int err = parse_version(head, space + 1);
    return err ? err : parse_target(head, target);
}

static int parse_field(struct st_http_head *head, char *line)
{
    size_t name = 0;
    while (is_token_char(line[name]))
        name++;
    if (name == 0 || line[name] != ':')
        return -EBADMSG;
    line[name] = '\0';
    char *value = line + name + 1;
    value += strspn(value, " \t");
    for (const char *c = value; *c; c++)
        if (!is_value_char(*c))
            return -EBADMSG;
    size_t len = strlen(value);
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        value[--len] = '\0';
    if (head->field_count == ST_HTTP_FIELDS_MAX)
        return -ENOBUFS;
    head->fields[head->field_count++] = (struct st_http_field){line, value};
    return 0;
}

static bool has_doubles(const struct st_http_head *head)
{
    for (size_t i = 0; i < sizeof(singular) / sizeof(singular[0]); i++) {
        unsigned seen = 0;
        for (size_t f = 0; f < head->field_count; f++)
            seen += strcasecmp(head->fields[f].name, singular[i]) == 0;
        if (seen > 1)
            return true;
    }
    return false;
}

static int parse_length(struct st_http_head *head, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > LENGTH_DIGITS_MAX || strspn(text, "0123456789") != len)
        return -EBADMSG;
    head->has_length = true;
    for (; *text; text++)
        head->length = head->length * 10 + (uint64_t)(*text - '0');
    return 0;
}

/* A list may come in several lines. */
static bool any_list_has(const struct st_http_head *head, const char *name, const char *token)
{
    for (size_t i = 0; i < head->field_count; i++)
        if (strcasecmp(head->fields[i].name, name) == 0 &&
            st_http_list_has(head->fields[i].value, token, false))
            return true;
    return false;
}

static int read_meaning(struct st_http_head *head)
{
    const char *length = st_http_head_find(head, "Content-Length");
    const char *expect = st_http_head_find(head, "Expect");
    head->is_chunked = st_http_head_find(head, "Transfer-Encoding") != NULL;
    head->wants_close = head->minor == 0 || any_list_has(head, "Connection", "close");
    head->wants_upgrade = any_list_has(head, "Connection", "upgrade");
    head->wants_continue = expect && strcasecmp(expect, "100-continue") == 0 && head->minor > 0;
    if (has_doubles(head) || (head->minor > 0 && !st_http_head_find(head, "Host")))
        return -EBADMSG;
    if (length && head->is_chunked)
        return -EBADMSG;
    return length ? parse_length(head, length) : 0;
}

int st_http_head_parse(struct st_http_head *ret_head, char *data, size_t bytes)
{
    struct st_http_head head = {.query = ""};
    char *at = data, *end = data + bytes;
    char *line = take_line(&at, end);
    int err = line ? parse_request_line(&head, line) : -EBADMSG;
    while (!err) {
        line = take_line(&at, end);
        if (!line)
            return -EBADMSG;
        if (*line == '\0')
            break;
        err = parse_field(&head, line);
    }
    if (!err)
        err = at == end ? read_meaning(&head) : -EBADMSG;
    if (!err)
        *ret_head = head;
    return err;
}

const char *st_http_head_find(const struct st_http_head *head, const char *name)
{
    for (size_t i = 0; i < head->field_count; i++)
        if (strcasecmp(head->fields[i].name, name) == 0)
            return head->fields[i].value;
    return NULL;
}

bool st_http_list_has(const char *list, const char *token, bool is_exact)
{
    size_t want = strlen(token);
    while (list && *list) {
        list += strspn(list, ", \t");
        size_t len = strcspn(list, ",");
        size_t trimmed = len;
        while (trimmed > 0 && (list[trimmed - 1] == ' ' || list[trimmed - 1] == '\t'))
            trimmed--;
        if (trimmed == want &&
            (is_exact ? strncmp(list, token, want) == 0 : strncasecmp(list, token, want) == 0))
            return true;
        list += len;
    }
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int st_http_decode(char *out, size_t out_bytes, const char *text, size_t bytes, bool plus_is_space)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes; i++) {
        int c = (unsigned char)text[i];
        if (c == '%') {
            bool is_whole = i + 2 < bytes;
            int high = is_whole ? hex_digit(text[i + 1]) : -1;
            int low = is_whole ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return -EBADMSG;
            c = high << 4 | low;
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return -EBADMSG;
        if (n + 1 >= out_bytes)
            return -ENOBUFS;
        out[n++] = (char)c;
    }
    if (out_bytes == 0)
        return -ENOBUFS;
    out[n] = '\0';
    return (int)n;
}

bool st_http_value_is_clean(const char *value)
{
    for (; *value; value++)
        if (!is_value_char(*value))
            return false;
    return true;
}

static bool line_is_clean(const char *line, size_t bytes)
{
    size_t name = 0;
    while (name < bytes && is_token_char(line[name]))
        name++;
    if (name == 0 || name == bytes || line[name] != ':')
        return false;
    for (size_t i = name + 1; i < bytes; i++)
        if (!is_value_char(line[i]))
            return false;
    return true;
}

bool st_http_lines_are_clean(const char *lines)
{
    while (*lines) {
        const char *stop = strstr(lines, "\r\n");
        if (!stop || !line_is_clean(lines, (size_t)(stop - lines)))
            return false;
        lines = stop + 2;
    }
    return true;
}
