/* A configuration from its text: whatever passes our walk must load, and what fails says why. */
#include "core/config_parts.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_text(void *user, const char *text)
{
    /* libcyaml refused what the walk let through. */
    assert(strncmp(text, "fuzz: cannot be loaded", 22) != 0);
    ++*(size_t *)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_config_report report;
    struct st_config *config = NULL;
    size_t told = 0;
    st_config_report_init(&report, "fuzz");
    int err = st_config_load_text(&config, &report, (const char *)data, bytes);
    st_problems_send(&report.problems, check_text, &told);
    assert((err == 0) == (told == 0));
    if (err == 0)
        assert(st_config_tenant_find(config, config->tenants[0].name,
                                     strlen(config->tenants[0].name)) == &config->tenants[0]);
    st_config_report_fini(&report);
    st_config_free(config);
    return 0;
}
