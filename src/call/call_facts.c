/* Who is on a call: as its first leg has it, completed by later ones, changed by a transfer. */
#include "call_internal.h"

#include "sidetone/loop.h"

#include <errno.h>
#include <string.h>

/* Of two channels one is the agent's: what is known of one says what the other is. */
static enum st_role role_of(const struct st_ingest_start *start, unsigned channel)
{
    enum st_role other = start->channels[1 - channel].role;
    if (start->channels[channel].role)
        return start->channels[channel].role;
    if (other)
        return other == ST_ROLE_AGENT ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
    return channel == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
}

static const char *team_of(const struct call_shard *shard, const struct st_call_facts *facts)
{
    for (size_t i = 0; i < facts->attribute_count; i++)
        if (strcmp(facts->attributes[i].key, "team") == 0)
            return facts->attributes[i].value;
    return st_config_team_of(shard->settings->config, facts->agent_id);
}

struct st_call_facts *call_facts_from(const struct call_shard *shard, const struct call_start *from)
{
    const struct st_ingest_start *start = from->start;
    struct st_call_facts *facts = st_call_facts_create();
    st_call_facts_set(&facts->call_id, start->call_id);
    st_call_facts_set(&facts->tenant, from->tenant->name);
    st_call_facts_set(&facts->route, from->route->name);
    st_call_facts_set(&facts->dialect, from->dialect);
    st_call_facts_set(&facts->agent_id, start->agent_id);
    st_call_facts_set(&facts->agent_name, start->agent_name);
    st_call_facts_set(&facts->queue, start->queue[0] ? start->queue : from->route->queue);
    st_call_facts_set(&facts->caller, start->caller);
    st_call_facts_set(&facts->language,
                      start->language[0] ? start->language : from->route->language);
    facts->engine = call_needs_engine(start) ? "" : from->dialect;
    facts->engine_quality = "";
    facts->started_unix_ms = st_loop_wall_unix_ms();
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        facts->roles[i] = role_of(start, i);
    for (size_t i = 0; i < start->attribute_count; i++)
        st_call_facts_add_attribute(facts, start->attributes[i].key, start->attributes[i].value);
    st_call_facts_set(&facts->team, team_of(shard, facts));
    return facts;
}

static bool complete_text(char **text, const char *value)
{
    if ((*text)[0] || !value[0])
        return false;
    st_call_facts_set(text, value);
    return true;
}

/* Tells of the new facts, when there is news in them. */
static void change_facts(struct call *call, struct st_call_facts *take_facts, bool has_news)
{
    if (!has_news) {
        st_call_facts_unref(take_facts);
        return;
    }
    call->log.call_id = take_facts->call_id;
    struct st_call_facts *previous = story_set_facts(&call->story, take_facts);
    call_tell_change(call, ST_CALL_CHANGE_IDENTITY, previous);
    st_call_facts_unref(previous);
}

void call_complete_facts(struct call *call, const struct st_ingest_start *start,
                         unsigned first_mask)
{
    struct st_call_facts *facts = st_call_facts_copy(call->story.facts);
    bool has_news = complete_text(&facts->agent_id, start->agent_id);
    has_news |= complete_text(&facts->agent_name, start->agent_name);
    has_news |= complete_text(&facts->queue, start->queue);
    has_news |= complete_text(&facts->team, team_of(call->shard, facts));
    has_news |= complete_text(&facts->caller, start->caller);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        enum st_role role = start->channels[i].role;
        if (!(first_mask >> i & 1) || !role || role == facts->roles[i])
            continue;
        facts->roles[i] = role;
        has_news = true;
    }
    change_facts(call, facts, has_news);
}

static bool replace_text(char **text, const char *value)
{
    if (!value[0] || strcmp(*text, value) == 0)
        return false;
    st_call_facts_set(text, value);
    return true;
}

static bool has_attribute(const struct st_call_facts *facts, const char *key)
{
    for (size_t i = 0; i < facts->attribute_count; i++)
        if (strcmp(facts->attributes[i].key, key) == 0)
            return true;
    return false;
}

static bool complete_attributes(struct st_call_facts *facts, const struct st_call_facts *from)
{
    bool has_news = false;
    for (size_t i = 0; i < from->attribute_count; i++) {
        if (has_attribute(facts, from->attributes[i].key) ||
            facts->attribute_count >= ST_INGEST_ATTRIBUTES_MAX)
            continue;
        st_call_facts_add_attribute(facts, from->attributes[i].key, from->attributes[i].value);
        has_news = true;
    }
    return has_news;
}

void call_set_parties(struct call *call, const struct st_call_facts *parties)
{
    if (call->state > CALL_WAITING)
        return;
    struct st_call_facts *facts = st_call_facts_copy(call->story.facts);
    bool has_news = replace_text(&facts->agent_id, parties->agent_id);
    if (has_news) {
        st_call_facts_set(&facts->agent_name, parties->agent_name);
        st_call_facts_set(&facts->team, team_of(call->shard, facts));
    } else
        has_news = replace_text(&facts->agent_name, parties->agent_name);
    has_news |= replace_text(&facts->caller, parties->caller);
    has_news |= complete_attributes(facts, parties);
    change_facts(call, facts, has_news);
}

int call_change_roles(struct call *call, const enum st_role roles[ST_CHANNELS_MAX])
{
    if (call->state > CALL_WAITING)
        return -EALREADY;
    struct st_call_facts *facts = st_call_facts_copy(call->story.facts);
    bool has_news = memcmp(facts->roles, roles, sizeof(facts->roles)) != 0;
    memcpy(facts->roles, roles, sizeof(facts->roles));
    change_facts(call, facts, has_news);
    return has_news;
}
