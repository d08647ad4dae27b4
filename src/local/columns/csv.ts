/** Splits CSV (RFC 4180) into records, in the dialects that Tinybird's API can name. */

export interface CsvDialect {
  /** One character; undefined: a comma, or else the semicolon, tab or bar that the first line has instead. */
  delimiter?: string | undefined;
  /** What ends a record; undefined: LF or CRLF. */
  newLine?: string | undefined;
  /** A character that takes the next one out of its role; undefined: only a doubled quote does. */
  escape?: string | undefined;
}

export interface CsvCell {
  text: string;
  /** A quoted empty cell is an empty text, an unquoted one is no value. */
  isQuoted: boolean;
}

export interface CsvRecord {
  cells: CsvCell[];
  /** The text ended inside quotes. */
  isTorn: boolean;
}

/** The records of a text, without blank lines and without a byte order mark. */
export function* csvRecords(text: string, dialect: CsvDialect): Generator<CsvRecord> {
  const reader = new Reader(text, dialect);
  while (!reader.isAtEnd) {
    const record = reader.record();
    const [only] = record.cells;
    const isBlank = record.cells.length === 1 && only?.text.trim() === '' && !only.isQuoted;
    if (!isBlank) yield record;
  }
}

class Reader {
  private at: number;
  private readonly delimiter: string;
  private isTorn = false;

  constructor(
    private readonly text: string,
    private readonly dialect: CsvDialect,
  ) {
    this.at = text.startsWith('\ufeff') ? 1 : 0;
    this.delimiter = dialect.delimiter ?? guessDelimiter(text, this.at);
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  record(): CsvRecord {
    const cells: CsvCell[] = [];
    this.isTorn = false;
    for (;;) {
      cells.push(this.cell());
      if (this.isAtEnd) break;
      if (this.text.startsWith(this.delimiter, this.at)) {
        this.at += this.delimiter.length;
        continue;
      }
      this.at += this.lineBreak();
      break;
    }
    return { cells, isTorn: this.isTorn };
  }

  private cell(): CsvCell {
    const isQuoted = this.text.charAt(this.at) === '"';
    let text = isQuoted ? this.quoted() : '';
    let from = this.at;
    while (!this.isAtEnd && !this.text.startsWith(this.delimiter, this.at) && this.lineBreak() === 0) {
      if (this.text.charAt(this.at) === this.dialect.escape) {
        text += this.text.slice(from, this.at);
        from = this.at + 1;
        this.at += 2;
      } else this.at += 1;
    }
    return { text: text + this.text.slice(from, this.at), isQuoted };
  }

  /** The text between quotes; afterwards `at` is behind the closing one. */
  private quoted(): string {
    let text = '';
    let from = this.at + 1;
    for (this.at = from; this.at < this.text.length; this.at += 1) {
      const char = this.text.charAt(this.at);
      if (char === this.dialect.escape && char !== '"') {
        text += this.text.slice(from, this.at);
        from = this.at + 1;
        this.at += 1;
      } else if (char === '"') {
        text += this.text.slice(from, this.at);
        this.at += 1;
        if (this.text.charAt(this.at) !== '"') return text;
        from = this.at;
      }
    }
    this.isTorn = true;
    return text + this.text.slice(from);
  }

  /** The length of the line break here; 0 if there is none. */
  private lineBreak(): number {
    const { newLine } = this.dialect;
    if (newLine !== undefined) return this.text.startsWith(newLine, this.at) ? newLine.length : 0;
    const char = this.text.charAt(this.at);
    if (char === '\n') return 1;
    return char === '\r' && this.text.charAt(this.at + 1) === '\n' ? 2 : 0;
  }
}

function guessDelimiter(text: string, from: number): string {
  const end = text.indexOf('\n', from);
  const bare = text.slice(from, end < 0 ? undefined : end).replace(/"[^"]*"/g, '');
  return [',', ';', '\t', '|'].find((one) => bare.includes(one)) ?? ',';
}
