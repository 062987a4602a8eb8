#include "rtp_read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 256 };

int rtp_read_refuse(struct rtp_read *read, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(read->why, RTP_BODY_WHY_BYTES, format, args);
    va_end(args);
    return -EBADMSG;
}

int rtp_read_members(struct rtp_read *read, json_t *object, const struct rtp_read_member *members,
                     const char *what)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return rtp_read_refuse(read, "%s must be a JSON object", what);
    json_object_foreach(object, name, value)
    {
        const struct rtp_read_member *member = members;
        while (member->name && strcmp(member->name, name) != 0)
            member++;
        if (!member->name)
            return rtp_read_refuse(read, "unknown member '%.40s' in %s", name, what);
        int err = member->take(read, value);
        if (err)
            return err;
    }
    return 0;
}

int rtp_read_text(struct rtp_read *read, json_t *value, const char *name, const char **ret_text)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) > TEXT_BYTES_MAX)
        return rtp_read_refuse(read, "'%s' must be a text of at most %d bytes", name,
                               TEXT_BYTES_MAX);
    *ret_text = text;
    return 0;
}

int rtp_read_number(struct rtp_read *read, json_t *value, const char *name, int64_t min,
                    int64_t max, int64_t *ret_number)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < min || number > max)
        return rtp_read_refuse(read, "'%s' must be a whole number from %lld to %lld", name,
                               (long long)min, (long long)max);
    *ret_number = number;
    return 0;
}

int rtp_read_bool(struct rtp_read *read, json_t *value, const char *name, bool *ret_bool)
{
    if (!json_is_boolean(value))
        return rtp_read_refuse(read, "'%s' must be true or false", name);
    *ret_bool = json_is_true(value);
    return 0;
}

int rtp_read_mode(struct rtp_read *read, json_t *value, enum st_media_source_mode *ret_mode)
{
    const char *text = json_string_value(value);
    for (int i = 0; text && i < ST_MEDIA_SOURCE_MODES; i++)
        if (strcmp(text, st_media_source_mode_name((enum st_media_source_mode)i)) == 0) {
            *ret_mode = (enum st_media_source_mode)i;
            return 0;
        }
    return rtp_read_refuse(read, "'source' must be strict, ip, learn or open");
}

int rtp_read_role(struct rtp_read *read, json_t *value, enum st_role *ret_role)
{
    const char *text = json_string_value(value);
    for (int i = ST_ROLE_AGENT; text && i <= ST_ROLE_CUSTOMER; i++)
        if (strcmp(text, st_role_name((enum st_role)i)) == 0) {
            *ret_role = (enum st_role)i;
            return 0;
        }
    return rtp_read_refuse(read, "a role must be agent or customer");
}

int rtp_read_roles(struct rtp_read *read, json_t *value)
{
    size_t count = json_array_size(value);
    if (count == 0 || count > ST_CHANNELS_MAX)
        return rtp_read_refuse(read, "'roles' must be an array of one or two roles");
    read->role_count = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        int err = rtp_read_role(read, json_array_get(value, i), &read->roles[i]);
        if (err)
            return err;
    }
    return 0;
}

int rtp_read_channels(struct rtp_read *read, bool is_stereo)
{
    unsigned first = read->next_channel, count = is_stereo ? 2 : 1;
    if (first + count > ST_CHANNELS_MAX)
        return rtp_read_refuse(read, "a call has two channels: the streams have more");
    for (unsigned i = 0; i < count; i++) {
        read->line->channel_mask |= 1U << (first + i);
        read->line->roles[first + i] = read->roles[i];
    }
    read->next_channel += count;
    return 0;
}
