/* Within the transcriber: what is loaded once. */
#ifndef SIDETONE_CLI_TRANSCRIBER_ENGINE_H
#define SIDETONE_CLI_TRANSCRIBER_ENGINE_H

#include "transcriber.h"

#include "sidetone/stt.h"

struct st_transcriber {
    const struct st_config *config;
    struct st_stt_engine engine;              /* its guard only counts */
    const struct st_stt_transport *transport; /* NULL: embedded engines only */
};

#endif
