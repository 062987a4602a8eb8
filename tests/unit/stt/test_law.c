#include "law.h"

#include "run.h"

#include <string.h>

static const enum st_codec laws[] = {ST_CODEC_PCMU, ST_CODEC_PCMA};

START_TEST(every_octet_comes_back)
{
    uint8_t octets[256], again[256];
    int16_t samples[256], same[256];
    for (int i = 0; i < 256; i++)
        octets[i] = (uint8_t)i;
    st_codec_decode(laws[_i], octets, 256, 0, 1, samples);
    ck_assert(st_law_encode(laws[_i], samples, 256, again));
    for (int i = 0; i < 256; i++)
        if (samples[i] != 0) /* mu-law has two zeros */
            ck_assert_uint_eq(again[i], octets[i]);
    st_codec_decode(laws[_i], again, 256, 0, 1, same);
    ck_assert_mem_eq(samples, same, sizeof(samples));
}
END_TEST

/* All that there are, each alone and at every place among others. */
START_TEST(every_other_sample_is_refused)
{
    bool is_of_law[65536] = {false};
    for (int i = 0; i < 256; i++) {
        uint8_t octet = (uint8_t)i;
        int16_t sample;
        st_codec_decode(laws[_i], &octet, 1, 0, 1, &sample);
        is_of_law[sample + 32768] = true;
    }
    for (int value = -32768; value <= 32767; value++) {
        int16_t sample = (int16_t)value;
        uint8_t octet;
        ck_assert_msg(st_law_encode(laws[_i], &sample, 1, &octet) == is_of_law[value + 32768], "%d",
                      value);
    }
}
END_TEST

START_TEST(one_odd_sample_spoils_all)
{
    for (size_t at = 0; at < 21; at++) {
        int16_t samples[21];
        uint8_t out[24];
        for (int i = 0; i < 21; i++)
            samples[i] = _i ? 8 : 0;
        memset(out, 0x7e, sizeof(out));
        ck_assert(st_law_encode(laws[_i], samples, 21, out));
        ck_assert_uint_eq(out[21], 0x7e);
        samples[at] = 3;
        ck_assert(!st_law_encode(laws[_i], samples, 21, out));
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, every_octet_comes_back, 0, 2);
    tcase_add_loop_test(tcase, every_other_sample_is_refused, 0, 2);
    tcase_add_loop_test(tcase, one_odd_sample_spoils_all, 0, 2);
    return run_case("law", tcase);
}
