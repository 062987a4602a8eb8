#include "mulaw.h"

#include "sidetone/codec.h"

#include "run.h"

START_TEST(every_sample_is_as_the_audio_room_has_it)
{
    for (int value = INT16_MIN; value <= INT16_MAX; value++) {
        int16_t sample = (int16_t)value;
        uint8_t ours, theirs;
        st_mulaw_encode(&sample, 1, &ours);
        st_codec_encode(ST_CODEC_PCMU, &sample, 1, &theirs);
        ck_assert_uint_eq(ours, theirs);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, every_sample_is_as_the_audio_room_has_it);
    return run_case("mulaw", tcase);
}
