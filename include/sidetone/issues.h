/*
 * Why a call was made, what came of it, and what is to be done: the sentences that say so.
 *
 *   issue        the customer states what is wrong or wanted
 *   outcome      the agent says what was done or agreed
 *   action item  the agent says what will be done, or what the customer has to do
 *
 * Every sentence of a final segment gets a score from what it says (lexical cues), from when it is
 * said, and, where the embedding model is installed, from what it means. A finding is told as soon
 * as its sentence is good enough and told again, with the same id, when a clearly better sentence
 * comes. At most two of a kind stand at any time. Roles that are not known count as either.
 *
 * State: at most 200 bytes a call.
 */
#ifndef SIDETONE_ISSUES_H
#define SIDETONE_ISSUES_H

#include "sidetone/frame.h"

#include <stddef.h>
#include <stdint.h>

struct st_embedder;

enum st_issue_kind {
    ST_ISSUE_ISSUE,
    ST_ISSUE_OUTCOME,
    ST_ISSUE_ACTION_ITEM,
    ST_ISSUE_KINDS,
};

enum st_issue_state {
    ST_ISSUE_NEW,
    ST_ISSUE_REPLACED, /* a better sentence for the same id */
};

/* Who says so. Later ones may be slow and remote: they speak of segments long past. */
enum st_issue_origin {
    ST_ISSUE_BY_RULES,
    ST_ISSUE_BY_EMBEDDING, /* rules and meaning together */
};

enum { ST_ISSUES_OF_KIND_MAX = 2, ST_ISSUES_MAX = ST_ISSUES_OF_KIND_MAX * ST_ISSUE_KINDS };

struct st_issue_finding {
    enum st_issue_kind kind;
    enum st_issue_state state;
    enum st_issue_origin origin;
    uint32_t id;      /* from 1 in each call, at most ST_ISSUES_MAX */
    double score;     /* comparable within a kind; what is told is above 1 */
    const char *text; /* the sentence, without the words that only open it; borrowed */
    size_t bytes;
    size_t begin_chars; /* where it stands in its segment's text: code points, half open */
    size_t end_chars;
};

/* "issue", "outcome", "action_item". */
static inline const char *st_issue_kind_name(enum st_issue_kind kind)
{
    static const char *const names[] = {"issue", "outcome", "action_item"};
    return names[kind];
}

static inline const char *st_issue_state_name(enum st_issue_state state)
{
    return state == ST_ISSUE_NEW ? "new" : "replaced";
}

static inline const char *st_issue_origin_name(enum st_issue_origin origin)
{
    return origin == ST_ISSUE_BY_RULES ? "rules" : "embedding";
}

/* ---- what finds them: compiled once, then immutable and shared between threads ---- */

struct st_issue_model;

/* `embedder` NULL: by rules alone. With one it takes about a second: not on a loop's thread. It is
 * not needed afterwards. */
struct st_issue_model *st_issue_model_create(struct st_embedder *embedder);
void st_issue_model_destroy(struct st_issue_model *model); /* NULL is fine */

#endif
