import LibC

/// Times like `2026-01-31T23:59:59Z`.
enum InternetTime {
    /// Seconds since 1970; nil for anything else. Fractions are dropped, offsets other than `Z` are not known.
    static func seconds(_ text: String) -> Int64? {
        let numbers = text.split { !("0"..."9").contains($0) }.map { Int32($0) }
        guard text.hasSuffix("Z"), numbers.count >= 6, let year = numbers[0], let month = numbers[1],
            let day = numbers[2], let hour = numbers[3], let minute = numbers[4], let second = numbers[5]
        else { return nil }
        var time = tm()
        time.tm_year = year &- 1900
        time.tm_mon = month &- 1
        time.tm_mday = day
        time.tm_hour = hour
        time.tm_min = minute
        time.tm_sec = second
        let result = timegm(&time)
        return result == -1 ? nil : Int64(result)
    }
}
