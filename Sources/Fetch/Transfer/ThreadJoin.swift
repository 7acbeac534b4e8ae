import LibC

/// Waits for the end of a thread of `startThread`.
func joinThread(_ thread: pthread_t) { pthread_join(thread, nil) }
