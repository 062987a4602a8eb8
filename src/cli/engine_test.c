/* sidetone engine test: what an engine makes of a recording. */
#include "engine.h"
#include "engine_result.h"
#include "engine_verdict.h"
#include "json_out.h"
#include "options.h"
#include "progress.h"
#include "terminal.h"
#include "transcriber.h"
#include "verb.h"

#include "sidetone/call_engines.h"
#include "sidetone/config.h"
#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFERENCE_BYTES_MAX = 4 << 20, HINTS_MAX = 1000 };

struct request {
    const char *file, *engine, *config_path, *language;
    const char *reference, *hints; /* text, or @FILE */
    unsigned channel_mask;         /* 0: those of the file */
    double speed;                  /* -1: real time for remote engines, else as fast as it goes */
    double max_wer;                /* -1: any */
    bool is_realtime, is_swapped, is_json, no_progress;
};

struct trial {
    const struct request *request;
    struct st_transcriber *transcriber;
    struct st_engine_hearing hearing;
    struct st_recording recording;
    struct st_text line; /* of progress */
    int64_t started_us, shown_us;
};

/* ---- options ---- */

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("engine test", what, value);
}

static int take_number(const char *value, double least, double most, double *ret_number)
{
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end || !(number >= least && number <= most))
        return -EINVAL;
    *ret_number = number;
    return 0;
}

static int take_speed(void *user, const char *value)
{
    struct request *request = user;
    return take_number(value, 0.1, 50, &request->speed) == 0
               ? 0
               : refuse("--speed is a number from 0.1 to 50, not", value);
}

static int take_max_wer(void *user, const char *value)
{
    struct request *request = user;
    return take_number(value, 0, 1000, &request->max_wer) == 0
               ? 0
               : refuse("--max-wer is a percentage, not", value);
}

static int take_channel(void *user, const char *value)
{
    struct request *request = user;
    request->channel_mask = strcmp(value, "agent") == 0      ? 1
                            : strcmp(value, "customer") == 0 ? 2
                                                             : 0;
    return request->channel_mask ? 0 : refuse("--channel is agent or customer, not", value);
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"engine", "NAME", "as routes call it: one of engines.remote, moonshine, pocketsphinx, auto",
     AT(engine), .letter = 'e'},
    {"config", "FILE", "as for `serve` (default: built-in values)", AT(config_path), .letter = 'c'},
    {"reference", "TEXT",
     "what is said, or @FILE; lines may begin with agent: or customer:", AT(reference)},
    {"language", "TAG", "such as en-US, the default", AT(language)},
    {"hints", "LIST", "words and names to expect, by commas or lines, or @FILE", AT(hints)},
    {"channel", "ROLE", "only the agent's or the customer's (default: what the file has)",
     .take = take_channel},
    {"swap", NULL, "the file's first channel is the customer", AT(is_swapped)},
    {"realtime", NULL, "as live calls come: the default for remote engines", AT(is_realtime)},
    {"speed", "N", "0.1 to 50 times that", .take = take_speed},
    {"max-wer", "PCT", "fail when more words are wrong", .take = take_max_wer},
    {"no-progress", NULL, "no progress (there is none unless standard error is a terminal)",
     AT(no_progress)},
    {"json", NULL, "the result as JSON", AT(is_json)},
    {0},
};

#undef AT

static const struct st_command command = {
    .verb = "engine test",
    .about =
        "Usage: sidetone engine test FILE.wav --engine NAME [options]\n"
        "\n"
        "Streams a recording to an engine as the gateway streams calls, and prints its text, how\n"
        "many words are wrong (case and punctuation aside; a number is as it is written), how "
        "long\n"
        "text took (from when the audio of its last word was sent until it came; as fast as it\n"
        "goes there is nothing to measure) and what a vendor charges for: audio-minutes.\n",
    .options = options,
    .examples =
        "Examples:\n"
        "  sidetone engine test call.wav --engine deepgram --config sidetone.yaml\n"
        "  sidetone engine test call.wav -e moonshine --reference @call.txt --max-wer 15\n"
        "  sidetone engine test call.wav -e aws -c sidetone.yaml --channel agent --json\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 more errors than --max-wer allows,\n"
        "4 no connection or not let in.\n",
};

static int parse(struct request *request, int argc, char **argv)
{
    int operand = st_options_parse(&command, request, argc, argv);
    if (operand < 0)
        return operand;
    if (operand == argc)
        return refuse("needs a recording", "FILE.wav");
    if (argc - operand > 1)
        return refuse("one recording at a time", argv[argc - 1]);
    if (!request->engine)
        return refuse("needs an engine", "--engine NAME");
    if (request->max_wer >= 0 && !request->reference)
        return refuse("needs to know what was said", "--reference");
    request->file = argv[operand];
    if (request->is_realtime && request->speed < 0)
        request->speed = 1;
    return 0;
}

/* ---- while it runs ---- */

static void on_sent(void *user, int64_t media_us)
{
    struct trial *trial = user;
    st_engine_hearing_sent(&trial->hearing, media_us, st_loop_now_us());
}

static void on_heard(void *user, unsigned channel, const struct st_segment *segment)
{
    struct trial *trial = user;
    st_engine_hearing_heard(&trial->hearing, channel, segment, st_loop_now_us());
}

static void on_progress(void *user, int64_t done_us, int64_t total_us)
{
    struct trial *trial = user;
    int64_t now_us = st_loop_now_us();
    if (trial->request->no_progress || !st_terminal_is(stderr) || now_us < trial->shown_us + 100000)
        return;
    struct st_progress progress = {.what = "streaming",
                                   .done_us = done_us,
                                   .total_us = total_us,
                                   .elapsed_us = now_us - trial->started_us};
    trial->shown_us = now_us;
    st_text_reset(&trial->line);
    st_progress_line(&trial->line, &progress, st_terminal_columns(stderr));
    fputs(trial->line.data, stderr);
}

static void end_progress(struct trial *trial)
{
    if (trial->shown_us)
        fputs("\r\033[K", stderr);
    st_text_fini(&trial->line);
}

/* ---- what is needed ---- */

static void on_config_error(void *user, const char *text)
{
    fprintf(stderr, "%s\n", text);
}

static int complain(const char *what, const char *why)
{
    struct st_text text = {0};
    st_text_add_clean(&text, why);
    fprintf(stderr, "sidetone engine test: %s%s%s\n", what, what[0] ? ": " : "", text.data);
    st_text_fini(&text);
    return ST_EXIT_FAILED;
}

/* The text, or that of the file behind an "@"; NULL after saying what is wrong. */
static char *read_text(const char *given)
{
    char *text;
    size_t bytes;
    if (given[0] != '@')
        return st_mem_strdup(given);
    int err = st_file_read(given + 1, REFERENCE_BYTES_MAX, &text, &bytes);
    if (!err)
        return text;
    complain(given + 1, st_err_text(err));
    return NULL;
}

/* Cut out of the text, which is changed. */
static const char **split_hints(char *text, size_t *ret_count)
{
    const char **hints = st_mem_alloc_array(HINTS_MAX, sizeof(hints[0]));
    *ret_count = 0;
    for (char *hint; (hint = strsep(&text, ",\n")) != NULL && *ret_count < HINTS_MAX;) {
        hint += strspn(hint, " \t\r");
        for (size_t end = strlen(hint); end > 0 && strchr(" \t\r", hint[end - 1]); end--)
            hint[end - 1] = '\0';
        if (*hint)
            hints[(*ret_count)++] = hint;
    }
    return hints;
}

static int look_at_file(struct trial *trial, char *why, size_t why_bytes)
{
    struct st_audio_source *source;
    int err = st_audio_source_open(&source, trial->recording.files, why, why_bytes);
    if (err)
        return err;
    if (trial->recording.channel_mask == 0)
        trial->recording.channel_mask = st_audio_source_channels(source);
    st_audio_source_close(source);
    return 0;
}

/* ---- the result ---- */

/* Ends as `list` would say it. */
static int fail_run(const struct trial *trial, int err, const char *why)
{
    struct st_guard_report report;
    const struct st_stt_engine *engine = st_transcriber_engine(trial->transcriber);
    st_guard_report(engine->guard, st_loop_now_us(), &report);
    complain("", why);
    if (report.last_unix_ms == 0)
        return err == -EACCES ? ST_EXIT_CONNECTION : ST_EXIT_FAILED;
    struct st_engine_trial as = {
        .trouble = report.last_trouble, .has_asked = true, .has_opened = report.audio_us > 0};
    snprintf(as.why, sizeof(as.why), "%s", report.last_why);
    struct st_engine_verdict verdict = st_engine_verdict_of_trial(&as);
    fprintf(stderr, "  → %s\n", verdict.fix);
    return verdict.reachable == ST_ENGINE_NO || verdict.authorised == ST_ENGINE_NO ||
                   report.last_trouble == ST_TROUBLE_LOST
               ? ST_EXIT_CONNECTION
               : ST_EXIT_FAILED;
}

static int judge(const struct request *request, const json_t *json)
{
    double rate = json_real_value(json_object_get(json_object_get(json, "errors"), "rate"));
    return request->max_wer >= 0 && rate * 100 > request->max_wer ? ST_EXIT_NOT_MET : ST_EXIT_OK;
}

static int show(struct trial *trial, const struct st_transcript *transcript,
                const struct st_engine_reference *reference)
{
    const struct request *request = trial->request;
    struct st_guard_report report;
    const struct st_stt_engine *engine = st_transcriber_engine(trial->transcriber);
    json_t *json;
    st_guard_report(engine->guard, st_loop_now_us(), &report);
    struct st_engine_result result = {
        .file = request->file,
        .language = trial->recording.language,
        .engine = engine,
        .report = &report,
        .call = &transcript->calls[0],
        .reference = reference,
        .hearing = &trial->hearing,
        .channel_mask = trial->recording.channel_mask,
        .speed = trial->recording.speed,
        .elapsed_us = st_loop_now_us() - trial->started_us,
    };
    if (st_engine_result_json(&result, &json) < 0)
        return complain("", "there are too many words to be compared");
    if (request->is_json) {
        st_json_out(json);
    } else {
        struct st_text text = {0};
        st_engine_result_text(json, &text);
        fputs(text.data, stdout);
        st_text_fini(&text);
    }
    int exit_code = fflush(stdout) == 0 ? judge(request, json) : ST_EXIT_FAILED;
    json_decref(json);
    return exit_code;
}

/* ---- the verb ---- */

static int stream(struct trial *trial, const struct st_engine_reference *reference)
{
    char why[512] = "";
    struct st_transcript *transcript;
    trial->started_us = st_loop_now_us();
    st_engine_hearing_init(&trial->hearing);
    int err = look_at_file(trial, why, sizeof(why));
    if (err)
        return complain("", why);
    err = st_transcriber_run(trial->transcriber, &trial->recording, &transcript, why, sizeof(why));
    end_progress(trial);
    int exit_code = err ? fail_run(trial, err, why) : show(trial, transcript, reference);
    if (!err)
        st_transcript_free(transcript);
    st_engine_hearing_fini(&trial->hearing);
    return exit_code;
}

static int test_loaded(const struct request *request, struct st_transcriber *transcriber,
                       char *hints, const char *reference_text)
{
    static const struct st_transcript_options no_options;
    struct st_audio_files files = {.both = request->file, .is_swapped = request->is_swapped};
    struct st_engine_reference reference = {0};
    bool is_embedded = st_transcriber_engine(transcriber)->ops->kind == ST_ENGINE_EMBEDDED;
    struct trial trial = {.request = request, .transcriber = transcriber};
    trial.recording = (struct st_recording){
        .files = &files,
        .language = request->language,
        .options = &no_options,
        .channel_mask = request->channel_mask,
        .speed = request->speed >= 0 ? request->speed
                 : is_embedded       ? 0
                                     : 1,
        .sent = on_sent,
        .heard = on_heard,
        .progress = on_progress,
        .user = &trial,
    };
    const char **list = split_hints(hints, &trial.recording.hint_count);
    trial.recording.hints = list;
    if (reference_text)
        st_engine_reference_read(&reference, reference_text);
    int exit_code = stream(&trial, reference_text ? &reference : NULL);
    st_engine_reference_fini(&reference);
    free(list);
    return exit_code;
}

static int test_engine(const struct request *request, const struct st_config *config)
{
    char why[512] = "";
    struct st_transcriber *transcriber = NULL;
    char *hints = read_text(request->hints ? request->hints : "");
    char *reference = request->reference ? read_text(request->reference) : NULL;
    int exit_code = ST_EXIT_FAILED;
    if (!hints || (request->reference && !reference))
        goto out;
    if (st_transcriber_create_named(&transcriber, config, request->engine,
                                    st_call_engines_transport(), why, sizeof(why)) < 0)
        complain(request->engine, why);
    else
        exit_code = test_loaded(request, transcriber, hints, reference);
out:
    st_transcriber_destroy(transcriber);
    free(hints);
    free(reference);
    return exit_code;
}

int st_engine_test_run(int argc, char **argv)
{
    struct request request = {.language = "en-US", .speed = -1, .max_wer = -1};
    struct st_config *config;
    int parsed = parse(&request, argc, argv);
    if (parsed < 0)
        return st_options_exit(&command, parsed);
    st_log_set_level(NULL, ST_LOG_OFF);
    if (st_config_load(&config, request.config_path, on_config_error, NULL) < 0)
        return ST_EXIT_FAILED;
    int exit_code = test_engine(&request, config);
    st_config_free(config);
    return exit_code;
}
