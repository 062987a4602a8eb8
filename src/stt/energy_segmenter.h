/*
 * Cuts one channel's audio into utterances by its energy over an adaptive noise floor.
 *
 * Simple on purpose: it serves the fallback recogniser, which has no better one. Opens when 80 ms
 * are loud, closes when 0.7 s are quiet or after 20 s. Times count the samples put in.
 */
#ifndef SIDETONE_STT_ENERGY_SEGMENTER_H
#define SIDETONE_STT_ENERGY_SEGMENTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_SEGMENTER_LEAD_US = 300000, /* an utterance starts that much before it is loud */
    ST_SEGMENTER_UTTERANCE_MAX_US = 20000000,
};

struct st_energy_segmenter {
    uint32_t rate_hz;
    int64_t at_us; /* end of what was put in */
    float floor_db;
    int64_t loud_us;  /* run of loud audio while closed */
    int64_t quiet_us; /* run of quiet audio while open */
    bool is_open;
    int64_t cut_us;   /* where the last utterance closed */
    int64_t start_us; /* of the utterance that is open, lead included */
    int64_t end_us;   /* of the loud part of the utterance that was open last */
};

enum st_energy_segmenter_change {
    ST_SEGMENTER_SAME,
    ST_SEGMENTER_OPENED,
    ST_SEGMENTER_CLOSED, /* with the samples just put in as its last */
};

void st_energy_segmenter_init(struct st_energy_segmenter *segmenter, uint32_t rate_hz);

/* About 20 ms of audio. */
enum st_energy_segmenter_change st_energy_segmenter_put(struct st_energy_segmenter *segmenter,
                                                        const int16_t *samples, size_t count);

#endif
