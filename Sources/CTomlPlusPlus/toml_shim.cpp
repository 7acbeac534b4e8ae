// toml++ asserts what hostile input can break ("[[["), and without the assertions reports it as an error.
#ifndef NDEBUG
#define NDEBUG
#endif
#include "toml_shim.h"

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <string_view>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

static char *duplicate(const std::string &text) {
    char *copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy != nullptr) {
        std::memcpy(copy, text.data(), text.size());
        copy[text.size()] = 0;
    }
    return copy;
}

char *pixi_toml_to_json(const char *text, size_t length, size_t *out_length, char **error) {
    auto result = toml::parse(std::string_view(text, length));
    if (!result) {
        std::ostringstream message;
        auto begin = result.error().source().begin;
        message << "line " << begin.line << ", column " << begin.column << ": " << result.error().description();
        *error = duplicate(message.str());
        return nullptr;
    }
    std::ostringstream json;
    json << toml::json_formatter{result.table()};
    std::string rendered = json.str();
    *out_length = rendered.size();
    return duplicate(rendered);
}
