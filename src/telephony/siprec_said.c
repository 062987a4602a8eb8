#include "siprec_said.h"

#include "sidetone/mem.h"

#include <stdlib.h>

static const char *keep(struct said *said, const char *text)
{
    if (said->text_count == SAID_TEXTS_MAX)
        return "";
    return said->texts[said->text_count++] = st_mem_strdup(text);
}

struct said *said_copy(const struct st_siprec_session *session)
{
    struct said *said = st_mem_alloc(sizeof(*said));
    for (unsigned i = 0; i < session->attribute_count; i++)
        said->attributes[i] = (struct st_attribute){keep(said, session->attributes[i].key),
                                                    keep(said, session->attributes[i].value)};
    said->route = st_mem_strdup(session->user);
    said->start = (struct st_ingest_start){
        .call_id = keep(said, session->call_id),
        .stream_id = keep(said, session->stream_id),
        .agent_id = keep(said, session->agent_id),
        .agent_name = keep(said, session->agent_name),
        .queue = "",
        .caller = keep(said, session->caller),
        .language = "",
        .attributes = said->attributes,
        .attribute_count = session->attribute_count,
    };
    return said;
}

void said_free(struct said *said)
{
    if (!said)
        return;
    for (unsigned i = 0; i < said->text_count; i++)
        free(said->texts[i]);
    free(said->route);
    free(said);
}
