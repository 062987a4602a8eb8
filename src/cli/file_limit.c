#include "file_limit.h"

#include "sidetone/config.h"
#include "sidetone/log.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

/* Models, certificates, pipes to threads, an editor's look at /proc. */
enum { SPARE_FILES = 256, FILES_PER_LOOP = 16, FILES_PER_CALL = 2, FILES_MIN = 1024 };

/* One for each port, and for each connection of signalling. */
static uint64_t rtp_files(const struct st_config *config)
{
    const struct st_config_rtp *rtp = &config->rtp;
    uint64_t ports = rtp->first_port ? rtp->last_port + 1 - rtp->first_port : 0;
    return ports + (config->siprec.listen_count > 0 ? config->siprec.connections : 0);
}

uint64_t file_limit_needed(const struct st_config *config, unsigned loops)
{
    const struct st_config_limits *limits = &config->limits;
    uint64_t needed = (uint64_t)limits->connections + (uint64_t)limits->calls * FILES_PER_CALL +
                      (uint64_t)loops * FILES_PER_LOOP + rtp_files(config) + SPARE_FILES;
    return needed < FILES_MIN ? FILES_MIN : needed;
}

void file_limit_apply(const struct st_log *log, const struct st_config *config, unsigned loops)
{
    uint64_t needed = file_limit_needed(config, loops);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    rlim_t wanted = limit.rlim_max < needed ? limit.rlim_max : (rlim_t)needed;
    if (wanted != limit.rlim_cur) {
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            ST_WARN(log, "cannot set the limit of open files: %s", strerror(errno));
    }
    if (wanted < needed)
        ST_WARN(log,
                "only %" PRIu64
                " files may be open, limits.connections (%u), limits.calls (%u) and "
                "the ports of rtp need %" PRIu64
                ": raise the hard limit (LimitNOFILE= of the service, `ulimit -Hn`, "
                "--ulimit of the container) or lower those",
                (uint64_t)wanted, config->limits.connections, config->limits.calls, needed);
}
