#include "written_sentences.h"

#include "text/abbreviation.h"

#include <string.h>

static const char spaces[] = " \t\r\n";

static bool ends_sentence(const char *word, size_t bytes)
{
    while (bytes > 0 && strchr("\"')]", word[bytes - 1]))
        bytes--;
    if (bytes == 0 || !strchr(".!?", word[bytes - 1]))
        return false;
    return word[bytes - 1] != '.' || !st_abbreviation_is(word, bytes - 1);
}

static size_t count_tokens(const char *text)
{
    size_t tokens = 0;
    for (;;) {
        text += strspn(text, spaces);
        if (!*text)
            return tokens;
        tokens++;
        text += strcspn(text, spaces);
    }
}

static int64_t start_of(const struct st_segment *segment, const char *at, size_t token,
                        bool has_times, size_t bytes)
{
    if (has_times)
        return segment->words[token].start_us;
    if (segment->end_us <= segment->start_us)
        return segment->start_us;
    /* Hostile times may be further apart than one of them may be large. */
    double share = bytes > 0 ? (double)(at - segment->text) / (double)bytes : 0;
    double past_us = ((double)segment->end_us - (double)segment->start_us) * share;
    return (int64_t)((uint64_t)segment->start_us + (uint64_t)past_us);
}

size_t st_written_sentences_split(const struct st_segment *segment,
                                  struct st_written_sentence sentences[ST_WRITTEN_SENTENCES_MAX])
{
    size_t count = 0, token = 0, bytes = strlen(segment->text);
    bool has_times = segment->word_count > 0 && count_tokens(segment->text) == segment->word_count;
    bool is_open = false;
    const char *at = segment->text + strspn(segment->text, spaces);
    for (; *at; token++) {
        size_t word = strcspn(at, spaces);
        if (!is_open)
            sentences[count++] = (struct st_written_sentence){
                .text = at, .start_us = start_of(segment, at, token, has_times, bytes)};
        sentences[count - 1].bytes = (size_t)(at + word - sentences[count - 1].text);
        is_open = count == ST_WRITTEN_SENTENCES_MAX || !ends_sentence(at, word);
        at += word;
        at += strspn(at, spaces);
    }
    return count;
}
