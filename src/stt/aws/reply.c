#include "reply.h"

#include "sidetone/json_scan.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MS_US = 1000, SECOND_US = 1000000, WORDS_STEP = 64, ENTITIES_STEP = 16 };

struct reader {
    struct st_scan scan;
    struct st_aws_reply *reply;
    bool are_times_bad;
    bool is_last_a_word; /* what was written last into the text memory */
};

void st_aws_reply_fini(struct st_aws_reply *reply)
{
    free(reply->text_memory);
    free(reply->word_memory);
    free(reply->entity_memory);
    *reply = (struct st_aws_reply){0};
}

static int begin(struct reader *reader, struct st_aws_reply *reply, const void *data, size_t bytes)
{
    if (bytes > ST_AWS_REPLY_MAX_BYTES)
        return -EPROTO;
    if (bytes >= reply->text_cap) {
        reply->text_cap = bytes + 1;
        free(reply->text_memory);
        reply->text_memory = st_mem_alloc(reply->text_cap);
    }
    reply->text_len = 0;
    *reader = (struct reader){.reply = reply};
    st_scan_init(&reader->scan, data, bytes);
    return 0;
}

/* ---- values ---- */

/* Unescaped, with its NUL, a string is never longer than it was between its quotes with one of
 * them, so all of an event's strings fit memory of the event's size. */
static const char *keep(struct reader *reader, struct st_slice slice)
{
    struct st_aws_reply *reply = reader->reply;
    char *text = reply->text_memory + reply->text_len;
    reply->text_len += st_scan_unescape(slice, text, reply->text_cap - reply->text_len) + 1;
    reader->is_last_a_word = false;
    return text;
}

static bool skip_null(struct reader *reader)
{
    return st_scan_peek(&reader->scan) == ST_SCAN_NULL && st_scan_skip(&reader->scan);
}

static bool read_text(struct reader *reader, const char **ret_text)
{
    struct st_slice slice;
    if (skip_null(reader))
        return true;
    if (!st_scan_string(&reader->scan, &slice))
        return false;
    *ret_text = keep(reader, slice);
    return true;
}

static bool read_bool(struct reader *reader, bool *ret_value)
{
    return skip_null(reader) || st_scan_bool(&reader->scan, ret_value);
}

/* -1 for a time that cannot be right. */
static bool read_time(struct reader *reader, double unit_us, int64_t *ret_us)
{
    double value;
    if (skip_null(reader))
        return true;
    if (!st_scan_number(&reader->scan, &value))
        return false;
    bool is_sane = value >= 0 && value * unit_us <= (double)(reader->reply->sent_us + SECOND_US);
    *ret_us = is_sane ? (int64_t)(value * unit_us + 0.5) : -1;
    return true;
}

static bool read_confidence(struct reader *reader, float *ret_confidence)
{
    double value;
    if (skip_null(reader))
        return true;
    if (!st_scan_number(&reader->scan, &value))
        return false;
    *ret_confidence = value >= 0 && value <= 1 ? (float)value : ST_CONFIDENCE_ABSENT;
    return true;
}

/* "BeginOffsetMillis" of Call Analytics, "StartTime" of the standard operation. */
static bool is_time(struct st_slice key, bool *ret_is_start, double *ret_unit_us)
{
    bool is_start = st_slice_is(key, "StartTime"), is_end = st_slice_is(key, "EndTime");
    *ret_unit_us = is_start || is_end ? SECOND_US : MS_US;
    *ret_is_start = is_start || st_slice_is(key, "BeginOffsetMillis");
    return *ret_is_start || is_end || st_slice_is(key, "EndOffsetMillis");
}

/* ---- items: words and punctuation ---- */

struct item {
    struct st_slice content;
    bool has_content;
    bool is_punctuation;
    int64_t start_us, end_us;
    float confidence;
};

static struct st_word *add_word(struct st_aws_reply *reply)
{
    if (reply->result.word_count == ST_AWS_WORDS_MAX)
        return NULL;
    if (reply->result.word_count == reply->words_cap) {
        reply->words_cap += WORDS_STEP;
        reply->word_memory =
            st_mem_realloc(reply->word_memory, reply->words_cap * sizeof(reply->word_memory[0]));
    }
    return reply->word_memory + reply->result.word_count++;
}

/* Behind the word, over its NUL. */
static void join_punctuation(struct reader *reader, const struct item *item)
{
    if (!reader->is_last_a_word)
        return;
    reader->reply->text_len--;
    keep(reader, item->content);
    reader->is_last_a_word = true;
}

static bool take_item(struct reader *reader, const struct item *item)
{
    const struct st_aws_result *result = &reader->reply->result;
    if (!item->has_content)
        return false;
    if (item->is_punctuation) {
        join_punctuation(reader, item);
        return true;
    }
    struct st_word *word = add_word(reader->reply);
    if (!word)
        return false;
    *word = (struct st_word){keep(reader, item->content), item->start_us, item->end_us,
                             item->confidence};
    reader->is_last_a_word = true;
    if (word->start_us < 0 || word->end_us < word->start_us ||
        (result->word_count > 1 && word->start_us < word[-1].start_us))
        reader->are_times_bad = true;
    return true;
}

static bool read_item_member(struct reader *reader, struct st_slice key, struct item *item)
{
    bool is_start;
    double unit_us;
    struct st_slice type;
    if (is_time(key, &is_start, &unit_us))
        return read_time(reader, unit_us, is_start ? &item->start_us : &item->end_us);
    if (st_slice_is(key, "Content"))
        return item->has_content = st_scan_string(&reader->scan, &item->content);
    if (st_slice_is(key, "Confidence"))
        return read_confidence(reader, &item->confidence);
    if (!st_slice_is(key, "Type"))
        return st_scan_skip(&reader->scan);
    if (!st_scan_string(&reader->scan, &type))
        return false;
    item->is_punctuation = st_slice_is(type, "punctuation");
    return true;
}

static bool read_item(struct reader *reader)
{
    struct st_slice key;
    struct item item = {.start_us = -1, .end_us = -1, .confidence = ST_CONFIDENCE_ABSENT};
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!read_item_member(reader, key, &item))
            return false;
    return take_item(reader, &item);
}

static bool read_items(struct reader *reader)
{
    reader->reply->result.word_count = 0;
    reader->are_times_bad = reader->is_last_a_word = false;
    if (skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan))
        if (!read_item(reader))
            return false;
    return true;
}

/* ---- entities and issues ---- */

static bool read_entity_member(struct reader *reader, struct st_slice key,
                               struct st_aws_entity *entity)
{
    bool is_start;
    double unit_us;
    if (is_time(key, &is_start, &unit_us))
        return read_time(reader, unit_us, is_start ? &entity->start_us : &entity->end_us);
    if (st_slice_is(key, "Type"))
        return read_text(reader, &entity->type);
    if (st_slice_is(key, "Content"))
        return read_text(reader, &entity->content);
    if (st_slice_is(key, "Confidence"))
        return read_confidence(reader, &entity->confidence);
    return st_scan_skip(&reader->scan);
}

static bool read_entity(struct reader *reader)
{
    struct st_slice key;
    struct st_aws_reply *reply = reader->reply;
    struct st_aws_entity entity = {
        .start_us = -1, .end_us = -1, .confidence = ST_CONFIDENCE_ABSENT};
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!read_entity_member(reader, key, &entity))
            return false;
    if (!entity.type || entity.start_us < 0 || entity.end_us < entity.start_us ||
        reply->result.entity_count == ST_AWS_ENTITIES_MAX)
        return true;
    if (reply->result.entity_count == reply->entities_cap) {
        reply->entities_cap += ENTITIES_STEP;
        reply->entity_memory = st_mem_realloc(
            reply->entity_memory, reply->entities_cap * sizeof(reply->entity_memory[0]));
    }
    reply->entity_memory[reply->result.entity_count++] = entity;
    return true;
}

static bool read_entities(struct reader *reader)
{
    reader->reply->result.entity_count = 0;
    if (skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan))
        if (!read_entity(reader))
            return false;
    return true;
}

static bool read_offset(struct reader *reader, uint32_t *ret_offset)
{
    double value;
    if (!st_scan_number(&reader->scan, &value))
        return false;
    *ret_offset = value >= 0 && value < ST_AWS_REPLY_MAX_BYTES ? (uint32_t)value : UINT32_MAX;
    return true;
}

static bool read_span(struct reader *reader, struct st_aws_span *span)
{
    struct st_slice key;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key)) {
        bool is_read = st_slice_is(key, "Begin") ? read_offset(reader, &span->begin)
                       : st_slice_is(key, "End") ? read_offset(reader, &span->end)
                                                 : st_scan_skip(&reader->scan);
        if (!is_read)
            return false;
    }
    return true;
}

static bool read_issue(struct reader *reader)
{
    struct st_slice key;
    struct st_aws_result *result = &reader->reply->result;
    struct st_aws_span span = {UINT32_MAX, UINT32_MAX};
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!(st_slice_is(key, "CharacterOffsets") ? read_span(reader, &span)
                                                   : st_scan_skip(&reader->scan)))
            return false;
    if (span.begin < span.end && span.end != UINT32_MAX && result->issue_count < ST_AWS_ISSUES_MAX)
        result->issues[result->issue_count++] = span;
    return true;
}

static bool read_issues(struct reader *reader)
{
    reader->reply->result.issue_count = 0;
    if (skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan))
        if (!read_issue(reader))
            return false;
    return true;
}

/* ---- results ---- */

static void begin_result(struct reader *reader)
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

static void judge_words(struct reader *reader)
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

static void end_result(struct reader *reader)
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

static bool read_role(struct reader *reader)
{
    struct st_slice role;
    struct st_aws_result *result = &reader->reply->result;
    if (skip_null(reader))
        return true;
    if (!st_scan_string(&reader->scan, &role))
        return false;
    result->role = st_slice_is(role, "AGENT")      ? ST_ROLE_AGENT
                   : st_slice_is(role, "CUSTOMER") ? ST_ROLE_CUSTOMER
                                                   : ST_ROLE_UNKNOWN;
    return true;
}

static bool read_channel(struct reader *reader)
{
    struct st_slice channel;
    if (skip_null(reader))
        return true;
    if (!st_scan_string(&reader->scan, &channel))
        return false;
    reader->reply->result.channel = st_slice_is(channel, "ch_0")   ? 0
                                    : st_slice_is(channel, "ch_1") ? 1
                                                                   : -1;
    return true;
}

/* What both operations have. */
static bool read_common_member(struct reader *reader, struct st_slice key)
{
    bool is_start;
    double unit_us;
    struct st_aws_result *result = &reader->reply->result;
    if (is_time(key, &is_start, &unit_us))
        return read_time(reader, unit_us, is_start ? &result->start_us : &result->end_us);
    if (st_slice_is(key, "IsPartial"))
        return read_bool(reader, &result->is_partial);
    if (st_slice_is(key, "LanguageCode"))
        return read_text(reader, &result->language);
    return st_scan_skip(&reader->scan);
}

static bool read_text_member(struct reader *reader, struct st_slice key, bool *ret_is_known)
{
    *ret_is_known = true;
    if (st_slice_is(key, "Transcript"))
        return read_text(reader, &reader->reply->result.text);
    if (st_slice_is(key, "Items"))
        return read_items(reader);
    if (st_slice_is(key, "Entities"))
        return read_entities(reader);
    *ret_is_known = false;
    return true;
}

static bool read_utterance_member(struct reader *reader, struct st_slice key)
{
    bool is_known;
    struct st_aws_result *result = &reader->reply->result;
    if (!read_text_member(reader, key, &is_known))
        return false;
    if (is_known)
        return true;
    if (st_slice_is(key, "UtteranceId"))
        return read_text(reader, &result->id);
    if (st_slice_is(key, "ParticipantRole"))
        return read_role(reader);
    if (st_slice_is(key, "Sentiment"))
        return read_text(reader, &result->sentiment);
    if (st_slice_is(key, "IssuesDetected"))
        return read_issues(reader);
    return read_common_member(reader, key);
}

int st_aws_reply_utterance(struct st_aws_reply *reply, const void *data, size_t bytes)
{
    struct reader reader;
    struct st_slice key;
    int err = begin(&reader, reply, data, bytes);
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

static bool read_alternative(struct reader *reader)
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

static bool read_alternatives(struct reader *reader)
{
    if (skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    for (bool is_first = true; st_scan_next_element(&reader->scan); is_first = false)
        if (!(is_first ? read_alternative(reader) : st_scan_skip(&reader->scan)))
            return false;
    return true;
}

static bool read_result_member(struct reader *reader, struct st_slice key)
{
    if (st_slice_is(key, "ResultId"))
        return read_text(reader, &reader->reply->result.id);
    if (st_slice_is(key, "ChannelId"))
        return read_channel(reader);
    if (st_slice_is(key, "Alternatives"))
        return read_alternatives(reader);
    return read_common_member(reader, key);
}

static bool read_result(struct reader *reader)
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

static bool read_results(struct reader *reader, struct listener *listener)
{
    if (skip_null(reader))
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

static bool read_member_named(struct reader *reader, const char *name, struct listener *listener,
                              bool (*read)(struct reader *, struct listener *))
{
    struct st_slice key;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!(st_slice_is(key, name) ? read(reader, listener) : st_scan_skip(&reader->scan)))
            return false;
    return true;
}

static bool read_transcript(struct reader *reader, struct listener *listener)
{
    return read_member_named(reader, "Results", listener, read_results);
}

int st_aws_reply_transcript(struct st_aws_reply *reply, const void *data, size_t bytes,
                            int (*tell)(void *user), void *user)
{
    struct reader reader;
    struct listener listener = {tell, user, 0};
    int err = begin(&reader, reply, data, bytes);
    if (err)
        return err;
    bool is_read = read_member_named(&reader, "Transcript", &listener, read_transcript);
    if (listener.err)
        return listener.err;
    return is_read && st_scan_finish(&reader.scan) == 0 ? 0 : -EPROTO;
}

/* ---- categories ---- */

static bool read_range(struct reader *reader, struct st_aws_category *all)
{
    struct st_slice key;
    bool is_start;
    double unit_us;
    int64_t start_us = -1, end_us = -1;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!(is_time(key, &is_start, &unit_us)
                  ? read_time(reader, unit_us, is_start ? &start_us : &end_us)
                  : st_scan_skip(&reader->scan)))
            return false;
    if (start_us < 0 || end_us < start_us)
        return true;
    if (all->start_us < 0 || start_us < all->start_us)
        all->start_us = start_us;
    if (end_us > all->end_us)
        all->end_us = end_us;
    return true;
}

static bool read_ranges(struct reader *reader, struct st_aws_category *all)
{
    struct st_slice key;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key)) {
        if (!st_slice_is(key, "TimestampRanges")) {
            if (!st_scan_skip(&reader->scan))
                return false;
            continue;
        }
        if (!st_scan_enter_array(&reader->scan))
            return false;
        while (st_scan_next_element(&reader->scan))
            if (!read_range(reader, all))
                return false;
    }
    return true;
}

static bool read_names(struct reader *reader)
{
    struct st_aws_reply *reply = reader->reply;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan)) {
        const char *name = NULL;
        if (!read_text(reader, &name))
            return false;
        if (name && reply->category_count < ST_AWS_CATEGORIES_MAX)
            reply->categories[reply->category_count++] = (struct st_aws_category){name, -1, -1};
    }
    return true;
}

static void widen(struct st_aws_category *category, const struct st_aws_category *by)
{
    if (by->start_us < 0)
        return;
    if (category->start_us < 0 || by->start_us < category->start_us)
        category->start_us = by->start_us;
    if (by->end_us > category->end_us)
        category->end_us = by->end_us;
}

/* The details are under the category's name, or under the phrase that matched: then they belong to
 * all of them. */
static bool read_details(struct reader *reader)
{
    struct st_slice key;
    struct st_aws_reply *reply = reader->reply;
    if (skip_null(reader))
        return true;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key)) {
        struct st_aws_category found = {keep(reader, key), -1, -1};
        bool is_named = false;
        if (!read_ranges(reader, &found))
            return false;
        for (size_t i = 0; i < reply->category_count; i++)
            is_named = is_named || strcmp(reply->categories[i].name, found.name) == 0;
        for (size_t i = 0; i < reply->category_count; i++)
            if (!is_named || strcmp(reply->categories[i].name, found.name) == 0)
                widen(&reply->categories[i], &found);
    }
    return true;
}

/* The names first, wherever they stand. */
static int read_category(struct st_aws_reply *reply, const void *data, size_t bytes,
                         const char *name, bool (*read)(struct reader *))
{
    struct reader reader;
    struct st_slice key;
    size_t kept = reply->text_len;
    int err = begin(&reader, reply, data, bytes);
    if (err)
        return err;
    reply->text_len = kept;
    if (!st_scan_enter_object(&reader.scan))
        return -EPROTO;
    while (st_scan_next_member(&reader.scan, &key))
        if (!(st_slice_is(key, name) ? read(&reader) : st_scan_skip(&reader.scan)))
            return -EPROTO;
    return st_scan_finish(&reader.scan) == 0 ? 0 : -EPROTO;
}

int st_aws_reply_category(struct st_aws_reply *reply, const void *data, size_t bytes)
{
    reply->category_count = 0;
    reply->text_len = 0;
    int err = read_category(reply, data, bytes, "MatchedCategories", read_names);
    return err ? err : read_category(reply, data, bytes, "MatchedDetails", read_details);
}

/* ---- exceptions ---- */

void st_aws_reply_message(const void *data, size_t bytes, char *out, size_t out_bytes)
{
    struct st_scan scan;
    struct st_slice key, text = {.data = NULL};
    st_scan_init(&scan, data, bytes);
    bool is_read = st_scan_enter_object(&scan);
    while (is_read && st_scan_next_member(&scan, &key))
        is_read = st_slice_is(key, "Message") || st_slice_is(key, "message")
                      ? st_scan_string(&scan, &text)
                      : st_scan_skip(&scan);
    out[0] = '\0';
    if (!is_read || st_scan_finish(&scan) != 0 || !text.data)
        return;
    st_scan_unescape(text, out, out_bytes);
    for (; *out; out++)
        if ((unsigned char)*out < 0x20 || *out == 0x7f)
            *out = ' ';
}
