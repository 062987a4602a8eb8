/* sidetone analyze: what the gateway would have found, of calls that are over. */
#include "analyze_options.h"
#include "analyze_report.h"
#include "analyze_settings.h"
#include "ear.h"
#include "progress.h"
#include "terminal.h"
#include "transcriber.h"
#include "verb.h"

#include "sidetone/buf.h"
#include "sidetone/call.h"
#include "sidetone/call_facts.h"
#include "sidetone/config.h"
#include "sidetone/err.h"
#include "sidetone/json_writer.h"
#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/message.h"
#include "sidetone/review.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 16, PROGRESS_US = 100000 };

struct run {
    struct st_analyze_options *options;
    struct st_settings *settings;
    const struct st_config_route *route;
    struct st_transcriber *transcriber; /* NULL until a recording needs it */
    struct st_json_writer json;
    struct st_text out;
    struct st_analyze_report report;
    bool shows_progress, has_color;
    const char *path; /* of the file in hand */
    int file_number;
    int64_t began_us, shown_us; /* of that file; when progress was shown last */
    int64_t total_us;
    uint64_t events;
};

/* ---- saying things ---- */

static void clear_progress(struct run *run)
{
    if (run->shows_progress && run->shown_us)
        fputs("\r\033[K", stderr);
    run->shown_us = 0;
}

static int complain(struct run *run, const char *path, const char *what)
{
    struct st_text text = {0};
    clear_progress(run);
    st_text_add(&text, "sidetone analyze: ");
    st_text_add_clean(&text, path);
    st_text_add(&text, ": ");
    st_text_add_clean(&text, what);
    st_text_add(&text, "\n");
    fputs(text.data, stderr);
    st_text_fini(&text);
    return -EINVAL;
}

static void show_progress(struct run *run, const char *what, int64_t done_us)
{
    int64_t now_us = st_loop_now_us();
    if (!run->shows_progress || now_us - run->began_us < PROGRESS_US ||
        now_us - run->shown_us < PROGRESS_US)
        return;
    struct st_text text = {0}, title = {0};
    const char *name = strrchr(run->path, '/');
    st_text_add(&title, what);
    st_text_add(&title, " ");
    st_text_add_clean(&title, name ? name + 1 : run->path);
    if (run->options->file_count > 1)
        st_text_addf(&title, " (%d of %d)", run->file_number, run->options->file_count);
    const struct st_progress progress = {.what = title.data,
                                         .done_us = done_us,
                                         .total_us = run->total_us,
                                         .elapsed_us = now_us - run->began_us};
    st_progress_line(&text, &progress, st_terminal_columns(stderr) - 1);
    fputs(text.data, stderr);
    run->shown_us = now_us;
    st_text_fini(&text);
    st_text_fini(&title);
}

static int flush(struct run *run)
{
    size_t bytes = run->out.len;
    if (bytes > 0)
        clear_progress(run);
    bool is_good = fwrite(run->out.data ? run->out.data : "", 1, bytes, stdout) == bytes &&
                   fflush(stdout) == 0;
    st_text_reset(&run->out);
    return is_good ? 0 : complain(run, "standard output", st_err_text(-errno));
}

/* ---- calls ---- */

static void on_event(void *user, const struct st_message *message)
{
    struct run *run = user;
    const char *json = (const char *)message->json->data;
    run->events++;
    if (!run->options->is_json) {
        st_analyze_report_event(&run->report, json, message->json->len);
        return;
    }
    st_text_add_clean_json(&run->out, json, message->json->len);
    st_text_add(&run->out, "\n");
}

static void on_review_progress(void *user, int64_t media_us)
{
    show_progress(user, "analysing", media_us);
}

static void add_summary(struct run *run, const char *format, const struct st_buf *state)
{
    struct st_json_writer *json = &run->json;
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", "summary");
    st_json_set_string(json, "file", run->path);
    st_json_set_string(json, "format", format);
    st_json_set_int(json, "events", (int64_t)run->events);
    st_json_key(json, "call");
    st_json_raw(json, (const char *)state->data, state->len);
    st_json_end_object(json);
    st_text_add_clean_json(&run->out, json->data, json->len);
    st_text_add(&run->out, "\n");
}

static void begin_report(struct run *run)
{
    if (run->options->file_count > 1) {
        st_text_add(&run->out, "==> ");
        st_text_add_clean(&run->out, run->path);
        st_text_add(&run->out, " <==\n");
    }
    st_analyze_report_init(&run->report, run->has_color, &run->out);
}

static void end_report(struct run *run, const struct st_buf *state)
{
    st_analyze_report_end(&run->report, (const char *)state->data, state->len);
    st_analyze_report_fini(&run->report);
    st_text_add(&run->out, "\n");
}

static int review(struct run *run, const struct st_transcript_call *call, const char *format)
{
    const struct st_review config = {
        .settings = run->settings,
        .call = call,
        .event = on_event,
        .progress = on_review_progress,
        .user = run,
    };
    run->events = 0;
    run->total_us = call->duration_us;
    if (!run->options->is_json)
        begin_report(run);
    struct st_buf *state = st_review_run(&config);
    if (run->options->is_json)
        add_summary(run, format, state);
    else
        end_report(run, state);
    st_buf_unref(state);
    return flush(run);
}

static int review_all(struct run *run, struct st_transcript *take_transcript, const char *format)
{
    int err = 0;
    run->began_us = st_loop_now_us();
    for (size_t i = 0; i < take_transcript->count && !err; i++)
        err = review(run, &take_transcript->calls[i], format);
    st_transcript_free(take_transcript);
    return err;
}

/* ---- recordings ---- */

static int need_transcriber(struct run *run)
{
    char why[1024] = "";
    const struct st_config *config = st_settings_config(run->settings);
    if (run->transcriber)
        return 0;
    if (st_transcriber_create(&run->transcriber, config, run->route->engines[0], why, sizeof(why)) <
        0)
        return complain(run, run->path, why);
    return 0;
}

static void on_recognised(void *user, int64_t done_us, int64_t total_us)
{
    struct run *run = user;
    run->total_us = total_us;
    show_progress(run, "recognising", done_us);
}

static int analyze_audio(struct run *run, const struct st_audio_files *files)
{
    char why[512] = "";
    struct st_transcript *transcript;
    const char **hints, *given = run->options->facts.given.language;
    const char *language = given ? given : run->route->language;
    struct st_recording recording = {
        .files = files,
        .language = language,
        .options = &run->options->facts,
        .progress = on_recognised,
        .user = run,
    };
    if (need_transcriber(run) < 0)
        return -EINVAL;
    recording.hint_count = st_config_hints(run->route, language, &hints);
    recording.hints = hints;
    int err = st_transcriber_run(run->transcriber, &recording, &transcript, why, sizeof(why));
    free(hints);
    if (err < 0)
        return complain(run, run->path, why);
    return review_all(run, transcript, "wav");
}

/* ---- files ---- */

static int read_all(int file, char **ret_data, size_t *ret_bytes)
{
    size_t bytes = 0, cap = 0;
    char *data = NULL;
    ssize_t got;
    do {
        if (cap - bytes < READ_BYTES) {
            cap = cap * 2 + READ_BYTES;
            data = st_mem_realloc(data, cap);
        }
        got = read(file, data + bytes, cap - bytes);
        bytes += got > 0 ? (size_t)got : 0;
    } while ((got > 0 || (got < 0 && errno == EINTR)) && bytes <= ST_TRANSCRIPT_BYTES_MAX);
    if (got < 0) {
        free(data);
        return -errno;
    }
    *ret_data = data;
    *ret_bytes = bytes;
    return 0;
}

static int open_file(const char *path)
{
    struct stat stat;
    int file = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && fstat(file, &stat) == 0 && S_ISDIR(stat.st_mode)) {
        close(file);
        return -EISDIR;
    }
    return file < 0 ? -errno : file;
}

/* The first bytes of a recording; what cannot be opened is complained about when it is read. */
static bool is_recording(const struct run *run)
{
    char head[12] = "";
    if (run->options->format)
        return strcmp(run->options->format, "wav") == 0;
    int file = strcmp(run->path, "-") == 0 ? -1 : open_file(run->path);
    ssize_t got = file >= 0 ? pread(file, head, sizeof(head), 0) : 0;
    if (file >= 0)
        close(file);
    return got == sizeof(head) && memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WAVE", 4) == 0;
}

/* Its one call, with what `--audio` sounds like. */
static int review_with_audio(struct run *run, struct st_transcript *take_transcript)
{
    char why[512] = "";
    struct st_hearing hearing;
    struct st_transcript_call *call = &take_transcript->calls[0];
    const struct st_audio_files files = {.both = run->options->audio};
    if (take_transcript->count > 1 ||
        st_hearing_run(&hearing, &files, call->facts->engine, why, sizeof(why)) < 0) {
        st_transcript_free(take_transcript);
        return complain(run, run->options->audio, why[0] ? why : "there are several calls");
    }
    for (unsigned i = 0; i < ST_EARS; i++) {
        call->seconds[i] = hearing.ears[i].list;
        call->second_counts[i] = hearing.ears[i].count;
    }
    if (hearing.duration_us > call->duration_us)
        call->duration_us = hearing.duration_us;
    int err = review_all(run, take_transcript, take_transcript->format->name);
    st_hearing_fini(&hearing);
    return err;
}

static int analyze_text(struct run *run)
{
    char *data = NULL, why[512];
    size_t bytes = 0;
    struct st_transcript *transcript;
    int file = open_file(run->path);
    if (file < 0)
        return complain(run, run->path, st_err_text(file));
    int err = read_all(file, &data, &bytes);
    close(file);
    if (err)
        return complain(run, run->path, st_err_text(err));
    const struct st_transcript_reader *format =
        run->options->format ? st_transcript_reader_find(run->options->format) : NULL;
    err = st_transcript_read(&transcript, format, data, bytes, &run->options->facts, why,
                             sizeof(why));
    free(data);
    if (err)
        return complain(run, run->path, why);
    if (run->options->audio)
        return review_with_audio(run, transcript);
    return review_all(run, transcript, transcript->format->name);
}

/* "calls/c-17.json" gives "c-17". */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = st_mem_strdup(slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

static int analyze_file(struct run *run, const char *path)
{
    char *name = name_of(path);
    bool is_named = run->options->facts.otherwise.call_id != NULL;
    run->path = path;
    run->file_number++;
    run->began_us = st_loop_now_us();
    run->total_us = 0;
    if (!is_named)
        run->options->facts.otherwise.call_id = name;
    int err;
    if (run->options->sides.agent || run->options->sides.customer)
        err = analyze_audio(run, &run->options->sides);
    else if (is_recording(run))
        err = analyze_audio(run, &(struct st_audio_files){.both = path});
    else
        err = analyze_text(run);
    if (!is_named)
        run->options->facts.otherwise.call_id = NULL;
    free(name);
    return err;
}

static int run_files(struct run *run)
{
    const struct st_analyze_options *options = run->options;
    int exit_code = ST_EXIT_OK;
    if (options->file_count == 0 &&
        analyze_file(run,
                     options->sides.customer ? options->sides.customer : options->sides.agent) < 0)
        exit_code = ST_EXIT_FAILED;
    for (int i = 0; i < options->file_count; i++)
        if (analyze_file(run, options->files[i]) < 0)
            exit_code = ST_EXIT_FAILED;
    clear_progress(run);
    return exit_code;
}

/* A call belongs to the route that was named; otherwise to its own, or to the default one. */
static int load_settings(struct run *run)
{
    struct st_transcript_options *facts = &run->options->facts;
    const struct st_config_tenant *tenant;
    int err = st_analyze_settings_load(run->options, &run->settings, &tenant, &run->route);
    if (err)
        return err;
    struct st_transcript_names *names = run->options->route ? &facts->given : &facts->otherwise;
    names->tenant = tenant->name;
    names->route = run->route->name;
    facts->otherwise.language = run->route->language;
    return 0;
}

static int run(int argc, char **argv)
{
    struct st_analyze_options options;
    struct run run = {.options = &options};
    int exit_code = ST_EXIT_FAILED;
    int ret = st_analyze_options_parse(&options, argc, argv);
    if (ret < 0) {
        st_analyze_options_fini(&options);
        return st_analyze_options_exit(ret);
    }
    st_log_set_level(NULL, ST_LOG_ERROR);
    run.has_color = st_terminal_wants_color(stdout);
    run.shows_progress = !options.no_progress && st_terminal_is(stderr);
    st_json_init(&run.json);
    if (load_settings(&run) == 0)
        exit_code = run_files(&run);
    st_json_fini(&run.json);
    st_text_fini(&run.out);
    st_transcriber_destroy(run.transcriber);
    st_settings_unref(run.settings);
    st_analyze_options_fini(&options);
    return exit_code;
}

const struct st_verb st_verb_analyze = {"analyze", "analyse calls that are over, from files", run};
