#include "sidetone/summary.h"

#include "sidetone/mem.h"
#include "sidetone/sentiment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COURSE_SEGMENTS_MIN = 4 };

/* ---- taking notes ---- */

static void note_issue(struct st_summary *summary, const struct st_finding *finding)
{
    const struct st_issue_finding *issue = finding->issue;
    if (issue->id == 0 || issue->id > ST_ISSUES_MAX || issue->id > summary->count + 1 ||
        issue->bytes == 0)
        return;
    struct st_summary_item *item = &summary->items[issue->id - 1];
    if (issue->id > summary->count)
        summary->count = issue->id;
    free(item->text);
    *item = (struct st_summary_item){
        .issue = *issue,
        .text = st_mem_strndup(issue->text, issue->bytes),
        .channel = finding->channel,
        .role = finding->role,
        .segment_id = finding->segment_id,
        .start_us = finding->start_us,
        .end_us = finding->end_us,
    };
    item->issue.text = item->text;
}

static void note_sentiment(struct st_summary *summary, const struct st_finding *finding)
{
    struct st_summary_sentiment *sentiment = &summary->sentiment[finding->channel];
    sentiment->role = finding->role;
    sentiment->rolling = finding->sentiment->rolling;
    if (sentiment->segments < ST_SUMMARY_FIRST_SEGMENTS)
        sentiment->first_sum += finding->sentiment->compound;
    sentiment->segments += sentiment->segments < UINT32_MAX;
}

void st_summary_note(struct st_summary *summary, const struct st_finding *finding)
{
    if (finding->type == ST_FINDING_ISSUE)
        note_issue(summary, finding);
    else if (finding->type == ST_FINDING_SENTIMENT)
        note_sentiment(summary, finding);
}

void st_summary_fini(struct st_summary *summary)
{
    for (size_t i = 0; i < summary->count; i++)
        free(summary->items[i].text);
    st_json_fini(&summary->text);
    memset(summary, 0, sizeof(*summary));
}

/* ---- writing ---- */

static void add(struct st_json_writer *text, const char *words)
{
    st_json_append(text, words, strlen(words));
}

static const char *speaker(enum st_role role)
{
    return role == ST_ROLE_AGENT      ? "the agent"
           : role == ST_ROLE_CUSTOMER ? "the customer"
                                      : "a speaker";
}

/* "\"Capital, and a full stop.\"" */
static void add_quote(struct st_json_writer *text, const char *words)
{
    size_t bytes = strlen(words);
    char first = words[0] >= 'a' && words[0] <= 'z' ? (char)(words[0] - 32) : words[0];
    add(text, "\"");
    st_json_append(text, &first, 1);
    while (bytes > 1 && strchr(" ,;:-", words[bytes - 1]))
        bytes--;
    st_json_append(text, words + 1, bytes - 1);
    if (!strchr(".?!", words[bytes - 1]))
        add(text, ".");
    add(text, "\"");
}

/* "The agent reported: \"…\" \"…\""; false when there is none of that kind. */
static bool add_kind(struct st_summary *summary, enum st_issue_kind kind, const char *verb)
{
    const char *last = NULL;
    for (size_t i = 0; i < summary->count; i++) {
        const struct st_summary_item *item = &summary->items[i];
        if (item->issue.kind != kind)
            continue;
        if (summary->text.len > 0)
            add(&summary->text, " ");
        const char *who = speaker(item->role);
        if (who != last) {
            char start[64];
            snprintf(start, sizeof(start), "%c%s %s: ", who[0] - 32, who + 1, verb);
            add(&summary->text, start);
        }
        add_quote(&summary->text, item->text);
        last = who;
    }
    return last != NULL;
}

static void add_duration(struct st_summary *summary)
{
    char words[128];
    int64_t seconds = summary->duration_us / 1000000, minutes = seconds / 60;
    const char *verb = summary->is_over ? "The call lasted" : "The call has run for";
    seconds %= 60;
    if (minutes > 0)
        snprintf(words, sizeof(words), " %s %" PRId64 " minute%s and %" PRId64 " second%s.", verb,
                 minutes, minutes == 1 ? "" : "s", seconds, seconds == 1 ? "" : "s");
    else
        snprintf(words, sizeof(words), " %s %" PRId64 " second%s.", verb, seconds,
                 seconds == 1 ? "" : "s");
    add(&summary->text, words);
}

static void add_course(struct st_summary *summary, struct st_summary_sentiment *sentiment)
{
    char words[160];
    sentiment->is_known = sentiment->segments >= COURSE_SEGMENTS_MIN;
    if (!sentiment->is_known)
        return;
    sentiment->began = st_sentiment_label(sentiment->first_sum / ST_SUMMARY_FIRST_SEGMENTS);
    sentiment->stands = st_sentiment_label(sentiment->rolling);
    const char *who = speaker(sentiment->role);
    if (sentiment->began == sentiment->stands)
        snprintf(words, sizeof(words), " %c%s's sentiment stayed %s.", who[0] - 32, who + 1,
                 st_sentiment_label_name(sentiment->stands));
    else
        snprintf(words, sizeof(words), " %c%s's sentiment went from %s to %s.", who[0] - 32,
                 who + 1, st_sentiment_label_name(sentiment->began),
                 st_sentiment_label_name(sentiment->stands));
    add(&summary->text, words);
}

void st_summary_write(struct st_summary *summary, int64_t media_us)
{
    summary->duration_us = media_us > 0 ? media_us : 0;
    st_json_reset(&summary->text);
    if (!add_kind(summary, ST_ISSUE_ISSUE, "called about this"))
        add(&summary->text, "No reason for the call was recognised.");
    if (!add_kind(summary, ST_ISSUE_OUTCOME, "reported"))
        add(&summary->text, " No outcome was recognised.");
    if (!add_kind(summary, ST_ISSUE_ACTION_ITEM, "announced what comes next"))
        add(&summary->text, " No next step was recognised.");
    add_duration(summary);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        add_course(summary, &summary->sentiment[i]);
}
