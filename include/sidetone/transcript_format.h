/*
 * How a transcript is shown: the last step before everybody but the stages sees a segment.
 *
 * The privacy stage comes first; what is formatted is what it has let through, and stages go on
 * reading that, unformatted: what is found does not depend on how it is shown. Places that findings
 * name are those of the shown text. Applies to partials and finals, each by itself.
 *
 *   disfluencies  Removed: "um", "uh", "er" and their like; small words said twice in a row ("I I
 *                 want"; "that that", "had had", "very very" and numbers stay); words broken off
 *                 with a hyphen and said again; beginnings of two or three words that are said
 *                 again at once ("I want I want to"). Other false starts are kept: nothing is
 *                 removed on a guess.
 *   profanity     Masked: words of the profanity list keep their first letter, each further
 *                 character becomes a "*".
 *   numbers       Digits for amounts of money ("twenty five dollars and ten cents": $25.10),
 *                 percentages, times of day ("half past", "o'clock", "five thirty p m") and dates
 *                 ("march the third", "june fifth twenty twenty four") in English, where a unit, a
 *                 month or a part of the day says what the number is. All other numbers stay words.
 *   case          Sentences begin with a capital letter, "I" is one; text that is all capitals is
 *                 lowered first, names in it too: they cannot be told.
 *
 * Words keep their times; words that become one reach from the first to the last of them. What the
 * privacy stage has put in ("[NAME]") is never changed. State: 3 kB a call, none without formats.
 */
#ifndef SIDETONE_TRANSCRIPT_FORMAT_H
#define SIDETONE_TRANSCRIPT_FORMAT_H

#include <stdbool.h>

/* All false: as the engine gives it. */
struct st_transcript_format {
    bool removes_disfluencies;
    bool masks_profanity;
    bool writes_digits;
    bool begins_sentences;
};

#endif
