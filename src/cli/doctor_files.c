#include "doctor_files.h"

#include "sidetone/certificate.h"
#include "sidetone/config.h"
#include "sidetone/loop.h"

#include <sys/stat.h>

void st_doctor_files_secret(struct st_doctor_report *report, const char *check, const char *path)
{
    struct stat file;
    if (stat(path, &file) == 0)
        st_doctor_judge_secret_file(report, check, path, (unsigned)file.st_mode);
}

void st_doctor_files_tls(struct st_doctor_report *report, const struct st_doctor_tls_checks *checks,
                         const struct st_config_tls *tls)
{
    struct st_certificate certificate;
    char why[640];
    if (st_certificate_read(&certificate, tls->certificate_file, tls->key_file, why, sizeof(why)) <
        0) {
        st_doctor_report_add(report, checks->certificate, ST_DOCTOR_FAIL, "%s", why);
        st_doctor_report_fix(report, "the gateway's user must be able to read both files, the "
                                     "certificate before its chain, the key without passphrase");
        return;
    }
    st_doctor_judge_certificate(report, checks, &certificate, st_loop_wall_unix_ms() / 1000);
    st_doctor_files_secret(report, checks->key, tls->key_file);
}
