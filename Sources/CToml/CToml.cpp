#define TOML_EXCEPTIONS 0
// A file that a person wrote must not end the program: where toml++ asserts what a bad file can break, a branch that says what is wrong
// with it follows (parse_key of 3.3 and 3.4, for "[$name]").
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <exception>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "CToml.h"

namespace {

struct Node {
    std::string path;
    std::string text;
    uint32_t line, column;
    CTomlKind kind;
};

// No setting lies deeper than three; what does is unknown whatever it holds.
constexpr int deepest = 16;

bool is_bare(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

std::string quoted(std::string_view key) {
    if (is_bare(key)) return std::string(key);
    std::string out = "\"";
    for (char c : key) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

template <class T>
std::string printed(const T &value) {
    std::ostringstream stream;
    stream.imbue(std::locale::classic());
    stream << value;
    return stream.str();
}

void walk(const toml::node &node, std::string path, toml::source_position at, int depth, std::vector<Node> &out) {
    Node entry{path, "", at.line, at.column, CTOML_TABLE};
    switch (node.type()) {
        case toml::node_type::array: entry.kind = CTOML_ARRAY; break;
        case toml::node_type::string: entry.kind = CTOML_STRING, entry.text = node.as_string()->get(); break;
        case toml::node_type::integer: entry.kind = CTOML_INTEGER, entry.text = std::to_string(node.as_integer()->get()); break;
        case toml::node_type::floating_point: entry.kind = CTOML_FLOAT, entry.text = printed(node.as_floating_point()->get()); break;
        case toml::node_type::boolean: entry.kind = CTOML_BOOLEAN, entry.text = node.as_boolean()->get() ? "true" : "false"; break;
        case toml::node_type::date: entry.kind = CTOML_TIME, entry.text = printed(node.as_date()->get()); break;
        case toml::node_type::time: entry.kind = CTOML_TIME, entry.text = printed(node.as_time()->get()); break;
        case toml::node_type::date_time: entry.kind = CTOML_TIME, entry.text = printed(node.as_date_time()->get()); break;
        default: break;
    }
    if (depth > 0) out.push_back(std::move(entry));
    if (depth == deepest) return;

    if (const auto *table = node.as_table()) {
        for (auto &&[key, value] : *table) {
            const auto name = quoted(key.str());
            walk(value, depth == 0 ? name : path + "." + name, key.source().begin, depth + 1, out);
        }
    } else if (const auto *array = node.as_array()) {
        size_t index = 0;
        for (auto &&value : *array) {
            walk(value, path + "[" + std::to_string(index++) + "]", value.source().begin, depth + 1, out);
        }
    }
}

}  // namespace

struct CTomlDocument {
    std::vector<Node> nodes;
    std::string error;
    bool failed = false;
    uint32_t line = 0, column = 0;
};

CTomlDocument *ctoml_parse(const char *bytes, size_t length) {
    try {
        auto *document = new CTomlDocument;
        try {
            auto result = toml::parse(std::string_view(bytes, length));
            if (result) {
                walk(result.table(), "", {}, 0, document->nodes);
                // toml++ keeps tables sorted by key; a reader goes from top to bottom.
                std::stable_sort(document->nodes.begin(), document->nodes.end(), [](const Node &a, const Node &b) {
                    return a.line != b.line ? a.line < b.line : a.column < b.column;
                });
            } else {
                const auto &error = result.error();
                document->failed = true;
                document->error = std::string(error.description());
                document->line = error.source().begin.line;
                document->column = error.source().begin.column;
            }
            return document;
        } catch (...) {
            delete document;
            return nullptr;
        }
    } catch (...) {
        return nullptr;
    }
}

void ctoml_free(CTomlDocument *document) { delete document; }

const char *ctoml_error(const CTomlDocument *document, uint32_t *line, uint32_t *column) {
    if (!document->failed) return nullptr;
    *line = document->line;
    *column = document->column;
    return document->error.c_str();
}

size_t ctoml_count(const CTomlDocument *document) { return document->nodes.size(); }

CTomlNode ctoml_node(const CTomlDocument *document, size_t index) {
    const auto &node = document->nodes[index];
    return {node.path.data(), node.path.size(), node.text.data(), node.text.size(), node.line, node.column, node.kind};
}
