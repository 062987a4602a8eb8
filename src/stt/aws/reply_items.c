#include "reply_reader.h"

#include "sidetone/mem.h"

enum { WORDS_STEP = 64 };

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
static void join_punctuation(struct st_aws_reader *reader, const struct item *item)
{
    if (!reader->is_last_a_word)
        return;
    reader->reply->text_len--;
    st_aws_reader_keep(reader, item->content);
    reader->is_last_a_word = true;
}

static bool take_item(struct st_aws_reader *reader, const struct item *item)
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
    *word = (struct st_word){st_aws_reader_keep(reader, item->content), item->start_us,
                             item->end_us, item->confidence};
    reader->is_last_a_word = true;
    if (word->start_us < 0 || word->end_us < word->start_us ||
        (result->word_count > 1 && word->start_us < word[-1].start_us))
        reader->are_times_bad = true;
    return true;
}

static bool read_item_member(struct st_aws_reader *reader, struct st_slice key, struct item *item)
{
    bool is_start;
    double unit_us;
    struct st_slice type;
    if (st_aws_reader_is_time(key, &is_start, &unit_us))
        return st_aws_reader_time(reader, unit_us, is_start ? &item->start_us : &item->end_us);
    if (st_slice_is(key, "Content"))
        return item->has_content = st_scan_string(&reader->scan, &item->content);
    if (st_slice_is(key, "Confidence"))
        return st_aws_reader_confidence(reader, &item->confidence);
    if (!st_slice_is(key, "Type"))
        return st_scan_skip(&reader->scan);
    if (!st_scan_string(&reader->scan, &type))
        return false;
    item->is_punctuation = st_slice_is(type, "punctuation");
    return true;
}

static bool read_item(struct st_aws_reader *reader)
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

bool st_aws_reader_items(struct st_aws_reader *reader)
{
    reader->reply->result.word_count = 0;
    reader->are_times_bad = reader->is_last_a_word = false;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_enter_array(&reader->scan))
        return false;
    while (st_scan_next_element(&reader->scan))
        if (!read_item(reader))
            return false;
    return true;
}
