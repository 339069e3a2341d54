/** Whether the text is a date 'YYYY-MM-DD' that exists. */
export function isCalendarDay(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return false
  // Date takes 2026-02-30 for the 2nd of March: only what comes back as it went is a date.
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
