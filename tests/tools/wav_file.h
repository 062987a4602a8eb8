/* The channels of a telephone recording (PCM 16 bit or mu-law), for test programs. */
#ifndef SIDETONE_TESTS_WAV_FILE_H
#define SIDETONE_TESTS_WAV_FILE_H

#include <stddef.h>
#include <stdint.h>

enum { WAV_FILE_CHANNELS_MAX = 2 };

struct wav_file {
    uint32_t rate_hz;
    unsigned channels;
    size_t count; /* samples of one channel */
    int16_t *samples[WAV_FILE_CHANNELS_MAX];
};

/* 0, or a negative errno with nothing to free. */
int wav_file_read(struct wav_file *ret_file, const char *path);
void wav_file_free(struct wav_file *file);

#endif
