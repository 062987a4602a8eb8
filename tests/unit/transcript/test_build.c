/* Calls that a recogniser gives, and limits. */
#include "read.h"

#include "run.h"

#include <errno.h>

START_TEST(what_is_added_is_kept)
{
    struct st_transcript *transcript = NULL;
    struct st_transcript_options options = {.otherwise = {.call_id = "from-a-file"}};
    struct st_transcript_build *build = st_transcript_build_create(&options);
    struct st_call_facts *facts = st_call_facts_create();
    char engine[] = "an engine", text[] = "later", word[] = "word";
    facts->engine = engine;
    ck_assert_int_eq(st_transcript_build_call(build, facts), 0);
    struct st_word words[] = {{word, 1000, 2000, 0.5F}};
    struct st_segment segment = {.start_us = 5000,
                                 .end_us = 9000,
                                 .text = text,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = 1};
    ck_assert_int_eq(st_transcript_build_segment(build, 1, &segment), 0);
    segment.end_us = 7000;
    ck_assert_int_eq(st_transcript_build_segment(build, 0, &segment), 0);
    text[0] = word[0] = engine[0] = 'X';
    st_transcript_build_duration(build, 20000);
    ck_assert_int_eq(st_transcript_build_finish(&transcript, build), 0);
    ck_assert_int_eq(line_of(transcript, 0)->segment.end_us, 7000);
    ck_assert_str_eq(line_of(transcript, 1)->segment.text, "later");
    ck_assert_str_eq(line_of(transcript, 1)->segment.words[0].text, "word");
    ck_assert_str_eq(transcript->calls[0].facts->engine, "an engine");
    ck_assert_str_eq(transcript->calls[0].facts->call_id, "from-a-file");
    ck_assert_int_eq(transcript->calls[0].duration_us, 20000);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(nothing_is_no_transcript)
{
    struct st_transcript *transcript = NULL;
    ck_assert_int_eq(st_transcript_build_finish(&transcript, st_transcript_build_create(NULL)),
                     -EBADMSG);
    ck_assert_refused("", "no transcript that is known here: say which with --format");
    ck_assert_refused("{}", "no transcript that is known here");
    st_transcript_free(NULL);
}
END_TEST

START_TEST(too_many_of_anything_are_refused)
{
    struct st_transcript *transcript = NULL;
    size_t cap = 16 << 20, used = 0;
    char *text = malloc(cap);
    for (int i = 0; i <= ST_TRANSCRIPT_CALLS_MAX; i++)
        used += (size_t)snprintf(text + used, cap - used,
                                 "{\"type\":\"call.started\",\"call_id\":\"%d\"}\n", i);
    ck_assert_int_eq(read_bytes(&transcript, text, used, NULL), -ENOBUFS);
    ck_assert_ptr_nonnull(strstr(why, "more than 1000 calls"));
    used = (size_t)snprintf(text, cap, "{\"call_id\":\"c\",\"transcript\":[");
    for (int i = 0; i <= ST_TRANSCRIPT_SEGMENTS_MAX; i++)
        used += (size_t)snprintf(text + used, cap - used, "{\"channel\":0,\"text\":\"x\"},");
    snprintf(text + used - 1, cap - used, "]}");
    ck_assert_int_eq(read_bytes(&transcript, text, used + 1, NULL), -ENOBUFS);
    ck_assert_ptr_nonnull(strstr(why, "more than 100000 segments"));
    used = (size_t)snprintf(text, cap, "{\"call_id\":\"c\",\"transcript\":[{\"words\":[");
    for (int i = 0; i <= ST_TRANSCRIPT_WORDS_MAX; i++)
        used += (size_t)snprintf(text + used, cap - used, "{\"text\":\"x\"},");
    snprintf(text + used - 1, cap - used, "]}]}");
    ck_assert_int_eq(read_bytes(&transcript, text, used + 3, NULL), -ENOBUFS);
    ck_assert_ptr_nonnull(strstr(why, "more than 100000 words"));
    free(text);
}
END_TEST

START_TEST(formats_have_names)
{
    for (size_t i = 0; st_transcript_readers[i]; i++)
        ck_assert_ptr_eq(st_transcript_reader_find(st_transcript_readers[i]->name),
                         st_transcript_readers[i]);
    ck_assert_ptr_null(st_transcript_reader_find("wav"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_added_is_kept,
        nothing_is_no_transcript,
        too_many_of_anything_are_refused,
        formats_have_names,
    };
    return run_tests("build", tests, sizeof(tests) / sizeof(tests[0]));
}
