/*
 * Blocks of audio that rings do not need now, for whatever ring of the thread needs one next: calls
 * are not all at their longest utterance at once. With the thread's last ring all of them go.
 */
#ifndef SIDETONE_STT_SPARE_BLOCKS_H
#define SIDETONE_STT_SPARE_BLOCKS_H

#include "ring.h"

struct st_ring_block {
    struct st_ring_block *next;
    int64_t first;     /* index of its first sample */
    uint32_t room;     /* samples that fit */
    uint8_t form;      /* enum st_ring_form */
    uint8_t codec;     /* enum st_codec: its law, or ST_CODEC_L16LE: samples as they are */
    int16_t samples[]; /* in half form behind those that were before them */
};

void st_spare_blocks_join(void);  /* a ring begins … */
void st_spare_blocks_leave(void); /* … and ends */

/* Its room is all that is known of it. */
struct st_ring_block *st_spare_blocks_take(uint32_t room);
void st_spare_blocks_give(struct st_ring_block *block);
unsigned st_spare_blocks_count(uint32_t room);

#endif
