/*
 * <folder>/<tenant>/<kind>/<number>-<name>.json holds one document with who wrote it and when; the
 * number makes it unique, the name is for people. It is written under another name, synced and
 * renamed, and the folder is synced, so that a crash leaves the old or the new one.
 */
#include "rule_store_internal.h"

#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    SHOWN_BYTES = 48, /* of a name in a file's name */
    FILE_BYTES_MAX = 4 << 20,
    AUDIT_TAIL_BYTES = 4 << 20,
};

static const char audit_name[] = "audit.jsonl";

/* ---- folders ---- */

static int make_folder(const char *path)
{
    return mkdir(path, 0750) == 0 || errno == EEXIST ? 0 : -errno;
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int err = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return err;
}

/* <folder>/<tenant>/<kind> */
static int place_of(const struct rule_files *files, const char *tenant, const char *kind,
                    char path[PATH_BYTES])
{
    int bytes = snprintf(path, PATH_BYTES, "%s/%s/%s", files->folder, tenant, kind);
    return bytes < PATH_BYTES - 300 ? 0 : -ENAMETOOLONG;
}

static int make_place(const struct rule_files *files, const char *tenant, const char *kind,
                      char path[PATH_BYTES])
{
    int err = place_of(files, tenant, kind, path);
    if (err)
        return err;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    err = make_folder(path);
    *slash = '/';
    return err ? err : make_folder(path);
}

int rule_files_open(struct rule_files *files, const char *folder)
{
    *files = (struct rule_files){0};
    if (!folder || !*folder)
        return 0;
    struct stat info;
    int err = make_folder(folder);
    if (!err && stat(folder, &info) != 0)
        err = -errno;
    else if (!err && !S_ISDIR(info.st_mode))
        err = -ENOTDIR;
    if (!err && access(folder, R_OK | W_OK | X_OK) != 0)
        err = -errno;
    if (!err)
        files->folder = st_mem_strdup(folder);
    return err;
}

void rule_files_close(struct rule_files *files)
{
    free(files->folder);
    files->folder = NULL;
}

/* ---- documents ---- */

static void file_name_of(const struct rule_document *document, char *out, size_t out_bytes)
{
    size_t used = (size_t)snprintf(out, out_bytes, "%06" PRIu64 "-", document->file_id);
    for (size_t i = 0; document->name[i] && i < SHOWN_BYTES; i++) {
        char c = document->name[i];
        bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out[used++] = is_kept ? c : '-';
    }
    snprintf(out + used, out_bytes - used, ".json");
}

static void put_stored(const struct rule_document *document, struct st_json_writer *json)
{
    st_json_begin_object(json);
    st_json_set_string(json, "name", document->name);
    st_json_set_string(json, "by", document->by);
    st_json_set_int(json, "at_unix_ms", document->at_unix_ms);
    st_json_key(json, "document");
    st_json_raw(json, document->text, strlen(document->text));
    st_json_end_object(json);
    st_json_append(json, "\n", 1);
}

static int write_all(int fd, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(fd, data, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        data += written;
        bytes -= (size_t)written;
    }
    return 0;
}

static int write_synced(const char *path, const struct st_json_writer *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return -errno;
    int err = write_all(fd, text->data, text->len);
    if (!err && fsync(fd) != 0)
        err = -errno;
    close(fd);
    return err;
}

static int replace(const char *folder, const char *path, const struct st_json_writer *text)
{
    char temporary[PATH_BYTES + 8];
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    int err = write_synced(temporary, text);
    if (!err && rename(temporary, path) != 0)
        err = -errno;
    if (err) {
        unlink(temporary);
        return err;
    }
    return sync_folder(folder);
}

int rule_files_write(struct rule_files *files, struct rule_document *document)
{
    char folder[PATH_BYTES], name[128], path[PATH_BYTES];
    struct st_json_writer text;
    if (!files->folder)
        return 0;
    int err = make_place(files, document->tenant, rule_kinds[document->kind]->name, folder);
    if (err)
        return err;
    bool is_new = document->file_id == 0;
    if (is_new)
        document->file_id = ++files->last_id;
    file_name_of(document, name, sizeof(name));
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_BYTES)
        return -ENAMETOOLONG;
    st_json_init(&text);
    put_stored(document, &text);
    err = replace(folder, path, &text);
    st_json_fini(&text);
    if (err && is_new)
        document->file_id = 0;
    return err;
}

int rule_files_remove(struct rule_files *files, const struct rule_document *document)
{
    char folder[PATH_BYTES], name[128], path[PATH_BYTES];
    if (!files->folder || document->file_id == 0)
        return 0;
    int err = place_of(files, document->tenant, rule_kinds[document->kind]->name, folder);
    if (err)
        return err;
    file_name_of(document, name, sizeof(name));
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_BYTES)
        return -ENAMETOOLONG;
    if (unlink(path) != 0 && errno != ENOENT)
        return -errno;
    return sync_folder(folder);
}

/* ---- loading ---- */

struct loading {
    struct rule_files *files;
    struct rule_documents *documents;
    unsigned kind;
    const char *tenant;
    void (*report)(void *user, const char *text);
    void *user;
};

static void report_problem(const struct loading *loading, const char *path, const char *problem)
{
    char text[PATH_BYTES + 300];
    snprintf(text, sizeof(text), "%s: %s; it is left out", path, problem);
    loading->report(loading->user, text);
}

static void copy_text(char *out, size_t out_bytes, const json_t *value)
{
    const char *text = json_string_value(value);
    snprintf(out, out_bytes, "%s", text ? text : "");
}

static struct rule_document *document_of(const struct loading *loading, const json_t *stored,
                                         struct st_problems *problems)
{
    struct st_json_writer text;
    const char *name = json_string_value(json_object_get(stored, "name"));
    char *written = json_dumps(json_object_get(stored, "document"), 0);
    struct rule_document *document = NULL;
    char version[ST_RULE_STORE_VERSION_BYTES];
    st_json_init(&text);
    if (!name || !written) {
        st_problems_add(problems, ST_LINE_WHOLE, "is no stored document");
    } else if (rule_kinds[loading->kind]->read(name, written, strlen(written), &text, version,
                                               problems) == 0) {
        document = st_mem_alloc(sizeof(*document));
        document->kind = loading->kind;
        document->tenant = st_mem_strdup(loading->tenant);
        document->name = st_mem_strdup(name);
        document->text = st_mem_strndup(text.data, text.len);
        memcpy(document->version, version, sizeof(version));
        copy_text(document->by, sizeof(document->by), json_object_get(stored, "by"));
        document->at_unix_ms = json_integer_value(json_object_get(stored, "at_unix_ms"));
    }
    st_json_fini(&text);
    free(written);
    return document;
}

static void load_file(struct loading *loading, const char *path, uint64_t file_id)
{
    char *text;
    size_t bytes;
    struct st_problems problems;
    int err = st_file_read(path, FILE_BYTES_MAX, &text, &bytes);
    if (err) {
        report_problem(loading, path, st_err_text(err));
        return;
    }
    st_problems_init(&problems, path);
    json_t *stored = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    struct rule_document *document = document_of(loading, stored, &problems);
    free(text);
    json_decref(stored);
    if (document) {
        document->file_id = file_id;
        struct rule_document *other = rule_documents_put(loading->documents, document);
        if (other)
            report_problem(loading, path, "replaces another of the same name");
        rule_document_destroy(other);
    }
    for (size_t i = 0; i < problems.count; i++)
        loading->report(loading->user, problems.items[i].text);
    st_problems_fini(&problems);
}

static void load_entry(struct loading *loading, const char *folder, const char *name)
{
    char path[PATH_BYTES];
    size_t bytes = strlen(name);
    uint64_t file_id = strtoull(name, NULL, 10);
    if (bytes < 6 || strcmp(name + bytes - 5, ".json") != 0 || file_id == 0 ||
        file_id >= UINT32_MAX)
        return;
    if (file_id > loading->files->last_id)
        loading->files->last_id = file_id;
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) < PATH_BYTES)
        load_file(loading, path, file_id);
}

/* In the order of their numbers: of two of one name, as a crash can leave them, the later counts.
 */
static void load_folder(struct loading *loading)
{
    char folder[PATH_BYTES];
    struct dirent **entries = NULL;
    if (place_of(loading->files, loading->tenant, rule_kinds[loading->kind]->name, folder) < 0)
        return;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        load_entry(loading, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

void rule_files_load(struct rule_files *files, const struct st_config *config,
                     struct rule_documents *documents, void (*report)(void *user, const char *text),
                     void *user)
{
    struct loading loading = {
        .files = files, .documents = documents, .report = report, .user = user};
    if (!files->folder)
        return;
    for (unsigned i = 0; i < config->tenant_count; i++)
        for (loading.kind = 0; rule_kinds[loading.kind]; loading.kind++) {
            loading.tenant = config->tenants[i].name;
            load_folder(&loading);
        }
}

/* ---- the audit ---- */

void rule_audit_write(const struct rule_audit *audit, struct st_json_writer *json)
{
    st_json_set_int(json, "id", (int64_t)audit->id);
    st_json_set_int(json, "at_unix_ms", audit->at_unix_ms);
    st_json_set_string(json, "by", audit->by);
    st_json_set_string(json, "action", audit->action);
    st_json_set_string(json, "kind", audit->kind);
    st_json_set_string(json, "tenant", audit->tenant);
    st_json_set_string(json, "name", audit->name);
    st_json_set_string(json, "from_version", audit->from);
    st_json_set_string(json, "to_version", audit->to);
}

void rule_audit_fini(struct rule_audit *audit)
{
    free(audit->by);
    free(audit->action);
    free(audit->kind);
    free(audit->tenant);
    free(audit->name);
    *audit = (struct rule_audit){0};
}

static int append_synced(const char *path, const struct st_json_writer *line)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0)
        return -errno;
    off_t before = lseek(fd, 0, SEEK_END);
    int err = write_all(fd, line->data, line->len);
    if (!err && fdatasync(fd) != 0)
        err = -errno;
    /* Half a line would spoil the next. */
    if (err && before >= 0 && ftruncate(fd, before) != 0)
        err = -EIO;
    close(fd);
    return err;
}

int rule_files_audit(struct rule_files *files, const struct rule_audit *audit, const char *text)
{
    char path[PATH_BYTES];
    struct st_json_writer line;
    if (!files->folder)
        return 0;
    if (snprintf(path, sizeof(path), "%s/%s", files->folder, audit_name) >= PATH_BYTES)
        return -ENAMETOOLONG;
    st_json_init(&line);
    st_json_begin_object(&line);
    rule_audit_write(audit, &line);
    st_json_key(&line, "document");
    if (text)
        st_json_raw(&line, text, strlen(text));
    else
        st_json_null(&line);
    st_json_end_object(&line);
    st_json_append(&line, "\n", 1);
    int err = append_synced(path, &line);
    st_json_fini(&line);
    return err;
}

/* The end of the file from the beginning of a line; free it. NULL: there is none. */
static char *read_tail(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return NULL;
    bool is_part = fseeko(file, -(off_t)AUDIT_TAIL_BYTES, SEEK_END) == 0;
    if (!is_part)
        rewind(file);
    char *text = st_mem_alloc(AUDIT_TAIL_BYTES + 1);
    size_t bytes = fread(text, 1, AUDIT_TAIL_BYTES, file);
    fclose(file);
    text[bytes] = '\0';
    char *start = is_part ? strchr(text, '\n') : text;
    if (start && start > text)
        memmove(text, start + 1, strlen(start));
    else if (!start)
        *text = '\0';
    return text;
}

static char *text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return st_mem_strdup(text ? text : "");
}

static bool parse_audit(const char *text, size_t bytes, struct rule_audit *ret_audit)
{
    json_t *line = json_loadb(text, bytes, 0, NULL);
    json_int_t id = json_integer_value(json_object_get(line, "id"));
    if (id > 0) {
        *ret_audit = (struct rule_audit){
            .id = (uint64_t)id,
            .at_unix_ms = json_integer_value(json_object_get(line, "at_unix_ms")),
            .by = text_of(line, "by"),
            .action = text_of(line, "action"),
            .kind = text_of(line, "kind"),
            .tenant = text_of(line, "tenant"),
            .name = text_of(line, "name"),
        };
        copy_text(ret_audit->from, sizeof(ret_audit->from), json_object_get(line, "from_version"));
        copy_text(ret_audit->to, sizeof(ret_audit->to), json_object_get(line, "to_version"));
    }
    json_decref(line);
    return id > 0;
}

size_t rule_files_load_audit(struct rule_files *files, struct rule_audit *audits, size_t max)
{
    char path[PATH_BYTES];
    size_t count = 0;
    if (!files->folder ||
        snprintf(path, sizeof(path), "%s/%s", files->folder, audit_name) >= PATH_BYTES)
        return 0;
    char *text = read_tail(path);
    for (const char *line = text; line && *line;) {
        size_t bytes = strcspn(line, "\n");
        struct rule_audit audit;
        if (bytes > 0 && parse_audit(line, bytes, &audit)) {
            if (count == max) {
                rule_audit_fini(&audits[0]);
                memmove(&audits[0], &audits[1], (max - 1) * sizeof(audits[0]));
                count--;
            }
            audits[count++] = audit;
        }
        line += bytes + (line[bytes] == '\n');
    }
    free(text);
    return count;
}
