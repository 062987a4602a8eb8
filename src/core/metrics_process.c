#include "metrics_process.h"

#include "sidetone/json_writer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void put_metric(struct st_json_writer *text, const char *name, const char *type,
                       const char *help, double value)
{
    char lines[512];
    int len = snprintf(lines, sizeof(lines), "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help,
                       name, type, name, value);
    st_json_append(text, lines, (size_t)len);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static int read_small(const char *path, char *text, size_t bytes)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    size_t len = fread(text, 1, bytes - 1, file);
    fclose(file);
    text[len] = '\0';
    return len > 0 ? 0 : -ENODATA;
}

/* Seconds since boot at which this process started: field 22 of stat, counted behind the command's
 * name because that may hold spaces and brackets. */
static double started_at_s(void)
{
    char stat[1024];
    unsigned long long ticks = 0;
    if (read_small("/proc/self/stat", stat, sizeof(stat)) < 0)
        return -1;
    const char *at = strrchr(stat, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (!at || sscanf(at, "%llu", &ticks) != 1)
        return -1;
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void put_uptime(struct st_json_writer *text)
{
    struct timespec boot, wall;
    double started_s = started_at_s();
    if (started_s < 0 || clock_gettime(CLOCK_BOOTTIME, &boot) != 0 ||
        clock_gettime(CLOCK_REALTIME, &wall) != 0)
        return;
    double uptime_s = (double)boot.tv_sec + (double)boot.tv_nsec / 1e9 - started_s;
    double now_s = (double)wall.tv_sec + (double)wall.tv_nsec / 1e9;
    put_metric(text, "process_start_time_seconds", "gauge", "Start time, as Unix time.",
               now_s - uptime_s);
    put_metric(text, "sidetone_uptime_seconds", "gauge", "Time since the start.", uptime_s);
}

static void put_memory(struct st_json_writer *text)
{
    char statm[128];
    unsigned long long size = 0, resident = 0;
    if (read_small("/proc/self/statm", statm, sizeof(statm)) < 0 ||
        sscanf(statm, "%llu %llu", &size, &resident) != 2)
        return;
    double page_bytes = (double)sysconf(_SC_PAGESIZE);
    put_metric(text, "process_virtual_memory_bytes", "gauge", "Virtual memory.",
               (double)size * page_bytes);
    put_metric(text, "process_resident_memory_bytes", "gauge", "Resident memory.",
               (double)resident * page_bytes);
}

/* Linux 6.2 and later tell the number as the folder's size; otherwise it is counted. */
static long count_open_fds(void)
{
    struct stat folder;
    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return (long)folder.st_size;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return -1;
    long count = -1; /* the folder's own */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void put_descriptors(struct st_json_writer *text)
{
    struct rlimit limit;
    long open_fds = count_open_fds();
    if (open_fds >= 0)
        put_metric(text, "process_open_fds", "gauge", "Open file descriptors.", (double)open_fds);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        put_metric(text, "process_max_fds", "gauge", "Limit of open file descriptors.",
                   (double)limit.rlim_cur);
}

void st_metrics_process_write(struct st_json_writer *text)
{
    static const char build[] = "# HELP sidetone_build_info The version that runs; always 1.\n"
                                "# TYPE sidetone_build_info gauge\n"
                                "sidetone_build_info{version=\"" ST_VERSION "\"} 1\n";
    struct rusage usage;
    st_json_append(text, build, sizeof(build) - 1);
    put_uptime(text);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        put_metric(text, "process_cpu_seconds_total", "counter", "CPU time, user and system.",
                   seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
    put_memory(text);
    put_descriptors(text);
}
