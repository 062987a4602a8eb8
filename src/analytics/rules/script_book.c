#include "script_book.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALTERNATIVES_MAX = 20, SENTENCE_BYTES_MAX = 400, LANGUAGE_BYTES_MAX = 32 };

struct st_script *st_script_ref(struct st_script *script)
{
    atomic_fetch_add_explicit(&script->refs, 1, memory_order_relaxed);
    return script;
}

void st_script_unref(struct st_script *script)
{
    if (!script || atomic_fetch_sub_explicit(&script->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < script->step_count; i++) {
        free(script->steps[i].name);
        st_rule_texts_free(&script->steps[i].say);
    }
    if (script->when.params) {
        script->when.kind->free(script->when.params);
        free(script->when.params);
    }
    free(script->when.text);
    free(script->steps);
    free(script->file);
    free(script->name);
    free(script->language);
    free(script);
}

/* ---- steps ---- */

static void read_say(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script_step *step = into;
    st_rule_read_texts(reader, value, ALTERNATIVES_MAX, SENTENCE_BYTES_MAX, &step->say);
}

static void read_step_name(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script_step *step = into;
    st_rule_read_text(reader, value, ST_RULE_NAME_BYTES_MAX, &step->name);
}

static void read_optional(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script_step *step = into;
    st_rule_read_bool(reader, value, &step->is_optional);
}

static void read_step_within(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script_step *step = into;
    st_rule_read_seconds(reader, value, &step->within_us);
}

static const struct st_rule_key step_keys[] = {
    {"say", read_say},
    {"name", read_step_name},
    {"optional", read_optional},
    {"within_s", read_step_within},
    {NULL, NULL},
};

static void read_step(struct st_rule_reader *reader, const struct st_node *node,
                      struct st_script_step *step)
{
    const struct st_node *say = st_node_find(node, "say");
    if (node->type != ST_NODE_SECTION)
        read_say(reader, node, step);
    else if (!st_rule_read_section(reader, node, "a step", step_keys, step))
        return;
    else if (!say)
        st_rule_reader_refuse(reader, node->line, "a step needs 'say'");
    if (!step->name && step->say.count > 0)
        step->name = st_mem_strdup(step->say.items[0]);
}

static void read_steps(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script *script = into;
    if (value->type != ST_NODE_LIST || value->count == 0 || value->count > ST_SCRIPT_STEPS_MAX) {
        st_rule_reader_refuse(reader, value->line, "'steps' must be a list of 1 to %d",
                              (int)ST_SCRIPT_STEPS_MAX);
        return;
    }
    script->steps = st_mem_alloc_array(value->count, sizeof(script->steps[0]));
    script->step_count = value->count;
    for (size_t i = 0; i < value->count; i++) {
        snprintf(reader->where, sizeof(reader->where), "step %zu", i + 1);
        read_step(reader, &value->nodes[i], &script->steps[i]);
    }
    reader->where[0] = '\0';
}

/* ---- scripts ---- */

static void skip_name(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    (void)reader; /* read before everything else, because messages begin with it */
    (void)value;
    (void)into;
}

static void read_role(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    static const char *const words[] = {"agent", "customer", NULL};
    struct st_script *script = into;
    unsigned place;
    if (st_rule_read_word(reader, value, words, &place))
        script->role = place == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
}

static void read_language(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script *script = into;
    st_rule_read_text(reader, value, LANGUAGE_BYTES_MAX, &script->language);
}

static void read_when(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script *script = into;
    script->when.kind = &st_rule_kind_call;
    script->when.line = value->line;
    snprintf(reader->where, sizeof(reader->where), "'when'");
    st_rule_kind_call.read(reader, value, &script->when);
    reader->where[0] = '\0';
}

static void read_any_order(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script *script = into;
    st_rule_read_bool(reader, value, &script->is_any_order);
}

static void read_within(struct st_rule_reader *reader, const struct st_node *value, void *into)
{
    struct st_script *script = into;
    st_rule_read_seconds(reader, value, &script->within_us);
}

static const struct st_rule_key script_keys[] = {
    {"name", skip_name},           {"role", read_role},
    {"language", read_language},   {"when", read_when},
    {"any_order", read_any_order}, {"within_s", read_within},
    {"steps", read_steps},         {NULL, NULL},
};

static void put_seconds(struct st_json_writer *json, int64_t within_us)
{
    if (within_us == 0)
        return;
    st_json_key(json, "within_s");
    st_rule_seconds_write(json, within_us);
}

static void write_step(const struct st_script_step *step, struct st_json_writer *json)
{
    st_json_begin_object(json);
    if (strcmp(step->name, step->say.items[0]) != 0)
        st_json_set_string(json, "name", step->name);
    st_json_key(json, "say");
    st_rule_texts_write(&step->say, json);
    if (step->is_optional)
        st_json_set_bool(json, "optional", true);
    put_seconds(json, step->within_us);
    st_json_end_object(json);
}

void st_script_write(const struct st_script *script, struct st_json_writer *json)
{
    st_json_begin_object(json);
    st_json_set_string(json, "name", script->name);
    st_json_set_string(json, "role", st_role_name(script->role));
    if (script->language)
        st_json_set_string(json, "language", script->language);
    if (script->when.params) {
        st_json_key(json, "when");
        script->when.kind->write(&script->when, json);
    }
    if (script->is_any_order)
        st_json_set_bool(json, "any_order", true);
    put_seconds(json, script->within_us);
    st_json_key(json, "steps");
    st_json_begin_array(json);
    for (size_t i = 0; i < script->step_count; i++)
        write_step(&script->steps[i], json);
    st_json_end_array(json);
    st_json_end_object(json);
}

static void set_version(struct st_script *script)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_script_write(script, &json);
    st_rule_fingerprint(json.data, json.len, script->version);
    st_json_fini(&json);
}

/* NULL with problems told. */
static struct st_script *read_script(const struct st_node *node, const char *given,
                                     struct st_problems *problems)
{
    struct st_script *script = st_mem_alloc(sizeof(*script));
    struct st_rule_category named = {.name = NULL};
    struct st_rule_reader reader = {.problems = problems, .category = &named, .owner = "script"};
    atomic_init(&script->refs, 1);
    script->role = ST_ROLE_AGENT;
    script->line = node->line;
    script->file = st_mem_strdup(problems->names[problems->part]);
    if (node->type == ST_NODE_SECTION)
        st_rule_read_name(&reader, node, "script", given, &named.name);
    script->name = named.name;
    if (st_rule_read_section(&reader, node, "a script", script_keys, script) &&
        !st_node_find(node, "steps"))
        st_rule_reader_refuse(&reader, node->line, "needs 'steps'");
    if (reader.is_broken) {
        st_script_unref(script);
        return NULL;
    }
    set_version(script);
    return script;
}

static const struct st_script *find(const struct st_script_book *book, const char *name)
{
    for (size_t i = 0; i < book->count; i++)
        if (strcmp(book->scripts[i]->name, name) == 0)
            return book->scripts[i];
    return NULL;
}

static int add_take(struct st_script_book *book, struct st_script *take_script,
                    struct st_problems *problems)
{
    char shown[ST_PROBLEMS_SHOWN_MAX];
    const struct st_script *other = find(book, take_script->name);
    if (!other && book->count < ST_SCRIPTS_MAX) {
        book->scripts = st_mem_realloc(book->scripts, (book->count + 1) * sizeof(book->scripts[0]));
        book->scripts[book->count++] = take_script;
        return 0;
    }
    if (other)
        st_problems_add(problems, take_script->line, "script '%s' is given twice, first in %s:%d",
                        st_problems_shown(take_script->name, shown), other->file, other->line);
    else
        st_problems_add(problems, take_script->line, "there are more than %d scripts",
                        (int)ST_SCRIPTS_MAX);
    st_script_unref(take_script);
    return -EINVAL;
}

int st_script_book_read(struct st_script_book *book, const struct st_node *scripts,
                        struct st_problems *problems)
{
    int ret = 0;
    if (st_node_is_null(scripts))
        return 0;
    if (scripts->type != ST_NODE_LIST) {
        st_problems_add(problems, scripts->line, "'scripts' must be a list");
        return -EINVAL;
    }
    for (size_t i = 0; i < scripts->count && !st_problems_is_full(problems); i++) {
        struct st_script *script = read_script(&scripts->nodes[i], NULL, problems);
        if (!script || add_take(book, script, problems) < 0)
            ret = -EINVAL;
    }
    return ret;
}

int st_script_book_put(struct st_script_book *book, const char *name, const struct st_node *node,
                       struct st_problems *problems)
{
    struct st_script *script = read_script(node, name, problems);
    if (!script)
        return -EINVAL;
    for (size_t i = 0; i < book->count; i++) {
        if (strcmp(book->scripts[i]->name, name) != 0)
            continue;
        st_script_unref(book->scripts[i]);
        book->scripts[i] = script;
        return 0;
    }
    return add_take(book, script, problems);
}

void st_script_book_copy(struct st_script_book *ret_book, const struct st_script_book *from)
{
    ret_book->count = from->count;
    ret_book->scripts = st_mem_alloc_array(from->count + 1, sizeof(ret_book->scripts[0]));
    for (size_t i = 0; i < from->count; i++)
        ret_book->scripts[i] = st_script_ref(from->scripts[i]);
}

void st_script_book_fini(struct st_script_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        st_script_unref(book->scripts[i]);
    free(book->scripts);
    *book = (struct st_script_book){.scripts = NULL};
}
