#include "build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct st_transcript_reader *const st_transcript_readers[] = {
    &st_transcript_webvtt,     &st_transcript_events,     &st_transcript_call_state,
    &st_transcript_transcribe, &st_transcript_assemblyai, NULL,
};

const struct st_transcript_reader *st_transcript_reader_find(const char *name)
{
    for (size_t i = 0; st_transcript_readers[i]; i++)
        if (strcmp(st_transcript_readers[i]->name, name) == 0)
            return st_transcript_readers[i];
    return NULL;
}

/* A byte order mark means nothing in UTF-8. */
static size_t mark_bytes(const char *text, size_t bytes)
{
    return bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

const struct st_transcript_reader *st_transcript_recognise(const void *data, size_t bytes)
{
    size_t mark = mark_bytes(data, bytes);
    const char *text = (const char *)data + mark;
    for (size_t i = 0; st_transcript_readers[i]; i++)
        if (st_transcript_readers[i]->is_it(text, bytes - mark))
            return st_transcript_readers[i];
    return NULL;
}

static int read_as(struct st_transcript_build *build, const struct st_transcript_reader *format,
                   const char *text, size_t bytes)
{
    size_t mark = mark_bytes(text, bytes);
    if (bytes > ST_TRANSCRIPT_BYTES_MAX) {
        st_build_fail(build, -ENOBUFS, "larger than %d MB: split it",
                      ST_TRANSCRIPT_BYTES_MAX >> 20);
        return build->err;
    }
    if (!format)
        format = st_transcript_recognise(text, bytes);
    if (!format)
        st_build_fail(build, -EINVAL,
                      "it is no transcript that is known here: say which with --format");
    else
        format->read(build, text + mark, bytes - mark);
    return build->err;
}

int st_transcript_read(struct st_transcript **ret_transcript,
                       const struct st_transcript_reader *format, const void *data, size_t bytes,
                       const struct st_transcript_options *options, char *ret_why, size_t why_bytes)
{
    struct st_transcript_build build;
    st_build_init(&build, options);
    int err = read_as(&build, format, data, bytes);
    if (!err)
        err = st_build_finish(&build, ret_transcript);
    if (err)
        snprintf(ret_why, why_bytes, "%s", build.why);
    st_build_fini(&build);
    if (!err)
        (*ret_transcript)->format = format ? format : st_transcript_recognise(data, bytes);
    return err;
}
