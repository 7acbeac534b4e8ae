import Support

/// An entry of the applications' menu, as a package describes it for Linux in `Menu/*.json` (menuinst 2,
/// https://conda.github.io/menuinst/).
struct MenuItem {
    /// What the menu is called.
    let menu: String
    let name: String
    private let item: JSONValue
    private let platform: JSONValue
    private let placeholders: [(name: String, value: String)]

    /// The items of a file that are for Linux.
    ///
    /// - Throws: `Failure` if it is no such file.
    static func items(_ bytes: [UInt8], _ placeholders: [(name: String, value: String)]) throws -> [MenuItem] {
        let root = try JSONDocument(bytes).root
        guard let menu = root["menu_name"]?.string, let items = root["menu_items"]?.elements else {
            throw Failure("it has no `menu_name` or no `menu_items`")
        }
        return try items.compactMap { item in
            guard let platform = item.present("platforms")?.present("linux"), platform.isObject else { return nil }
            return try MenuItem(menu, item, platform, placeholders)
        }
    }

    private init(
        _ menu: String, _ item: JSONValue, _ platform: JSONValue, _ placeholders: [(name: String, value: String)]
    ) throws {
        self.item = item
        self.platform = platform
        let value = platform.present("name") ?? item.present("name")
        // An unpacked environment is never the base environment of a conda installation.
        guard let name = value?.string ?? value?.present("target_environment_is_not_base")?.string, !name.isEmpty else {
            throw Failure("an item has no `name`")
        }
        self.menu = MenuItem.filled(menu, placeholders)
        self.name = MenuItem.filled(name, placeholders)
        self.placeholders = placeholders
    }

    /// The name of its file without ending.
    var stem: String { "\(MenuItem.slug(menu))_\(MenuItem.slug(name))" }

    var isActivated: Bool { value("activate")?.bool ?? true }
    /// What menuinst would run before it makes the shortcut.
    var preparation: String? { text("precreate") }
    /// The types of files it opens.
    var types: [String] { texts("MimeType") }

    /// The text of the `.desktop` file.
    ///
    /// - Parameters:
    ///   - location: where the file will be.
    ///   - activation: the path of the script that activates the environment.
    ///   - prefix: whose the shortcut is.
    func entry(at location: ByteString, activation: ByteString, prefix: ByteString) throws -> [UInt8] {
        let own = [("MENU_ITEM_LOCATION", location.lossyString)]
        func filled(_ text: String) -> String { MenuItem.filled(text, own) }
        let command = texts("command").map(filled)
        guard let program = command.first, !program.isEmpty else { throw Failure("'\(name)' has no `command`") }
        var entry = DesktopEntry()
        entry.set("Name", name)
        entry.set("Exec", exec(command, before: text("precommand").map(filled), activation))
        entry.set("Terminal", value("terminal")?.bool ?? false)
        if let icon = text("icon") { entry.set("Icon", filled(icon)) }
        if let comment = text("description"), !comment.isEmpty { entry.set("Comment", filled(comment)) }
        if let folder = text("working_dir") { entry.set("Path", filled(folder)) }
        for key in ["Categories", "Implements", "Keywords", "MimeType", "NotShowIn", "OnlyShowIn"] {
            let list = texts(key).map(filled)
            if !list.isEmpty { entry.set(key, list) }
        }
        for key in [
            "DBusActivatable", "Hidden", "NoDisplay", "PrefersNonDefaultGPU", "SingleMainWindow", "StartupNotify",
        ] {
            if let flag = value(key)?.bool { entry.set(key, flag) }
        }
        for key in ["GenericName", "StartupWMClass", "TryExec"] {
            if let text = text(key) { entry.set(key, filled(text)) }
        }
        entry.setOwner(prefix)
        return entry.bytes
    }

    /// The text of a file that tells the system which files have a type of the item's; nil if it needs none.
    var typeDescription: [UInt8]? {
        let globs = types.compactMap { type in
            value("glob_patterns").flatMap { $0.members?.first { $0.name == ByteString(type) }?.value.string }
                .map { (type, MenuItem.filled($0, placeholders)) }
        }
        if globs.isEmpty { return nil }
        func xml(_ text: String) -> String {
            text.replacing(text: "&", with: "&amp;").replacing(text: "<", with: "&lt;")
                .replacing(text: "\"", with: "&quot;")
        }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<mime-info xmlns=\"http://www.freedesktop.org/standards/shared-mime-info\">",
        ]
        for (type, glob) in globs {
            lines.append("<mime-type type=\"\(xml(type))\"><glob pattern=\"\(xml(glob))\"/></mime-type>")
        }
        return Array((lines + ["</mime-info>", ""]).joined(separator: "\n").utf8)
    }

    private func exec(_ command: [String], before: String?, _ activation: ByteString) -> String {
        let words = command.map(DesktopEntry.word).joined(separator: " ")
        let first = [before, isActivated ? ". \"$0\"" : nil].compactMap { $0 }
        if first.isEmpty { return words }
        let script = (first + ["exec \"$@\""]).joined(separator: " && ")
        let name = isActivated ? activation.lossyString : "bash"
        return "bash -c \(DesktopEntry.word(script)) \(DesktopEntry.word(name)) \(words)"
    }

    // MARK: Values

    /// Values for Linux win over those for all platforms.
    private func value(_ key: String) -> JSONValue? {
        [platform, item].lazy.compactMap { object in
            object.members?.first { $0.name == ByteString(key) && !$0.value.isNull }?.value
        }.first
    }

    private func text(_ key: String) -> String? { value(key)?.string.map { MenuItem.filled($0, placeholders) } }

    private func texts(_ key: String) -> [String] {
        let list = value(key)?.elements.map { $0.compactMap(\.string) } ?? []
        return list.map { MenuItem.filled($0, placeholders) }
    }

    private static func filled(_ text: String, _ placeholders: [(name: String, value: String)]) -> String {
        placeholders.reduce(text) { $0.replacing(text: "{{ \($1.name) }}", with: $1.value) }
    }

    /// A part of a file's name: letters and digits of ASCII, all else that parts words as one hyphen.
    private static func slug(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): result.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): result.append(byte | 0x20)
            case UInt8(ascii: " "), UInt8(ascii: "_"), UInt8(ascii: "-"), 9, 10, 13:
                if let last = result.last, last != UInt8(ascii: "-") { result.append(UInt8(ascii: "-")) }
            default: continue
            }
        }
        while result.last == UInt8(ascii: "-") { result.removeLast() }
        return result.isEmpty ? "menu" : String(decoding: result, as: UTF8.self)
    }
}
