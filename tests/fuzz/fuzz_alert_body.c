/* The first byte chooses the verb, the rest is the body of a command on an alert. */
#include "http_internal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(const struct st_alert_command *command)
{
    if (!memchr(command->note, '\0', sizeof(command->note)) ||
        !memchr(command->person, '\0', sizeof(command->person)))
        abort();
    if (command->verb == ST_ALERT_SNOOZE && command->until_unix_ms <= 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char why[BODY_WHY_BYTES] = "";
    if (bytes == 0)
        return 0;
    struct st_alert_command command = {.verb = (enum st_alert_verb)(data[0] % ST_ALERT_VERBS)};
    if (alert_body_parse(&command, (const char *)data + 1, bytes - 1, 1700000000000, why) == 0)
        check(&command);
    else if (!why[0])
        abort();
    return 0;
}
