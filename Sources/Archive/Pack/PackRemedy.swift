import Support

extension Message {
    /// The remedy where a pack lacks what it names, or says what cannot be.
    public static var getPackAgain: Message { "Get the pack again, or pack the environment again." }
}
