/* A second of one channel's audio, as figures. */
#ifndef SIDETONE_AUDIO_SECOND_H
#define SIDETONE_AUDIO_SECOND_H

#include <stdint.h>

struct st_audio_second {
    int64_t start_us;  /* media time: a whole second */
    int32_t speech_us; /* of speech in it */
    int32_t tone_us;   /* of tones: dial, ringing, busy, DTMF */
    float speech_db;   /* dBFS, mean power of its speech; of no meaning without any */
    uint32_t clipped;  /* samples at full scale */
};

#endif
