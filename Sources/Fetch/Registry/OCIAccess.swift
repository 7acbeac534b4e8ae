/// What is wanted of a repository.
enum OCIAccess: Sendable, Hashable {
    case pull
    case push
    /// As `push`, and to take blobs from another repository of the registry.
    case mount(from: String)

    /// What the token server is asked for.
    func scopes(_ repository: String) -> [String] {
        switch self {
        case .pull: ["repository:\(repository):pull"]
        case .push: ["repository:\(repository):pull,push"]
        case .mount(let other): ["repository:\(repository):pull,push", "repository:\(other):pull"]
        }
    }
}
