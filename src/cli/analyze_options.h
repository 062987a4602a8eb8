/* What `analyze` was asked for. */
#ifndef SIDETONE_CLI_ANALYZE_OPTIONS_H
#define SIDETONE_CLI_ANALYZE_OPTIONS_H

#include "audio_source.h"

#include "sidetone/transcript.h"

#include <stdbool.h>

enum { ST_ANALYZE_SPEAKERS_MAX = 16, ST_ANALYZE_ATTRIBUTES_MAX = 32 };

struct st_analyze_options {
    const char *config, *rules, *route; /* NULL: not given */
    const char *format;                 /* NULL: recognised; also "wav" */
    struct st_audio_files sides;        /* agent, customer: a call in two files */
    const char *audio;                  /* what the transcript's call sounds like */
    bool is_json, no_progress, no_meaning;
    struct st_transcript_options facts;
    /* What `facts` points to; the strings are owned. */
    struct st_transcript_speaker speakers[ST_ANALYZE_SPEAKERS_MAX];
    struct st_transcript_attribute attributes[ST_ANALYZE_ATTRIBUTES_MAX];
    char *const *files;
    int file_count;
};

/* Borrows from argv, and keeps pointers into itself: not to be copied. Negative for
 * st_analyze_options_exit after the help, or after saying what is wrong. */
int st_analyze_options_parse(struct st_analyze_options *options, int argc, char **argv);
int st_analyze_options_exit(int parsed); /* the exit code */
void st_analyze_options_fini(struct st_analyze_options *options);

#endif
