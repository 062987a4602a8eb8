/* AssemblyAI's transcript object, with utterances. */
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void read_word(struct input *input)
{
    struct st_word word = {.text = "", .confidence = ST_CONFIDENCE_ABSENT};
    struct st_slice key;
    if (!input_enter_object(input, "a word"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "text"))
            input_text(input, "a word's text", &word.text);
        else if (st_slice_is(key, "start"))
            input_ms(input, "a word's start", &word.start_us);
        else if (st_slice_is(key, "end"))
            input_ms(input, "a word's end", &word.end_us);
        else if (st_slice_is(key, "confidence"))
            input_confidence(input, "a word's confidence", &word.confidence);
        else
            input_skip(input);
    st_build_word(input->build, &word);
}

struct utterance {
    struct st_segment segment;
    const char *speaker; /* "" where null */
    const char *channel;
};

static void read_words(struct input *input, struct st_segment *segment)
{
    input->build->word_count = 0;
    if (!input_enter_array(input, "an utterance's words"))
        return;
    while (input_element(input))
        read_word(input);
    segment->word_times = ST_WORD_TIMES_MEASURED;
}

/* A number where it should be a string does no harm. */
static void read_channel(struct input *input, const char **ret_channel)
{
    static const char *const names[] = {"1", "2"};
    int64_t number;
    if (input_peek(input) == ST_SCAN_NULL) {
        input_skip(input);
    } else if (input_whole(input, "channel", &number)) {
        if (number >= 1 && number <= ST_CHANNELS_MAX)
            *ret_channel = names[number - 1];
        else
            input_fail(input, "channel is neither 1 nor 2: calls have two sides");
    }
}

static void read_utterance_member(struct input *input, struct st_slice key,
                                  struct utterance *utterance)
{
    struct st_segment *segment = &utterance->segment;
    if (st_slice_is(key, "text"))
        input_text(input, "an utterance's text", &segment->text);
    else if (st_slice_is(key, "start"))
        input_ms(input, "an utterance's start", &segment->start_us);
    else if (st_slice_is(key, "end"))
        input_ms(input, "an utterance's end", &segment->end_us);
    else if (st_slice_is(key, "confidence"))
        input_confidence(input, "an utterance's confidence", &segment->confidence);
    else if (st_slice_is(key, "words"))
        read_words(input, segment);
    else if (st_slice_is(key, "speaker"))
        input_text(input, "an utterance's speaker", &utterance->speaker);
    else if (st_slice_is(key, "channel"))
        read_channel(input, &utterance->channel);
    else
        input_skip(input);
}

static void read_utterance(struct input *input, struct st_build_call *call)
{
    struct utterance utterance = {
        .segment = {.text = "", .confidence = ST_CONFIDENCE_ABSENT}, .speaker = "", .channel = ""};
    struct st_slice key;
    unsigned channel;
    input->build->word_count = 0;
    if (!input_enter_object(input, "an utterance"))
        return;
    while (input_member(input, &key))
        read_utterance_member(input, key, &utterance);
    if (input->build->err || utterance.segment.text[0] == '\0')
        return;
    if (utterance.channel[0])
        channel = utterance.channel[0] == '2';
    else if (utterance.speaker[0] == '\0')
        input_fail(input, "an utterance without a speaker or channel");
    else
        st_build_speaker(input->build, call, utterance.speaker, &channel);
    if (!input->build->err)
        st_build_segment(input->build, call, channel, utterance.segment, 0);
}

static void read_utterances(struct input *input, struct st_build_call *call, bool *ret_has_any)
{
    if (input_peek(input) == ST_SCAN_NULL) {
        input_skip(input);
        return;
    }
    *ret_has_any = true;
    if (!input_enter_array(input, "utterances"))
        return;
    while (input_element(input))
        read_utterance(input, call);
}

/* "en_us" as "en-US". */
static void set_language(struct st_call_facts *facts, const char *code)
{
    char tag[16];
    snprintf(tag, sizeof(tag), "%s", code);
    char *region = strchr(tag, '_');
    if (region) {
        *region++ = '-';
        for (; *region; region++)
            if (*region >= 'a' && *region <= 'z')
                *region = (char)(*region - 'a' + 'A');
    }
    st_call_facts_set(&facts->language, tag);
}

static void read_duration(struct input *input, struct st_build_call *call)
{
    double seconds;
    if (input_peek(input) == ST_SCAN_NULL) {
        input_skip(input);
        return;
    }
    if (!input_number(input, "audio_duration", &seconds))
        return;
    if (!(seconds >= 0 && seconds * 1e6 <= (double)ST_TRANSCRIPT_LENGTH_MAX_US)) {
        input_fail(input, "audio_duration is not a time within 48 hours");
        return;
    }
    if ((int64_t)(seconds * 1000) * 1000 > call->duration_us)
        call->duration_us = (int64_t)(seconds * 1000) * 1000;
}

static void read_status(struct input *input)
{
    const char *status;
    if (input_text(input, "status", &status) && status[0] && strcmp(status, "completed") != 0)
        input_fail(input,
                   "status is not \"completed\": there is no transcript yet, or none at all");
}

static bool read_member(struct input *input, struct st_slice key, struct st_build_call *call)
{
    const char *text;
    if (st_slice_is(key, "status"))
        read_status(input);
    else if (st_slice_is(key, "audio_duration"))
        read_duration(input, call);
    else if (st_slice_is(key, "id") && input_text(input, "id", &text))
        st_call_facts_set(&call->facts->call_id, text);
    else if (st_slice_is(key, "language_code") && input_text(input, "language_code", &text))
        set_language(call->facts, text);
    else
        return false;
    return true;
}

static bool read(struct st_transcript_build *build, const char *text, size_t bytes)
{
    struct input input;
    struct st_slice key;
    bool has_utterances = false;
    struct st_build_call *call = st_build_add_call(build);
    input_init(&input, build, text, text, text + bytes);
    if (!call || !input_enter_object(&input, "the transcript"))
        return false;
    st_call_facts_set(&call->facts->dialect, "assemblyai");
    while (input_member(&input, &key))
        if (st_slice_is(key, "utterances"))
            read_utterances(&input, call, &has_utterances);
        else if (!read_member(&input, key, call) && !build->err)
            input_skip(&input);
    if (!input_finish(&input))
        return false;
    return has_utterances ||
           st_build_fail(build, -EBADMSG,
                         "it has no utterances, so nobody knows who says what: transcribe it with "
                         "speaker_labels or multichannel");
}

static bool is_it(const char *text, size_t bytes)
{
    static const struct input_sign spoken[] = {{"utterances", ST_SCAN_ARRAY}};
    static const struct input_sign bare[] = {
        {"id", ST_SCAN_STRING}, {"status", ST_SCAN_STRING}, {"audio_url", ST_SCAN_STRING}};
    return input_has(text, bytes, spoken, 1) || input_has(text, bytes, bare, 3);
}

const struct st_transcript_reader st_transcript_assemblyai = {
    .name = "assemblyai",
    .summary = "AssemblyAI's transcript object, with utterances",
    .is_it = is_it,
    .read = read,
};
