#include "rules.h"

#include "fold.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RULES_MAX = 50000, TEXT_SHOWN_BYTES = 60 };

const struct st_rule_kind *const st_rule_kinds[] = {&st_rule_kind_phrase, NULL};

_Static_assert(sizeof(st_rule_kinds) / sizeof(st_rule_kinds[0]) <= ST_RULE_KINDS_MAX + 1,
               "every kind has a place in struct st_rules");

/* The start of a text for people: one line, whole characters, nothing that is not UTF-8. */
static void excerpt(char *out, size_t out_bytes, const char *text)
{
    size_t bytes = strlen(text), used = 0;
    bool is_cut = bytes > TEXT_SHOWN_BYTES;
    if (is_cut)
        bytes = TEXT_SHOWN_BYTES;
    while (is_cut && bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80)
        bytes--;
    bool is_readable = st_fold_is_utf8(text, bytes);
    for (size_t i = 0; i < bytes && used + 4 < out_bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        out[used++] = c < 0x20 || c == 0x7f || (c >= 0x80 && !is_readable) ? '?' : (char)c;
    }
    snprintf(out + used, out_bytes - used, "%s", is_cut ? "..." : "");
}

int st_rules_refuse(const struct st_rules *rules, const struct st_rule *rule, const char *problem,
                    struct st_rule_why *why)
{
    char name[TEXT_SHOWN_BYTES + 8], text[TEXT_SHOWN_BYTES + 8];
    excerpt(name, sizeof(name), rules->categories[rule->category].name);
    excerpt(text, sizeof(text), rule->text);
    if (why->bytes > 0)
        snprintf(why->text, why->bytes, "category '%s', %s '%s': %s", name, rule->kind->name, text,
                 problem);
    return -EINVAL;
}

static int refuse_category(size_t index, const char *name, const char *problem,
                           struct st_rule_why *why)
{
    char shown[TEXT_SHOWN_BYTES + 8];
    excerpt(shown, sizeof(shown), name);
    if (why->bytes > 0)
        snprintf(why->text, why->bytes, "category %zu '%s': %s", index + 1, shown, problem);
    return -EINVAL;
}

static int copy_category(struct st_rules *rules, const struct st_config_category *category,
                         struct st_rule_why *why)
{
    size_t index = rules->category_count;
    const char *name = category->name ? category->name : "";
    if (name[0] == '\0')
        return refuse_category(index, name, "has no name", why);
    if (!st_fold_is_utf8(name, strlen(name)))
        return refuse_category(index, name, "its name is not UTF-8", why);
    if (category->phrase_count == 0)
        return refuse_category(index, name, "has no phrases", why);
    rules->categories[rules->category_count++] = (struct st_rule_category){
        .name = st_mem_strdup(name), .severity = category->severity, .role = category->role};
    for (unsigned i = 0; i < category->phrase_count; i++) {
        const char *text = category->phrases[i] ? category->phrases[i] : "";
        rules->rules[rules->rule_count++] = (struct st_rule){
            .kind = &st_rule_kind_phrase,
            .category = (uint32_t)index,
            .text = st_mem_strdup(text),
            .bytes = strlen(text),
        };
    }
    return 0;
}

static int copy_config(struct st_rules *rules, const struct st_config_category *categories,
                       size_t count, struct st_rule_why *why)
{
    size_t rule_count = 0;
    for (size_t i = 0; i < count; i++) {
        rule_count += categories[i].phrase_count;
        if (rule_count > RULES_MAX) {
            char problem[80];
            snprintf(problem, sizeof(problem), "with it there are more than %d phrases",
                     (int)RULES_MAX);
            const char *name = categories[i].name ? categories[i].name : "";
            return refuse_category(i, name, problem, why);
        }
    }
    rules->categories = st_mem_alloc_array(count + 1, sizeof(*rules->categories));
    rules->rules = st_mem_alloc_array(rule_count + 1, sizeof(*rules->rules));
    for (size_t i = 0; i < count; i++) {
        int err = copy_category(rules, &categories[i], why);
        if (err < 0)
            return err;
    }
    return 0;
}

static void destroy(struct st_rules *rules)
{
    for (size_t i = 0; st_rule_kinds[i]; i++)
        st_rule_kinds[i]->free(rules->compiled[i]);
    for (size_t i = 0; i < rules->category_count; i++)
        free(rules->categories[i].name);
    for (size_t i = 0; i < rules->rule_count; i++)
        free(rules->rules[i].text);
    free(rules->categories);
    free(rules->rules);
    free(rules);
}

int st_rules_create(struct st_rules **ret_rules, const struct st_config_category *categories,
                    size_t count, char *ret_why, size_t why_bytes)
{
    struct st_rule_why why = {.text = ret_why, .bytes = why_bytes};
    struct st_rules *rules = st_mem_alloc(sizeof(*rules));
    atomic_init(&rules->refs, 1);
    int err = copy_config(rules, categories, count, &why);
    for (size_t i = 0; err == 0 && st_rule_kinds[i]; i++)
        err = st_rule_kinds[i]->compile(&rules->compiled[i], rules, &why);
    if (err < 0) {
        destroy(rules);
        return err;
    }
    *ret_rules = rules;
    return 0;
}

struct st_rules *st_rules_ref(struct st_rules *rules)
{
    atomic_fetch_add_explicit(&rules->refs, 1, memory_order_relaxed);
    return rules;
}

void st_rules_unref(struct st_rules *rules)
{
    if (rules && atomic_fetch_sub_explicit(&rules->refs, 1, memory_order_acq_rel) == 1)
        destroy(rules);
}
