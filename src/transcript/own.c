#include "own.h"

#include <errno.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 64, ATTRIBUTE_NAME_BYTES = 256 };

/* ---- facts ---- */

static bool read_string(struct input *input, const char *name, char **string)
{
    const char *text;
    if (!input_text(input, name, &text))
        return false;
    st_call_facts_set(string, text);
    return true;
}

static void read_agent(struct input *input, struct st_call_facts *facts)
{
    struct st_slice key;
    if (!input_enter_object(input, "agent"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "id"))
            read_string(input, "the agent's id", &facts->agent_id);
        else if (st_slice_is(key, "name"))
            read_string(input, "the agent's name", &facts->agent_name);
        else
            input_skip(input);
}

static void read_engine(struct input *input, struct st_call_facts *facts)
{
    struct st_slice key;
    if (!input_enter_object(input, "engine"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "name"))
            input_text(input, "the engine's name", &facts->engine);
        else if (st_slice_is(key, "quality"))
            input_text(input, "the engine's quality", &facts->engine_quality);
        else
            input_skip(input);
}

static bool read_role(struct input *input, enum st_role *ret_role)
{
    const char *name;
    if (!input_text(input, "role", &name))
        return false;
    for (enum st_role role = ST_ROLE_UNKNOWN; role <= ST_ROLE_CUSTOMER; role++)
        if (strcmp(st_role_name(role), name) == 0) {
            *ret_role = role;
            return true;
        }
    return input_fail(input, "the role is none of agent, customer and unknown");
}

static bool read_channel(struct input *input, unsigned *ret_channel)
{
    int64_t channel;
    if (!input_whole(input, "channel", &channel))
        return false;
    if (channel < 0 || channel >= ST_CHANNELS_MAX)
        return input_fail(input, "channel is neither 0 nor 1");
    *ret_channel = (unsigned)channel;
    return true;
}

static void read_channel_role(struct input *input, const struct st_transcript_options *options,
                              struct st_call_facts *facts)
{
    struct st_slice key;
    unsigned channel = ST_CHANNELS_MAX;
    enum st_role role = ST_ROLE_UNKNOWN;
    if (!input_enter_object(input, "a channel"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "channel"))
            read_channel(input, &channel);
        else if (st_slice_is(key, "role"))
            read_role(input, &role);
        else
            input_skip(input);
    if (channel < ST_CHANNELS_MAX && !options->roles[channel])
        facts->roles[channel] = role;
}

static void read_channels(struct input *input, struct st_call_facts *facts)
{
    if (!input_enter_array(input, "channels"))
        return;
    while (input_element(input))
        read_channel_role(input, input->build->options, facts);
}

static void read_attributes(struct input *input, struct st_call_facts *facts)
{
    struct st_slice key;
    const char *value;
    char name[ATTRIBUTE_NAME_BYTES];
    if (!input_enter_object(input, "attributes"))
        return;
    while (input_member(input, &key)) {
        st_scan_unescape(key, name, sizeof(name));
        if (!input_text(input, "an attribute", &value))
            return;
        if (facts->attribute_count == ATTRIBUTES_MAX) {
            input_fail(input, "more than 64 attributes");
            return;
        }
        st_build_set_attribute(facts, name, value);
    }
}

bool own_is_fact(struct st_slice key)
{
    static const char *const keys[] = {
        "call_id",  "tenant", "route",  "dialect",  "queue",      "caller",
        "language", "agent",  "engine", "channels", "attributes", "started_unix_ms",
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (st_slice_is(key, keys[i]))
            return true;
    return false;
}

bool own_read_fact(struct input *input, struct st_slice key, struct st_call_facts *facts)
{
    struct {
        const char *key;
        char **string;
    } strings[] = {
        {"call_id", &facts->call_id},   {"tenant", &facts->tenant}, {"route", &facts->route},
        {"dialect", &facts->dialect},   {"queue", &facts->queue},   {"caller", &facts->caller},
        {"language", &facts->language},
    };
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        if (st_slice_is(key, strings[i].key)) {
            read_string(input, strings[i].key, strings[i].string);
            return true;
        }
    if (st_slice_is(key, "agent"))
        read_agent(input, facts);
    else if (st_slice_is(key, "engine"))
        read_engine(input, facts);
    else if (st_slice_is(key, "channels"))
        read_channels(input, facts);
    else if (st_slice_is(key, "attributes"))
        read_attributes(input, facts);
    else if (st_slice_is(key, "started_unix_ms"))
        input_whole(input, "started_unix_ms", &facts->started_unix_ms);
    else
        return false;
    return true;
}

/* ---- segments ---- */

static void read_word(struct input *input)
{
    struct st_word word = {.text = "", .confidence = ST_CONFIDENCE_ABSENT};
    struct st_slice key;
    if (!input_enter_object(input, "a word"))
        return;
    while (input_member(input, &key))
        if (st_slice_is(key, "text"))
            input_text(input, "a word's text", &word.text);
        else if (st_slice_is(key, "start_ms"))
            input_ms(input, "a word's start_ms", &word.start_us);
        else if (st_slice_is(key, "end_ms"))
            input_ms(input, "a word's end_ms", &word.end_us);
        else if (st_slice_is(key, "confidence"))
            input_confidence(input, "a word's confidence", &word.confidence);
        else
            input_skip(input);
    st_build_word(input->build, &word);
}

static void read_words(struct input *input)
{
    input->build->word_count = 0;
    if (!input_enter_array(input, "words"))
        return;
    while (input_element(input))
        read_word(input);
}

static void read_word_times(struct input *input, enum st_word_times *ret_times)
{
    static const char *const names[] = {"none", "estimated", "measured"};
    const char *name;
    if (!input_text(input, "word_times", &name))
        return;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0) {
            *ret_times = (enum st_word_times)i;
            return;
        }
    input_fail(input, "word_times is none of none, estimated and measured");
}

struct line {
    struct st_segment segment;
    int64_t id, seq;
    unsigned channel;
    enum st_role role;
};

static bool read_times(struct input *input, struct st_slice key, struct st_segment *segment)
{
    if (st_slice_is(key, "start_ms"))
        input_ms(input, "start_ms", &segment->start_us);
    else if (st_slice_is(key, "end_ms"))
        input_ms(input, "end_ms", &segment->end_us);
    else if (st_slice_is(key, "word_times"))
        read_word_times(input, &segment->word_times);
    else if (st_slice_is(key, "words"))
        read_words(input);
    else
        return false;
    return true;
}

static void read_line_member(struct input *input, struct st_slice key, struct line *line)
{
    struct st_segment *segment = &line->segment;
    if (read_times(input, key, segment))
        return;
    if (st_slice_is(key, "text"))
        input_text(input, "text", &segment->text);
    else if (st_slice_is(key, "confidence"))
        input_confidence(input, "confidence", &segment->confidence);
    else if (st_slice_is(key, "unsure"))
        input_bool(input, "unsure", &segment->is_unsure);
    else if (st_slice_is(key, "id"))
        input_whole(input, "id", &line->id);
    else if (st_slice_is(key, "seq"))
        input_whole(input, "seq", &line->seq);
    else if (st_slice_is(key, "channel"))
        read_channel(input, &line->channel);
    else if (st_slice_is(key, "role"))
        read_role(input, &line->role);
    else
        input_skip(input);
}

static void check_line(struct input *input, const struct line *line)
{
    if (line->channel == ST_CHANNELS_MAX)
        input_fail(input, "a segment without a channel");
    else if (!line->segment.text)
        input_fail(input, "a segment without a text");
    else if (line->id < 0 || line->seq < 0)
        input_fail(input, "a segment's id and seq are not below 0");
}

/* Where the call's facts are not told, or have changed since. */
static void keep_role(struct st_transcript_build *build, struct st_build_call *call,
                      const struct line *line)
{
    if (line->role && line->role != call->facts->roles[line->channel] &&
        !build->options->roles[line->channel])
        st_build_facts(build, call)->roles[line->channel] = line->role;
}

void own_read_segment(struct input *input, struct st_build_call *call, int64_t seq)
{
    struct line line = {.channel = ST_CHANNELS_MAX,
                        .segment = {.confidence = ST_CONFIDENCE_ABSENT}};
    struct st_slice key;
    input->build->word_count = 0;
    if (!input_enter_object(input, "a segment"))
        return;
    while (input_member(input, &key))
        read_line_member(input, key, &line);
    check_line(input, &line);
    if (input->build->err || line.segment.text[0] == '\0')
        return;
    line.segment.id = (uint64_t)line.id;
    if (seq > 0)
        line.seq = seq;
    keep_role(input->build, call, &line);
    st_build_segment(input->build, call, line.channel, line.segment, (uint64_t)line.seq);
}
