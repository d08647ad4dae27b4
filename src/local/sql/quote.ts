/** Quotes names and texts for ClickHouse SQL. */

/** A ClickHouse identifier in backticks. */
export function quoteIdentifier(name: string): string {
  return '`' + name.replaceAll('\\', '\\\\').replaceAll('`', '\\`') + '`';
}

/** A ClickHouse string literal. */
export function quoteLiteral(text: string): string {
  return "'" + text.replaceAll('\\', '\\\\').replaceAll("'", "\\'") + "'";
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
