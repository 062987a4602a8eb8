/*
 * The text is copied with edits: stretches that are replaced, in order of their places. Who wants
 * an edit looks at tokens that no other has taken; capitals come last and move nothing.
 */
#include "transcript_show.h"

#include "disfluency.h"
#include "written_number.h"

#include "sidetone/mem.h"
#include "sidetone/profanity_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { GAP_US = 1500000 };

struct bytes {
    char *data;
    size_t count, cap;
};

struct st_transcript_show {
    struct st_transcript_format format;
    struct st_cleared_segment segment;
    struct bytes text;  /* as shown */
    struct bytes words; /* their texts, each with its NUL */
    struct st_word *items;
    size_t item_cap;
    struct st_shown_edit *edits;
    size_t edit_count, edit_cap;
    size_t copied; /* bytes of the cleared text */
    struct {
        bool is_open; /* the last final had no sentence mark at its end */
        int64_t end_us;
    } channels[ST_CHANNELS_MAX];
};

struct st_transcript_show *st_transcript_show_create(const struct st_transcript_format *format)
{
    if (!format->removes_disfluencies && !format->masks_profanity && !format->writes_digits &&
        !format->begins_sentences)
        return NULL;
    struct st_transcript_show *show = st_mem_alloc(sizeof(*show));
    show->format = *format;
    return show;
}

void st_transcript_show_forget(struct st_transcript_show *show)
{
    if (!show)
        return;
    free(show->text.data);
    free(show->words.data);
    free(show->items);
    free(show->edits);
    show->text = show->words = (struct bytes){.data = NULL};
    show->items = NULL;
    show->edits = NULL;
    show->item_cap = show->edit_cap = 0;
}

void st_transcript_show_destroy(struct st_transcript_show *show)
{
    st_transcript_show_forget(show);
    free(show);
}

/* ---- the text ---- */

static void append(struct bytes *bytes, const char *data, size_t count)
{
    if (bytes->count + count + 1 > bytes->cap) {
        bytes->cap = 2 * (bytes->count + count) + 128;
        bytes->data = st_mem_realloc(bytes->data, bytes->cap);
    }
    memcpy(bytes->data + bytes->count, data, count);
    bytes->count += count;
    bytes->data[bytes->count] = '\0';
}

static void copy_until(struct st_transcript_show *show, const struct st_tokens *tokens, size_t end)
{
    append(&show->text, tokens->text + show->copied, end - show->copied);
    show->copied = end;
}

/* Shows `with` instead of begin … end of the cleared text. */
static void edit(struct st_transcript_show *show, const struct st_tokens *tokens, size_t begin,
                 size_t end, const char *with, size_t bytes)
{
    if (begin < show->copied)
        begin = show->copied;
    if (end <= begin)
        return;
    copy_until(show, tokens, begin);
    if (show->edit_count == show->edit_cap) {
        show->edit_cap = 2 * show->edit_cap + 8;
        show->edits = st_mem_realloc(show->edits, show->edit_cap * sizeof(*show->edits));
    }
    struct st_shown_edit *made = &show->edits[show->edit_count++];
    made->begin = (uint32_t)begin;
    made->end = (uint32_t)end;
    made->shown_begin = (uint32_t)show->text.count;
    append(&show->text, with, bytes);
    made->shown_end = (uint32_t)show->text.count;
    show->copied = end;
}

static void mask(struct st_transcript_show *show, const struct st_tokens *tokens, size_t index)
{
    static const char stars[] = "****************************************************************";
    const struct st_token *token = &tokens->items[index];
    size_t first = token->begin + 1;
    while (first < token->end && (tokens->text[first] & 0xc0) == 0x80)
        first++;
    size_t hidden = st_tokens_chars(tokens->text + first, token->end - first);
    if (hidden > sizeof(stars) - 1)
        hidden = sizeof(stars) - 1;
    edit(show, tokens, first, token->end, stars, hidden);
}

static size_t first_kept(const struct st_tokens *tokens, size_t index)
{
    while (index < tokens->count && st_disfluency_at(tokens, index))
        index++;
    return index;
}

/* Leaves out tokens from `index` on; returns the next that stays. A sentence mark behind them goes
 * to the word before, a capital in front to the word behind. */
static size_t leave_out(struct st_transcript_show *show, const struct st_tokens *tokens,
                        size_t index)
{
    size_t next = index;
    bool ends = false;
    while (next < tokens->count && !ends && st_disfluency_at(tokens, next)) {
        ends = (tokens->items[next].marks & ST_TOKEN_ENDS) != 0;
        next++;
    }
    const struct st_token *first = &tokens->items[index], *last = &tokens->items[next - 1];
    bool is_first = index == 0 || (tokens->items[index - 1].marks & ST_TOKEN_ENDS);
    if ((ends || next == tokens->count) && !is_first) {
        edit(show, tokens, tokens->items[index - 1].end, last->end, "", 0);
        return next;
    }
    if (next == tokens->count) {
        edit(show, tokens, first->begin, last->end + strcspn(tokens->text + last->end, " "), "", 0);
        return next;
    }
    edit(show, tokens, first->begin, tokens->items[next].begin, "", 0);
    char letter = tokens->text[tokens->items[next].begin];
    if (is_first && isupper((unsigned char)tokens->text[first->begin]) &&
        islower((unsigned char)letter)) {
        letter = (char)toupper((unsigned char)letter);
        show->edits[show->edit_count - 1].end++;
        show->edits[show->edit_count - 1].shown_end++;
        append(&show->text, &letter, 1);
        show->copied++;
    }
    return next;
}

static size_t write_digits(struct st_transcript_show *show, const struct st_tokens *tokens,
                           size_t index)
{
    char digits[ST_WRITTEN_NUMBER_BYTES];
    size_t used = st_written_number_read(tokens, index, digits);
    if (used == 0)
        return 0;
    const struct st_token *last = &tokens->items[index + used - 1];
    bool has_point = tokens->text[last->end] == '.' && !(last->marks & ST_TOKEN_ENDS); /* p.m. */
    edit(show, tokens, tokens->items[index].begin, last->end + has_point, digits, strlen(digits));
    return used;
}

static void write_text(struct st_transcript_show *show, const struct st_tokens *tokens,
                       const struct st_profanity_list *list)
{
    const struct st_transcript_format *format = &show->format;
    bool removes = format->removes_disfluencies && first_kept(tokens, 0) < tokens->count;
    for (size_t i = 0; i < tokens->count;) {
        size_t used = 0;
        if (removes && st_disfluency_at(tokens, i)) {
            i = leave_out(show, tokens, i);
            continue;
        }
        if (format->writes_digits)
            used = write_digits(show, tokens, i);
        if (used == 0 && format->masks_profanity && list &&
            st_profanity_list_has(list, st_token_text(tokens, i), tokens->items[i].bytes))
            mask(show, tokens, i);
        i += used > 0 ? used : 1;
    }
    copy_until(show, tokens, show->copied + strlen(tokens->text + show->copied));
}

/* ---- capitals ---- */

static bool is_all_capitals(const char *text)
{
    unsigned capitals = 0;
    for (; *text; text++) {
        if (*text == '[')
            text += strcspn(text, "]");
        if (*text == '\0' || islower((unsigned char)*text))
            return *text == '\0' && capitals > 3;
        capitals += isupper((unsigned char)*text) != 0;
    }
    return capitals > 3;
}

static bool is_i(const char *text, size_t at)
{
    bool begins = at == 0 || !(isalnum((unsigned char)text[at - 1]) || text[at - 1] == '\'' ||
                               text[at - 1] == '-' || (unsigned char)text[at - 1] >= 0x80);
    char next = text[at + 1];
    return begins && text[at] == 'i' &&
           !(isalnum((unsigned char)next) || next == '-' || (unsigned char)next >= 0x80);
}

/* Changes letters of ASCII in place: nothing moves. */
static void write_capitals(char *text, bool begins)
{
    bool is_lowered = is_all_capitals(text);
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '[') {
            i += strcspn(text + i, "]");
            begins = false;
            if (!text[i])
                return;
            continue;
        }
        if (is_lowered)
            text[i] = (char)tolower(c);
        if ((begins && islower((unsigned char)text[i])) || is_i(text, i))
            text[i] = (char)toupper((unsigned char)text[i]);
        if (isalnum(c) || c >= 0x80)
            begins = false;
        else if (strchr(".?!", c) && (text[i + 1] == ' ' || text[i + 1] == '\0'))
            begins = true;
    }
}

static bool begins_sentence(struct st_transcript_show *show, unsigned channel,
                            const struct st_tokens *tokens, bool is_final)
{
    bool goes_on = show->channels[channel].is_open && tokens->is_punctuated &&
                   tokens->start_us - show->channels[channel].end_us <= GAP_US;
    if (is_final) {
        show->channels[channel].is_open =
            tokens->count > 0 && !(tokens->items[tokens->count - 1].marks & ST_TOKEN_ENDS);
        show->channels[channel].end_us = tokens->end_us;
    }
    return !goes_on;
}

/* ---- the words ---- */

/* Room for every word and its NUL: what points to them may not move. */
static void make_room(struct st_transcript_show *show, size_t count)
{
    size_t bytes = show->text.count + count + 1;
    if (bytes > show->words.cap) {
        show->words.data = st_mem_realloc(show->words.data, bytes);
        show->words.cap = bytes;
    }
    if (count > show->item_cap) {
        show->items = st_mem_realloc(show->items, count * sizeof(*show->items));
        show->item_cap = count;
    }
    show->words.count = 0;
}

static char *put_text(struct st_transcript_show *show, const char *text, size_t bytes)
{
    char *place = show->words.data + show->words.count;
    memcpy(place, text, bytes);
    place[bytes] = '\0';
    show->words.count += bytes + 1;
    return place;
}

static void add_to_last(struct st_transcript_show *show, const char *text, size_t bytes)
{
    show->words.count--;
    put_text(show, text, bytes);
}

static void reach_over(struct st_word *last, const struct st_word *word)
{
    if (word->end_us > last->end_us)
        last->end_us = word->end_us;
    if (word->confidence < last->confidence)
        last->confidence = word->confidence;
}

static bool is_mark(const char *text, size_t bytes)
{
    return strspn(text, ".?!,;:") >= bytes;
}

/* Words that are not shown are left out; those that became one are one; a mark that outlives its
 * word goes to the word before. */
static void write_words(struct st_transcript_show *show, const struct st_shown *shown)
{
    struct st_segment *segment = &show->segment.segment;
    size_t at = 0, count = 0, end = 0;
    make_room(show, segment->word_count);
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = &segment->words[i];
        size_t length = strlen(word->text);
        at += strspn(segment->text + at, " ");
        struct st_shown_range range = st_shown_range(shown, at, at + length);
        at += length;
        if (range.begin == range.end)
            continue;
        const char *text = shown->text + range.begin;
        size_t bytes = range.end - range.begin;
        if (count > 0 && range.begin < end) {
            reach_over(&show->items[count - 1], word);
            if (range.end > end)
                add_to_last(show, shown->text + end, range.end - end);
        } else if (is_mark(text, bytes) && !is_mark(word->text, length)) {
            if (count > 0)
                add_to_last(show, text, bytes);
        } else {
            show->items[count] = *word;
            show->items[count++].text = put_text(show, text, bytes);
        }
        end = range.end > end ? range.end : end;
    }
    segment->words = show->items;
    segment->word_count = count;
}

static bool is_aligned(const struct st_segment *segment)
{
    size_t at = 0;
    for (size_t i = 0; i < segment->word_count; i++) {
        size_t length = strlen(segment->words[i].text);
        at += strspn(segment->text + at, " ");
        if (strncmp(segment->text + at, segment->words[i].text, length) != 0)
            return false;
        at += length;
    }
    return true;
}

static void show_words(struct st_transcript_show *show, const struct st_shown *shown)
{
    struct st_segment *segment = &show->segment.segment;
    if (segment->word_count > 0 && is_aligned(segment)) {
        write_words(show, shown);
    } else if (segment->word_count > 0) {
        segment->words = NULL;
        segment->word_count = 0;
        segment->word_times = ST_WORD_TIMES_NONE;
    }
    segment->text = shown->text;
}

const struct st_cleared_segment *
st_transcript_show_put(struct st_transcript_show *show, unsigned channel,
                       const struct st_cleared_segment *segment, const struct st_tokens *tokens,
                       const struct st_profanity_list *list, struct st_shown *ret_shown)
{
    const struct st_segment *cleared = &segment->segment;
    *ret_shown = (struct st_shown){.text = cleared->text};
    if (!show || cleared->text[0] == '\0')
        return segment;
    show->text.count = show->edit_count = show->copied = 0;
    write_text(show, tokens, list);
    if (show->format.begins_sentences)
        write_capitals(show->text.data, begins_sentence(show, channel, tokens, cleared->is_final));
    if (show->edit_count == 0 && strcmp(show->text.data, cleared->text) == 0)
        return segment;
    *ret_shown =
        (struct st_shown){.text = show->text.data, .edits = show->edits, .count = show->edit_count};
    show->segment = *segment;
    show_words(show, ret_shown);
    return &show->segment;
}
