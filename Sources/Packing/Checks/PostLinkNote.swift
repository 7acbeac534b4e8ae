import Support

/// What is said of scripts that packages want to have run after they are installed (`post-link`). conda runs them, pixi and
/// the original do not.
enum PostLinkNote {
    /// The beginning of a sentence: how many packages have one, and which; nil if none has.
    static func text(_ names: [String]) -> Message? {
        guard !names.isEmpty else { return nil }
        let shown = names.prefix(5).listed() + (names.count > 5 ? ", ..." : "")
        return names.count == 1
            ? "1 package has a post-link script (\(shown)), which is"
            : "\(names.count) packages have post-link scripts (\(shown)), which are"
    }
}
