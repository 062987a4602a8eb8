#include "media.h"

#include <string.h>

static int16_t pcmu_samples[256];
static int8_t digits[256];

void media_set_up(void)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    memset(digits, -1, sizeof(digits));
    for (int i = 0; i < 64; i++)
        digits[(uint8_t)alphabet[i]] = (int8_t)i;
    for (int i = 0; i < 256; i++) {
        int code = i ^ 0xff, biased = (((code & 15) << 3) + 132) << (code >> 4 & 7);
        pcmu_samples[i] = (int16_t)(code & 0x80 ? 132 - biased : biased - 132);
    }
}

void media_put_pcm(struct stream streams[2], const uint8_t *data, size_t bytes)
{
    int16_t samples[2][STREAM_IN_SAMPLES_MAX], pair[2];
    size_t count = bytes / 4 < STREAM_IN_SAMPLES_MAX ? bytes / 4 : STREAM_IN_SAMPLES_MAX;
    for (size_t i = 0; i < count; i++) {
        memcpy(pair, data + 4 * i, sizeof(pair));
        samples[0][i] = pair[0];
        samples[1][i] = pair[1];
    }
    stream_put(&streams[0], samples[0], (unsigned)count);
    stream_put(&streams[1], samples[1], (unsigned)count);
}

/* Returns bytes, or −1. */
static int decode_base64(const char *text, size_t chars, uint8_t *out)
{
    int n = 0;
    for (size_t i = 0; i + 4 <= chars; i += 4) {
        int pads = (text[i + 2] == '=') + (text[i + 3] == '=');
        int a = digits[(uint8_t)text[i]], b = digits[(uint8_t)text[i + 1]];
        int c = pads < 2 ? digits[(uint8_t)text[i + 2]] : 0;
        int d = pads < 1 ? digits[(uint8_t)text[i + 3]] : 0;
        if ((a | b | c | d) < 0)
            return -1;
        int word = a << 18 | b << 12 | c << 6 | d;
        out[n] = (uint8_t)(word >> 16);
        out[n + 1] = (uint8_t)(word >> 8);
        out[n + 2] = (uint8_t)word;
        n += 3 - pads;
    }
    return n;
}

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == ',' || *at == ':'))
        at++;
    return at;
}

struct media {
    const char *payload;
    size_t chars;
    char track; /* first letter */
};

static void take_value(struct media *media, const char *key, size_t key_chars, const char *value,
                       size_t chars)
{
    if (key_chars == 5 && memcmp(key, "track", 5) == 0)
        media->track = value[0];
    else if (key_chars == 7 && memcmp(key, "payload", 7) == 0) {
        media->payload = value;
        media->chars = chars;
    }
}

/* One pass: any order of keys, no escapes. */
static struct media scan(const char *at, const char *end)
{
    struct media media = {0};
    for (int depth = 0; (at = skip_blank(at, end)) < end;) {
        if (*at != '"') {
            depth += (*at == '{') - (*at == '}');
            at++;
            continue;
        }
        const char *key = at + 1, *key_end = memchr(key, '"', (size_t)(end - key));
        if (!key_end)
            break;
        at = skip_blank(key_end + 1, end);
        if (at >= end || *at != '"')
            continue;
        const char *value = at + 1, *value_end = memchr(value, '"', (size_t)(end - value));
        if (!value_end)
            break;
        if (depth == 2)
            take_value(&media, key, (size_t)(key_end - key), value, (size_t)(value_end - value));
        at = value_end + 1;
    }
    return media;
}

void media_put_twilio(struct stream streams[2], const char *text, size_t bytes)
{
    static const char head[] = "{\"event\":\"media\"";
    uint8_t octets[STREAM_IN_SAMPLES_MAX];
    int16_t samples[STREAM_IN_SAMPLES_MAX];
    if (bytes < sizeof(head) || memcmp(text, head, sizeof(head) - 1) != 0)
        return;
    struct media media = scan(text, text + bytes);
    if (!media.payload || media.chars > STREAM_IN_SAMPLES_MAX)
        return;
    int count = decode_base64(media.payload, media.chars, octets);
    for (int i = 0; i < count; i++)
        samples[i] = pcmu_samples[octets[i]];
    if (count > 0)
        stream_put(&streams[media.track == 'o'], samples, (unsigned)count);
}
