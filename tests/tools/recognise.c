/*
 * Runs the channels of recordings through an embedded engine, all at once, and prints what it
 * says as JSON lines: segments as they come, and a line of statistics at the end.
 *
 *   recognise [options] FILE...
 *     --partials       also partial results
 *     --beam N         --workers N
 *     --speed X        times real time (0, the default: as fast as the engine takes audio)
 *     --loops N        give everything N times, each as a call of its own
 *     --hints FILE     words and names to expect, one in a line
 */
#include "wav_file.h"

#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/moonshine.h"
#include "sidetone/stt.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { FILES_MAX = 256, STREAMS_MAX = 1024, HINTS_MAX = 1000, FRAME_MS = 20, TICK_US = 20000 };

struct options {
    bool wants_partials;
    unsigned beam, workers, loops;
    double speed;
    const char *hints_file;
};

struct channel {
    struct run *run;
    const struct wav_file *file;
    unsigned file_index, channel, pass;
    size_t at; /* next sample */
    bool is_finished;
    struct st_engine_stream *stream;
    int64_t lag_max_us;
};

struct run {
    struct options options;
    char *hints[HINTS_MAX];
    size_t hint_count;
    struct st_loop *loop;
    struct st_timer *timer;
    struct st_engine *engine;
    struct channel channels[STREAMS_MAX];
    size_t count, open;
    int64_t began_us;
    uint64_t partials, finals;
    int64_t final_delay_max_us, final_delay_sum_us;
    int err;
};

static int64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static long peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static void print_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static void print_words(const struct st_segment *segment)
{
    printf(", \"word_times\": \"%s\", \"words\": [",
           segment->word_times == ST_WORD_TIMES_MEASURED ? "measured" : "estimated");
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = &segment->words[i];
        printf("%s[", i ? ", " : "");
        print_text(word->text);
        printf(", %.3f, %.3f, %.3f]", (double)word->start_us / 1e6, (double)word->end_us / 1e6,
               (double)word->confidence);
    }
    putchar(']');
}

static int64_t played_us(const struct run *run)
{
    return (int64_t)((double)(st_loop_now_us() - run->began_us) * run->options.speed);
}

/* With audio in real time: how long after the speech it came. */
static void note_delay(struct run *run, const struct st_segment *segment)
{
    int64_t delay_us = played_us(run) - segment->end_us;
    run->final_delay_sum_us += delay_us;
    if (delay_us > run->final_delay_max_us)
        run->final_delay_max_us = delay_us;
}

static void on_segment(void *user, unsigned stream_channel, const struct st_segment *segment)
{
    struct channel *channel = user;
    struct run *run = channel->run;
    if (segment->is_final) {
        run->finals++;
        note_delay(run, segment);
    } else {
        run->partials++;
    }
    printf("{\"file\": %u, \"channel\": %u, \"pass\": %u, \"id\": %llu, \"final\": %s, "
           "\"start\": %.3f, \"end\": %.3f, \"at\": %.3f, \"confidence\": %.3f, \"unsure\": %s, "
           "\"text\": ",
           channel->file_index, channel->channel, channel->pass, (unsigned long long)segment->id,
           segment->is_final ? "true" : "false", (double)segment->start_us / 1e6,
           (double)segment->end_us / 1e6, (double)played_us(run) / 1e6, (double)segment->confidence,
           segment->is_unsure ? "true" : "false");
    print_text(segment->text);
    if (segment->word_count > 0)
        print_words(segment);
    printf("}\n");
}

static void end_run(struct run *run)
{
    st_timer_close(run->timer);
    st_loop_stop(run->loop);
}

static void end_channel(struct channel *channel)
{
    struct run *run = channel->run;
    st_moonshine_ops.close(channel->stream);
    channel->stream = NULL;
    if (--run->open == 0)
        end_run(run);
}

static void on_done(void *user)
{
    end_channel(user);
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    struct channel *channel = user;
    fprintf(stderr, "recognise: channel %u failed: %s\n", channel->channel, what);
    channel->run->err = -EIO;
    end_channel(channel);
}

static void on_lag(void *user, int64_t lag_us)
{
    struct channel *channel = user;
    if (lag_us > channel->lag_max_us)
        channel->lag_max_us = lag_us;
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    (void)user;
    (void)until_us;
}

static const struct st_engine_sink sink = {
    .segment = on_segment,
    .settled = on_settled,
    .done = on_done,
    .failed = on_failed,
    .lag = on_lag,
};

/* False when the channel takes no more for now. */
static bool feed_one(struct channel *channel)
{
    const struct wav_file *file = channel->file;
    size_t count = file->rate_hz * FRAME_MS / 1000;
    int64_t media_us = (int64_t)channel->at * 1000000 / file->rate_hz;
    if (channel->is_finished || !channel->stream)
        return false;
    if (channel->run->options.speed > 0 && media_us + FRAME_MS * 1000 > played_us(channel->run))
        return false;
    if (channel->at >= file->count) {
        channel->is_finished = true;
        st_moonshine_ops.finish(channel->stream);
        return false;
    }
    if (count > file->count - channel->at)
        count = file->count - channel->at;
    struct st_frame frame = {
        .samples = file->samples[channel->channel] + channel->at,
        .count = (uint32_t)count,
        .rate_hz = file->rate_hz,
        .media_us = media_us,
    };
    if (st_moonshine_ops.audio(channel->stream, &frame) != 0)
        return false;
    channel->at += count;
    return true;
}

static void on_tick(void *user)
{
    struct run *run = user;
    bool has_fed = true;
    for (int round = 0; has_fed && round < 100; round++) {
        has_fed = false;
        for (size_t i = 0; i < run->count; i++)
            has_fed = feed_one(&run->channels[i]) || has_fed;
    }
}

static int open_channel(struct run *run, const struct wav_file *file, unsigned file_index,
                        unsigned index, unsigned pass)
{
    if (run->count == STREAMS_MAX)
        return -ENOBUFS;
    struct channel *channel = &run->channels[run->count++];
    channel->run = run;
    channel->file = file;
    channel->file_index = file_index;
    channel->channel = index;
    channel->pass = pass;
    struct st_engine_stream_config config = {
        .loop = run->loop,
        .rate_hz = file->rate_hz,
        .language = "en-US",
        .wants_partials = run->options.wants_partials,
        .hints = (const char *const *)run->hints,
        .hint_count = run->hint_count,
        .sink = &sink,
        .user = channel,
    };
    int err = st_moonshine_ops.open(&channel->stream, run->engine, &config);
    if (!err)
        run->open++;
    return err;
}

static int open_channels(struct run *run, const struct wav_file *files, unsigned count)
{
    int err = 0;
    for (unsigned pass = 0; pass < run->options.loops; pass++)
        for (unsigned i = 0; i < count && !err; i++)
            for (unsigned c = 0; c < files[i].channels && !err; c++)
                err = open_channel(run, &files[i], i, c, pass);
    return err;
}

static void print_statistics(const struct run *run, int64_t used_us)
{
    double audio_s = 0;
    int64_t lag_us = 0;
    for (size_t i = 0; i < run->count; i++) {
        audio_s += (double)run->channels[i].file->count / run->channels[i].file->rate_hz;
        if (run->channels[i].lag_max_us > lag_us)
            lag_us = run->channels[i].lag_max_us;
    }
    printf("{\"statistics\": true, \"audio_s\": %.2f, \"cpu_s\": %.3f, \"rtf\": %.4f, "
           "\"wall_s\": %.2f, \"finals\": %llu, \"partials\": %llu, \"lag_max_s\": %.2f, "
           "\"final_delay_mean_s\": %.3f, \"final_delay_max_s\": %.3f, \"peak_mb\": %ld}\n",
           audio_s, (double)used_us / 1e6, (double)used_us / 1e6 / audio_s,
           (double)(st_loop_now_us() - run->began_us) / 1e6, (unsigned long long)run->finals,
           (unsigned long long)run->partials, (double)lag_us / 1e6,
           run->finals ? (double)run->final_delay_sum_us / 1e6 / (double)run->finals : 0.0,
           (double)run->final_delay_max_us / 1e6, peak_mb());
}

static int run_files(struct run *run, const struct wav_file *files, unsigned count)
{
    struct st_config_engines config = {.moonshine = {.models_dir = "",
                                                     .workers = run->options.workers,
                                                     .beam = run->options.beam}};
    char text[1024] = "";
    int err = st_moonshine_ops.load(&run->engine, &config, NULL, text, sizeof(text));
    if (err) {
        fprintf(stderr, "recognise: %s\n", text);
        return err;
    }
    st_moonshine_ops.describe(run->engine, text, sizeof(text));
    fprintf(stderr, "recognise: %s\n", text);
    err = st_loop_create(&run->loop, 0, 0);
    if (!err)
        err = open_channels(run, files, count);
    if (err)
        return err;
    int64_t cpu_before_us = cpu_us();
    run->began_us = st_loop_now_us();
    run->timer = st_timer_open(run->loop, on_tick, run);
    double speed = run->options.speed > 1 ? run->options.speed : 1;
    st_timer_set(run->timer, 0, run->options.speed > 0 ? (int64_t)(TICK_US / speed) : 1000);
    st_loop_run(run->loop);
    print_statistics(run, cpu_us() - cpu_before_us);
    st_moonshine_ops.unload(run->engine);
    st_loop_destroy(run->loop);
    return run->err;
}

static int read_hints(struct run *run)
{
    char line[256];
    if (!run->options.hints_file)
        return 0;
    FILE *file = fopen(run->options.hints_file, "re");
    if (!file) {
        fprintf(stderr, "recognise: %s: %s\n", run->options.hints_file, strerror(errno));
        return -errno;
    }
    while (run->hint_count < HINTS_MAX && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        run->hints[run->hint_count++] = st_mem_strdup(line);
    }
    fclose(file);
    return 0;
}

static struct options read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"partials", no_argument, NULL, 'p'},
        {"beam", required_argument, NULL, 'b'},
        {"workers", required_argument, NULL, 'w'},
        {"speed", required_argument, NULL, 's'},
        {"loops", required_argument, NULL, 'l'},
        {"hints", required_argument, NULL, 'h'},
        {0},
    };
    struct options options = {.loops = 1};
    int c;
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'p':
            options.wants_partials = true;
            break;
        case 'b':
            options.beam = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'w':
            options.workers = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 's':
            options.speed = strtod(optarg, NULL);
            break;
        case 'l':
            options.loops = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'h':
            options.hints_file = optarg;
            break;
        default:
            exit(2);
        }
    }
    return options;
}

int main(int argc, char **argv)
{
    static struct wav_file files[FILES_MAX];
    struct run *run = st_mem_alloc(sizeof(*run));
    run->options = read_options(argc, argv);
    unsigned count = 0;
    if (read_hints(run) < 0)
        return 1;
    for (; optind < argc && count < FILES_MAX; optind++, count++) {
        int err = wav_file_read(&files[count], argv[optind]);
        if (err) {
            fprintf(stderr, "recognise: %s: %s\n", argv[optind], strerror(-err));
            return 1;
        }
    }
    int err = run_files(run, files, count);
    for (unsigned i = 0; i < count; i++)
        wav_file_free(&files[i]);
    for (size_t i = 0; i < run->hint_count; i++)
        free(run->hints[i]);
    free(run);
    return err ? 1 : 0;
}
