#include "reply_reader.h"

#include "sidetone/mem.h"

enum { ENTITIES_STEP = 16 };

static bool read_entity_member(struct st_aws_reader *reader, struct st_slice key,
                               struct st_aws_entity *entity)
{
    bool is_start;
    double unit_us;
    if (st_aws_reader_is_time(key, &is_start, &unit_us))
        return st_aws_reader_time(reader, unit_us, is_start ? &entity->start_us : &entity->end_us);
    if (st_slice_is(key, "Type"))
        return st_aws_reader_text(reader, &entity->type);
    if (st_slice_is(key, "Content"))
        return st_aws_reader_text(reader, &entity->content);
    if (st_slice_is(key, "Confidence"))
        return st_aws_reader_confidence(reader, &entity->confidence);
    return st_scan_skip(&reader->scan);
}

static bool read_entity(struct st_aws_reader *reader)
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

bool st_aws_reader_entities(struct st_aws_reader *reader)
{
    reader->reply->result.entity_count = 0;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan))
        if (!read_entity(reader))
            return false;
    return true;
}

static bool read_offset(struct st_aws_reader *reader, uint32_t *ret_offset)
{
    double value;
    if (!st_scan_number(&reader->scan, &value))
        return false;
    *ret_offset = value >= 0 && value < ST_AWS_REPLY_MAX_BYTES ? (uint32_t)value : UINT32_MAX;
    return true;
}

static bool read_span(struct st_aws_reader *reader, struct st_aws_span *span)
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

static bool read_issue(struct st_aws_reader *reader)
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

bool st_aws_reader_issues(struct st_aws_reader *reader)
{
    reader->reply->result.issue_count = 0;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan))
        if (!read_issue(reader))
            return false;
    return true;
}
