/// A moment in the Gregorian calendar, in UTC.
public struct CalendarTime: Sendable {
    /// `2026-01-31`
    public let date: String
    /// `23:59:59`
    public let time: String

    /// - Parameter seconds: since 1970, not negative.
    public init(_ seconds: Int64) {
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        // Days are counted from 1 March of the year 0, so that a leap day is the last day of a year.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func padded(_ number: Int64, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        time = "\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
    }
}
