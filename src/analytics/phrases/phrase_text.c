#include "phrase_text.h"

#include "text/fold.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, GAP_DOTS_MIN = 3 };

static const char *const too_many_ways = "has more than 4096 ways to be said";

struct reader {
    struct st_phrase_text *text;
    const char *at, *end;
    bool is_verbatim;
    bool follows_star; /* the text behind it must not go on with a word */
    unsigned depth;
    const char *problem;
    /* of the run of words being read */
    const char *run;
    size_t run_bytes;
    bool begins_with_star;
    bool ends_with_star;
    bool is_first;
    size_t last_end;
};

/* Some of st_phrase_text.ways. */
struct ways {
    uint32_t first, count;
};

void st_phrase_text_fini(struct st_phrase_text *text)
{
    free(text->chars);
    free(text->tokens);
    free(text->paths);
    free(text->ways);
    *text = (struct st_phrase_text){0};
}

static void refuse(struct reader *reader, const char *problem)
{
    if (!reader->problem)
        reader->problem = problem;
}

static void *reserve(void *array, uint32_t count, uint32_t *cap, size_t bytes)
{
    if (count < *cap)
        return array;
    *cap = *cap > 0 ? 2 * *cap : 64;
    return st_mem_realloc(array, *cap * bytes);
}

/* ---- tokens ---- */

static void add_token(struct st_phrase_text *text, enum st_phrase_kind kind, const char *chars,
                      size_t bytes, uint16_t joins)
{
    if (text->char_count + bytes > text->char_cap) {
        text->char_cap = 2 * (text->char_count + bytes);
        text->chars = st_mem_realloc(text->chars, text->char_cap);
    }
    text->tokens =
        reserve(text->tokens, text->token_count, &text->token_cap, sizeof(*text->tokens));
    memcpy(text->chars + text->char_count, chars, bytes);
    text->tokens[text->token_count++] = (struct st_phrase_token){
        .kind = kind, .at = (uint32_t)text->char_count, .bytes = (uint16_t)bytes, .joins = joins};
    text->char_count += bytes;
}

static const char *find_stem_problem(const char *stem, size_t bytes)
{
    size_t chars = 0;
    for (size_t i = 0; i < bytes; i++)
        chars += ((unsigned char)stem[i] & 0xc0) != 0x80;
    if (chars < ST_PHRASE_STEM_CHARS_MIN)
        return "has a star with fewer than two letters beside it";
    return bytes > ST_PHRASE_STEM_BYTES_MAX ? "has a word with a star that is too long" : NULL;
}

static void add_stem(struct reader *reader, enum st_phrase_kind kind, const char *stem,
                     size_t bytes)
{
    const char *problem = find_stem_problem(stem, bytes);
    if (problem)
        refuse(reader, problem);
    else
        add_token(reader->text, kind, stem, bytes, 0);
}

/* A word with hyphens is its parts; the last knows that they were one. */
static void add_word(struct reader *reader, const struct st_fold_word *word, bool is_suffix,
                     bool is_prefix)
{
    const char *at = word->text, *end = word->text + word->bytes;
    uint16_t parts = 0;
    while (at <= end) {
        const char *hyphen = memchr(at, '-', (size_t)(end - at));
        const char *stop = hyphen ? hyphen : end;
        size_t bytes = (size_t)(stop - at);
        parts++;
        if (is_suffix && at == word->text)
            add_stem(reader, ST_PHRASE_SUFFIX, at, bytes);
        else if (is_prefix && stop == end)
            add_stem(reader, ST_PHRASE_PREFIX, at, bytes);
        else
            add_token(reader->text, ST_PHRASE_WORD, at, bytes,
                      stop == end && parts > 1 && !is_suffix ? parts : 0);
        at = stop + 1;
    }
}

static void on_word(void *user, const struct st_fold_word *word)
{
    struct reader *reader = user;
    bool is_suffix = reader->begins_with_star && reader->is_first && word->start == 0;
    bool is_prefix = reader->ends_with_star && word->end == reader->run_bytes;
    if (reader->is_first && reader->begins_with_star && !is_suffix)
        refuse(reader, "has a star that stands alone");
    if (reader->is_first && reader->follows_star && word->start == 0)
        refuse(reader, "has a star inside a word");
    reader->is_first = false;
    reader->last_end = word->end;
    if (word->bytes == 0)
        refuse(reader, "has a word that is too long");
    else if (is_prefix && is_suffix)
        refuse(reader, "has stars on both sides of a word");
    else
        add_word(reader, word, is_suffix, is_prefix);
}

/* ---- ways ---- */

static void add_way(struct reader *reader, uint32_t path)
{
    struct st_phrase_text *text = reader->text;
    text->ways = reserve(text->ways, text->way_count, &text->way_cap, sizeof(*text->ways));
    text->ways[text->way_count++] = path;
}

/* All ways go on with the tokens from `first`. */
static void follow_tokens(struct reader *reader, struct ways ways, uint32_t first)
{
    struct st_phrase_text *text = reader->text;
    for (uint32_t i = 0; i < ways.count; i++) {
        uint32_t *way = &text->ways[ways.first + i];
        for (uint32_t token = first; token < text->token_count && !reader->problem; token++) {
            uint32_t words = text->paths[*way].words + 1;
            if (words > ST_PHRASE_WORDS_MAX) {
                refuse(reader, "has more than 64 words");
                return;
            }
            text->paths =
                reserve(text->paths, text->path_count, &text->path_cap, sizeof(*text->paths));
            text->paths[text->path_count] =
                (struct st_phrase_path){.prev = *way, .token = token, .words = words};
            *way = text->path_count++;
        }
    }
}

/* ---- the language ---- */

static size_t gap_bytes(const struct reader *reader, const char *at)
{
    size_t left = (size_t)(reader->end - at), dots = 0;
    if (left >= 3 && memcmp(at, "\xe2\x80\xa6", 3) == 0)
        return 3;
    while (dots < left && at[dots] == '.')
        dots++;
    return dots >= GAP_DOTS_MIN ? dots : 0;
}

static bool is_special(const struct reader *reader, const char *at)
{
    return !reader->is_verbatim && (memchr("()|*", *at, 4) || gap_bytes(reader, at) > 0);
}

static void read_run(struct reader *reader, struct ways ways, bool begins_with_star)
{
    const char *stop = reader->at;
    uint32_t first = reader->text->token_count;
    while (stop < reader->end && !is_special(reader, stop))
        stop++;
    reader->run_bytes = (size_t)(stop - reader->at);
    reader->begins_with_star = begins_with_star;
    reader->ends_with_star = !reader->is_verbatim && stop < reader->end && *stop == '*';
    reader->is_first = true;
    reader->last_end = SIZE_MAX;
    st_fold_words(reader->at, reader->run_bytes, on_word, reader);
    if (begins_with_star && reader->is_first)
        refuse(reader, "has a star that stands alone");
    reader->follows_star = reader->ends_with_star && reader->last_end == reader->run_bytes;
    reader->at = stop + reader->follows_star;
    follow_tokens(reader, ways, first);
}

static struct ways read_sequence(struct reader *reader, struct ways ways);

/* Copies of ways, which an alternative then takes further. */
static struct ways copy_ways(struct reader *reader, struct ways ways)
{
    struct ways copy = {.first = reader->text->way_count, .count = ways.count};
    for (uint32_t i = 0; i < ways.count; i++)
        add_way(reader, reader->text->ways[ways.first + i]);
    return copy;
}

/* Behind the opening parenthesis. The result lies at the end of all ways. */
static struct ways read_group(struct reader *reader, struct ways ways)
{
    struct ways all = {.first = reader->text->way_count};
    if (++reader->depth > DEPTH_MAX)
        refuse(reader, "has too many parentheses inside each other");
    while (!reader->problem) {
        reader->follows_star = false;
        struct ways copy = copy_ways(reader, ways);
        struct ways result = read_sequence(reader, copy);
        memmove(reader->text->ways + copy.first, reader->text->ways + result.first,
                result.count * sizeof(uint32_t));
        all.count += result.count;
        reader->text->way_count = all.first + all.count;
        if (all.count > ST_PHRASE_PATHS_MAX)
            refuse(reader, too_many_ways);
        if (reader->at == reader->end)
            refuse(reader, "has a parenthesis that is not closed");
        else if (*reader->at++ == ')')
            break;
    }
    reader->depth--;
    reader->follows_star = false;
    return all;
}

static unsigned read_gap(struct reader *reader, size_t bytes)
{
    unsigned words = 0;
    reader->at += bytes;
    if (reader->at == reader->end || *reader->at != '{')
        return ST_PHRASE_GAP_DEFAULT;
    while (++reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9' && words < 1000)
        words = 10 * words + (unsigned)(*reader->at - '0');
    if (reader->at == reader->end || *reader->at != '}' || words < 1 || words > ST_PHRASE_GAP_MAX)
        refuse(reader, "has a gap that is not of 1 to 20 words, as in ...{5}");
    else
        reader->at++;
    return words;
}

static void end_part(struct reader *reader, struct ways ways)
{
    struct st_phrase_part *part = &reader->text->parts[reader->text->part_count++];
    part->first = ways.first;
    part->count = ways.count;
}

static struct ways begin_part(struct reader *reader, unsigned gap)
{
    struct ways ways = {.first = reader->text->way_count, .count = 1};
    if (reader->text->part_count == ST_PHRASE_PARTS_MAX)
        refuse(reader, "has more than 7 gaps");
    else
        reader->text->parts[reader->text->part_count].gap = gap;
    add_way(reader, 0);
    return ways;
}

static struct ways read_next_part(struct reader *reader, struct ways ways, size_t bytes)
{
    if (reader->depth > 0) {
        refuse(reader, "has a gap inside parentheses");
        return ways;
    }
    end_part(reader, ways);
    reader->follows_star = false;
    return begin_part(reader, read_gap(reader, bytes));
}

/* Up to the end, or to `|` or `)` of the group that it is in. Takes `ways`, the last of all,
 * further and returns them. */
static struct ways read_sequence(struct reader *reader, struct ways ways)
{
    while (!reader->problem && reader->at < reader->end) {
        size_t gap = reader->is_verbatim ? 0 : gap_bytes(reader, reader->at);
        bool is_mark = !reader->is_verbatim;
        if (gap > 0) {
            ways = read_next_part(reader, ways, gap);
        } else if (is_mark && *reader->at == '(') {
            reader->at++;
            ways = read_group(reader, ways);
        } else if (is_mark && (*reader->at == ')' || *reader->at == '|')) {
            if (reader->depth > 0)
                return ways;
            refuse(reader, *reader->at == ')' ? "has a parenthesis that was not opened"
                                              : "has a | outside of parentheses");
        } else {
            bool is_star = is_mark && *reader->at == '*';
            if (is_star && reader->follows_star)
                refuse(reader, "has a star that stands alone");
            reader->at += is_star;
            read_run(reader, ways, is_star);
        }
    }
    return ways;
}

static void check_parts(struct reader *reader)
{
    struct st_phrase_text *text = reader->text;
    size_t last = text->part_count - 1;
    for (size_t i = 0; i <= last && !reader->problem; i++) {
        const struct st_phrase_part *part = &text->parts[i];
        for (uint32_t k = 0; k < part->count && !reader->problem; k++)
            if (text->ways[part->first + k] == 0)
                refuse(reader, part->count > 1       ? "has alternatives that leave no word"
                               : i == 0 || i == last ? "begins or ends with a gap"
                                                     : "has two gaps without a word between");
    }
}

const char *st_phrase_text_read(struct st_phrase_text *text,
                                const struct st_phrase_pattern *pattern)
{
    struct reader reader = {.text = text,
                            .at = pattern->text,
                            .end = pattern->text + pattern->bytes,
                            .is_verbatim = pattern->is_verbatim};
    text->char_count = 0;
    text->token_count = text->way_count = 0;
    text->part_count = 0;
    text->path_count = 1;
    if (pattern->bytes > ST_PHRASE_TEXT_BYTES_MAX)
        return "is longer than 8192 bytes";
    if (!st_fold_is_utf8(pattern->text, pattern->bytes))
        return "is not UTF-8";
    if (!text->paths)
        text->paths = reserve(NULL, 0, &text->path_cap, sizeof(*text->paths));
    text->paths[0] = (struct st_phrase_path){0};
    end_part(&reader, read_sequence(&reader, begin_part(&reader, 0)));
    if (!reader.problem && text->token_count == 0)
        return "has no word in it";
    if (!reader.problem)
        check_parts(&reader);
    return reader.problem;
}
