/* sidetone send: a recorded call, streamed as a platform would. */
#include "send.h"

#include "verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- options ---- */

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("send", what, value);
}

static int take_speed(void *user, const char *text)
{
    struct st_send *request = user;
    char *end;
    request->speed = strtod(text, &end);
    bool is_good = end != text && !*end && request->speed >= 1 && request->speed <= 50;
    return is_good ? 0 : refuse("--speed is a number from 1 to 50, not", text);
}

static int take_dialect(void *user, const char *name)
{
    struct st_send *request = user;
    request->ops = st_wire_find(name);
    return request->ops ? 0
                        : refuse("--as knows pcm, twilio, acs, rtp, srtp and siprec, not", name);
}

#define AT(member) .offset = offsetof(struct st_send, member)

static const struct st_option options[] = {
    {"agent", "FILE", "the agent's side, mono", AT(files.agent)},
    {"customer", "FILE", "the customer's side, mono", AT(files.customer)},
    {"swap", NULL, "channel 0 is the customer", AT(files.is_swapped)},
    {"as", "DIALECT", "pcm (default), twilio, acs, rtp, srtp or siprec", .take = take_dialect},
    {"route", "TENANT/ROUTE", "of the gateway (default: the default ones)", AT(route)},
    {"call-id", "ID", "(default: one is made)", AT(call.call_id)},
    {"agent-id", "ID", "", AT(call.agent_id)},
    {"agent-name", "NAME", "", AT(call.agent_name)},
    {"queue", "NAME", "", AT(call.queue)},
    {"caller", "NUMBER", "", AT(call.caller)},
    {"language", "TAG", "such as en-US", AT(call.language)},
    {"speed", "N", "1 to 50 times real time (default 1)", .take = take_speed},
    {"loop", NULL, "begin again at the end, until Ctrl-C", AT(loops)},
    {"no-progress", NULL, "no progress bar (there is none unless standard error is a\nterminal)",
     AT(no_progress)},
    {"json", NULL, "the result as JSON", AT(is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "send",
    .about =
        "Usage: sidetone send [options] CALL.wav\n"
        "       sidetone send [options] --agent AGENT.wav --customer CUSTOMER.wav\n"
        "\n"
        "Streams a recorded call into a gateway as a platform would, paced like a live one. WAV\n"
        "files of 16-bit PCM, mu-law or A-law. Of a stereo file, channel 0 is the agent; a mono\n"
        "file is the customer.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct st_send, client),
    .also = st_rtp_plan_table,
    .also_offset = offsetof(struct st_send, rtp),
    .examples =
        "Examples:\n"
        "  sidetone send call.wav --agent-id sarah --queue billing\n"
        "  sidetone send --agent a.wav --customer b.wav --as twilio --speed 4\n"
        "  sidetone send call.wav --as rtp --codec opus --loss 3 --burst 2 --dtmf 4711@5\n"
        "  sidetone send call.wav --as siprec --to gw.example.com:5060 --hold 10-15\n"
        "  sidetone send call.wav --as siprec --to gw.example.com:5061 --transport tls \\\n"
        "      --user sbc --password-file sbc.password --srtp-suite AEAD_AES_128_GCM\n"
        "  sidetone send call.wav --url wss://gw.example.com --token-file ingest.token --json\n"
        "\n"
        "Exit codes: 0 sent and taken, 1 failed (a file, or the gateway refused the call), 2 "
        "wrong\n"
        "usage, 4 no connection, not let in, or lost (as siprec: no connection).\n",
};

#undef AT

/* Zero, or what st_options_exit takes. */
static int parse(struct st_send *request, int argc, char **argv)
{
    int operand = st_options_parse(&command, request, argc, argv);
    if (operand < 0)
        return operand;
    bool has_sides = request->files.agent || request->files.customer;
    if (argc - operand > 1 || (has_sides && operand < argc))
        return refuse("one call at a time", argv[argc - 1]);
    if (operand < argc)
        request->files.both = argv[operand];
    else if (!has_sides)
        return refuse("no file", "give a WAV file, or --agent and --customer");
    if (request->call.call_id && (strlen(request->call.call_id) > 128 || !*request->call.call_id))
        return refuse("--call-id", "1 to 128 bytes");
    if (request->rtp.given && !request->ops->takes_plan)
        return refuse(request->rtp.given, "goes with --as rtp, srtp and siprec only");
    request->files.rate_hz =
        request->ops->takes_plan ? st_rtp_plan_rate_hz(&request->rtp) : request->ops->rate_hz;
    return request->ops->takes_plan ? st_rtp_plan_check(&request->rtp) : 0;
}

/* ---- sending ---- */

int st_send_read(const struct st_send *send, struct st_audio_source *source, uint64_t frames,
                 int16_t *samples)
{
    int ret = st_audio_source_read(source, samples);
    if (ret != 0 || !send->loops || frames == 0)
        return ret;
    ret = st_audio_source_rewind(source);
    return ret < 0 ? ret : st_audio_source_read(source, samples);
}

static int send_call(const struct st_send *request)
{
    char why[400];
    struct st_audio_source *source;
    if (st_audio_source_open(&source, &request->files, why, sizeof(why)) < 0) {
        fprintf(stderr, "sidetone send: %s\n", why);
        return ST_EXIT_FAILED;
    }
    int exit_code = request->ops->send(request, source);
    st_audio_source_close(source);
    return exit_code;
}

static int run(int argc, char **argv)
{
    struct st_send request = {.ops = &st_wire_pcm, .speed = 1};
    st_client_options_init(&request.client);
    st_rtp_plan_init(&request.rtp, "send");
    int parsed = parse(&request, argc, argv);
    int exit_code = parsed < 0 ? st_options_exit(&command, parsed) : send_call(&request);
    st_client_options_fini(&request.client);
    st_rtp_plan_fini(&request.rtp);
    return exit_code;
}

const struct st_verb st_verb_send = {"send", "stream a recorded call into a gateway", run};
