#include "quality_words.h"

#include "fields.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    const char *alarm, *words;
} alarms[] = {
    {"one_way_audio", "nothing is heard, while the other side speaks"},
    {"clipped", "distorted: too loud where it comes from"},
    {"identical_channels", "the same as the other side: who speaks cannot be told"},
    {"rate_mismatch", "faster or slower than time"},
};

enum { ALARMS = sizeof(alarms) / sizeof(alarms[0]), POOR = 1 << ALARMS };

/* ITU-T G.107, annex B: below this many listeners are not content, and words go missing. */
static const double fair_mos = 3.6;
static const double good_mos = 4;

static double real(const json_t *channel, const char *key)
{
    return json_number_value(json_object_get(channel, key));
}

static bool has_alarm(const json_t *channel, const char *name)
{
    const json_t *list = json_object_get(channel, "alarms");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *alarm = json_string_value(json_array_get(list, i));
        if (alarm && strcmp(alarm, name) == 0)
            return true;
    }
    return false;
}

unsigned st_quality_words_troubles(const json_t *channel)
{
    unsigned troubles = 0;
    for (unsigned i = 0; i < ALARMS; i++)
        if (has_alarm(channel, alarms[i].alarm))
            troubles |= 1U << i;
    bool is_judged = json_is_number(json_object_get(channel, "mos"));
    return troubles | (is_judged && real(channel, "mos") < fair_mos ? POOR : 0U);
}

static void add_alarms(unsigned troubles, const char *separator, struct st_text *text)
{
    for (unsigned i = 0; i < ALARMS; i++) {
        if (!(troubles >> i & 1))
            continue;
        st_text_add(text, separator);
        st_text_add(text, alarms[i].words);
        separator = "; ";
    }
}

void st_quality_words_add_troubles(const json_t *channel, struct st_text *text)
{
    unsigned troubles = st_quality_words_troubles(channel);
    if (troubles & POOR)
        st_text_addf(text, "poor line, %.1f %% lost", real(channel, "loss_pct"));
    add_alarms(troubles, troubles & POOR ? "; " : "", text);
    if (troubles == 0)
        st_text_add(text, "the line is fine again");
}

void st_quality_words_add(const json_t *channel, struct st_text *text)
{
    double mos = real(channel, "mos");
    if (json_is_number(json_object_get(channel, "mos")))
        st_text_addf(text, "%s, %.1f %% lost, jitter %.0f ms",
                     mos < fair_mos   ? "poor"
                     : mos < good_mos ? "fair"
                                      : "good",
                     real(channel, "loss_pct"), real(channel, "jitter_ms"));
    else
        st_text_add(text, "nothing has come");
    add_alarms(st_quality_words_troubles(channel), "; ", text);
}
