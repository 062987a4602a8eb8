#include "sidetone/wav.h"

#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file under construction. */
static struct {
    uint8_t data[65536];
    size_t bytes;
} file;
static char path[] = "/tmp/test_wav.XXXXXX";

static void put(const void *data, size_t bytes)
{
    memcpy(file.data + file.bytes, data, bytes);
    file.bytes += bytes;
}

static void put16(unsigned value)
{
    put((uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
}

static void put32(uint32_t value)
{
    put16(value & 0xffff);
    put16(value >> 16);
}

static void begin_file(void)
{
    file.bytes = 0;
    put("RIFF\0\0\0\0WAVE", 12);
}

static void put_format(unsigned tag, unsigned channels, uint32_t rate_hz, unsigned bits)
{
    put("fmt ", 4);
    put32(16);
    put16(tag);
    put16(channels);
    put32(rate_hz);
    put32(rate_hz * channels * bits / 8);
    put16(channels * bits / 8);
    put16(bits);
}

static void put_extensible(unsigned tag, const char *guid_tail)
{
    size_t at = file.bytes;
    put_format(0xfffe, 2, 8000, 16);
    file.data[at + 4] = 40;
    put16(22);
    put16(16);
    put32(3);
    put16(tag);
    put(guid_tail, 14);
}

static void put_data(uint32_t bytes)
{
    put("data", 4);
    put32(bytes);
}

static ssize_t parse(struct st_wav_info *info)
{
    return st_wav_parse(info, file.data, file.bytes);
}

static struct st_wav *open_file(void)
{
    struct st_wav *wav = NULL;
    int fd = open(path, O_WRONLY | O_TRUNC);
    ck_assert_int_eq(write(fd, file.data, file.bytes), (ssize_t)file.bytes);
    close(fd);
    ck_assert_int_eq(st_wav_open(&wav, path), 0);
    return wav;
}

static void setup(void)
{
    close(mkstemp(path));
    begin_file();
}

static void teardown(void)
{
    unlink(path);
    strcpy(path + strlen(path) - 6, "XXXXXX");
}

static const char pcm_guid[] = "\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";

START_TEST(each_encoding_is_told)
{
    static const struct {
        unsigned tag, bits;
        enum st_codec codec;
    } rows[] = {{1, 16, ST_CODEC_L16LE}, {7, 8, ST_CODEC_PCMU}, {6, 8, ST_CODEC_PCMA}};
    for (size_t i = 0; i < 3; i++)
        for (unsigned channels = 1; channels <= 2; channels++) {
            struct st_wav_info info;
            begin_file();
            put_format(rows[i].tag, channels, 8000 * channels, rows[i].bits);
            put_data(1600);
            ck_assert_int_eq(parse(&info), 44);
            ck_assert_int_eq(info.codec, rows[i].codec);
            ck_assert_uint_eq(info.channels, channels);
            ck_assert_uint_eq(info.rate_hz, 8000 * channels);
            ck_assert_uint_eq(info.data_offset, 44);
            ck_assert_uint_eq(info.data_bytes, 1600);
        }
}
END_TEST

START_TEST(extensible_headers_are_understood)
{
    struct st_wav_info info;
    put_extensible(1, pcm_guid);
    put_data(8);
    ck_assert_int_eq(parse(&info), 68);
    ck_assert_int_eq(info.codec, ST_CODEC_L16LE);
    ck_assert_uint_eq(info.channels, 2);
    begin_file();
    put_extensible(1, "somebody else's");
    put_data(8);
    ck_assert_int_eq(parse(&info), -ENOTSUP);
    begin_file();
    put_format(0xfffe, 2, 8000, 16);
    put_data(8);
    ck_assert_int_eq(parse(&info), -EBADMSG);
}
END_TEST

START_TEST(other_chunks_are_passed_over_odd_ones_padded)
{
    struct st_wav_info info;
    put("LIST\3\0\0\0abc", 11);
    put("\0", 1);
    put_format(1, 1, 8000, 16);
    put("fact\4\0\0\0....", 12);
    put("odd \1\0\0\0x\0", 10);
    put_data(2);
    ck_assert_int_eq(parse(&info), (ssize_t)file.bytes);
    ck_assert_uint_eq(info.data_bytes, 2);
}
END_TEST

START_TEST(lengths_never_filled_in_mean_to_the_end)
{
    static const uint32_t lengths[] = {0, UINT32_MAX};
    struct st_wav_info info;
    put_format(1, 1, 8000, 16);
    put_data(lengths[_i]);
    ck_assert_int_eq(parse(&info), 44);
    ck_assert_uint_eq(info.data_bytes, UINT64_MAX);
    put("\1\0\2\0\3", 5);
    struct st_wav *wav = open_file();
    int16_t out[8];
    ck_assert_uint_eq(st_wav_frame_count(wav), 2);
    ck_assert_int_eq(st_wav_read(wav, out, 8), 2);
    ck_assert_int_eq(out[1], 2);
    ck_assert_int_eq(st_wav_read(wav, out, 8), 0);
    st_wav_close(wav);
}
END_TEST

START_TEST(a_header_is_read_byte_by_byte)
{
    struct st_wav_info info;
    put("LIST\3\0\0\0abc\0", 12);
    put_extensible(7, pcm_guid);
    file.data[12 + 12 + 8 + 14] = 8; /* bits */
    file.data[12 + 12 + 8 + 12] = 2; /* block */
    put_data(100);
    for (size_t bytes = 0; bytes < file.bytes; bytes++) {
        uint8_t *copy = malloc(bytes + 1);
        memcpy(copy, file.data, bytes);
        ck_assert_int_eq(st_wav_parse(&info, copy, bytes), 0);
        free(copy);
    }
    ck_assert_int_eq(parse(&info), (ssize_t)file.bytes);
    ck_assert_int_eq(info.codec, ST_CODEC_PCMU);
}
END_TEST

START_TEST(what_we_cannot_play_is_refused)
{
    static const struct {
        unsigned tag, channels, bits;
        uint32_t rate_hz;
        int err;
    } rows[] = {
        {1, 1, 8, 8000, -ENOTSUP},    {1, 1, 24, 8000, -ENOTSUP},      {3, 1, 32, 8000, -ENOTSUP},
        {0x11, 1, 4, 8000, -ENOTSUP}, {1, 3, 16, 8000, -ENOTSUP},      {1, 2, 16, 7999, -ENOTSUP},
        {1, 2, 16, 48001, -ENOTSUP},  {1, 2, 16, 0, -ENOTSUP},         {1, 0, 16, 8000, -EBADMSG},
        {7, 1, 16, 8000, -ENOTSUP},   {1, 0x8001, 16, 8000, -EBADMSG},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_wav_info info;
        begin_file();
        put_format(rows[i].tag, rows[i].channels, rows[i].rate_hz, rows[i].bits);
        put_data(100);
        ck_assert_msg(parse(&info) == rows[i].err, "row %zu", i);
    }
}
END_TEST

START_TEST(what_is_no_wave_file_is_refused)
{
    static const char *const rows[] = {"RIFX\0\0\0\0WAVE", "RIFF\0\0\0\0AVI ", "OggS........",
                                       "\0\0\0\0\0\0\0\0\0\0\0\0"};
    struct st_wav_info info;
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(st_wav_parse(&info, rows[i], 12), -EBADMSG);
    put_data(10); /* no fmt before it */
    ck_assert_int_eq(parse(&info), -EBADMSG);
    begin_file();
    put("fmt \4\0\0\0\1\0\1\0", 12);
    ck_assert_int_eq(parse(&info), -EBADMSG);
    begin_file();
    put("LIST\xff\xff\xff\xff", 8);
    ck_assert_int_eq(parse(&info), -EBADMSG);
}
END_TEST

START_TEST(samples_come_interleaved_and_decoded)
{
    put_format(7, 2, 8000, 8);
    put_data(6);
    put("\xff\x80\x00\x7f\x8f\x0f", 6);
    struct st_wav *wav = open_file();
    int16_t out[6];
    ck_assert_uint_eq(st_wav_info(wav)->channels, 2);
    ck_assert_uint_eq(st_wav_frame_count(wav), 3);
    ck_assert_int_eq(st_wav_read(wav, out, 2), 2);
    ck_assert_int_eq(out[0], 0);
    ck_assert_int_eq(out[1], 32124);
    ck_assert_int_eq(out[2], -32124);
    ck_assert_int_eq(st_wav_read(wav, out, 2), 1);
    ck_assert_int_eq(out[0], 16764);
    ck_assert_int_eq(out[1], -16764);
    ck_assert_int_eq(st_wav_read(wav, out, 2), 0);
    st_wav_close(wav);
}
END_TEST

START_TEST(long_files_come_whole_in_any_pieces)
{
    static const size_t pieces[] = {1, 160, 4096, 8191, 30000};
    static int16_t out[60000];
    put_format(1, 2, 8000, 16);
    put_data(60000);
    for (unsigned i = 0; i < 30000; i++)
        put16(i);
    struct st_wav *wav = open_file();
    size_t done = 0;
    for (ssize_t n; (n = st_wav_read(wav, out + done * 2, pieces[_i])) > 0;)
        done += (size_t)n;
    ck_assert_uint_eq(done, 15000);
    for (int i = 0; i < 30000; i++)
        ck_assert_int_eq(out[i], i);
    st_wav_close(wav);
}
END_TEST

START_TEST(what_follows_the_samples_is_not_played)
{
    int16_t out[8];
    put_format(1, 1, 8000, 16);
    put_data(4);
    put("\1\0\2\0LIST\2\0\0\0ab", 14);
    struct st_wav *wav = open_file();
    ck_assert_int_eq(st_wav_read(wav, out, 8), 2);
    st_wav_close(wav);
}
END_TEST

START_TEST(a_truncated_file_plays_what_is_there)
{
    int16_t out[8];
    put_format(1, 2, 8000, 16);
    put_data(4000);
    put("\1\0\2\0\3\0\4", 7);
    struct st_wav *wav = open_file();
    ck_assert_uint_eq(st_wav_frame_count(wav), 1);
    ck_assert_int_eq(st_wav_read(wav, out, 4), 1);
    st_wav_close(wav);
}
END_TEST

START_TEST(a_file_cut_while_playing_ends_early)
{
    int16_t out[64];
    put_format(1, 1, 8000, 16);
    put_data(100);
    file.bytes += 100;
    struct st_wav *wav = open_file();
    ck_assert_int_eq(st_wav_read(wav, out, 10), 10);
    ck_assert_int_eq(truncate(path, 44 + 31), 0);
    ck_assert_int_eq(st_wav_read(wav, out, 40), 5);
    ck_assert_int_eq(st_wav_read(wav, out, 40), 0);
    st_wav_close(wav);
}
END_TEST

START_TEST(headers_longer_than_one_read_are_found)
{
    put("LIST", 4);
    put32(40000);
    file.bytes += 40000;
    put_format(6, 1, 8000, 8);
    put_data(3);
    put("\xd5\xd5\xd5", 3);
    struct st_wav *wav = open_file();
    ck_assert_uint_eq(st_wav_frame_count(wav), 3);
    st_wav_close(wav);
}
END_TEST

START_TEST(files_that_cannot_be_opened_say_why)
{
    struct st_wav *wav = NULL;
    ck_assert_int_eq(st_wav_open(&wav, "/nonexistent/x.wav"), -ENOENT);
    ck_assert_int_eq(st_wav_open(&wav, "/tmp"), -EISDIR);
    ck_assert_int_eq(st_wav_open(&wav, path), -EBADMSG); /* empty */
    ck_assert_ptr_null(wav);
    st_wav_close(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, each_encoding_is_told);
    tcase_add_test(tcase, extensible_headers_are_understood);
    tcase_add_test(tcase, other_chunks_are_passed_over_odd_ones_padded);
    tcase_add_loop_test(tcase, lengths_never_filled_in_mean_to_the_end, 0, 2);
    tcase_add_test(tcase, a_header_is_read_byte_by_byte);
    tcase_add_test(tcase, what_we_cannot_play_is_refused);
    tcase_add_test(tcase, what_is_no_wave_file_is_refused);
    tcase_add_test(tcase, samples_come_interleaved_and_decoded);
    tcase_add_loop_test(tcase, long_files_come_whole_in_any_pieces, 0, 5);
    tcase_add_test(tcase, what_follows_the_samples_is_not_played);
    tcase_add_test(tcase, a_truncated_file_plays_what_is_there);
    tcase_add_test(tcase, a_file_cut_while_playing_ends_early);
    tcase_add_test(tcase, headers_longer_than_one_read_are_found);
    tcase_add_test(tcase, files_that_cannot_be_opened_say_why);
    return run_case("wav", tcase);
}
