/* Who takes part, and when: what was known of the parties each time that it changed, told as ranges
 * of media time. */
#include "story.h"

#include "call_internal.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *id_of(const struct st_call_facts *facts, enum st_role role)
{
    return role == ST_ROLE_CUSTOMER ? facts->caller : facts->agent_id;
}

static bool is_as_before(const struct st_call_facts *before, const struct st_call_facts *now)
{
    return strcmp(before->caller, now->caller) == 0 &&
           strcmp(before->agent_id, now->agent_id) == 0 &&
           strcmp(before->agent_name, now->agent_name) == 0;
}

void story_note_parties(struct story *story, int64_t media_us)
{
    size_t n = story->party_count;
    if (n == STORY_PARTIES_MAX ||
        (n > 0 && is_as_before(story->parties[n - 1].facts, story->facts)))
        return;
    if (n % 4 == 0)
        story->parties = st_mem_realloc(story->parties, (n + 4) * sizeof(story->parties[0]));
    story->parties[n] = (struct story_parties){.facts = st_call_facts_ref(story->facts),
                                               .from_us = call_whole_ms(media_us)};
    story->party_count++;
}

void story_forget_parties(struct story *story)
{
    for (size_t i = 0; i < story->party_count; i++)
        st_call_facts_unref(story->parties[i].facts);
    free(story->parties);
}

/* Where somebody else is of that role, or nobody. */
static size_t end_of(const struct story *story, size_t begin, enum st_role role)
{
    size_t end = begin + 1;
    const char *id = id_of(story->parties[begin].facts, role);
    while (end < story->party_count && strcmp(id_of(story->parties[end].facts, role), id) == 0)
        end++;
    return end;
}

static void put_ranges(struct st_json_writer *json, const struct story *story, unsigned channel)
{
    enum st_role role = story->facts->roles[channel];
    for (size_t begin = 0, end; begin < story->party_count; begin = end) {
        end = end_of(story, begin, role);
        const struct st_call_facts *facts = story->parties[end - 1].facts;
        if (!id_of(facts, role)[0])
            continue;
        st_json_begin_object(json);
        st_json_set_int(json, "channel", channel);
        st_json_set_string(json, "role", st_role_name(role));
        st_json_set_string(json, "id", id_of(facts, role));
        st_json_set_string(json, "name", role == ST_ROLE_AGENT ? facts->agent_name : "");
        st_json_set_int(json, "from_ms", story->parties[begin].from_us / 1000);
        if (end < story->party_count)
            st_json_set_int(json, "to_ms", story->parties[end].from_us / 1000);
        st_json_end_object(json);
    }
}

void story_put_participants(struct st_json_writer *json, const struct story *story)
{
    st_json_key(json, "participants");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        put_ranges(json, story, i);
    st_json_end_array(json);
}
