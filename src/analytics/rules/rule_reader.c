#include "rule_reader.h"

#include "text/fold.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_MAX = 86400, LIST_SHOWN_BYTES = 200 };

void st_rule_reader_refuse(struct st_rule_reader *reader, int line, const char *format, ...)
{
    char what[600], name[ST_PROBLEMS_SHOWN_MAX];
    va_list args;
    reader->is_broken = true;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    const char *category = reader->category->name;
    if (!category)
        st_problems_add(reader->problems, line, "%s", what);
    else
        st_problems_add(
            reader->problems, line, "%s '%s'%s%s: %s", reader->owner ? reader->owner : "category",
            st_problems_shown(category, name), reader->where[0] ? ", " : "", reader->where, what);
}

static const char *type_name(const struct st_node *node)
{
    static const char *const names[] = {
        [ST_NODE_TEXT] = "a text", [ST_NODE_LIST] = "a list", [ST_NODE_SECTION] = "a section"};
    return st_node_is_null(node) ? "nothing" : names[node->type];
}

/* What a value is called in messages. */
static const char *key_of(const struct st_node *node, char out[ST_PROBLEMS_SHOWN_MAX + 2])
{
    char shown[ST_PROBLEMS_SHOWN_MAX];
    snprintf(out, ST_PROBLEMS_SHOWN_MAX + 2, node->key ? "'%s'" : "%s",
             node->key ? st_problems_shown(node->key, shown) : "an entry");
    return out;
}

static void refuse_type(struct st_rule_reader *reader, const struct st_node *node,
                        const char *wanted)
{
    char key[ST_PROBLEMS_SHOWN_MAX + 2];
    st_rule_reader_refuse(reader, node->line, "%s must be %s, not %s", key_of(node, key), wanted,
                          type_name(node));
}

static void refuse_value(struct st_rule_reader *reader, const struct st_node *node,
                         const char *wanted)
{
    char key[ST_PROBLEMS_SHOWN_MAX + 2], shown[ST_PROBLEMS_SHOWN_MAX];
    st_rule_reader_refuse(reader, node->line, "%s must be %s, not '%s'", key_of(node, key), wanted,
                          st_problems_shown(node->text, shown));
}

static bool is_text(struct st_rule_reader *reader, const struct st_node *node, const char *wanted)
{
    if (node->type == ST_NODE_TEXT && !st_node_is_null(node))
        return true;
    refuse_type(reader, node, wanted);
    return false;
}

/* ---- sections ---- */

static const char *key_name(const void *from, unsigned i)
{
    return ((const struct st_rule_key *)from)[i].name;
}

static void refuse_key(struct st_rule_reader *reader, const struct st_node *member,
                       const char *what, const struct st_rule_key *keys)
{
    char shown[ST_PROBLEMS_SHOWN_MAX];
    const char *meant = st_problems_closest(member->key, key_name, keys);
    st_rule_reader_refuse(reader, member->line, "unknown key '%s' in %s%s%s%s",
                          st_problems_shown(member->key, shown), what,
                          meant ? ", did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

bool st_rule_read_section(struct st_rule_reader *reader, const struct st_node *node,
                          const char *what, const struct st_rule_key *keys, void *into)
{
    if (node->type != ST_NODE_SECTION) {
        st_rule_reader_refuse(reader, node->line, "%s must be a section with keys, not %s", what,
                              type_name(node));
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct st_rule_key *key = keys;
        while (key->name && strcmp(key->name, node->nodes[i].key) != 0)
            key++;
        if (key->name)
            key->read(reader, &node->nodes[i], into);
        else
            refuse_key(reader, &node->nodes[i], what, keys);
    }
    return true;
}

/* ---- values ---- */

bool st_rule_read_text(struct st_rule_reader *reader, const struct st_node *node, size_t bytes_max,
                       char **ret_text)
{
    char key[ST_PROBLEMS_SHOWN_MAX + 2];
    if (!is_text(reader, node, "a text"))
        return false;
    if (node->text[strspn(node->text, " \t\r\n")] == '\0') {
        st_rule_reader_refuse(reader, node->line, "%s is empty", key_of(node, key));
        return false;
    }
    if (strlen(node->text) > bytes_max) {
        st_rule_reader_refuse(reader, node->line, "%s is longer than %zu bytes", key_of(node, key),
                              bytes_max);
        return false;
    }
    free(*ret_text);
    *ret_text = st_mem_strdup(node->text);
    return true;
}

bool st_rule_read_bool(struct st_rule_reader *reader, const struct st_node *node, bool *ret_value)
{
    bool is_true = strcmp(node->text, "true") == 0;
    if (!is_text(reader, node, "true or false"))
        return false;
    if (!node->is_plain || (!is_true && strcmp(node->text, "false") != 0)) {
        refuse_value(reader, node, "true or false");
        return false;
    }
    *ret_value = is_true;
    return true;
}

/* Digits, perhaps a sign and a fraction: what JSON and people call a number, nothing else. */
static bool parse_number(const struct st_node *node, double *ret_value)
{
    const char *digits = node->text + (node->text[0] == '-');
    size_t whole = strspn(digits, "0123456789");
    size_t fraction = digits[whole] == '.' ? strspn(digits + whole + 1, "0123456789") : 0;
    size_t len = whole + (digits[whole] == '.' ? 1 + fraction : 0);
    if (!node->is_plain || whole == 0 || whole > 15 || fraction > 15 || digits[len] != '\0' ||
        (digits[whole] == '.' && fraction == 0))
        return false;
    *ret_value = strtod(node->text, NULL);
    return true;
}

bool st_rule_read_number(struct st_rule_reader *reader, const struct st_node *node, double min,
                         double max, double *ret_value)
{
    char wanted[100], low[32], high[32];
    double value;
    snprintf(wanted, sizeof(wanted), "a number from %s to %s", st_rule_number_text(min, low),
             st_rule_number_text(max, high));
    if (!is_text(reader, node, wanted))
        return false;
    if (!parse_number(node, &value) || value < min || value > max) {
        refuse_value(reader, node, wanted);
        return false;
    }
    *ret_value = value;
    return true;
}

bool st_rule_read_seconds(struct st_rule_reader *reader, const struct st_node *node,
                          int64_t *ret_us)
{
    double seconds;
    if (!st_rule_read_number(reader, node, 0, SECONDS_MAX, &seconds))
        return false;
    *ret_us = llround(seconds * 1000) * 1000;
    return true;
}

static const char *word_at(const void *from, unsigned i)
{
    return ((const char *const *)from)[i];
}

bool st_rule_read_word(struct st_rule_reader *reader, const struct st_node *node,
                       const char *const *words, unsigned *ret_place)
{
    char list[LIST_SHOWN_BYTES] = "", key[ST_PROBLEMS_SHOWN_MAX + 2], shown[ST_PROBLEMS_SHOWN_MAX];
    size_t len = 0;
    for (unsigned i = 0; words[i]; i++) {
        const char *separator = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", separator, words[i]);
    }
    if (!is_text(reader, node, list))
        return false;
    for (unsigned i = 0; words[i]; i++)
        if (strcmp(words[i], node->text) == 0) {
            *ret_place = i;
            return true;
        }
    const char *meant = st_problems_closest(node->text, word_at, words);
    st_rule_reader_refuse(reader, node->line, "%s must be %s, not '%s'%s%s%s", key_of(node, key),
                          list, st_problems_shown(node->text, shown),
                          meant ? ", did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
    return false;
}

bool st_rule_read_role(struct st_rule_reader *reader, const struct st_node *node,
                       enum st_role *ret_role)
{
    static const char *const words[] = {"any", "agent", "customer", NULL};
    static const enum st_role roles[] = {ST_ROLE_UNKNOWN, ST_ROLE_AGENT, ST_ROLE_CUSTOMER};
    unsigned place;
    if (!st_rule_read_word(reader, node, words, &place))
        return false;
    *ret_role = roles[place];
    return true;
}

static bool take_given_name(struct st_rule_reader *reader, const struct st_node *node,
                            const char *name, char **ret_name)
{
    size_t bytes = strlen(name);
    if (bytes > 0 && bytes <= ST_RULE_NAME_BYTES_MAX && st_fold_is_utf8(name, bytes)) {
        *ret_name = st_mem_strdup(name);
        return true;
    }
    /* Without a name, for it is not fit for a message. */
    st_rule_reader_refuse(reader, node->line, "a name has 1 to %d bytes of UTF-8",
                          (int)ST_RULE_NAME_BYTES_MAX);
    return false;
}

bool st_rule_read_name(struct st_rule_reader *reader, const struct st_node *section,
                       const char *what, const char *given, char **ret_name)
{
    const struct st_node *written = st_node_find(section, "name");
    char *text = NULL;
    if (given && !take_given_name(reader, section, given, ret_name))
        return false;
    if (written && !st_rule_read_text(reader, written, ST_RULE_NAME_BYTES_MAX, &text))
        return false;
    if (!given && !written) {
        st_rule_reader_refuse(reader, section->line, "a %s needs a 'name'", what);
        return false;
    }
    if (!given) {
        *ret_name = text;
        return true;
    }
    bool is_same = !text || strcmp(given, text) == 0;
    free(text);
    if (!is_same)
        st_rule_reader_refuse(reader, written->line, "'name' is another one than the path says");
    return is_same;
}

/* ---- texts ---- */

bool st_rule_read_texts(struct st_rule_reader *reader, const struct st_node *node, size_t count_max,
                        size_t bytes_max, struct st_rule_texts *ret_texts)
{
    char key[ST_PROBLEMS_SHOWN_MAX + 2];
    bool is_list = node->type == ST_NODE_LIST, is_good = true;
    size_t count = is_list ? node->count : 1;
    const struct st_node *nodes = is_list ? node->nodes : node;
    if (node->type == ST_NODE_SECTION) {
        refuse_type(reader, node, "a text or a list of texts");
        return false;
    }
    if (count == 0 || count > count_max) {
        st_rule_reader_refuse(reader, node->line,
                              count == 0 ? "%s needs an entry" : "%s has more than %zu entries",
                              key_of(node, key), count_max);
        return false;
    }
    struct st_rule_texts texts = {.items = st_mem_alloc_array(count, sizeof(char *)),
                                  .lines = st_mem_alloc_array(count, sizeof(int))};
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        if (!st_rule_read_text(reader, &nodes[i], bytes_max, &text)) {
            is_good = false;
            continue;
        }
        texts.lines[texts.count] = nodes[i].line;
        texts.items[texts.count++] = text;
    }
    st_rule_texts_free(ret_texts);
    *ret_texts = texts;
    return is_good;
}

void st_rule_texts_free(struct st_rule_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    free(texts->lines);
    *texts = (struct st_rule_texts){0};
}

void st_rule_texts_write(const struct st_rule_texts *texts, struct st_json_writer *json)
{
    st_json_begin_array(json);
    for (size_t i = 0; i < texts->count; i++)
        st_json_string(json, texts->items[i]);
    st_json_end_array(json);
}

/* ---- numbers as text ---- */

const char *st_rule_number_text(double value, char out[32])
{
    int len = snprintf(out, 32, "%.4f", value);
    while (len > 1 && out[len - 1] == '0')
        out[--len] = '\0';
    if (out[len - 1] == '.')
        out[--len] = '\0';
    return out;
}

void st_rule_number_write(struct st_json_writer *json, double value)
{
    char text[32];
    st_rule_number_text(value, text);
    st_json_raw(json, text, strlen(text));
}

void st_rule_seconds_write(struct st_json_writer *json, int64_t us)
{
    st_rule_number_write(json, (double)us / 1e6);
}

void st_rule_fingerprint(const char *text, size_t bytes, char out[ST_RULE_VERSION_BYTES])
{
    uint64_t hash = 14695981039346656037ULL;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)text[i]) * 1099511628211ULL;
    snprintf(out, ST_RULE_VERSION_BYTES, "%016" PRIx64, hash);
}

void st_rule_set_text(struct st_rule *rule, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    free(rule->text);
    rule->text = st_mem_strdup(text);
}
