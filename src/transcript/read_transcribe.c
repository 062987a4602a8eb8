/* Amazon Transcribe Call Analytics: the document that is written after a call. */
#include "input.h"

#include <errno.h>
#include <string.h>

struct turn {
    struct st_segment segment;
    const char *role;
};

/* Punctuation belongs to the word before it. */
static void append_punctuation(struct st_transcript_build *build, const char *mark)
{
    if (build->word_count == 0)
        return;
    struct st_word *word = &build->words[build->word_count - 1];
    size_t len = strlen(word->text), mark_len = strlen(mark);
    char *text = st_build_text(build, len + mark_len + 1);
    if (!text)
        return;
    memcpy(text, word->text, len);
    memcpy(text + len, mark, mark_len + 1);
    word->text = text;
}

static void read_item(struct input *input)
{
    struct st_word word = {.text = "", .confidence = ST_CONFIDENCE_ABSENT};
    const char *type = "";
    struct st_slice key;
    if (!input_enter_object(input, "an item"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "Content"))
            input_text(input, "an item's Content", &word.text);
        else if (st_slice_is(key, "Type"))
            input_text(input, "an item's Type", &type);
        else if (st_slice_is(key, "BeginOffsetMillis"))
            input_ms(input, "an item's BeginOffsetMillis", &word.start_us);
        else if (st_slice_is(key, "EndOffsetMillis"))
            input_ms(input, "an item's EndOffsetMillis", &word.end_us);
        else if (st_slice_is(key, "Confidence"))
            input_confidence(input, "an item's Confidence", &word.confidence);
        else
            input_skip(input);
    if (input->build->err)
        return;
    if (strcmp(type, "punctuation") == 0)
        append_punctuation(input->build, word.text);
    else
        st_build_word(input->build, &word);
}

static void read_items(struct input *input, struct st_segment *segment)
{
    input->build->word_count = 0;
    if (!input_enter_array(input, "Items"))
        return;
    while (input_element(input))
        read_item(input);
    segment->word_times = ST_WORD_TIMES_MEASURED;
}

static void read_turn_member(struct input *input, struct st_slice key, struct turn *turn)
{
    if (st_slice_is(key, "ParticipantRole"))
        input_text(input, "ParticipantRole", &turn->role);
    else if (st_slice_is(key, "BeginOffsetMillis"))
        input_ms(input, "BeginOffsetMillis", &turn->segment.start_us);
    else if (st_slice_is(key, "EndOffsetMillis"))
        input_ms(input, "EndOffsetMillis", &turn->segment.end_us);
    else if (st_slice_is(key, "Content"))
        input_text(input, "Content", &turn->segment.text);
    else if (st_slice_is(key, "Items"))
        read_items(input, &turn->segment);
    else
        input_skip(input);
}

static void read_turn(struct input *input, struct st_build_call *call)
{
    struct turn turn = {.segment = {.confidence = ST_CONFIDENCE_ABSENT}};
    struct st_slice key;
    unsigned channel;
    input->build->word_count = 0;
    if (!input_enter_object(input, "a turn of Transcript"))
        return;
    while (input_member(input, &key))
        read_turn_member(input, key, &turn);
    if (input->build->err)
        return;
    if (!turn.role || !turn.segment.text) {
        input_fail(input, "a turn of Transcript without ParticipantRole or Content");
        return;
    }
    if (turn.segment.text[0] && st_build_speaker(input->build, call, turn.role, &channel))
        st_build_segment(input->build, call, channel, turn.segment, 0);
}

static void read_turns(struct input *input, struct st_build_call *call)
{
    if (!input_enter_array(input, "Transcript"))
        return;
    while (input_element(input))
        read_turn(input, call);
}

static void read_characteristics(struct input *input, struct st_build_call *call)
{
    struct st_slice key;
    int64_t duration_us = 0;
    if (!input_enter_object(input, "ConversationCharacteristics"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "TotalConversationDurationMillis"))
            input_ms(input, "TotalConversationDurationMillis", &duration_us);
        else
            input_skip(input);
    if (duration_us > call->duration_us)
        call->duration_us = duration_us;
}

static void read_name(struct input *input, const char *name, char **string)
{
    const char *text;
    if (input_text(input, name, &text))
        st_call_facts_set(string, text);
}

static bool read(struct st_transcript_build *build, const char *text, size_t bytes)
{
    struct input input;
    struct st_slice key;
    struct st_build_call *call = st_build_add_call(build);
    input_init(&input, build, text, text, text + bytes);
    if (!call || !input_enter_object(&input, "the document"))
        return false;
    struct st_call_facts *facts = call->facts;
    st_call_facts_set(&facts->dialect, "transcribe");
    while (input_member(&input, &key))
        if (st_slice_is(key, "Transcript"))
            read_turns(&input, call);
        else if (st_slice_is(key, "ConversationCharacteristics"))
            read_characteristics(&input, call);
        else if (st_slice_is(key, "JobName") || st_slice_is(key, "SessionId"))
            read_name(&input, "JobName or SessionId", &facts->call_id);
        else if (st_slice_is(key, "LanguageCode"))
            read_name(&input, "LanguageCode", &facts->language);
        else
            input_skip(&input);
    return input_finish(&input);
}

static bool is_it(const char *text, size_t bytes)
{
    static const struct input_sign signs[] = {{"Transcript", ST_SCAN_ARRAY}};
    return input_has(text, bytes, signs, 1);
}

const struct st_transcript_reader st_transcript_transcribe = {
    .name = "transcribe",
    .summary = "Amazon Transcribe Call Analytics, post-call",
    .is_it = is_it,
    .read = read,
};
