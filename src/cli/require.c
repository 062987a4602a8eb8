#include "require.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    unsigned bit;
} names[] = {
    {"agent", ST_REQUIRE_AGENT},
    {"customer", ST_REQUIRE_CUSTOMER},
    {"alert", ST_REQUIRE_ALERT},
    {"sentiment", ST_REQUIRE_SENTIMENT},
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static unsigned parse_word(const char *word, size_t bytes)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strlen(names[i].name) == bytes && strncmp(names[i].name, word, bytes) == 0)
            return names[i].bit;
    return 0;
}

int st_require_parse(struct st_require *require, const char *list)
{
    unsigned wanted = 0;
    for (const char *at = list;; at++) {
        size_t bytes = strcspn(at, ",");
        unsigned bit = parse_word(at, bytes);
        if (bit == 0)
            return -EINVAL;
        wanted |= bit;
        at += bytes;
        if (*at == '\0')
            break;
    }
    require->wanted |= wanted;
    return 0;
}

static void take_final(struct st_require *require, const json_t *event)
{
    const json_t *segment = json_object_get(event, "segment");
    const char *text = json_string_value(json_object_get(segment, "text"));
    const char *role = json_string_value(json_object_get(segment, "role"));
    if (!text || !text[0] || !role)
        return;
    if (strcmp(role, "agent") == 0)
        require->met |= ST_REQUIRE_AGENT;
    else if (strcmp(role, "customer") == 0)
        require->met |= ST_REQUIRE_CUSTOMER;
}

void st_require_take(struct st_require *require, const json_t *event)
{
    const char *type = json_string_value(json_object_get(event, "type"));
    if (!type)
        return;
    if (strcmp(type, "transcript.final") == 0)
        take_final(require, event);
    else if (strcmp(type, "alert.raised") == 0)
        require->met |= ST_REQUIRE_ALERT;
    /* A channel begins at 0, so whatever is not there has moved. */
    else if (strcmp(type, "sentiment.updated") == 0 &&
             fabs(json_number_value(json_object_get(event, "rolling"))) >= 0.005)
        require->met |= ST_REQUIRE_SENTIMENT;
}

bool st_require_is_met(const struct st_require *require, struct st_text *text)
{
    bool is_met = true;
    for (size_t i = 0; i < NAMES; i++) {
        if (!(require->wanted & ~require->met & names[i].bit))
            continue;
        st_text_add(text, is_met ? "" : ", ");
        st_text_add(text, names[i].name);
        is_met = false;
    }
    return is_met;
}
