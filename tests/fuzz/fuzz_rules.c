/* Rules from their text: what is read can be written, and says the same when it is read again. */
#include "sidetone/json_writer.h"
#include "sidetone/rule_scripts.h"
#include "sidetone/rules.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void read_again(const struct st_rule_book *book, const char *name)
{
    struct st_rule_book *other = st_rule_book_create();
    struct st_rule_summary first, again;
    struct st_problems problems;
    struct st_json_writer json;
    st_problems_init(&problems, "again");
    st_json_init(&json);
    assert(st_rule_book_write(book, name, &json) == 0);
    assert(st_rule_book_put(other, name, json.data, json.len, &problems) == 0);
    assert(st_rule_book_find(book, name, &first) && st_rule_book_find(other, name, &again));
    assert(strcmp(first.version, again.version) == 0);
    st_json_fini(&json);
    st_problems_fini(&problems);
    st_rule_book_destroy(other);
}

/* A sentence without a word is told when it is put, and by compiling only when it is read. */
static void read_script_again(const struct st_rule_book *book, const char *name)
{
    struct st_rule_book *other = st_rule_book_create();
    const char *own_name, *first, *again;
    struct st_problems problems;
    struct st_json_writer json;
    st_problems_init(&problems, "again");
    st_json_init(&json);
    assert(st_rule_book_write_script(book, name, &json) == 0);
    if (st_rule_book_put_script(other, name, json.data, json.len, &problems) == 0) {
        assert(st_rule_book_find_script(book, name, &own_name, &first));
        assert(st_rule_book_find_script(other, name, &own_name, &again));
        assert(strcmp(first, again) == 0);
    } else {
        assert(problems.count > 0 && strstr(problems.items[0].text, "the sentence "));
    }
    st_json_fini(&json);
    st_problems_fini(&problems);
    st_rule_book_destroy(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_rule_book *book = st_rule_book_create();
    struct st_problems problems;
    struct st_rules *rules = NULL;
    st_problems_init(&problems, "fuzz");
    int err = st_rule_book_read(book, (const char *)data, bytes, &problems);
    assert((err < 0) == (problems.count > 0));
    for (size_t i = 0; i < st_rule_book_count(book); i++)
        read_again(book, st_rule_book_name(book, i));
    for (size_t i = 0; st_rule_book_script_name(book, i); i++)
        read_script_again(book, st_rule_book_script_name(book, i));
    if (st_rules_compile(&rules, book, &problems) < 0)
        assert(problems.count > 0);
    st_rules_unref(rules);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return 0;
}
