// In: names and texts of any content. Out: SQL identifiers and literals that cannot end early, per engine style.

/** `"a""b"`: standard SQL. */
export function doubleQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Backticks, doubled inside: Spark and the Hive half of Athena. */
export function backticked(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** Backticks with backslash escapes inside: BigQuery and ClickHouse. */
export function backtickEscaped(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``
}

/** A qualified name: every part quoted by itself. */
export function qualified(parts: readonly string[], quote: (name: string) => string): string {
  return parts.map(quote).join('.')
}

/** `'it''s'`: standard SQL, where a backslash is an ordinary character. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** `'it\'s'`, for engines where a backslash escapes: BigQuery, ClickHouse, Spark, Hive, Snowflake. */
export function escapedLiteral(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** A word of a POSIX shell command. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
