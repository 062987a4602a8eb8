#include "http_internal.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct parse {
    struct st_alert_command *command;
    int64_t now_unix_ms;
    char *why;
    bool has_until, has_person;
};

static int refuse(struct parse *parse, const char *problem)
{
    snprintf(parse->why, BODY_WHY_BYTES, "%s", problem);
    return -EBADMSG;
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static int take_note(struct parse *parse, json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || count_characters(text) > ST_ALERT_NOTE_CHARS_MAX)
        return refuse(parse, "'note' must be a text of at most 200 characters");
    memcpy(parse->command->note, text, strlen(text) + 1);
    return 0;
}

static int take_until(struct parse *parse, int64_t until_unix_ms)
{
    if (parse->has_until)
        return refuse(parse, "give one of 'for_s' and 'until_unix_ms'");
    parse->has_until = true;
    parse->command->until_unix_ms = until_unix_ms;
    return 0;
}

static int take_for(struct parse *parse, json_t *value)
{
    json_int_t seconds = json_integer_value(value);
    if (!json_is_integer(value) || seconds < 1 || seconds > ST_ALERT_SNOOZE_MAX_S)
        return refuse(parse, "'for_s' must be a whole number from 1 to 86400");
    return take_until(parse, parse->now_unix_ms + seconds * 1000);
}

static int take_until_unix_ms(struct parse *parse, json_t *value)
{
    json_int_t until_unix_ms = json_integer_value(value);
    if (!json_is_integer(value) || until_unix_ms < 1 || until_unix_ms >= INT64_C(1) << 53)
        return refuse(parse, "'until_unix_ms' must be a time in milliseconds since 1970");
    return take_until(parse, until_unix_ms);
}

static int take_person(struct parse *parse, json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) >= ST_ALERT_NAME_BYTES)
        return refuse(parse, "'person' must be a text of at most 128 bytes");
    parse->has_person = true;
    memcpy(parse->command->person, text, strlen(text) + 1);
    return 0;
}

static const struct {
    const char *name;
    unsigned verbs; /* bit per enum st_alert_verb */
    int (*take)(struct parse *parse, json_t *value);
} members[] = {
    {"note", ~0U, take_note},
    {"for_s", 1U << ST_ALERT_SNOOZE, take_for},
    {"until_unix_ms", 1U << ST_ALERT_SNOOZE, take_until_unix_ms},
    {"person", 1U << ST_ALERT_ASSIGN, take_person},
};

static int take_member(struct parse *parse, const char *name, json_t *value)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (members[i].verbs >> parse->command->verb & 1 && strcmp(members[i].name, name) == 0)
            return members[i].take(parse, value);
    snprintf(parse->why, BODY_WHY_BYTES, "unknown member '%.40s'", name);
    return -EBADMSG;
}

static int take_members(struct parse *parse, json_t *root)
{
    const char *name;
    json_t *value;
    if (!json_is_object(root))
        return refuse(parse, "the body must be a JSON object");
    json_object_foreach(root, name, value)
    {
        int err = take_member(parse, name, value);
        if (err)
            return err;
    }
    if (parse->command->verb == ST_ALERT_SNOOZE && !parse->has_until)
        return refuse(parse, "'for_s' or 'until_unix_ms' is missing");
    if (parse->command->verb == ST_ALERT_ASSIGN && !parse->has_person)
        return refuse(parse, "'person' is missing");
    return 0;
}

int alert_body_parse(struct st_alert_command *command, const char *text, size_t bytes,
                     int64_t now_unix_ms, char ret_why[BODY_WHY_BYTES])
{
    struct parse parse = {.command = command, .now_unix_ms = now_unix_ms, .why = ret_why};
    json_t *root =
        bytes > 0 ? json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL) : json_object();
    int err = take_members(&parse, root);
    json_decref(root);
    return err;
}
