/* What the channels of a recording sound like, second by second, as a live call measures it. */
#ifndef SIDETONE_CLI_EAR_H
#define SIDETONE_CLI_EAR_H

#include "audio_source.h"

#include "sidetone/audio_second.h"
#include "sidetone/seconds.h"

#include <stddef.h>
#include <stdint.h>

enum { ST_EARS = 2 };

/* One channel's. One of zeroes is empty. */
struct st_ear {
    struct st_level level;
    struct st_seconds seconds;
    struct st_audio_second *list;
    size_t count, cap;
};

void st_ear_init(struct st_ear *ear);
void st_ear_fini(struct st_ear *ear);
void st_ear_put(struct st_ear *ear, const struct st_frame *frame);
void st_ear_flush(struct st_ear *ear); /* no more frames come */

struct st_hearing {
    struct st_ear ears[ST_EARS]; /* the agent's, the customer's */
    int64_t duration_us;
};

/* Listens to a whole recording at the rate at which that engine ("": any) would have. -EINVAL and
 * errors of the files, with `ret_why` fit for people. */
int st_hearing_run(struct st_hearing *ret_hearing, const struct st_audio_files *files,
                   const char *engine, char *ret_why, size_t why_bytes);
void st_hearing_fini(struct st_hearing *hearing);

#endif
