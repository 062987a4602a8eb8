#include "talk_cues.h"

#include <string.h>

enum { WORD_MAX = 16, TAIL_MAX = 400 };

static const char *const back_channels[] = {
    "ah", "aha",  "alright", "hm",    "hmm",  "huh",   "mhm", "mm",   "mmhm", "mmhmm", "mmm", "oh",
    "ok", "okay", "really",  "right", "sure", "uhhuh", "wow", "yeah", "yep",  "yes",   "yup",
};

static const char *const hold_phrases[] = {
    " a minute please ", " a moment please ",  " a second please ",  " bear with me ",
    " connect you ",     " give me a minute ", " give me a moment ", " give me a second ",
    " give me one ",     " hold for ",         " hold on ",          " hold the line ",
    " just a minute ",   " just a moment ",    " just a second ",    " just a sec ",
    " let me check ",    " let me look ",      " let me see ",       " look into that ",
    " on hold ",         " one minute ",       " one moment ",       " one second ",
    " one sec ",         " please hold ",      " please wait ",      " put you through ",
    " transfer you ",
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower_of(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool st_talk_cues_is_back_channel(const char *word, size_t bytes)
{
    char letters[WORD_MAX];
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++) {
        if ((unsigned char)word[i] >= 0x80 || (word[i] >= '0' && word[i] <= '9'))
            return false;
        if (!is_letter(word[i]))
            continue;
        if (count == WORD_MAX - 1)
            return false;
        letters[count++] = lower_of(word[i]);
    }
    letters[count] = '\0';
    for (size_t i = 0; i < sizeof(back_channels) / sizeof(back_channels[0]); i++)
        if (strcmp(letters, back_channels[i]) == 0)
            return true;
    return count == 0;
}

bool st_talk_cues_asks_to_hold(const char *text)
{
    char words[TAIL_MAX + 3];
    size_t bytes = strlen(text), used = 0;
    size_t from = bytes > TAIL_MAX ? bytes - TAIL_MAX : 0;
    words[used++] = ' ';
    for (size_t i = from; i < bytes; i++) {
        char c = is_letter(text[i]) ? lower_of(text[i]) : ' ';
        if (text[i] != '\'' && (c != ' ' || words[used - 1] != ' '))
            words[used++] = c;
    }
    words[used++] = ' ';
    words[used] = '\0';
    for (size_t i = 0; i < sizeof(hold_phrases) / sizeof(hold_phrases[0]); i++)
        if (strstr(words, hold_phrases[i]))
            return true;
    return false;
}
