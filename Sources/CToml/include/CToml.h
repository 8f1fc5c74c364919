#pragma once
// toml++ (TOML 1.0, https://toml.io) behind a plain C interface: a document in, a flat list of its nodes out.
// No exception leaves it. Not for two threads at once with the same document.
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CTOML_TABLE,
    CTOML_ARRAY,
    CTOML_STRING,
    CTOML_INTEGER,
    CTOML_FLOAT,
    CTOML_BOOLEAN,
    CTOML_TIME,
} CTomlKind;

/// One key or array element. The texts live as long as the document.
typedef struct {
    /// Dotted, elements in brackets: `mqtt.topic[1]`. A key that is no bare key stands in double quotes.
    const char *path;
    size_t path_length;
    /// What stands behind the key: a string's characters (NUL possible), a number, `true`, a date. Empty for tables and arrays.
    const char *text;
    size_t text_length;
    /// Where the key (of an element: the value) begins, both counted from 1.
    uint32_t line, column;
    CTomlKind kind;
} CTomlNode;

typedef struct CTomlDocument CTomlDocument;

/// Parses `length` bytes. NULL only when memory is short; free the answer with ctoml_free.
CTomlDocument *ctoml_parse(const char *bytes, size_t length);
void ctoml_free(CTomlDocument *document);

/// The first syntax error, or NULL when there is none (then the nodes are there). It may quote the document.
const char *ctoml_error(const CTomlDocument *document, uint32_t *line, uint32_t *column);

/// Nodes in the order in which they stand in the document, tables before their contents.
size_t ctoml_count(const CTomlDocument *document);
CTomlNode ctoml_node(const CTomlDocument *document, size_t index);

#ifdef __cplusplus
}
#endif
