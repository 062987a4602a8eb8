/*
 * The JSON of one event of the service, read in one pass.
 *
 *   UtteranceEvent    {"UtteranceId", "IsPartial", "ParticipantRole", "BeginOffsetMillis",
 *                     "EndOffsetMillis", "Transcript", "Items", "Entities", "Sentiment",
 *                     "IssuesDetected", "LanguageCode"}
 *   TranscriptEvent   {"Transcript": {"Results": [{"ResultId", "IsPartial", "ChannelId",
 *                     "StartTime", "EndTime", "LanguageCode", "Alternatives": [{"Transcript",
 *                     "Items", "Entities"}]}]}}; the first alternative counts
 *   CategoryEvent     {"MatchedCategories": [name], "MatchedDetails": {key: {"TimestampRanges"}}}
 *
 * Other members are passed over. Punctuation is part of the word before it. Times that are
 * negative, run backwards or lie beyond the audio sent cost the words (or the entity), not the
 * text. -EPROTO: no such JSON, invalid UTF-8, wrong types, more than the bounds below.
 */
#ifndef SIDETONE_STT_AWS_REPLY_H
#define SIDETONE_STT_AWS_REPLY_H

#include "sidetone/frame.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_AWS_REPLY_MAX_BYTES = 1 << 19,
    ST_AWS_WORDS_MAX = 4096,
    ST_AWS_ISSUES_MAX = 32,
    ST_AWS_ENTITIES_MAX = 256,
    ST_AWS_CATEGORIES_MAX = 64,
};

struct st_aws_span {
    uint32_t begin, end; /* Unicode characters of the text, half open */
};

struct st_aws_entity {
    const char *type;
    const char *content;
    int64_t start_us;
    int64_t end_us;
    float confidence;
};

struct st_aws_result {
    const char *id;
    bool is_partial;
    enum st_role role; /* UNKNOWN: it does not say */
    int channel;       /* -1: it does not say */
    int64_t start_us;  /* -1: not said, or nonsense; so is end_us */
    int64_t end_us;
    const char *text;
    const char *language;  /* NULL: it does not say */
    const char *sentiment; /* NULL: none */
    float confidence;      /* mean of the words', or absent */
    const struct st_word *words;
    size_t word_count;
    struct st_aws_span issues[ST_AWS_ISSUES_MAX];
    size_t issue_count;
    struct st_aws_entity *entities;
    size_t entity_count;
};

struct st_aws_category {
    const char *name;
    int64_t start_us; /* of its matches together; -1: not said */
    int64_t end_us;
};

/* One of zeroes is ready; its memory is kept from event to event. */
struct st_aws_reply {
    struct st_aws_result result;
    struct st_aws_category categories[ST_AWS_CATEGORIES_MAX];
    size_t category_count;
    int64_t sent_us; /* audio sent so far: the latest a time can be, give or take a second */
    char *text_memory;
    size_t text_cap, text_len;
    struct st_word *word_memory;
    size_t words_cap;
    struct st_aws_entity *entity_memory;
    size_t entities_cap;
};

void st_aws_reply_fini(struct st_aws_reply *reply);

/* Fills `result`. */
int st_aws_reply_utterance(struct st_aws_reply *reply, const void *data, size_t bytes);
/* Calls `tell` for each result, in `result`; what it returns but 0 ends the reading and is
 * returned. */
int st_aws_reply_transcript(struct st_aws_reply *reply, const void *data, size_t bytes,
                            int (*tell)(void *user), void *user);
/* Fills `categories`. */
int st_aws_reply_category(struct st_aws_reply *reply, const void *data, size_t bytes);

#endif
