#include "engines.h"

#include "sidetone/moonshine.h"

#include <string.h>

/* In the order of preference. */
const struct st_engine_ops *const st_engines[] = {
    &st_moonshine_ops,
    &st_pocketsphinx_ops,
    &st_vosk_ops,
    &st_deepgram_ops,
    &st_assemblyai_ops,
    &st_openai_ops,
    &st_azure_ops,
    &st_aws_ops,
    &st_aws_call_analytics_ops,
    NULL,
};

const struct st_engine_ops *st_engine_find(const char *type)
{
    for (size_t i = 0; st_engines[i]; i++)
        if (strcmp(st_engines[i]->name, type) == 0)
            return st_engines[i];
    return NULL;
}
