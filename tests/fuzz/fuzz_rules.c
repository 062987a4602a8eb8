/*
 * Phrases and what is said. Lines: phrases up to an empty line, then segments; their first byte
 * chooses the channel.
 */
#include "sidetone/categories.h"
#include "sidetone/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PHRASES_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void on_match(void *user, const struct st_category_match *match)
{
    size_t *total = user;
    if (match->end_us < match->start_us || strlen(match->words) == 0)
        abort();
    *total += strlen(match->rule);
}

static void say(struct st_category_matcher *matcher, const char *line, int64_t at_us)
{
    size_t total = 0;
    unsigned channel = (unsigned char)line[0] % ST_CHANNELS_MAX;
    struct st_segment segment = {
        .text = line, .start_us = at_us, .end_us = at_us + (int64_t)strlen(line) * 1000};
    const struct st_word word = {.text = line, .start_us = at_us, .end_us = at_us + 1};
    st_category_matcher_put(matcher, channel, ST_ROLE_AGENT, &segment, on_match, &total);
    segment.word_times = ST_WORD_TIMES_MEASURED;
    segment.words = &word;
    segment.word_count = 1;
    st_category_matcher_put(matcher, channel, ST_ROLE_AGENT, &segment, on_match, &total);
}

static void match(const struct st_config_category *category, char *text)
{
    char why[200], *rest = text;
    struct st_rules *rules;
    struct st_category_matcher *matcher;
    if (st_rules_create(&rules, category, 1, why, sizeof(why)) < 0)
        return;
    st_category_matcher_create(&matcher, rules);
    for (int64_t at_us = 0; rest; at_us += 1000000)
        say(matcher, strsep(&rest, "\n"), at_us);
    st_category_matcher_destroy(matcher);
    st_rules_unref(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *phrases[PHRASES_MAX], *text = malloc(bytes + 1), *rest = text;
    struct st_config_category category = {.name = (char *)"fuzz", .phrases = phrases};
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    while (rest && category.phrase_count < PHRASES_MAX) {
        char *line = strsep(&rest, "\n");
        if (line[0] == '\0')
            break;
        phrases[category.phrase_count++] = line;
    }
    if (category.phrase_count > 0)
        match(&category, rest);
    free(text);
    return 0;
}
