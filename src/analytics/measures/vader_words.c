/*
 * The words are those of the published implementation (vaderSentiment 3.3.2, Copyright (c) 2016
 * C.J. Hutto, MIT licence): scores agree with it only when the lists do. All are in byte order.
 */
#include "vader_words.h"

#include <stdlib.h>
#include <string.h>

static const double degree_step = 0.293;

static const char *const intensifiers[] = {
    "absolutely",    "amazingly",    "awfully",       "completely", "considerable", "considerably",
    "decidedly",     "deeply",       "effing",        "enormous",   "enormously",   "entirely",
    "especially",    "exceptional",  "exceptionally", "extreme",    "extremely",    "fabulously",
    "flippin",       "flipping",     "frackin",       "fracking",   "frickin",      "fricking",
    "friggin",       "frigging",     "fuckin",        "fucking",    "fuggin",       "fugging",
    "fully",         "greatly",      "hella",         "highly",     "hugely",       "incredible",
    "incredibly",    "intensely",    "major",         "majorly",    "more",         "most",
    "particularly",  "purely",       "quite",         "really",     "remarkably",   "so",
    "substantially", "thoroughly",   "total",         "totally",    "tremendous",   "tremendously",
    "uber",          "unbelievably", "unusually",     "utter",      "utterly",      "very",
};

static const char *const dampeners[] = {
    "almost",   "barely",   "hardly",     "kind-of",    "kinda",        "kindof", "less",
    "little",   "marginal", "marginally", "occasional", "occasionally", "partly", "scarce",
    "scarcely", "slight",   "slightly",   "somewhat",   "sort-of",      "sorta",  "sortof",
};

static const char *const negations[] = {
    "ain't",    "aint",     "aren't",   "arent",   "can't",   "cannot", "cant",      "couldn't",
    "couldnt",  "daren't",  "darent",   "despite", "didn't",  "didnt",  "doesn't",   "doesnt",
    "don't",    "dont",     "hadn't",   "hadnt",   "hasn't",  "hasnt",  "haven't",   "havent",
    "isn't",    "isnt",     "mightn't", "mightnt", "mustn't", "mustnt", "needn't",   "neednt",
    "neither",  "never",    "none",     "nope",    "nor",     "not",    "nothing",   "nowhere",
    "oughtn't", "oughtnt",  "rarely",   "seldom",  "shan't",  "shant",  "shouldn't", "shouldnt",
    "uh-uh",    "uhuh",     "wasn't",   "wasnt",   "weren't", "werent", "without",   "won't",
    "wont",     "wouldn't", "wouldnt",
};

const struct st_vader_idiom st_vader_idioms[] = {
    {{"the", "shit"}, 3},      {{"the", "bomb"}, 3},        {{"bad", "ass"}, 1.5},
    {{"bus", "stop"}, 0.0},    {{"yeah", "right"}, -2},     {{"kiss", "of", "death"}, -1.5},
    {{"to", "die", "for"}, 3}, {{"beating", "heart"}, 3.5}, {{NULL}, 0},
};

const struct st_vader_idiom st_vader_degree_pairs[] = {
    {{"just", "enough"}, -0.293},
    {{"kind", "of"}, -0.293},
    {{"sort", "of"}, -0.293},
    {{NULL}, 0},
};

static int compare(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

static bool is_in(const char *word, const char *const *list, size_t count)
{
    return bsearch(word, list, count, sizeof(*list), compare) != NULL;
}

double st_vader_degree(const char *word)
{
    if (is_in(word, intensifiers, sizeof(intensifiers) / sizeof(intensifiers[0])))
        return degree_step;
    if (is_in(word, dampeners, sizeof(dampeners) / sizeof(dampeners[0])))
        return -degree_step;
    return 0;
}

bool st_vader_is_negation(const char *word)
{
    return strstr(word, "n't") || is_in(word, negations, sizeof(negations) / sizeof(negations[0]));
}
