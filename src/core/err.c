#include "sidetone/err.h"

#include <uv.h>

const char *st_err_text(int err)
{
    return err == 0 ? "success" : uv_strerror(err < 0 ? err : -err);
}
