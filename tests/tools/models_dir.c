/* Where the models are, for test programs built before the configuration module is there. */
#include "sidetone/config.h"

#include <stdlib.h>

const char *st_config_models_dir(const struct st_config_engines *engines)
{
    const char *from_environment = getenv("SIDETONE_MODELS");
    if (engines->moonshine.models_dir[0])
        return engines->moonshine.models_dir;
    return from_environment ? from_environment : ".sidetone/models";
}
