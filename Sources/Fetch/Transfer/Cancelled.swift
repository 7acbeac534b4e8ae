/// Another file's error ended the fetch.
struct Cancelled: Error {}
