/* call: what is known of the call itself. All that is given must fit; of a list any. */
#include "rule_reader.h"

#include "sidetone/call_facts.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERNS_MAX = 100, PATTERN_BYTES_MAX = 200, ATTRIBUTES_MAX = 20 };

struct attribute {
    char *key;
    struct st_rule_texts patterns;
};

struct params {
    struct st_rule_texts queue, agent, caller, language, route;
    struct attribute attributes[ATTRIBUTES_MAX];
    size_t attribute_count;
};

static const struct {
    const char *key;
    size_t patterns, fact; /* offsets */
} fields[] = {
    {"queue", offsetof(struct params, queue), offsetof(struct st_call_facts, queue)},
    {"agent", offsetof(struct params, agent), offsetof(struct st_call_facts, agent_id)},
    {"caller", offsetof(struct params, caller), offsetof(struct st_call_facts, caller)},
    {"language", offsetof(struct params, language), offsetof(struct st_call_facts, language)},
    {"route", offsetof(struct params, route), offsetof(struct st_call_facts, route)},
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static struct st_rule_texts *patterns_of(const struct params *params, size_t field)
{
    return (struct st_rule_texts *)((char *)params + fields[field].patterns);
}

/* ---- reading ---- */

static void read_field(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].key, value->key) == 0)
            st_rule_read_texts(reader, value, PATTERNS_MAX, PATTERN_BYTES_MAX,
                               patterns_of(into, i));
}

static void read_attributes(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct params *params = into;
    if (value->type != ST_NODE_SECTION || value->count == 0 || value->count > ATTRIBUTES_MAX) {
        st_rule_reader_refuse(reader, value->line,
                              "'attributes' must be a section with 1 to %d names of attributes",
                              (int)ATTRIBUTES_MAX);
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        struct attribute *attribute = &params->attributes[params->attribute_count];
        if (st_rule_read_texts(reader, &value->nodes[i], PATTERNS_MAX, PATTERN_BYTES_MAX,
                               &attribute->patterns)) {
            attribute->key = st_mem_strdup(value->nodes[i].key);
            params->attribute_count++;
        }
    }
}

static const struct st_rule_key keys[] = {
    {"queue", read_field},  {"agent", read_field},
    {"caller", read_field}, {"language", read_field},
    {"route", read_field},  {"attributes", read_attributes},
    {NULL, NULL},
};

static void read(struct st_rule_reader *reader, const struct st_node *value, struct st_rule *rule)
{
    rule->params = st_mem_alloc(sizeof(struct params));
    if (!st_rule_read_section(reader, value, "'call'", keys, rule->params))
        return;
    if (value->count == 0)
        st_rule_reader_refuse(reader, value->line, "'call' needs a key, such as queue");
    else
        st_rule_set_text(rule, "call: %.60s%s", value->nodes[0].key, value->count > 1 ? ", …" : "");
}

static void write(const struct st_rule *rule, struct st_json_writer *json)
{
    const struct params *params = rule->params;
    st_json_begin_object(json);
    for (size_t i = 0; i < FIELDS; i++) {
        if (patterns_of(params, i)->count == 0)
            continue;
        st_json_key(json, fields[i].key);
        st_rule_texts_write(patterns_of(params, i), json);
    }
    if (params->attribute_count > 0) {
        st_json_key(json, "attributes");
        st_json_begin_object(json);
        for (size_t i = 0; i < params->attribute_count; i++) {
            st_json_key_escaped(json, params->attributes[i].key);
            st_rule_texts_write(&params->attributes[i].patterns, json);
        }
        st_json_end_object(json);
    }
    st_json_end_object(json);
}

static void free_params(void *user)
{
    struct params *params = user;
    for (size_t i = 0; i < FIELDS; i++)
        st_rule_texts_free(patterns_of(params, i));
    for (size_t i = 0; i < ATTRIBUTES_MAX; i++) {
        free(params->attributes[i].key);
        st_rule_texts_free(&params->attributes[i].patterns);
    }
}

/* ---- matching ---- */

static bool is_same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* `*` is any text, `?` any byte. Only the last star is ever tried again: time is bounded by the
 * product of both lengths. */
static bool fits(const char *pattern, const char *text)
{
    const char *star = NULL, *tried = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            tried = text;
        } else if (*pattern == '?' || (*pattern && is_same(*pattern, *text))) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++tried;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool fits_any(const struct st_rule_texts *patterns, const char *text)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (fits(patterns->items[i], text))
            return true;
    return patterns->count == 0;
}

static bool has_attribute(const struct st_call_facts *facts, const struct attribute *attribute)
{
    for (size_t i = 0; i < facts->attribute_count; i++)
        if (strcmp(facts->attributes[i].key, attribute->key) == 0 &&
            fits_any(&attribute->patterns, facts->attributes[i].value))
            return true;
    return false;
}

static bool holds(const struct params *params, const struct st_call_facts *facts)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (!fits_any(patterns_of(params, i),
                      *(char *const *)((const char *)facts + fields[i].fact)))
            return false;
    for (size_t i = 0; i < params->attribute_count; i++)
        if (!has_attribute(facts, &params->attributes[i]))
            return false;
    return true;
}

static void measure(const struct st_rule *rule, const struct st_rule_view *view,
                    struct st_rule_measured *ret)
{
    ret->truth = holds(rule->params, view->facts) ? ST_TRUTH_YES : ST_TRUTH_NO;
}

const struct st_rule_kind st_rule_kind_call = {
    .key = "call",
    .sort = ST_RULE_KNOWING,
    .takes = ST_RULE_TAKES_ABSENT,
    .read = read,
    .write = write,
    .free = free_params,
    .measure = measure,
};
