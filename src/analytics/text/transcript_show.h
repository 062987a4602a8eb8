/* From a cleared segment to what is shown of it; see sidetone/transcript_format.h. */
#ifndef SIDETONE_ANALYTICS_TRANSCRIPT_SHOW_H
#define SIDETONE_ANALYTICS_TRANSCRIPT_SHOW_H

#include "shown.h"
#include "tokens.h"

#include "sidetone/frame.h"
#include "sidetone/transcript_format.h"

struct st_profanity_list;
struct st_transcript_show;

/* NULL, with which `put` shows segments as they are, when the format asks for nothing. */
struct st_transcript_show *st_transcript_show_create(const struct st_transcript_format *format);
void st_transcript_show_destroy(struct st_transcript_show *show);

/* `tokens` are those of the segment, `list` may be NULL. What is returned, and *ret_shown, is valid
 * until it is forgotten or the next call, as long as the segment is. Where the engine's words are
 * not those of the text, a segment that is changed is shown without words. */
const struct st_cleared_segment *
st_transcript_show_put(struct st_transcript_show *show, unsigned channel,
                       const struct st_cleared_segment *segment, const struct st_tokens *tokens,
                       const struct st_profanity_list *list, struct st_shown *ret_shown);

/* Gives back the memory of what was shown. */
void st_transcript_show_forget(struct st_transcript_show *show); /* NULL is fine */

#endif
