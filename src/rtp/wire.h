/* Writes big-endian fields; the caller has checked the room. */
#ifndef SIDETONE_RTP_WIRE_H
#define SIDETONE_RTP_WIRE_H

#include <stdint.h>

static inline uint8_t *wire_put_u8(uint8_t *at, unsigned value)
{
    *at = (uint8_t)value;
    return at + 1;
}

static inline uint8_t *wire_put_u16(uint8_t *at, unsigned value)
{
    return wire_put_u8(wire_put_u8(at, value >> 8), value);
}

static inline uint8_t *wire_put_u32(uint8_t *at, uint32_t value)
{
    return wire_put_u16(wire_put_u16(at, value >> 16), value & 0xffff);
}

#endif
