#include "reply_reader.h"

#include <errno.h>
#include <stdlib.h>

void st_aws_reply_fini(struct st_aws_reply *reply)
{
    free(reply->text_memory);
    free(reply->word_memory);
    free(reply->entity_memory);
    *reply = (struct st_aws_reply){0};
}

static void begin_result(struct st_aws_reader *reader)
{
    reader->reply->result = (struct st_aws_result){.id = "",
                                                   .channel = -1,
                                                   .start_us = -1,
                                                   .end_us = -1,
                                                   .text = "",
                                                   .confidence = ST_CONFIDENCE_ABSENT};
    reader->are_times_bad = false;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void judge_words(struct st_aws_reader *reader)
{
    struct st_aws_result *result = &reader->reply->result;
    const struct st_word *words = reader->reply->word_memory;
    float sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < result->word_count; i++) {
        known += words[i].confidence >= 0;
        sum += words[i].confidence;
    }
    if (known > 0 && known == result->word_count)
        result->confidence = sum / (float)known;
    if (reader->are_times_bad || result->is_partial)
        result->word_count = 0;
    result->words = words;
}

static void end_result(struct st_aws_reader *reader)
{
    struct st_aws_result *result = &reader->reply->result;
    size_t length = result->issue_count > 0 ? characters(result->text) : 0;
    judge_words(reader);
    result->entities = reader->reply->entity_memory;
    if (result->end_us < result->start_us)
        result->start_us = result->end_us = -1;
    for (size_t i = 0; i < result->issue_count;) {
        if (result->issues[i].end <= length)
            i++;
        else
            result->issues[i] = result->issues[--result->issue_count];
    }
}

static bool read_role(struct st_aws_reader *reader)
{
    struct st_slice role;
    struct st_aws_result *result = &reader->reply->result;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_string(&reader->scan, &role))
        return false;
    result->role = st_slice_is(role, "AGENT")      ? ST_ROLE_AGENT
                   : st_slice_is(role, "CUSTOMER") ? ST_ROLE_CUSTOMER
                                                   : ST_ROLE_UNKNOWN;
    return true;
}

static bool read_channel(struct st_aws_reader *reader)
{
    struct st_slice channel;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_string(&reader->scan, &channel))
        return false;
    reader->reply->result.channel = st_slice_is(channel, "ch_0")   ? 0
                                    : st_slice_is(channel, "ch_1") ? 1
                                                                   : -1;
    return true;
}

/* What both operations have. */
static bool read_common_member(struct st_aws_reader *reader, struct st_slice key)
{
    bool is_start;
    double unit_us;
    struct st_aws_result *result = &reader->reply->result;
    if (st_aws_reader_is_time(key, &is_start, &unit_us))
        return st_aws_reader_time(reader, unit_us, is_start ? &result->start_us : &result->end_us);
    if (st_slice_is(key, "IsPartial"))
        return st_aws_reader_bool(reader, &result->is_partial);
    if (st_slice_is(key, "LanguageCode"))
        return st_aws_reader_text(reader, &result->language);
    return st_scan_skip(&reader->scan);
}

static bool read_text_member(struct st_aws_reader *reader, struct st_slice key, bool *ret_is_known)
{
    *ret_is_known = true;
    if (st_slice_is(key, "Transcript"))
        return st_aws_reader_text(reader, &reader->reply->result.text);
    if (st_slice_is(key, "Items"))
        return st_aws_reader_items(reader);
    if (st_slice_is(key, "Entities"))
        return st_aws_reader_entities(reader);
    *ret_is_known = false;
    return true;
}

static bool read_utterance_member(struct st_aws_reader *reader, struct st_slice key)
{
    bool is_known;
    struct st_aws_result *result = &reader->reply->result;
    if (!read_text_member(reader, key, &is_known))
        return false;
    if (is_known)
        return true;
    if (st_slice_is(key, "UtteranceId"))
        return st_aws_reader_text(reader, &result->id);
    if (st_slice_is(key, "ParticipantRole"))
        return read_role(reader);
    if (st_slice_is(key, "Sentiment"))
        return st_aws_reader_text(reader, &result->sentiment);
    if (st_slice_is(key, "IssuesDetected"))
        return st_aws_reader_issues(reader);
    return read_common_member(reader, key);
}

int st_aws_reply_utterance(struct st_aws_reply *reply, const void *data, size_t bytes)
{
    struct st_aws_reader reader;
    struct st_slice key;
    int err = st_aws_reader_begin(&reader, reply, data, bytes);
    if (err)
        return err;
    begin_result(&reader);
    if (!st_scan_enter_object(&reader.scan))
        return -EPROTO;
    while (st_scan_next_member(&reader.scan, &key))
        if (!read_utterance_member(&reader, key))
            return -EPROTO;
    if (st_scan_finish(&reader.scan) != 0)
        return -EPROTO;
    end_result(&reader);
    return 0;
}

static bool read_alternative(struct st_aws_reader *reader)
{
    bool is_known;
    struct st_slice key;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!read_text_member(reader, key, &is_known) ||
            (!is_known && !st_scan_skip(&reader->scan)))
            return false;
    return true;
}

static bool read_alternatives(struct st_aws_reader *reader)
{
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    for (bool is_first = true; st_scan_next_element(&reader->scan); is_first = false)
        if (!(is_first ? read_alternative(reader) : st_scan_skip(&reader->scan)))
            return false;
    return true;
}

static bool read_result_member(struct st_aws_reader *reader, struct st_slice key)
{
    if (st_slice_is(key, "ResultId"))
        return st_aws_reader_text(reader, &reader->reply->result.id);
    if (st_slice_is(key, "ChannelId"))
        return read_channel(reader);
    if (st_slice_is(key, "Alternatives"))
        return read_alternatives(reader);
    return read_common_member(reader, key);
}

static bool read_result(struct st_aws_reader *reader)
{
    struct st_slice key;
    begin_result(reader);
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!read_result_member(reader, key))
            return false;
    end_result(reader);
    return true;
}

struct listener {
    int (*tell)(void *user);
    void *user;
    int err;
};

static bool read_results(struct st_aws_reader *reader, struct listener *listener)
{
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan)) {
        if (!read_result(reader))
            return false;
        listener->err = listener->tell(listener->user);
        if (listener->err)
            return false;
    }
    return true;
}

static bool read_member_named(struct st_aws_reader *reader, const char *name,
                              struct listener *listener,
                              bool (*read)(struct st_aws_reader *, struct listener *))
{
    struct st_slice key;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!(st_slice_is(key, name) ? read(reader, listener) : st_scan_skip(&reader->scan)))
            return false;
    return true;
}

static bool read_transcript(struct st_aws_reader *reader, struct listener *listener)
{
    return read_member_named(reader, "Results", listener, read_results);
}

int st_aws_reply_transcript(struct st_aws_reply *reply, const void *data, size_t bytes,
                            int (*tell)(void *user), void *user)
{
    struct st_aws_reader reader;
    struct listener listener = {tell, user, 0};
    int err = st_aws_reader_begin(&reader, reply, data, bytes);
    if (err)
        return err;
    bool is_read = read_member_named(&reader, "Transcript", &listener, read_transcript);
    if (listener.err)
        return listener.err;
    return is_read && st_scan_finish(&reader.scan) == 0 ? 0 : -EPROTO;
}
