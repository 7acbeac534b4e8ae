import CLibCurl

/// Dates of HTTP headers.
enum HTTPDate {
    /// Seconds since 1970 of a date in any of the three forms of HTTP; nil if it is none.
    static func seconds(_ text: String) -> Int64? {
        let seconds = curl_getdate(text, nil)
        return seconds == -1 ? nil : Int64(seconds)
    }
}
