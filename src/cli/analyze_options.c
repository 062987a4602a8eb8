#include "analyze_options.h"

#include "options.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("analyze", what, value);
}

static int take_format(void *user, const char *name)
{
    struct st_analyze_options *options = user;
    options->format = name;
    return strcmp(name, "wav") == 0 || st_transcript_reader_find(name)
               ? 0
               : refuse("--format knows call, events, transcribe, assemblyai, webvtt and wav, not",
                        name);
}

static enum st_role role_of(const char *name)
{
    if (strcmp(name, "agent") == 0)
        return ST_ROLE_AGENT;
    return strcmp(name, "customer") == 0 ? ST_ROLE_CUSTOMER : ST_ROLE_UNKNOWN;
}

static int take_roles(void *user, const char *list)
{
    struct st_analyze_options *options = user;
    bool is_swapped = strcmp(list, "customer,agent") == 0;
    if (!is_swapped && strcmp(list, "agent,customer") != 0)
        return refuse("--channel-roles is agent,customer or customer,agent, not", list);
    options->facts.roles[0] = is_swapped ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
    options->facts.roles[1] = is_swapped ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
    return 0;
}

/* The last "=" divides: names may have one, roles do not. */
static int take_speaker(void *user, const char *value)
{
    struct st_analyze_options *options = user;
    const char *equals = strrchr(value, '=');
    enum st_role role = equals ? role_of(equals + 1) : ST_ROLE_UNKNOWN;
    if (!role || equals == value)
        return refuse("--speaker is NAME=agent or NAME=customer, not", value);
    if (options->facts.speaker_count == ST_ANALYZE_SPEAKERS_MAX)
        return refuse("too many of --speaker", value);
    options->speakers[options->facts.speaker_count++] = (struct st_transcript_speaker){
        .name = st_mem_strndup(value, (size_t)(equals - value)), .role = role};
    return 0;
}

static int take_attribute(void *user, const char *value)
{
    struct st_analyze_options *options = user;
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return refuse("--attribute is KEY=VALUE, not", value);
    if (options->facts.attribute_count == ST_ANALYZE_ATTRIBUTES_MAX)
        return refuse("too many of --attribute", value);
    options->attributes[options->facts.attribute_count++] = (struct st_transcript_attribute){
        .key = st_mem_strndup(value, (size_t)(equals - value)), .value = equals + 1};
    return 0;
}

#define OPTION(member) .offset = offsetof(struct st_analyze_options, member)

static const struct st_option table[] = {
    {"format", "NAME",
     "call, events, transcribe, assemblyai, webvtt or wav, instead of\n"
     "what the file looks like",
     .take = take_format},
    {"agent", "FILE", "the agent's side of a recording, mono", OPTION(sides.agent)},
    {"customer", "FILE", "the customer's side, mono", OPTION(sides.customer)},
    {"audio", "FILE",
     "the recording of a call whose transcript is given: for loudness\n"
     "and silences, the words are the transcript's",
     OPTION(audio)},
    {"channel-roles", "A,B",
     "who is on the first and the second channel: agent,customer\n"
     "(default) or customer,agent",
     .take = take_roles},
    {"speaker", "NAME=ROLE", "who a voice or speaker is: agent or customer (may be repeated)",
     .take = take_speaker},
    {"config", "FILE", "the gateway's configuration: categories, lexicon, engines", OPTION(config),
     .letter = 'c'},
    {"rules", "FILE", "further categories: a file with a `categories` list", OPTION(rules)},
    {"route", "TENANT/ROUTE", "of the configuration (default: the default ones)", OPTION(route)},
    {"call-id", "ID", "where the file names none (default: the file's name)",
     OPTION(facts.otherwise.call_id)},
    {"agent-id", "ID", "these are taken instead of what the file says",
     OPTION(facts.given.agent_id)},
    {"queue", "NAME", "", OPTION(facts.given.queue)},
    {"caller", "NUMBER", "", OPTION(facts.given.caller)},
    {"language", "TAG", "such as en-US", OPTION(facts.given.language)},
    {"attribute", "KEY=VALUE", "(may be repeated)", .take = take_attribute},
    {"no-meaning", NULL,
     "without the embedding model: what is found by meaning is left out,\n"
     "and it starts a second earlier",
     OPTION(no_meaning)},
    {"json", NULL,
     "the events that the gateway would push, a line each, and a\n"
     "`summary` at the end of each call",
     OPTION(is_json)},
    {"no-progress", NULL,
     "no progress bar (there is none unless standard error is a\n"
     "terminal)",
     OPTION(no_progress)},
    {0},
};

static const struct st_command command = {
    .verb = "analyze",
    .about =
        "Usage: sidetone analyze [options] FILE...\n"
        "       sidetone analyze [options] --agent AGENT.wav --customer CUSTOMER.wav\n"
        "\n"
        "Runs calls that are over through the same analysis as live ones, and shows what it\n"
        "finds: the transcript with findings where they belong, and a summary. A FILE is a\n"
        "transcript (a call as GET /v1/calls/{id} gives it, the output of `sidetone tail --json`\n"
        "or of this command, Amazon Transcribe's post-call document, AssemblyAI's transcript with\n"
        "utterances, WebVTT with voices) or a WAV recording, which the embedded engine recognises\n"
        "first. \"-\" is standard input.\n",
    .options = table,
    .examples =
        "Examples:\n"
        "  sidetone analyze call.wav --config /etc/sidetone/sidetone.yaml\n"
        "  sidetone analyze call.json --audio call.wav\n"
        "  sidetone analyze meeting.vtt --speaker 'Sarah Miller=agent'\n"
        "  sidetone analyze *.json --rules new.yaml --json | jq 'select(.type==\"alert.raised\")'\n"
        "\n"
        "Exit codes: 0 every file was analysed, 1 one was not (the others were), 2 wrong usage.\n",
};

int st_analyze_options_parse(struct st_analyze_options *options, int argc, char **argv)
{
    *options = (struct st_analyze_options){0};
    options->facts.speakers = options->speakers;
    options->facts.attributes = options->attributes;
    int operand = st_options_parse(&command, options, argc, argv);
    if (operand < 0)
        return operand;
    options->files = argv + operand;
    options->file_count = argc - operand;
    bool has_sides = options->sides.agent || options->sides.customer;
    if (has_sides && options->file_count > 0)
        return refuse("either --agent and --customer, or files", argv[operand]);
    if (options->audio && options->file_count != 1)
        return refuse("--audio goes with one transcript", options->audio);
    if (!has_sides && options->file_count == 0)
        return refuse("no file", "give a transcript or a recording");
    return 0;
}

int st_analyze_options_exit(int parsed)
{
    return st_options_exit(&command, parsed);
}

void st_analyze_options_fini(struct st_analyze_options *options)
{
    for (size_t i = 0; i < options->facts.speaker_count; i++)
        free((char *)options->speakers[i].name);
    for (size_t i = 0; i < options->facts.attribute_count; i++)
        free((char *)options->attributes[i].key);
    *options = (struct st_analyze_options){0};
}
