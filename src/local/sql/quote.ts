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

/** The engine's table of a file's rows, as a CREATE. Characters that it takes for a pattern are matched by its `?`, which is any one. */
export function createFileTable(name: string, path: string, format: string): string {
  const pattern = quoteLiteral(path.replace(/[*?{}]/g, '?'));
  return `CREATE TEMPORARY TABLE ${name} ENGINE = File(${format}, ${pattern})`;
}
