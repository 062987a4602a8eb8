#include "graph_edit.h"
#include "models.h"
#include "recogniser.h"
#include "sidetone/err.h"
#include "sidetone/mem.h"
#include "sidetone/moonshine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, CLIP_BYTES_MAX = 1 << 20, RIFF_HEADER_BYTES = 12 };

struct why {
    char *text;
    size_t bytes;
};

static int fail(struct why why, int err, const char *what, const char *path)
{
    snprintf(why.text, why.bytes, "%s: %s: %s", path, what, st_err_text(err));
    return err;
}

static int map_file(struct st_protobuf_span *ret_file, const char *path, struct why why)
{
    struct stat info;
    int err = 0;
    void *data = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0)
        err = -errno;
    else if ((data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        err = -errno;
    if (fd >= 0)
        close(fd);
    if (err)
        return fail(why, err, "cannot be read", path);
    *ret_file = (struct st_protobuf_span){data, (size_t)info.st_size};
    return 0;
}

static void unmap_file(struct st_protobuf_span file)
{
    munmap((void *)file.data, file.bytes);
}

/* The runtime turns its own format into ONNX, which can be edited, and back. */
static int unfold(struct st_ort *ort, const char *decoder, const char *onnx, struct why why)
{
    struct st_protobuf_span file;
    int err = map_file(&file, decoder, why);
    if (err)
        return err;
    err = st_ort_rewrite(ort, file.data, file.bytes, onnx, "ONNX", why.text, why.bytes);
    unmap_file(file);
    return err;
}

static int edit_and_fold(struct st_ort *ort, const char *onnx, const char *result, struct why why)
{
    struct st_protobuf_span file;
    struct st_protobuf_buffer edited = {0};
    int err = map_file(&file, onnx, why);
    if (err)
        return err;
    err = st_graph_edit_decoder(file, &edited);
    if (err)
        snprintf(why.text, why.bytes, "the decoder is not the one this was written for");
    else
        err = st_ort_rewrite(ort, edited.data, edited.bytes, result, "ORT", why.text, why.bytes);
    st_protobuf_fini(&edited);
    unmap_file(file);
    return err;
}

static uint32_t read_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The samples of a 16 kHz mono PCM WAVE file; empty when it is another kind. */
static struct st_protobuf_span find_samples(struct st_protobuf_span file)
{
    struct st_protobuf_span none = {0};
    bool is_right = false;
    for (size_t at = RIFF_HEADER_BYTES; at + 8 <= file.bytes;) {
        const uint8_t *chunk = file.data + at;
        size_t bytes = read_u32(chunk + 4), rest = file.bytes - at - 8;
        if (bytes > rest)
            return none;
        if (memcmp(chunk, "fmt ", 4) == 0 && bytes >= 16)
            is_right = chunk[8] == 1 && chunk[10] == 1 && chunk[22] == 16 &&
                       read_u32(chunk + 12) == ST_MODELS_RATE_HZ;
        if (memcmp(chunk, "data", 4) == 0)
            return is_right ? (struct st_protobuf_span){chunk + 8, bytes} : none;
        at += 8 + bytes + (bytes & 1);
    }
    return none;
}

static int read_clip(struct st_clip *ret_clip, int16_t **ret_samples, const char *dir,
                     struct why why)
{
    char path[PATH_BYTES];
    struct st_protobuf_span file;
    snprintf(path, sizeof(path), "%s/beckett.wav", dir);
    int err = map_file(&file, path, why);
    if (err)
        return err;
    struct st_protobuf_span found = find_samples(file);
    if (found.bytes == 0 || found.bytes > CLIP_BYTES_MAX) {
        unmap_file(file);
        return fail(why, -EBADMSG, "is no 16 kHz mono recording", path);
    }
    *ret_samples = st_mem_alloc(found.bytes);
    memcpy(*ret_samples, found.data, found.bytes);
    *ret_clip = (struct st_clip){*ret_samples, found.bytes / sizeof(int16_t), ST_MODELS_RATE_HZ};
    unmap_file(file);
    return 0;
}

/* What one decoder makes of the clip; the text is the caller's to free. */
static int decode(const char *dir, const char *decoder, const struct st_clip *clip,
                  enum st_word_times *ret_times, char **ret_text, struct why why)
{
    struct st_models models;
    int err = st_models_load(&models, dir, decoder, why.text, why.bytes);
    if (err)
        return err;
    struct st_recogniser *recogniser;
    const struct st_recognition *recognition;
    st_recogniser_create(&recogniser, &models, 2);
    err = st_recogniser_final(recogniser, clip, NULL, &recognition);
    if (err) {
        fail(why, err, "cannot decode", decoder);
    } else {
        *ret_times = recognition->word_times;
        *ret_text = st_mem_strdup(recognition->words.text);
    }
    st_recogniser_destroy(recogniser);
    st_models_fini(&models);
    return err;
}

static int check(const char *dir, const char *converted, struct why why)
{
    struct st_clip clip;
    int16_t *samples = NULL;
    char *expected = NULL, *got = NULL;
    enum st_word_times times = ST_WORD_TIMES_NONE;
    int err = read_clip(&clip, &samples, dir, why);
    if (!err)
        err = decode(dir, ST_MODELS_DECODER, &clip, &times, &expected, why);
    if (!err)
        err = decode(dir, converted, &clip, &times, &got, why);
    if (!err && (!expected[0] || strcmp(expected, got) != 0 || times != ST_WORD_TIMES_MEASURED)) {
        err = -EBADMSG;
        snprintf(why.text, why.bytes,
                 "the converted decoder does not recognise what the "
                 "published one does");
    }
    free(expected);
    free(got);
    free(samples);
    return err;
}

int st_moonshine_convert(const char *models_dir, char *ret_why, size_t why_bytes)
{
    struct why why = {ret_why, why_bytes};
    char decoder[PATH_BYTES], result[PATH_BYTES], onnx[PATH_BYTES], converted[PATH_BYTES], name[64];
    snprintf(name, sizeof(name), ST_MODELS_DECODER_WORDS ".%ld", (long)getpid());
    snprintf(decoder, sizeof(decoder), "%s/" ST_MODELS_DECODER, models_dir);
    snprintf(result, sizeof(result), "%s/" ST_MODELS_DECODER_WORDS, models_dir);
    snprintf(converted, sizeof(converted), "%s/%s", models_dir, name);
    snprintf(onnx, sizeof(onnx), "%s/%s.onnx", models_dir, name);
    unlink(result);
    struct st_ort *ort = NULL;
    int err = st_ort_open(&ort, models_dir, ret_why, why_bytes);
    if (err)
        return err;
    err = unfold(ort, decoder, onnx, why);
    if (!err)
        err = edit_and_fold(ort, onnx, converted, why);
    st_ort_close(ort);
    if (!err)
        err = check(models_dir, name, why);
    if (!err && rename(converted, result) < 0)
        err = fail(why, -errno, "cannot be put in place", result);
    unlink(onnx);
    unlink(converted);
    return err;
}
