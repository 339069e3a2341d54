/** What the reader refuses must not be published: neither side takes a longer record, nor a cell that would make one. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024
