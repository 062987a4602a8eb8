#include "sidetone/err.h"

#include <stddef.h>
#include <string.h>
#include <uv.h>

/* uv_strerror allocates a text for codes that it does not know; those are the system's to name. */
const char *st_err_text(int err)
{
    err = err > 0 ? -err : err;
    switch (err) {
    case 0:
        return "success";
#define KNOWN(name, text)                                                                          \
    case UV_##name:                                                                                \
        return text;
        UV_ERRNO_MAP(KNOWN)
#undef KNOWN
    default:
        break;
    }
    const char *text = strerrordesc_np(-err);
    return text ? text : "unknown error";
}
