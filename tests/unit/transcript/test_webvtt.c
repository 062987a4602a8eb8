#include "read.h"

#include "run.h"

static const char call[] = "WEBVTT - a call\r\n"
                           "\r\n"
                           "NOTE who made it\r\n"
                           "by hand --> not a time\r\n"
                           "\r\n"
                           "STYLE\r\n"
                           "::cue { color: red }\r\n"
                           "\r\n"
                           "1\r\n"
                           "00:01.000 --> 00:04.000 align:start\r\n"
                           "<v Agent>Thank you for calling.</v>\r\n"
                           "\r\n"
                           "00:00:04.500 --> 00:00:09.250\r\n"
                           "<v.loud.x Tom Jones >I am <i>very</i>\r\n"
                           "angry &amp; sad&nbsp;&lt;3 &copy;\r\n"
                           "\r\n"
                           "01:00:00.000 --> 01:00:10.000\r\n"
                           "<v Agent>12345678</v> <v Tom Jones>12\r\n"
                           "01:00:11.000 --> 01:00:12.000\r\n"
                           "<v Agent>bye";

START_TEST(voices_become_channels)
{
    struct st_transcript *transcript = read_text(call);
    ck_assert_str_eq(transcript->format->name, "webvtt");
    ck_assert_uint_eq(transcript->count, 1);
    ck_assert_uint_eq(transcript->calls[0].count, 5);
    check_line(transcript, 0, 0, 1000, 4000, "Thank you for calling.");
    check_line(transcript, 1, 1, 4500, 9250, "I am very angry & sad <3 &copy;");
    check_line(transcript, 2, 0, 3600000, 3608000, "12345678");
    check_line(transcript, 3, 1, 3608000, 3610000, "12");
    check_line(transcript, 4, 0, 3611000, 3612000, "bye");
    ck_assert_int_eq(line_of(transcript, 0)->segment.word_times, ST_WORD_TIMES_NONE);
    ck_assert_uint_eq(line_of(transcript, 2)->segment.id, 2);
    ck_assert_int_eq(transcript->calls[0].duration_us, 3612000000);
    ck_assert_int_eq(transcript->calls[0].facts->roles[1], ST_ROLE_CUSTOMER);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(options_say_who_speaks)
{
    static const char meeting[] = "WEBVTT\n\n"
                                  "00:00.000 --> 00:01.000\n<v Tom>a\n\n"
                                  "00:01.000 --> 00:02.000\n<v Ann>b\n\n"
                                  "00:02.000 --> 00:03.000\n<v Bob>c\n";
    static const struct st_transcript_speaker speakers[] = {{"ann", ST_ROLE_AGENT},
                                                            {"Bob", ST_ROLE_CUSTOMER}};
    struct st_transcript_options options = {.speakers = speakers, .speaker_count = 2};
    struct st_transcript *transcript = read_with(meeting, &options);
    check_line(transcript, 0, 0, 0, 1000, "a"); /* the first place that is free */
    check_line(transcript, 1, 0, 1000, 2000, "b");
    check_line(transcript, 2, 1, 2000, 3000, "c");
    st_transcript_free(transcript);
    options = (struct st_transcript_options){
        .roles = {ST_ROLE_CUSTOMER, ST_ROLE_AGENT}, .speakers = speakers, .speaker_count = 2};
    transcript = read_with(meeting, &options);
    check_line(transcript, 1, 1, 1000, 2000, "b");
    ck_assert_int_eq(line_of(transcript, 1)->facts->roles[1], ST_ROLE_AGENT);
    st_transcript_free(transcript);
    ck_assert_refused(meeting, "'Bob' speaks, and so do 'Tom' and 'Ann'");
    ck_assert_ptr_nonnull(strstr(why, "--speaker 'Bob=customer'"));
}
END_TEST

START_TEST(mistakes_are_named_with_their_line)
{
    ck_assert_refused("WEBVTT\n\n00:01 --> 00:02.000\n<v A>x\n", "line 3: these are no times");
    ck_assert_refused("WEBVTT\n\n00:01.000 -> 00:02.000\n<v A>x\n", "line 4: a cue begins with");
    ck_assert_refused("WEBVTT\n\n00:01.000 --> 00:99.000\n<v A>x\n", "line 3: these are no times");
    ck_assert_refused("WEBVTT\n\n48:00:00.001 --> 48:00:01.000\n<v A>x\n", "line 3: these are no");
    ck_assert_refused("WEBVTT\n\nx\n00:01.000 --> 00:02.000\nhello\n", "line 5: nobody speaks");
    ck_assert_refused("WEBVTT\n\n00:01.000 --> 00:02.000\n<v>hello\n", "line 4: a voice tag");
    ck_assert_refused("WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>\xff\n",
                      "line 4: this is not UTF-8");
    ck_assert_refused("WEBVTTX\n", "no transcript that is known");
}
END_TEST

START_TEST(an_empty_one_is_a_call_without_words)
{
    struct st_transcript *transcript = read_text("\xef\xbb\xbfWEBVTT");
    ck_assert_uint_eq(transcript->calls[0].count, 0);
    ck_assert_int_eq(transcript->calls[0].duration_us, 0);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(any_beginning_of_one_does_no_harm)
{
    read_truncated(call);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        voices_become_channels,
        options_say_who_speaks,
        mistakes_are_named_with_their_line,
        an_empty_one_is_a_call_without_words,
        any_beginning_of_one_does_no_harm,
    };
    return run_tests("webvtt", tests, sizeof(tests) / sizeof(tests[0]));
}
