#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { UTTERANCE_SECONDS = 4, SYLLABLE = 2 };

static const char syllables[16][SYLLABLE + 1] = {"ba", "be", "bi", "bo", "da", "de", "di", "do",
                                                 "ka", "ke", "ki", "ko", "ma", "me", "mi", "mo"};
static const char *const others[][WORDS_PER_SECOND - 1] = {
    {"please", "wait"}, {"and", "then"}, {"the", "order"}, {"was", "late"}, {"you", "know"}};
static const double starts_s[WORDS_PER_SECOND + 1] = {0, 0.25, 0.4, 0.55};

struct word words_of(unsigned second, unsigned index)
{
    struct word word = {.start_s = starts_s[index], .end_s = starts_s[index + 1]};
    if (index == 0)
        snprintf(word.text, sizeof(word.text), "%s%s", syllables[second >> 4 & 15],
                 syllables[second & 15]);
    else
        snprintf(word.text, sizeof(word.text), "%s",
                 others[second % (sizeof(others) / sizeof(others[0]))][index - 1]);
    return word;
}

bool words_end_utterance(int channel, unsigned second)
{
    return (second + (unsigned)channel * UTTERANCE_SECONDS / 2) % UTTERANCE_SECONDS ==
           UTTERANCE_SECONDS - 1;
}

static int find_syllable(const char *text)
{
    for (int i = 0; i < 16; i++)
        if (tolower((unsigned char)text[0]) == syllables[i][0] && text[1] == syllables[i][1])
            return i;
    return -1;
}

int words_read(const char *text, size_t len)
{
    if (len != 2 * SYLLABLE)
        return -1;
    int high = find_syllable(text), low = find_syllable(text + SYLLABLE);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}
