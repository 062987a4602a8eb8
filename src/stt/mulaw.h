/* ITU-T G.711 mu-law, for engines that take telephone audio as it is. */
#ifndef SIDETONE_STT_MULAW_H
#define SIDETONE_STT_MULAW_H

#include <stddef.h>
#include <stdint.h>

void st_mulaw_encode(const int16_t *samples, size_t count, uint8_t *out);

#endif
