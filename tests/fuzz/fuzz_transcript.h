/* What every reader of transcripts promises, whatever it is given. */
#ifndef FUZZ_TRANSCRIPT_H
#define FUZZ_TRANSCRIPT_H

#include "sidetone/call_facts.h"
#include "sidetone/transcript.h"
#include "sidetone/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static inline void check_text(const char *text)
{
    assert(text && st_utf8_valid_bytes(text, strlen(text)) == strlen(text));
}

static inline void check_segment(const struct st_transcript_segment *line)
{
    const struct st_segment *segment = &line->segment;
    assert(line->channel < ST_CHANNELS_MAX && segment->is_final && segment->id > 0);
    assert(segment->start_us >= 0 && segment->start_us <= ST_TRANSCRIPT_LENGTH_MAX_US);
    assert(segment->end_us >= 0 && segment->end_us <= ST_TRANSCRIPT_LENGTH_MAX_US);
    assert(segment->start_us % 1000 == 0 && segment->end_us % 1000 == 0);
    assert(segment->text[0] != '\0');
    check_text(segment->text);
    check_text(line->facts->call_id);
    assert((segment->word_count == 0) == (segment->words == NULL));
    for (size_t i = 0; i < segment->word_count; i++)
        check_text(segment->words[i].text);
}

static inline void check_call(const struct st_transcript_call *call)
{
    check_text(call->facts->engine);
    check_text(call->end_reason);
    assert(call->duration_us >= 0 && call->duration_us <= ST_TRANSCRIPT_LENGTH_MAX_US);
    for (size_t i = 0; i < call->count; i++) {
        check_segment(&call->segments[i]);
        assert(call->segments[i].segment.end_us <= call->duration_us);
    }
}

/* Recognising and reading, by itself and as `format`. */
static inline int fuzz_transcript(const char *format, const uint8_t *data, size_t bytes)
{
    struct st_transcript *transcript;
    char why[256] = "";
    st_transcript_recognise(data, bytes);
    if (st_transcript_read(&transcript, st_transcript_reader_find(format), data, bytes, NULL, why,
                           sizeof(why)) < 0) {
        assert(why[0] != '\0');
        return 0;
    }
    assert(transcript->count > 0);
    for (size_t i = 0; i < transcript->count; i++)
        check_call(&transcript->calls[i]);
    st_transcript_free(transcript);
    return 0;
}

#endif
