#include "rules_labels.h"

#include "fields.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_MS = 5000 };

/* ---- reading ---- */

static const char *find_problem(const json_t *label)
{
    const json_t *start = json_object_get(label, "start_ms");
    if (!json_is_object(label))
        return "is no JSON object";
    if (!st_fields_text(label, "call")[0])
        return "has no 'call'";
    if (!st_fields_text(label, "category")[0])
        return "has no 'category'";
    return start && !json_is_integer(start) ? "'start_ms' is no whole number" : NULL;
}

int st_rules_labels_read(struct st_rules_labels *ret_labels, const char *text, char *ret_why,
                         size_t why_bytes)
{
    struct st_rules_labels labels = {json_array()};
    char *copy = st_mem_strdup(text), *rest = copy, *line;
    int number = 0, err = 0;
    while (!err && (line = strsep(&rest, "\n")) != NULL) {
        number++;
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        json_t *label = json_loads(line, 0, NULL);
        const char *problem = find_problem(label);
        if (problem) {
            snprintf(ret_why, why_bytes, "line %d: %s", number, problem);
            err = -EINVAL;
        } else {
            json_array_append(labels.list, label);
        }
        json_decref(label);
    }
    free(copy);
    if (err)
        st_rules_labels_fini(&labels);
    else
        *ret_labels = labels;
    return err;
}

void st_rules_labels_fini(struct st_rules_labels *labels)
{
    json_decref(labels->list);
    labels->list = NULL;
}

/* ---- comparing ---- */

struct score {
    size_t found, wrong, missed;
};

static bool is_of(const json_t *label, const char *call_id, const char *category)
{
    return strcmp(st_fields_text(label, "call"), call_id) == 0 &&
           strcmp(st_fields_text(label, "category"), category) == 0;
}

static bool is_near(const json_t *match, json_int_t at_ms)
{
    return at_ms >= json_integer_value(json_object_get(match, "start_ms")) - NEAR_MS &&
           at_ms <= json_integer_value(json_object_get(match, "end_ms")) + NEAR_MS;
}

/* Each match serves one label, each label one match. */
static void compare_times(json_t *times, json_t *matches, struct score *score)
{
    for (size_t i = 0; i < json_array_size(times); i++) {
        json_int_t at_ms = json_integer_value(json_array_get(times, i));
        size_t k = 0;
        while (k < json_array_size(matches) && !is_near(json_array_get(matches, k), at_ms))
            k++;
        if (k == json_array_size(matches)) {
            score->missed++;
            continue;
        }
        score->found++;
        json_array_remove(matches, k);
    }
    score->wrong += json_array_size(matches);
}

static void compare_call(const struct st_rules_labels *labels, const json_t *call,
                         const char *category, struct score *score)
{
    json_t *times = json_array(), *matches = json_array();
    const json_t *all = json_object_get(call, "matches");
    bool is_labelled = false;
    for (size_t i = 0; i < json_array_size(labels->list); i++) {
        const json_t *label = json_array_get(labels->list, i);
        if (!is_of(label, st_fields_text(call, "call_id"), category))
            continue;
        is_labelled = true;
        if (json_object_get(label, "start_ms"))
            json_array_append(times, json_object_get(label, "start_ms"));
    }
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(st_fields_text(json_array_get(all, i), "category"), category) == 0)
            json_array_append(matches, json_array_get(all, i));
    if (json_array_size(times) > 0) {
        compare_times(times, matches, score);
    } else {
        bool has_matched = json_array_size(matches) > 0;
        score->found += is_labelled && has_matched;
        score->missed += is_labelled && !has_matched;
        score->wrong += !is_labelled && has_matched;
    }
    json_decref(times);
    json_decref(matches);
}

static json_t *share(size_t part, size_t rest)
{
    return part + rest > 0 ? json_real((double)part / (double)(part + rest)) : json_null();
}

static void add_row(json_t *rows, json_t *category, const struct score *score)
{
    json_array_append_new(
        rows, json_pack("{s:o,s:I,s:I,s:I,s:o,s:o}", "category", category, "found",
                        (json_int_t)score->found, "wrong", (json_int_t)score->wrong, "missed",
                        (json_int_t)score->missed, "precision", share(score->found, score->wrong),
                        "recall", share(score->found, score->missed)));
}

/* Every category that a label or a match names. */
static json_t *list_categories(const struct st_rules_labels *labels, const json_t *calls)
{
    json_t *names = json_object();
    for (size_t i = 0; i < json_array_size(labels->list); i++)
        json_object_set_new(names, st_fields_text(json_array_get(labels->list, i), "category"),
                            json_true());
    for (size_t i = 0; i < json_array_size(calls); i++) {
        const json_t *matches = json_object_get(json_array_get(calls, i), "matches");
        for (size_t k = 0; k < json_array_size(matches); k++)
            json_object_set_new(names, st_fields_text(json_array_get(matches, k), "category"),
                                json_true());
    }
    return names;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

json_t *st_rules_labels_compare(const struct st_rules_labels *labels, const json_t *calls)
{
    json_t *rows = json_array(), *names = list_categories(labels, calls), *value;
    const char **sorted = st_mem_alloc_array(json_object_size(names) + 1, sizeof(sorted[0])), *name;
    struct score total = {0};
    size_t count = 0;
    json_object_foreach(names, name, value) sorted[count++] = name;
    qsort(sorted, count, sizeof(sorted[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        struct score score = {0};
        for (size_t k = 0; k < json_array_size(calls); k++)
            compare_call(labels, json_array_get(calls, k), sorted[i], &score);
        add_row(rows, json_string(sorted[i]), &score);
        total.found += score.found;
        total.wrong += score.wrong;
        total.missed += score.missed;
    }
    add_row(rows, json_null(), &total);
    free(sorted);
    json_decref(names);
    return rows;
}
