/* Writing an event: our append-writer against building and dumping it with jansson. */
#include "micro.h"

#include "sidetone/json_writer.h"

#include <jansson.h>
#include <string.h>

enum { CALLS = 40000, WORDS = 4 };

static const char call_id[] = "0f3c1d9e-6c1f-4d7e-9a53-b1c57d4f6f10";
static const char text[] = "thanks for calling how can i help you with your order today it looks "
                           "like the parcel is delayed";
static const char *const words[WORDS] = {"thanks", "for", "calling", "how"};
static int64_t seq;
static volatile size_t sink;

static void write_words(struct st_json_writer *json)
{
    st_json_key(json, "words");
    st_json_begin_array(json);
    for (int i = 0; i < WORDS; i++) {
        st_json_begin_object(json);
        st_json_set_string(json, "text", words[i]);
        st_json_set_int(json, "start_ms", 123450 + 300 * i);
        st_json_set_int(json, "end_ms", 123700 + 300 * i);
        st_json_set_real(json, "confidence", 0.94, 2);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}

static void write_event(struct st_json_writer *json)
{
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_int(json, "v", 1);
    st_json_set_string(json, "call_id", call_id);
    st_json_set_int(json, "seq", seq);
    st_json_set_string(json, "type", "transcript.final");
    st_json_set_int(json, "media_ms", 125730);
    st_json_set_int(json, "at_unix_ms", 1795251094722);
    st_json_key(json, "segment");
    st_json_begin_object(json);
    st_json_set_int(json, "id", 17);
    st_json_set_int(json, "channel", 1);
    st_json_set_string(json, "role", "customer");
    st_json_set_int(json, "start_ms", 123450);
    st_json_set_int(json, "end_ms", 125730);
    st_json_set_string(json, "text", text);
    st_json_set_real(json, "confidence", 0.94, 2);
    st_json_set_bool(json, "unsure", false);
    st_json_set_string(json, "word_times", "measured");
    write_words(json);
    st_json_end_object(json);
    st_json_end_object(json);
}

static void run_ours(void *user)
{
    struct st_json_writer *json = user;
    seq++;
    write_event(json);
    sink += json->len;
}

static json_t *build_words(void)
{
    json_t *array = json_array();
    for (int i = 0; i < WORDS; i++) {
        json_t *word = json_object();
        json_object_set_new(word, "text", json_string(words[i]));
        json_object_set_new(word, "start_ms", json_integer(123450 + 300 * i));
        json_object_set_new(word, "end_ms", json_integer(123700 + 300 * i));
        json_object_set_new(word, "confidence", json_real(0.94));
        json_array_append_new(array, word);
    }
    return array;
}

static json_t *build_event(void)
{
    json_t *event = json_object(), *segment = json_object();
    json_object_set_new(event, "v", json_integer(1));
    json_object_set_new(event, "call_id", json_string(call_id));
    json_object_set_new(event, "seq", json_integer(seq));
    json_object_set_new(event, "type", json_string("transcript.final"));
    json_object_set_new(event, "media_ms", json_integer(125730));
    json_object_set_new(event, "at_unix_ms", json_integer(1795251094722));
    json_object_set_new(event, "segment", segment);
    json_object_set_new(segment, "id", json_integer(17));
    json_object_set_new(segment, "channel", json_integer(1));
    json_object_set_new(segment, "role", json_string("customer"));
    json_object_set_new(segment, "start_ms", json_integer(123450));
    json_object_set_new(segment, "end_ms", json_integer(125730));
    json_object_set_new(segment, "text", json_string(text));
    json_object_set_new(segment, "confidence", json_real(0.94));
    json_object_set_new(segment, "unsure", json_false());
    json_object_set_new(segment, "word_times", json_string("measured"));
    json_object_set_new(segment, "words", build_words());
    return event;
}

static void run_jansson(void *user)
{
    seq++;
    json_t *event = build_event();
    char *dumped = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(2));
    sink += strlen(dumped);
    free(dumped);
    json_decref(event);
}

static void check_both_say_the_same(struct st_json_writer *json)
{
    write_event(json);
    json_t *read = json_loadb(json->data, json->len, 0, NULL), *built = build_event();
    if (!json_equal(read, built)) {
        fprintf(stderr, "the two events differ: %.*s\n", (int)json->len, json->data);
        exit(1);
    }
    printf("an event of %zu bytes\n", json->len);
    json_decref(read);
    json_decref(built);
}

int main(void)
{
    struct st_json_writer json;
    st_json_init(&json);
    check_both_say_the_same(&json);
    double ours_ns = micro_run("event, append-writer", run_ours, &json, CALLS);
    double theirs_ns = micro_run("event, jansson build and dump", run_jansson, NULL, CALLS / 4);
    micro_ratio("  append-writer / jansson", ours_ns, theirs_ns, 0.10);
    st_json_fini(&json);
    return 0;
}
