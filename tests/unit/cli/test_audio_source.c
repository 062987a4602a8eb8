#include "audio_source.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/sidetone-test-XXXXXX";
static char paths[8][64];
static size_t path_count;

static void put_le(FILE *file, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> (8 * i) & 0xff), file);
}

/* Channel c of sample n holds n % 1000 + 1000 * (c + 1). */
static const char *write_wav(unsigned channels, uint32_t rate_hz, uint32_t samples)
{
    char *path = paths[path_count];
    snprintf(path, sizeof(paths[0]), "%s/%zu.wav", folder, path_count++);
    FILE *file = fopen(path, "wb");
    uint32_t bytes = samples * channels * 2;
    fwrite("RIFF", 1, 4, file);
    put_le(file, 36 + bytes, 4);
    fwrite("WAVEfmt ", 1, 8, file);
    put_le(file, 16, 4);
    put_le(file, 1, 2);
    put_le(file, channels, 2);
    put_le(file, rate_hz, 4);
    put_le(file, rate_hz * channels * 2, 4);
    put_le(file, channels * 2, 2);
    put_le(file, 16, 2);
    fwrite("data", 1, 4, file);
    put_le(file, bytes, 4);
    for (uint32_t i = 0; i < samples * channels; i++)
        put_le(file, i / channels % 1000 + 1000 * (i % channels + 1), 2);
    fclose(file);
    return path;
}

static void begin(void)
{
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    path_count = 0;
}

static void end(void)
{
    for (size_t i = 0; i < path_count; i++)
        unlink(paths[i]);
    rmdir(folder);
}

static struct st_audio_source *open_source(const struct st_audio_files *files)
{
    struct st_audio_source *source;
    char why[300];
    ck_assert_msg(st_audio_source_open(&source, files, why, sizeof(why)) == 0, "%s", why);
    return source;
}

START_TEST(a_stereo_file_comes_out_in_frames)
{
    begin();
    const struct st_audio_files files = {.both = write_wav(2, 8000, 400)};
    struct st_audio_source *source = open_source(&files);
    int16_t frame[320];
    ck_assert_uint_eq(st_audio_source_rate_hz(source), 8000);
    ck_assert_int_eq(st_audio_source_duration_us(source), 50000);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(st_audio_source_read(source, frame), 1);
            ck_assert_int_eq(frame[0], 1000 + 160 * i);
            ck_assert_int_eq(frame[1], 2000 + 160 * i);
        }
        ck_assert_int_eq(frame[2 * 79], 1399);
        ck_assert_int_eq(frame[2 * 80], 0);
        ck_assert_int_eq(st_audio_source_read(source, frame), 0);
        ck_assert_int_eq(st_audio_source_rewind(source), 0);
    }
    st_audio_source_close(source);
    end();
}
END_TEST

START_TEST(channels_can_be_swapped)
{
    begin();
    const struct st_audio_files files = {.both = write_wav(2, 8000, 160), .is_swapped = true};
    struct st_audio_source *source = open_source(&files);
    int16_t frame[320];
    st_audio_source_read(source, frame);
    ck_assert_int_eq(frame[0], 2000);
    ck_assert_int_eq(frame[1], 1000);
    st_audio_source_close(source);
    end();
}
END_TEST

START_TEST(a_mono_file_is_the_customer)
{
    begin();
    const char *path = write_wav(1, 8000, 160);
    for (int swapped = 0; swapped < 2; swapped++) {
        const struct st_audio_files files = {.both = path, .is_swapped = swapped};
        struct st_audio_source *source = open_source(&files);
        int16_t frame[320];
        st_audio_source_read(source, frame);
        ck_assert_int_eq(frame[swapped ? 0 : 1], 1000);
        ck_assert_int_eq(frame[swapped ? 1 : 0], 0);
        st_audio_source_close(source);
    }
    end();
}
END_TEST

START_TEST(two_files_of_different_length_and_rate)
{
    begin();
    const struct st_audio_files files = {.agent = write_wav(1, 8000, 800),
                                         .customer = write_wav(1, 16000, 3200)};
    struct st_audio_source *source = open_source(&files);
    int16_t frame[320];
    int frames = 0;
    ck_assert_uint_eq(st_audio_source_rate_hz(source), 8000);
    ck_assert_int_eq(st_audio_source_duration_us(source), 200000);
    for (; st_audio_source_read(source, frame) == 1; frames++)
        ck_assert((frame[0] == 0) == (frames >= 5));
    ck_assert_int_ge(frames, 10);
    ck_assert_int_le(frames, 11);
    st_audio_source_close(source);
    end();
}
END_TEST

START_TEST(rates_are_converted_when_asked_or_uneven)
{
    begin();
    const char *path = write_wav(2, 44100, 44100), *uneven = write_wav(2, 11025, 11025);
    const struct st_audio_files asked = {.both = path, .rate_hz = 8000};
    const struct st_audio_files even = {.both = path}, odd = {.both = uneven};
    struct st_audio_source *source = open_source(&asked);
    int16_t frame[2 * 960];
    int frames = 0;
    while (st_audio_source_read(source, frame) == 1)
        frames++;
    ck_assert_int_ge(frames, 50);
    ck_assert_int_le(frames, 51);
    st_audio_source_close(source);
    source = open_source(&even);
    ck_assert_uint_eq(st_audio_source_rate_hz(source), 44100);
    st_audio_source_close(source);
    source = open_source(&odd);
    ck_assert_uint_eq(st_audio_source_rate_hz(source), 16000);
    st_audio_source_close(source);
    end();
}
END_TEST

static void expect_refused(const struct st_audio_files *files, const char *what)
{
    struct st_audio_source *source = NULL;
    char why[300] = "";
    ck_assert_int_lt(st_audio_source_open(&source, files, why, sizeof(why)), 0);
    ck_assert_msg(strstr(why, what) != NULL, "%s", why);
    ck_assert_ptr_null(source);
}

START_TEST(files_that_cannot_be_sent_are_named)
{
    begin();
    const char *stereo = write_wav(2, 8000, 160);
    expect_refused(&(struct st_audio_files){.agent = stereo}, "has two channels");
    expect_refused(&(struct st_audio_files){.both = "/nonexistent.wav"},
                   "/nonexistent.wav: no such");
    expect_refused(&(struct st_audio_files){.both = "/proc/self/cmdline"}, "is not a WAV file");
    expect_refused(&(struct st_audio_files){0}, "nothing to send");
    st_audio_source_close(NULL);
    end();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_stereo_file_comes_out_in_frames,
                            channels_can_be_swapped,
                            a_mono_file_is_the_customer,
                            two_files_of_different_length_and_rate,
                            rates_are_converted_when_asked_or_uneven,
                            files_that_cannot_be_sent_are_named};
    return run_tests("audio_source", tests, sizeof(tests) / sizeof(tests[0]));
}
