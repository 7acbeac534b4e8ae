// toml++ asserts what hostile input can break ("[[["), and without the assertions reports it as an error.
#ifndef NDEBUG
#define NDEBUG
#endif
#include "toml_shim.h"

#include <cinttypes>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#define TOML_EXCEPTIONS 0
// No streams of C++: they add 0.4 MB of locales to the executable.
#define TOML_ENABLE_FORMATTERS 0
#define TOML_FLOAT_CHARCONV 1
#include <toml++/toml.h>

static char *duplicate(const std::string &text) {
    char *copy = static_cast<char *>(std::malloc(text.size() + 1));
    if (copy != nullptr) {
        std::memcpy(copy, text.data(), text.size());
        copy[text.size()] = 0;
    }
    return copy;
}

__attribute__((format(printf, 2, 3))) static void add(std::string &json, const char *format, ...) {
    char text[64];
    va_list values;
    va_start(values, format);
    std::vsnprintf(text, sizeof text, format, values);
    va_end(values);
    json += text;
}

static void add(std::string &json, std::string_view text) {
    json += '"';
    for (char byte : text) {
        if (byte == '"' || byte == '\\') {
            json += '\\';
            json += byte;
        } else if (static_cast<unsigned char>(byte) < 0x20) {
            add(json, "\\u%04x", static_cast<unsigned>(byte));
        } else {
            json += byte;
        }
    }
    json += '"';
}

// What is no integer in TOML is none in JSON.
static void add_number(std::string &json, double value) {
    size_t start = json.size();
    add(json, "%.17g", value);
    if (json.find_first_of(".e", start) == std::string::npos) json += ".0";
}

static void add(std::string &json, const toml::date &date) {
    add(json, "%04u-%02u-%02u", static_cast<unsigned>(date.year), static_cast<unsigned>(date.month), static_cast<unsigned>(date.day));
}

static void add(std::string &json, const toml::time &time) {
    add(json, "%02u:%02u:%02u", static_cast<unsigned>(time.hour), static_cast<unsigned>(time.minute), static_cast<unsigned>(time.second));
    if (time.nanosecond == 0) return;
    add(json, ".%09u", static_cast<unsigned>(time.nanosecond));
    while (json.back() == '0') json.pop_back();
}

static void add(std::string &json, const toml::date_time &moment) {
    add(json, moment.date);
    json += 'T';
    add(json, moment.time);
    if (!moment.offset) return;
    int minutes = moment.offset->minutes;
    if (minutes == 0) json += 'Z';
    else add(json, "%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

// As deep as toml++ lets values be nested.
static void add(std::string &json, const toml::node &node) {
    if (const toml::table *table = node.as_table()) {
        json += '{';
        bool is_first = true;
        for (auto &&[key, value] : *table) {
            if (!is_first) json += ',';
            is_first = false;
            add(json, std::string_view(key.str()));
            json += ':';
            add(json, static_cast<const toml::node &>(value));
        }
        json += '}';
    } else if (const toml::array *array = node.as_array()) {
        json += '[';
        for (size_t index = 0; index < array->size(); index++) {
            if (index) json += ',';
            add(json, (*array)[index]);
        }
        json += ']';
    } else if (const auto *text = node.as_string()) {
        add(json, std::string_view(text->get()));
    } else if (const auto *number = node.as_integer()) {
        add(json, "%" PRId64, number->get());
    } else if (const auto *real = node.as_floating_point()) {
        // JSON has no words for these.
        double value = real->get();
        if (std::isfinite(value)) add_number(json, value);
        else add(json, std::string_view(std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity"));
    } else if (const auto *truth = node.as_boolean()) {
        json += truth->get() ? "true" : "false";
    } else {
        json += '"';
        if (const auto *day = node.as_date()) add(json, day->get());
        if (const auto *time = node.as_time()) add(json, time->get());
        if (const auto *moment = node.as_date_time()) add(json, moment->get());
        json += '"';
    }
}

char *pixi_toml_to_json(const char *text, size_t length, size_t *out_length, char **error) {
    auto result = toml::parse(std::string_view(text, length));
    if (!result) {
        std::string message;
        auto begin = result.error().source().begin;
        add(message, "line %u, column %u: ", static_cast<unsigned>(begin.line), static_cast<unsigned>(begin.column));
        message += result.error().description();
        *error = duplicate(message);
        return nullptr;
    }
    std::string json;
    add(json, static_cast<const toml::node &>(result.table()));
    *out_length = json.size();
    return duplicate(json);
}
