import OCI
import Support

/// Clients for a repository as people name it, with what container engines are told of its registry.
extension RegistryClient {
    /// A client that pushes. What is pushed goes where the name says, whatever mirrors there are.
    ///
    /// - Throws: `Failure` if the registry is blocked.
    public static func pushing(
        to repository: OCIRepositoryName, settings: FetchSettings, reporter: any Reporter
    ) throws -> RegistryClient {
        try ContainerRegistries(settings.environment, reporter: reporter).requireAllowed(repository)
        return try RegistryClient(repository, settings: settings, reporter: reporter)
    }

    /// A client that pulls: from the first mirror that has what is asked for, or from where the name leads.
    ///
    /// - Parameter name: a tag or digest.
    /// - Throws: `Failure` if the registry is blocked.
    public static func pulling(
        _ name: String, from repository: OCIRepositoryName, settings: FetchSettings, reporter: any Reporter
    ) throws -> RegistryClient {
        var places = try ContainerRegistries(settings.environment, reporter: reporter)
            .places(of: repository, isByDigest: name.contains(":"))
        guard let last = places.popLast() else {
            return try RegistryClient(repository, settings: settings, reporter: reporter)
        }
        // A mirror is one of several places: the next one is nearer than another try.
        var once = settings
        once.tries = 1
        for place in places {
            try Interruption.check()
            let mirror = "\(place.host)/\(place.name)"
            do {
                let client = try RegistryClient(place, settings: once, reporter: reporter)
                if try client.manifest(name) != nil {
                    reporter.debug("'\(repository.host)/\(repository.name)' is pulled from its mirror '\(mirror)'")
                    return try RegistryClient(place, settings: settings, reporter: reporter)
                }
                reporter.debug("the mirror '\(mirror)' does not have '\(name)'")
            } catch {
                try Interruption.check()
                reporter.warn("the mirror '\(mirror)' is passed over: \(error)")
            }
        }
        return try RegistryClient(last, settings: settings, reporter: reporter)
    }
}
