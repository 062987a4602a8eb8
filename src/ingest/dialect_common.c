#include "dialect_common.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int st_dialect_begin(struct st_dialect_link *link, const struct st_ingest_start *start)
{
    assert(link->phase == ST_DIALECT_WAITING);
    int err = link->sink->start(link->user, start);
    if (err == 0)
        link->phase = ST_DIALECT_STARTED;
    return err;
}

void st_dialect_end(struct st_dialect_link *link, enum st_ingest_end end)
{
    bool was_started = link->phase == ST_DIALECT_STARTED;
    link->phase = ST_DIALECT_ENDED;
    if (was_started)
        link->sink->stop(link->user, end);
}

void st_dialect_ignore(struct st_dialect_link *link)
{
    if (link->sink->ignored)
        link->sink->ignored(link->user);
}

int st_dialect_break(struct st_dialect_link *link, struct st_ingest_close *ret_close, uint16_t code,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ret_close->code = code;
    vsnprintf(ret_close->reason, sizeof(ret_close->reason), format, args);
    va_end(args);
    st_dialect_end(link, ST_INGEST_END_ERROR);
    return -EPROTO;
}

bool st_dialect_is_call_id(const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t bytes = strlen(text);
    if (bytes == 0 || bytes > ST_DIALECT_CALL_ID_MAX)
        return false;
    for (; *at; at++) {
        bool is_c1 = at[0] == 0xc2 && at[1] < 0xa0; /* U+0080 to U+009F */
        if (*at < 0x20 || *at == 0x7f || is_c1)
            return false;
    }
    return true;
}

char st_dialect_digit(struct st_slice text)
{
    static const char digits[] = "0123456789*#ABCDabcd";
    if (text.len != 1 || !memchr(digits, *text.data, sizeof(digits) - 1))
        return 0;
    return *text.data >= 'a' ? (char)(*text.data - 'a' + 'A') : *text.data;
}

int st_dialect_text_init(struct st_dialect_text *text, size_t message_bytes)
{
    /* Each text loses two quotes and gains one NUL. */
    char *memory = st_mem_try_alloc(message_bytes + 1);
    if (!memory)
        return -ENOMEM;
    *text = (struct st_dialect_text){.memory = memory, .cap = message_bytes + 1};
    return 0;
}

void st_dialect_text_fini(struct st_dialect_text *text)
{
    free(text->memory);
    memset(text, 0, sizeof(*text));
}

const char *st_dialect_text_put(struct st_dialect_text *text, struct st_slice slice)
{
    assert(text->used < text->cap && slice.len < text->cap - text->used);
    char *copy = text->memory + text->used;
    text->used += st_scan_unescape(slice, copy, text->cap - text->used) + 1;
    return copy;
}

bool st_dialect_attributes_put(struct st_dialect_attributes *attributes, const char *key,
                               const char *value)
{
    size_t i = 0;
    while (i < attributes->count && strcmp(attributes->items[i].key, key) != 0)
        i++;
    if (i == ST_INGEST_ATTRIBUTES_MAX)
        return false;
    attributes->items[i] = (struct st_attribute){key, value};
    attributes->count += i == attributes->count;
    return true;
}

/* Our names for what senders call by several; the parameter itself stays an attribute. */
static const struct {
    const char *parameter;
    size_t field;
} known_parameters[] = {
    {"agent_id", offsetof(struct st_ingest_start, agent_id)},
    {"agentId", offsetof(struct st_ingest_start, agent_id)},
    {"agent_name", offsetof(struct st_ingest_start, agent_name)},
    {"agentName", offsetof(struct st_ingest_start, agent_name)},
    {"queue", offsetof(struct st_ingest_start, queue)},
    {"queueName", offsetof(struct st_ingest_start, queue)},
    {"caller", offsetof(struct st_ingest_start, caller)},
    {"from", offsetof(struct st_ingest_start, caller)},
    {"From", offsetof(struct st_ingest_start, caller)},
    {"language", offsetof(struct st_ingest_start, language)},
    {"languageCode", offsetof(struct st_ingest_start, language)},
};

void st_dialect_parameter(struct st_ingest_start *start, struct st_dialect_attributes *attributes,
                          const char *key, const char *value)
{
    st_dialect_attributes_put(attributes, key, value);
    for (size_t i = 0; i < sizeof(known_parameters) / sizeof(known_parameters[0]); i++) {
        const char **field = (const char **)(void *)((char *)start + known_parameters[i].field);
        if (strcmp(key, known_parameters[i].parameter) == 0 && **field == '\0')
            *field = value;
    }
}

int st_dialect_early_put(struct st_dialect_early *early, size_t cap, const void *data, size_t bytes)
{
    uint32_t len = (uint32_t)bytes;
    if (early->used + sizeof(len) > cap || bytes > cap - early->used - sizeof(len))
        return -ENOBUFS;
    if (!early->data) {
        early->data = st_mem_try_alloc(cap);
        if (!early->data)
            return -ENOMEM;
        early->cap = cap;
    }
    memcpy(early->data + early->used, &len, sizeof(len));
    if (bytes > 0)
        memcpy(early->data + early->used + sizeof(len), data, bytes);
    early->used += sizeof(len) + bytes;
    return 0;
}

bool st_dialect_early_next(const struct st_dialect_early *early, size_t *at,
                           const uint8_t **ret_data, size_t *ret_bytes)
{
    uint32_t len;
    if (*at == early->used)
        return false;
    memcpy(&len, early->data + *at, sizeof(len));
    *ret_data = early->data + *at + sizeof(len);
    *ret_bytes = len;
    *at += sizeof(len) + len;
    return true;
}

void st_dialect_early_fini(struct st_dialect_early *early)
{
    free(early->data);
    memset(early, 0, sizeof(*early));
}
