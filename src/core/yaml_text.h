/* Safe loading of YAML, for the configuration and for st_document. */
#ifndef SIDETONE_CORE_YAML_TEXT_H
#define SIDETONE_CORE_YAML_TEXT_H

#include "sidetone/document.h"

#include <yaml.h>

/* 0 with *ret_document (yaml_document_delete it; it may be without a root), or -EINVAL with a
 * problem added. */
int st_yaml_load(yaml_document_t *ret_document, const char *text, size_t bytes,
                 struct st_problems *problems);

bool st_yaml_is_null(const yaml_node_t *node);

/* The tree below a node. Adds problems and returns -EINVAL as st_document_read does. */
int st_yaml_tree(struct st_document **ret_document, yaml_document_t *yaml, int id,
                 struct st_problems *problems);

#endif
