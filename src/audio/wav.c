#include "sidetone/wav.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    RIFF_BYTES = 12,
    CHUNK_BYTES = 8,
    FORMAT_BYTES = 16,
    EXTENSIBLE_BYTES = 40,
    HEADER_BYTES_MAX = 1 << 20, /* up to the first sample, other chunks included */
    HEADER_BYTES_FIRST = 4096,
    READ_BYTES = 16384,
    RATE_MIN_HZ = 8000,
    RATE_MAX_HZ = 48000,
    CHANNELS_MAX = 2,
};

enum format_tag {
    TAG_PCM = 1,
    TAG_PCMA = 6,
    TAG_PCMU = 7,
    TAG_EXTENSIBLE = 0xfffe,
};

/* What follows the format tag in the GUID of a WAVE_FORMAT_EXTENSIBLE file. */
static const uint8_t guid_tail[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};

static uint16_t get16(const uint8_t *data)
{
    return (uint16_t)(data[0] | data[1] << 8);
}

static uint32_t get32(const uint8_t *data)
{
    return get16(data) | (uint32_t)get16(data + 2) << 16;
}

static int read_codec(struct st_wav_info *info, unsigned tag, unsigned bits)
{
    if (tag == TAG_PCM && bits == 16)
        info->codec = ST_CODEC_L16LE;
    else if (tag == TAG_PCMU && bits == 8)
        info->codec = ST_CODEC_PCMU;
    else if (tag == TAG_PCMA && bits == 8)
        info->codec = ST_CODEC_PCMA;
    else
        return -ENOTSUP;
    return 0;
}

static int read_format(struct st_wav_info *info, const uint8_t *data, uint32_t bytes)
{
    if (bytes < FORMAT_BYTES)
        return -EBADMSG;
    unsigned tag = get16(data), align = get16(data + 12);
    if (tag == TAG_EXTENSIBLE) {
        if (bytes < EXTENSIBLE_BYTES)
            return -EBADMSG;
        if (memcmp(data + 26, guid_tail, sizeof(guid_tail)) != 0)
            return -ENOTSUP;
        tag = get16(data + 24);
    }
    info->channels = get16(data + 2);
    info->rate_hz = get32(data + 4);
    int ret = read_codec(info, tag, get16(data + 14));
    if (ret < 0)
        return ret;
    if (info->channels == 0 || align != info->channels * st_codec_sample_bytes(info->codec))
        return -EBADMSG;
    if (info->channels > CHANNELS_MAX || info->rate_hz < RATE_MIN_HZ || info->rate_hz > RATE_MAX_HZ)
        return -ENOTSUP;
    return 0;
}

/* Also of a header that is still short. */
static bool begins_riff(const uint8_t *data, size_t bytes)
{
    return memcmp(data, "RIFF", bytes < 4 ? bytes : 4) == 0 &&
           (bytes <= 8 || memcmp(data + 8, "WAVE", bytes < 12 ? bytes - 8 : 4) == 0);
}

ssize_t st_wav_parse(struct st_wav_info *ret_info, const void *data, size_t bytes)
{
    const uint8_t *in = data;
    struct st_wav_info info = {0};
    if (bytes == 0)
        return 0;
    if (!begins_riff(in, bytes))
        return -EBADMSG;
    size_t at = RIFF_BYTES;
    while (at + CHUNK_BYTES <= bytes) {
        const uint8_t *chunk = in + at;
        uint32_t size = get32(chunk + 4);
        at += CHUNK_BYTES;
        if (memcmp(chunk, "data", 4) == 0) {
            if (info.channels == 0)
                return -EBADMSG;
            info.data_offset = at;
            info.data_bytes = size == 0 || size == UINT32_MAX ? UINT64_MAX : size;
            *ret_info = info;
            return (ssize_t)at;
        }
        if (size > HEADER_BYTES_MAX - at)
            return -EBADMSG;
        if (memcmp(chunk, "fmt ", 4) == 0) {
            if (bytes - at < size)
                return 0;
            int ret = read_format(&info, in + at, size);
            if (ret < 0)
                return ret;
        }
        at += size + (size & 1);
        if (at > HEADER_BYTES_MAX - CHUNK_BYTES)
            return -EBADMSG;
    }
    return 0;
}

struct st_wav {
    int file;
    struct st_wav_info info;
    uint64_t at;  /* next byte of the file */
    uint64_t end; /* of the samples, whole frames only */
};

static ssize_t read_at(int file, void *data, size_t bytes, uint64_t at)
{
    size_t got = 0;
    while (got < bytes) {
        ssize_t n = pread(file, (uint8_t *)data + got, bytes - got, (off_t)(at + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* Reads more and more of the file until the first sample is in sight. */
static int read_header(int file, struct st_wav_info *ret_info)
{
    ssize_t ret = 0;
    for (size_t bytes = HEADER_BYTES_FIRST; ret == 0 && bytes <= HEADER_BYTES_MAX; bytes *= 4) {
        uint8_t *data = st_mem_try_alloc(bytes);
        if (!data)
            return -ENOMEM;
        ssize_t got = read_at(file, data, bytes, 0);
        ret = got < 0 ? got : st_wav_parse(ret_info, data, (size_t)got);
        free(data);
        if (ret == 0 && (size_t)got < bytes)
            return -EBADMSG;
    }
    return ret > 0 ? 0 : ret == 0 ? -EBADMSG : (int)ret;
}

static size_t frame_bytes(const struct st_wav *wav)
{
    return wav->info.channels * st_codec_sample_bytes(wav->info.codec);
}

static int open_samples(struct st_wav *wav, const char *path)
{
    struct stat stat;
    wav->file = open(path, O_RDONLY | O_CLOEXEC);
    if (wav->file < 0 || fstat(wav->file, &stat) < 0)
        return -errno;
    int ret = read_header(wav->file, &wav->info);
    if (ret < 0)
        return ret;
    uint64_t here = (uint64_t)stat.st_size, offset = wav->info.data_offset;
    uint64_t bytes = here > offset ? here - offset : 0;
    if (bytes > wav->info.data_bytes)
        bytes = wav->info.data_bytes;
    wav->at = offset;
    wav->end = offset + bytes - bytes % frame_bytes(wav);
    return 0;
}

int st_wav_open(struct st_wav **ret_wav, const char *path)
{
    struct st_wav *wav = st_mem_alloc(sizeof(*wav));
    int ret = open_samples(wav, path);
    if (ret < 0) {
        st_wav_close(wav);
        return ret;
    }
    *ret_wav = wav;
    return 0;
}

void st_wav_close(struct st_wav *wav)
{
    if (!wav)
        return;
    if (wav->file >= 0)
        close(wav->file);
    free(wav);
}

const struct st_wav_info *st_wav_info(const struct st_wav *wav)
{
    return &wav->info;
}

uint64_t st_wav_frame_count(const struct st_wav *wav)
{
    return (wav->end - wav->info.data_offset) / frame_bytes(wav);
}

ssize_t st_wav_read(struct st_wav *wav, int16_t *out, size_t count)
{
    uint8_t data[READ_BYTES];
    size_t each = frame_bytes(wav), done = 0;
    while (done < count && wav->at < wav->end) {
        size_t bytes = count - done < READ_BYTES / each ? (count - done) * each : READ_BYTES;
        if (bytes > wav->end - wav->at)
            bytes = (size_t)(wav->end - wav->at);
        ssize_t got = read_at(wav->file, data, bytes, wav->at);
        if (got < 0)
            return got;
        if ((size_t)got < bytes) /* the file was cut while we read it */
            wav->end = wav->at + (size_t)got - (size_t)got % each;
        size_t frames = (size_t)got / each;
        st_codec_decode(wav->info.codec, data, frames * each, 0, 1,
                        out + done * wav->info.channels);
        wav->at += frames * each;
        done += frames;
    }
    return (ssize_t)done;
}
