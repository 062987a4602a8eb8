#include "reply_reader.h"

#include <errno.h>
#include <string.h>

static bool read_range(struct st_aws_reader *reader, struct st_aws_category *all)
{
    struct st_slice key;
    bool is_start;
    double unit_us;
    int64_t start_us = -1, end_us = -1;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key))
        if (!(st_aws_reader_is_time(key, &is_start, &unit_us)
                  ? st_aws_reader_time(reader, unit_us, is_start ? &start_us : &end_us)
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

static bool read_ranges(struct st_aws_reader *reader, struct st_aws_category *all)
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

static bool read_names(struct st_aws_reader *reader)
{
    struct st_aws_reply *reply = reader->reply;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan)) {
        const char *name = NULL;
        if (!st_aws_reader_text(reader, &name))
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
static bool read_details(struct st_aws_reader *reader)
{
    struct st_slice key;
    struct st_aws_reply *reply = reader->reply;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_enter_object(&reader->scan))
        return false;
    while (st_scan_next_member(&reader->scan, &key)) {
        struct st_aws_category found = {st_aws_reader_keep(reader, key), -1, -1};
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
                         const char *name, bool (*read)(struct st_aws_reader *))
{
    struct st_aws_reader reader;
    struct st_slice key;
    size_t kept = reply->text_len;
    int err = st_aws_reader_begin(&reader, reply, data, bytes);
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
