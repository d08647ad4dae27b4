/** A column that is a tuple, with its parts by name: SQL knows them only by their place. */
import { t, type AnyTypeValidator } from '@tinybirdco/sdk';

/** A part of such a column: its name, its type, and what it holds, for the description of the column. */
interface TuplePart {
  readonly name: string;
  readonly type: AnyTypeValidator;
  readonly meaning: string;
}

/**
 * Defines a tuple column.
 *
 * @param column its name
 * @param parts in the order in which stores hold them; a new one comes last
 */
export function tupleColumn<const Parts extends readonly TuplePart[]>(column: string, parts: Parts) {
  type Name = Parts[number]['name'];
  return {
    type: t.tuple(...parts.map(({ type }) => type)),
    /** What the column holds, part by part. */
    meaning: parts.map(({ meaning }) => meaning).join(', '),
    /** SQL that reads one part of the column. */
    part: (part: Name): string => `${column}.${parts.findIndex(({ name }) => name === part) + 1}`,
    /** SQL that makes the column from one expression per part. */
    of: (expressions: Record<Name, string>): string => `(
    ${parts.map(({ name }: { name: Name }) => expressions[name]).join(',\n    ')}
  )`,
  };
}
