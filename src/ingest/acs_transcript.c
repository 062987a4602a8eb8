#include "acs_transcript.h"

#include "acs_message.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORDS_MAX = 1024,
    WORDS_STEP = 64,
    TICKS_PER_US = 10,
    CHARACTER_US = 65000, /* of speech, where nobody says how long it took */
    SLACK_US = 100000,
};

#define RELATIVE_MAX_TICKS (ST_DIALECT_POSITION_MAX_US * TICKS_PER_US)
/* Of one utterance. A longer one would move the call's clock. */
#define DURATION_MAX_TICKS (INT64_C(600000000) * TICKS_PER_US)
/* The last tick of .NET's calendar; what is left until then was 2.5e18 in 2020, and is so for
 * another century. */
#define LAST_TICK INT64_C(3155378975999999999)
#define REVERSE_MIN_TICKS INT64_C(2450000000000000000)
#define REVERSE_MAX_TICKS INT64_C(2550000000000000000)

struct reader {
    struct st_acs_transcript *transcript;
    int64_t offset, duration; /* -1: none */
    bool has_offset;
    bool has_status;
    const char *wrong; /* NULL: nothing */
};

void st_acs_transcript_fini(struct st_acs_transcript *transcript)
{
    st_spelling_fini(&transcript->spelling);
    free(transcript->words);
    free(transcript->text);
    *transcript = (struct st_acs_transcript){0};
}

/* Unescaped, with its NUL, a string is never longer than it was with one of its quotes, so all of
 * a message's strings fit memory of its size. */
static const char *keep_text(struct st_acs_transcript *transcript, struct st_slice slice)
{
    char *text = transcript->text + transcript->text_len;
    if (!slice.data)
        return "";
    transcript->text_len +=
        st_scan_unescape(slice, text, transcript->text_cap - transcript->text_len) + 1;
    return text;
}

/* ---- words: their times hold ticks until the segment's are known ---- */

static struct st_word *add_word(struct st_acs_transcript *transcript)
{
    size_t count = transcript->segment.word_count;
    if (count == WORDS_MAX)
        return NULL;
    if (count == transcript->words_cap) {
        transcript->words_cap += WORDS_STEP;
        transcript->words =
            st_mem_realloc(transcript->words, transcript->words_cap * sizeof(transcript->words[0]));
    }
    transcript->segment.word_count++;
    return transcript->words + count;
}

static void read_word(struct reader *reader, struct st_scan *scan)
{
    struct st_slice key, text = {0};
    int64_t offset = -1, duration = -1;
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key)) {
        if (st_acs_is(key, "text"))
            st_acs_take_text(scan, &text);
        else if (st_acs_is(key, "offset"))
            st_acs_take_int(scan, &offset);
        else if (st_acs_is(key, "duration"))
            st_acs_take_int(scan, &duration);
        else
            st_scan_skip(scan);
    }
    struct st_word *word = text.data && text.len > 0 ? add_word(reader->transcript) : NULL;
    if (!word)
        return;
    *word = (struct st_word){.text = keep_text(reader->transcript, text),
                             .start_us = offset,
                             .end_us = duration,
                             .confidence = ST_CONFIDENCE_ABSENT};
}

static void read_words(struct reader *reader, struct st_scan *scan)
{
    reader->transcript->segment.word_count = 0;
    if (st_scan_peek(scan) != ST_SCAN_ARRAY) {
        st_scan_skip(scan);
        return;
    }
    st_scan_enter_array(scan);
    while (st_scan_next_element(scan))
        if (st_scan_peek(scan) == ST_SCAN_OBJECT)
            read_word(reader, scan);
        else
            st_scan_skip(scan);
}

/* ---- members ---- */

static void read_status(struct reader *reader, struct st_scan *scan)
{
    struct st_slice status = {0};
    st_acs_take_text(scan, &status);
    bool is_final = status.data && st_acs_is(status, "Final");
    if (!is_final && !(status.data && st_acs_is(status, "Intermediate")))
        reader->wrong = "transcriptionData.resultStatus: must be Intermediate or Final";
    reader->transcript->segment.is_final = is_final;
    reader->has_status = true;
}

static void read_sentiment(struct st_acs_transcript *transcript, struct st_scan *scan)
{
    static const char *const names[] = {"POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED"};
    struct st_slice key, value = {0};
    if (st_scan_peek(scan) != ST_SCAN_OBJECT) {
        st_scan_skip(scan);
        return;
    }
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key))
        if (st_acs_is(key, "sentiment"))
            st_acs_take_text(scan, &value);
        else
            st_scan_skip(scan);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (value.data && st_acs_is(value, names[i]))
            transcript->sentiment = names[i];
}

static void read_language(struct st_acs_transcript *transcript, struct st_scan *scan)
{
    struct st_slice language = {0};
    st_acs_take_text(scan, &language);
    if (language.data && language.len > 0 && language.len < 32)
        transcript->segment.language = keep_text(transcript, language);
}

static void read_confidence(struct st_segment *segment, struct st_scan *scan)
{
    double value;
    if (st_acs_take_number(scan, &value) && value >= 0 && value <= 1)
        segment->confidence = (float)value;
}

static void read_member(struct reader *reader, struct st_scan *scan, struct st_slice key)
{
    struct st_acs_transcript *transcript = reader->transcript;
    struct st_slice text = {0};
    if (st_acs_is(key, "text")) {
        st_acs_take_text(scan, &text);
        transcript->segment.text = text.data ? keep_text(transcript, text) : NULL;
    } else if (st_acs_is(key, "offset")) {
        reader->has_offset = st_acs_take_int(scan, &reader->offset) && reader->offset >= 0 &&
                             reader->offset <= LAST_TICK;
    } else if (st_acs_is(key, "duration")) {
        st_acs_take_int(scan, &reader->duration);
    } else if (st_acs_is(key, "words")) {
        read_words(reader, scan);
    } else if (st_acs_is(key, "confidence")) {
        read_confidence(&transcript->segment, scan);
    } else if (st_acs_is(key, "participantRawID")) {
        st_acs_take_text(scan, &transcript->participant);
    } else if (st_acs_is(key, "resultStatus") || st_acs_is(key, "resultState")) {
        read_status(reader, scan);
    } else if (st_acs_is(key, "sentimentAnalysisResult")) {
        read_sentiment(transcript, scan);
    } else if (st_acs_is(key, "languageIdentified")) {
        read_language(transcript, scan);
    } else {
        st_scan_skip(scan);
    }
}

/* ---- times ---- */

static bool is_reverse(int64_t ticks)
{
    return ticks >= REVERSE_MIN_TICKS && ticks <= REVERSE_MAX_TICKS;
}

static int64_t clock_us(int64_t ticks)
{
    return (is_reverse(ticks) ? LAST_TICK - ticks : ticks) / TICKS_PER_US;
}

static int64_t estimate_us(const char *text)
{
    size_t characters = 0;
    for (; *text; text++)
        characters += ((unsigned char)*text & 0xc0) != 0x80;
    return (int64_t)characters * CHARACTER_US;
}

/* A word's times in place of its ticks, which count from the segment or on the platform's clock.
 * False when they cannot be. */
static bool place_word(const struct st_segment *segment, struct st_word *word)
{
    int64_t ticks = word->start_us, length_us = word->end_us / TICKS_PER_US;
    int64_t room_us = segment->end_us - segment->start_us + SLACK_US;
    if (ticks < 0 || word->end_us < 0 || length_us > room_us)
        return false;
    int64_t since_us = clock_us(ticks) - segment->start_us;
    if (since_us < -SLACK_US && ticks / TICKS_PER_US <= room_us)
        since_us = ticks / TICKS_PER_US;
    if (since_us < -SLACK_US || since_us + length_us > room_us)
        return false;
    word->start_us = segment->start_us + (since_us > 0 ? since_us : 0);
    word->end_us = word->start_us + length_us;
    return true;
}

static bool place_words(struct st_acs_transcript *transcript, size_t count)
{
    const struct st_segment *segment = &transcript->segment;
    bool is_rising = false;
    for (size_t i = 0; i < count; i++) {
        struct st_word *word = transcript->words + i;
        if (!place_word(segment, word) || (i > 0 && word->start_us < word[-1].start_us))
            return false;
        is_rising |= word->start_us > segment->start_us;
    }
    return is_rising || count == 1;
}

/* Words without lengths, as some senders have them: each lasts until the next. */
static void complete_words(struct st_acs_transcript *transcript, int64_t end_ticks)
{
    size_t count = transcript->segment.word_count;
    for (size_t i = 0; i < count; i++) {
        struct st_word *word = transcript->words + i;
        int64_t next = i + 1 < count ? word[1].start_us : end_ticks;
        if (word->end_us < 0 && word->start_us >= 0 && next >= word->start_us &&
            next - word->start_us < RELATIVE_MAX_TICKS && !is_reverse(word->start_us))
            word->end_us = next - word->start_us;
    }
}

static void set_times(struct reader *reader)
{
    struct st_acs_transcript *transcript = reader->transcript;
    struct st_segment *segment = &transcript->segment;
    bool has_length = reader->duration > 0 && reader->duration <= DURATION_MAX_TICKS;
    transcript->is_since_start = reader->offset < RELATIVE_MAX_TICKS;
    segment->start_us = clock_us(reader->offset);
    segment->end_us = segment->start_us +
                      (has_length ? reader->duration / TICKS_PER_US : estimate_us(segment->text));
    complete_words(transcript, reader->offset + (has_length ? reader->duration : 0));
    size_t spoken = segment->is_final ? segment->word_count : 0;
    segment->word_count = 0;
    if (segment->is_final && !place_words(transcript, spoken)) {
        st_spelling_spread(&transcript->spelling, segment);
    } else if (spoken > 0) {
        segment->word_count =
            st_spelling_words(&transcript->spelling, segment->text, transcript->words, spoken);
        segment->words = transcript->spelling.words;
        segment->word_times = ST_WORD_TIMES_MEASURED;
    }
}

/* ---- all of it ---- */

static void start(struct st_acs_transcript *transcript, size_t bytes)
{
    transcript->segment = (struct st_segment){.confidence = ST_CONFIDENCE_ABSENT};
    transcript->participant = (struct st_slice){0};
    transcript->sentiment = NULL;
    transcript->text_len = 0;
    if (bytes >= transcript->text_cap) {
        free(transcript->text);
        transcript->text_cap = bytes + 1;
        transcript->text = st_mem_alloc(transcript->text_cap);
    }
}

const char *st_acs_transcript_read(struct st_acs_transcript *transcript, struct st_scan body,
                                   size_t bytes)
{
    struct reader reader = {.transcript = transcript, .offset = -1, .duration = -1};
    struct st_slice key;
    start(transcript, bytes);
    st_scan_enter_object(&body);
    while (st_scan_next_member(&body, &key))
        read_member(&reader, &body, key);
    if (reader.wrong)
        return reader.wrong;
    if (!reader.has_status)
        return "transcriptionData without a resultStatus";
    if (!transcript->segment.text)
        return "transcriptionData without a text";
    if (!reader.has_offset)
        return "transcriptionData.offset: must be a whole number from 0 on";
    set_times(&reader);
    return NULL;
}
