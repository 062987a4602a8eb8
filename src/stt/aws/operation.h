/* The two operations of Amazon Transcribe's streaming service, as far as they differ. */
#ifndef SIDETONE_STT_AWS_OPERATION_H
#define SIDETONE_STT_AWS_OPERATION_H

enum st_aws_operation_flag {
    ST_AWS_STANDARD = 1,
    ST_AWS_CALL_ANALYTICS = 2,
};

struct st_aws_operation {
    enum st_aws_operation_flag flag;
    const char *path; /* of the HTTP/2 request */
    const char *websocket_path;
    const char *const *languages; /* NULL-terminated; NULL: left to the service */
};

extern const struct st_aws_operation st_aws_standard;
extern const struct st_aws_operation st_aws_call_analytics;

#endif
