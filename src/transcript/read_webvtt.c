/*
 * WebVTT (W3C) with voice tags: `<v Sarah>How can I help?</v>`.
 *
 * Of a cue's text only voices, characters and entities count. A cue in which several people speak
 * is shared out between them in proportion to what each says. What stands before the first voice
 * of a cue is its first voice's; styles, regions and notes are passed over.
 */
#include "build.h"

#include "sidetone/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { VOICE_BYTES_MAX = 128, PARTS_MAX = 64 };

struct reader {
    struct st_transcript_build *build;
    struct st_build_call *call;
    const char *at, *end;
    unsigned line; /* of the text before `at` */
};

struct text_line {
    const char *data;
    size_t len; /* bytes, without the line's end */
};

/* What one person says in a cue: all of them in one piece of memory, one behind the other. */
struct part {
    const char *voice;
    char *text;
    size_t len;
};

struct cue {
    unsigned line;
    int64_t start_us, end_us;
    char *text; /* room for all parts */
    struct part parts[PARTS_MAX];
    size_t count;
};

static bool fail(struct reader *reader, unsigned line, const char *what)
{
    return st_build_fail(reader->build, -EBADMSG, "line %u: %s", line, what);
}

/* ---- lines ---- */

static bool next_line(struct reader *reader, struct text_line *ret_line)
{
    if (reader->at == reader->end)
        return false;
    const char *at = reader->at;
    while (at < reader->end && *at != '\n' && *at != '\r')
        at++;
    *ret_line = (struct text_line){reader->at, (size_t)(at - reader->at)};
    if (at < reader->end && *at == '\r' && at + 1 < reader->end && at[1] == '\n')
        at++;
    reader->at = at < reader->end ? at + 1 : at;
    reader->line++;
    return true;
}

static bool has_arrow(const struct text_line *line)
{
    return memmem(line->data, line->len, "-->", 3) != NULL;
}

static void skip_block(struct reader *reader)
{
    struct text_line line;
    while (next_line(reader, &line) && line.len > 0)
        ;
}

/* ---- times ---- */

static bool read_digits(const char **at, const char *end, int digits_min, int digits_max,
                        int64_t *ret_value)
{
    int digits = 0;
    int64_t value = 0;
    while (*at < end && **at >= '0' && **at <= '9' && digits < digits_max) {
        value = value * 10 + (**at - '0');
        (*at)++;
        digits++;
    }
    *ret_value = value;
    return digits >= digits_min;
}

static bool read_char(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return false;
    (*at)++;
    return true;
}

/* "mm:ss.ttt" or "hh:mm:ss.ttt". */
static bool read_time(const char **at, const char *end, int64_t *ret_us)
{
    int64_t hours = 0, minutes, seconds, ms;
    if (!read_digits(at, end, 2, 4, &minutes) || !read_char(at, end, ':') ||
        !read_digits(at, end, 2, 2, &seconds))
        return false;
    if (read_char(at, end, ':')) {
        hours = minutes;
        minutes = seconds;
        if (!read_digits(at, end, 2, 2, &seconds))
            return false;
    }
    if (!read_char(at, end, '.') || !read_digits(at, end, 3, 3, &ms) || minutes > 59 ||
        seconds > 59)
        return false;
    *ret_us = (((hours * 60 + minutes) * 60 + seconds) * 1000 + ms) * 1000;
    return *ret_us <= ST_TRANSCRIPT_LENGTH_MAX_US;
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
}

static bool read_timing(struct reader *reader, const struct text_line *line, struct cue *cue)
{
    const char *at = line->data, *end = line->data + line->len;
    skip_blanks(&at, end);
    bool is_good = read_time(&at, end, &cue->start_us);
    skip_blanks(&at, end);
    is_good =
        is_good && read_char(&at, end, '-') && read_char(&at, end, '-') && read_char(&at, end, '>');
    skip_blanks(&at, end);
    is_good =
        is_good && read_time(&at, end, &cue->end_us) && (at == end || *at == ' ' || *at == '\t');
    return is_good || fail(reader, reader->line,
                           "these are no times like 00:01:02.345 --> 00:01:04.000 (within 48 "
                           "hours)");
}

/* ---- text ---- */

static const char *copy(struct reader *reader, const char *data, size_t len)
{
    char *text = st_build_text(reader->build, len + 1);
    if (!text)
        return "";
    memcpy(text, data, len);
    text[len] = '\0';
    return text;
}

static bool add_part(struct reader *reader, struct cue *cue, const char *voice)
{
    if (cue->count == PARTS_MAX)
        return fail(reader, cue->line, "more than 64 voices in one cue");
    struct part *part = &cue->parts[cue->count];
    *part = (struct part){.voice = voice, .text = cue->text};
    if (cue->count > 0)
        part->text = part[-1].text + part[-1].len + 1;
    part->text[0] = '\0';
    cue->count++;
    return true;
}

/* "v.loud Sarah Miller": what follows the first blank. */
static bool read_voice(struct reader *reader, struct cue *cue, const char *tag, size_t len)
{
    const char *at = memchr(tag, ' ', len), *end = tag + len;
    if (!at)
        at = memchr(tag, '\t', len);
    if (at)
        skip_blanks(&at, end);
    while (at && end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (!at || at == end || (size_t)(end - at) > VOICE_BYTES_MAX)
        return fail(reader, cue->line, "a voice tag has a name of 1 to 128 bytes: <v NAME>");
    return add_part(reader, cue, copy(reader, at, (size_t)(end - at)));
}

static size_t read_entity(const char *data, size_t len, const char **ret_text)
{
    static const struct {
        const char *name, *text;
    } entities[] = {
        {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&nbsp;", " "}, {"&lrm;", ""}, {"&rlm;", ""},
    };
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        size_t bytes = strlen(entities[i].name);
        if (bytes <= len && memcmp(data, entities[i].name, bytes) == 0) {
            *ret_text = entities[i].text;
            return bytes;
        }
    }
    *ret_text = "&";
    return 1;
}

static void add_char(struct part *part, char c)
{
    bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
    if (is_blank && (part->len == 0 || part->text[part->len - 1] == ' '))
        return;
    part->text[part->len++] = is_blank ? ' ' : c;
    part->text[part->len] = '\0';
}

/* The end of a voice's text is its last word's. */
static void trim(struct part *part)
{
    while (part->len > 0 && part->text[part->len - 1] == ' ')
        part->text[--part->len] = '\0';
}

static bool is_voice(const char *tag, size_t len)
{
    return len > 0 && tag[0] == 'v' && (len == 1 || strchr(" \t.", tag[1])) &&
           (len == 1 || tag[1] != '\0');
}

/* At a "<": the tag's length with its brackets. */
static size_t read_tag(struct reader *reader, struct cue *cue, const char *data, size_t len)
{
    const char *close = memchr(data, '>', len);
    size_t bytes = close ? (size_t)(close - data) + 1 : len;
    size_t inside = close ? bytes - 2 : bytes - 1;
    if (is_voice(data + 1, inside))
        read_voice(reader, cue, data + 1, inside);
    return bytes;
}

static bool is_nothing(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", data[i]) || data[i] == '\0')
            return false;
    return true;
}

static bool read_payload(struct reader *reader, struct cue *cue, const char *data, size_t len)
{
    const char *first = memchr(data, '<', len);
    size_t before = first ? (size_t)(first - data) : len;
    if (is_nothing(data, before)) {
        data += before;
        len -= before;
    }
    cue->text = st_build_text(reader->build, len + PARTS_MAX + 1);
    if (!cue->text)
        return false;
    for (size_t i = 0; i < len && !reader->build->err;) {
        const char *entity = NULL;
        if (data[i] == '<') {
            i += read_tag(reader, cue, data + i, len - i);
            continue;
        }
        if (cue->count == 0)
            return fail(reader, cue->line, "nobody speaks in this cue: give it a voice, <v NAME>");
        struct part *part = &cue->parts[cue->count - 1];
        size_t bytes = data[i] == '&' ? read_entity(data + i, len - i, &entity) : 1;
        if (!entity)
            add_char(part, data[i]);
        else if (entity[0])
            add_char(part, entity[0]);
        i += bytes;
    }
    return !reader->build->err;
}

/* ---- cues ---- */

static void add_segments(struct reader *reader, const struct cue *cue)
{
    size_t all = 0, done = 0;
    int64_t span_us = cue->end_us > cue->start_us ? cue->end_us - cue->start_us : 0;
    for (size_t i = 0; i < cue->count; i++)
        all += cue->parts[i].len;
    for (size_t i = 0; i < cue->count; i++) {
        const struct part *part = &cue->parts[i];
        unsigned channel;
        if (part->len == 0)
            continue;
        int64_t from_us = (int64_t)((double)span_us * (double)done / (double)all);
        done += part->len;
        int64_t until_us = (int64_t)((double)span_us * (double)done / (double)all);
        struct st_segment segment = {
            .start_us = cue->start_us + from_us - from_us % 1000,
            .end_us = cue->start_us + until_us - until_us % 1000,
            .text = part->text,
            .confidence = ST_CONFIDENCE_ABSENT,
        };
        if (!st_build_speaker(reader->build, reader->call, part->voice, &channel) ||
            !st_build_segment(reader->build, reader->call, channel, segment, 0))
            return;
    }
}

/* The lines up to an empty one, as one text. */
static void read_cue(struct reader *reader, const struct text_line *timing)
{
    struct cue cue = {.line = reader->line};
    struct text_line line;
    if (!read_timing(reader, timing, &cue))
        return;
    const char *data = reader->at, *end = data;
    while (reader->at < reader->end) {
        struct reader before = *reader;
        if (!next_line(reader, &line) || line.len == 0)
            break;
        if (has_arrow(&line)) { /* the next cue, though an empty line is missing */
            *reader = before;
            break;
        }
        end = line.data + line.len;
    }
    cue.line++;
    if (!read_payload(reader, &cue, data, (size_t)(end - data)))
        return;
    for (size_t i = 0; i < cue.count; i++)
        trim(&cue.parts[i]);
    add_segments(reader, &cue);
}

static bool begins(const struct text_line *line, const char *word)
{
    size_t len = strlen(word);
    return line->len >= len && memcmp(line->data, word, len) == 0 &&
           (line->len == len || line->data[len] == ' ' || line->data[len] == '\t');
}

static void read_block(struct reader *reader, const struct text_line *first)
{
    struct text_line line = *first;
    if (begins(&line, "NOTE") || begins(&line, "STYLE") || begins(&line, "REGION")) {
        skip_block(reader);
        return;
    }
    if (!has_arrow(&line)) { /* the cue's name */
        if (!next_line(reader, &line) || line.len == 0)
            return;
        if (!has_arrow(&line)) {
            fail(reader, reader->line, "a cue begins with its times, 00:01:02.345 --> …");
            return;
        }
    }
    read_cue(reader, &line);
}

static bool check_utf8(struct reader *reader, const char *text, size_t bytes)
{
    unsigned line = 1;
    size_t valid = st_utf8_valid_bytes(text, bytes);
    for (size_t i = 0; i < valid && valid < bytes; i++)
        line += text[i] == '\n';
    return valid == bytes || fail(reader, line, "this is not UTF-8");
}

static bool read(struct st_transcript_build *build, const char *text, size_t bytes)
{
    struct text_line line = {0};
    struct reader reader = {.build = build, .at = text, .end = text + bytes};
    reader.call = st_build_add_call(build);
    if (!reader.call)
        return false;
    st_call_facts_set(&reader.call->facts->dialect, "webvtt");
    if (!next_line(&reader, &line) || !begins(&line, "WEBVTT"))
        return fail(&reader, 1, "the first line is not WEBVTT");
    if (!check_utf8(&reader, text, bytes))
        return false;
    skip_block(&reader);
    while (!build->err && next_line(&reader, &line))
        if (line.len > 0)
            read_block(&reader, &line);
    return !build->err;
}

static bool is_it(const char *text, size_t bytes)
{
    return bytes >= 6 && memcmp(text, "WEBVTT", 6) == 0 &&
           (bytes == 6 || strchr(" \t\r\n", text[6])) && (bytes == 6 || text[6] != '\0');
}

const struct st_transcript_reader st_transcript_webvtt = {
    .name = "webvtt",
    .summary = "WebVTT with voices, <v NAME>",
    .is_it = is_it,
    .read = read,
};
