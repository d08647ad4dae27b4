/** Quotes names and texts for ClickHouse SQL. */

/** A ClickHouse identifier in backticks. */
export function quoteIdentifier(name: string): string {
  return '`' + name.replaceAll('\\', '\\\\').replaceAll('`', '\\`') + '`';
}

/** A ClickHouse string literal. */
export function quoteLiteral(text: string): string {
  return "'" + text.replaceAll('\\', '\\\\').replaceAll("'", "\\'") + "'";
}

/** The settings that give query parameters their values: `{name: String}` in the SQL is `param_name`. */
export function queryParameters(values: ReadonlyMap<string, string>): Map<string, string> {
  // The engine reads the value as a field of a TSV file.
  const escapes: Record<string, string> = {
    '\\': '\\\\',
    '\t': '\\t',
    '\n': '\\n',
    '\r': '\\r',
    '\0': '\\0',
  };
  const field = (value: string) => value.replace(/[\\\t\n\r\0]/g, (char) => escapes[char] ?? char);
  return new Map([...values].map(([name, value]) => [`param_${name}`, quoteLiteral(field(value))]));
}

/** `db`.`table`. */
export function qualified(database: string, table: string): string {
  return `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
}

/** `db.table`, as the engine prints a quoted name of letters, digits and _. */
export function plainName(qualifiedName: string): string {
  return qualifiedName.replaceAll('`', '');
}

/**
 * CREATE for a table over the rows of a file. Characters that the engine reads as a pattern are replaced by `?`, which
 * matches any one character.
 */
export function createFileTable(name: string, path: string, format: string): string {
  const pattern = quoteLiteral(path.replace(/[*?{}]/g, '?'));
  return `CREATE TEMPORARY TABLE ${name} ENGINE = File(${format}, ${pattern})`;
}
