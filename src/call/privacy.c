/* What a call's route says of personal data. */
#include "call_internal.h"

static uint32_t types_of(const struct st_config_route_privacy *privacy)
{
    uint32_t types = 0;
    for (unsigned i = 0; i < privacy->type_count; i++)
        types |= 1U << privacy->types[i];
    return types;
}

void privacy_of_route(const struct st_settings *settings, const struct st_call_facts *facts,
                      struct st_pii_settings *privacy)
{
    const struct st_config_route *route = settings_route(settings, facts);
    privacy->lexicon = settings->names;
    if (!route)
        return;
    privacy->mode = route->privacy.mode;
    privacy->style = route->privacy.style;
    privacy->types = types_of(&route->privacy);
}
