#include "options.h"

#include "verb.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LONG_FIRST = 256, HELP_COLUMN = 28 };

struct parse {
    const struct st_command *command;
    void *request;
    const struct st_option *options[ST_OPTIONS_MAX];
    void *targets[ST_OPTIONS_MAX];
    int count;
};

static void list(struct parse *parse, const struct st_option *options, void *target)
{
    for (; options && options->name; options++) {
        assert(parse->count < ST_OPTIONS_MAX);
        parse->options[parse->count] = options;
        parse->targets[parse->count++] = target;
    }
}

static void begin(struct parse *parse, const struct st_command *command, void *request)
{
    *parse = (struct parse){.command = command, .request = request};
    list(parse, command->options, request);
    list(parse, command->more, (char *)request + command->more_offset);
    list(parse, command->also, (char *)request + command->also_offset);
}

/* ---- help ---- */

static void print_option(const struct st_option *option)
{
    char head[96], letter[] = {'-', option->letter, ',', '\0'};
    snprintf(head, sizeof(head), "  %3s --%s%s%s", option->letter ? letter : "", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    if (!option->help[0])
        puts(head);
    for (const char *rest = option->help; rest[0];) {
        size_t bytes = strcspn(rest, "\n");
        printf("%-*s%.*s\n", HELP_COLUMN, head, (int)bytes, rest);
        rest += bytes + (rest[bytes] == '\n');
        head[0] = '\0';
    }
}

static void print_help(const struct parse *parse)
{
    printf("%s\n", parse->command->about);
    for (int i = 0; i < parse->count; i++)
        print_option(parse->options[i]);
    printf("  -h, --help\n\n%s", parse->command->examples);
}

/* ---- parsing ---- */

static void build(const struct parse *parse, struct option *ret_long, char *ret_short)
{
    char *letter = ret_short;
    *letter++ = 'h';
    for (int i = 0; i < parse->count; i++) {
        const struct st_option *option = parse->options[i];
        int has_value = option->value ? required_argument : no_argument;
        ret_long[i] = (struct option){option->name, has_value, NULL, LONG_FIRST + i};
        if (option->letter) {
            *letter++ = option->letter;
            if (option->value)
                *letter++ = ':';
        }
    }
    ret_long[parse->count] = (struct option){"help", no_argument, NULL, 'h'};
    ret_long[parse->count + 1] = (struct option){0};
    *letter = '\0';
}

static int index_of(const struct parse *parse, int opt)
{
    if (opt >= LONG_FIRST)
        return opt - LONG_FIRST;
    for (int i = 0; i < parse->count; i++)
        if (parse->options[i]->letter == opt)
            return i;
    return -EINVAL;
}

static int take(const struct parse *parse, int i, const char *value)
{
    const struct st_option *option = parse->options[i];
    char *target = parse->targets[i];
    if (option->take)
        return option->take(target, value);
    if (option->value)
        memcpy(target + option->offset, &value, sizeof(value));
    else
        *(bool *)(target + option->offset) = true;
    return 0;
}

int st_options_parse(const struct st_command *command, void *request, int argc, char **argv)
{
    struct parse parse;
    struct option long_options[ST_OPTIONS_MAX + 2];
    char letters[2 * ST_OPTIONS_MAX + 2];
    begin(&parse, command, request);
    build(&parse, long_options, letters);
    for (int opt; (opt = getopt_long(argc, argv, letters, long_options, NULL)) != -1;) {
        if (opt == 'h') {
            print_help(&parse);
            return ST_OPTIONS_HELPED;
        }
        int i = index_of(&parse, opt);
        int err = i < 0 ? i : take(&parse, i, optarg);
        if (err < 0)
            return err;
    }
    return optind;
}

int st_options_exit(const struct st_command *command, int parsed)
{
    if (parsed == ST_OPTIONS_HELPED)
        return ST_EXIT_OK;
    fprintf(stderr, "`sidetone %s --help` explains.\n", command->verb);
    return ST_EXIT_USAGE;
}

int st_options_refuse(const char *verb, const char *what, const char *value)
{
    fprintf(stderr, "sidetone %s: %s: %s\n", verb, what, value);
    return -EINVAL;
}
