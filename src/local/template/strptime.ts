/** Reads dates as Python's strptime does, for the date functions of templates. */

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Milliseconds; finer digits are cut off. */
  milliseconds: number;
  isAfternoon: boolean | undefined;
  /** Minutes east of UTC. */
  zone: number;
}

interface Directive {
  pattern: string;
  read: (text: string, parts: Parts) => void;
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

const monthName: Directive = {
  pattern: '([A-Za-z]{3,9})',
  read: (text, parts) => {
    parts.month = months.indexOf(text.slice(0, 3).toLowerCase()) + 1;
  },
};

const numberOf = (
  key: keyof Parts & ('year' | 'month' | 'day' | 'hour' | 'minute' | 'second'),
  digits: string,
): Directive => ({
  pattern: `(\\d${digits})`,
  read: (text, parts) => {
    parts[key] = Number(text);
  },
});

const directives: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ['Y', numberOf('year', '{4}')],
  ['m', numberOf('month', '{1,2}')],
  ['d', numberOf('day', '{1,2}')],
  ['H', numberOf('hour', '{1,2}')],
  ['I', numberOf('hour', '{1,2}')],
  ['M', numberOf('minute', '{1,2}')],
  ['S', numberOf('second', '{1,2}')],
  ['b', monthName],
  ['B', monthName],
  [
    'y',
    {
      pattern: '(\\d{2})',
      read: (text, parts) => {
        parts.year = Number(text) + (Number(text) < 69 ? 2000 : 1900);
      },
    },
  ],
  [
    'f',
    {
      pattern: '(\\d{1,6})',
      read: (text, parts) => {
        parts.milliseconds = Math.trunc(Number(text.padEnd(6, '0')) / 1000);
      },
    },
  ],
  [
    'p',
    {
      pattern: '([AaPp][Mm])',
      read: (text, parts) => {
        parts.isAfternoon = /^p/i.test(text);
      },
    },
  ],
  [
    'z',
    {
      pattern: '(Z|[+-]\\d{2}:?\\d{2})',
      read: (text, parts) => {
        const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? [];
        parts.zone = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
      },
    },
  ],
]);

/** A longer format or text is no date; the number of parts bounds the ways to match a text. */
const MOST_PARTS = 12;
const LONGEST = 100;

/** The moment that `text` names in `format`, milliseconds; undefined if it does not have that form. */
export function parseDate(text: string, format: string): number | undefined {
  if (text.length > LONGEST || format.length > LONGEST) return undefined;
  const used: Directive[] = [];
  let pattern = '';
  for (const [piece, letter] of format.matchAll(/%(.)|\s+|[^%\s]+|%/gs)) {
    if (letter === undefined) {
      pattern += /^\s/.test(piece) ? '\\s+' : piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      continue;
    }
    const directive = directives.get(letter);
    if (directive) used.push(directive);
    else if (letter !== '%') return undefined;
    pattern += directive?.pattern ?? '%';
  }
  if (used.length > MOST_PARTS) return undefined;
  // Python compares the letters of the format in any case: a format with "z" reads a "Z".
  const match = new RegExp(`^${pattern}$`, 'i').exec(text);
  if (!match) return undefined;
  const parts: Parts = {
    year: 1900,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    milliseconds: 0,
    isAfternoon: undefined,
    zone: 0,
  };
  used.forEach(({ read }, index) => read(match[index + 1] ?? '', parts));
  return momentOf(parts);
}

function momentOf(parts: Parts): number | undefined {
  const { year, month, day, minute, second, milliseconds, isAfternoon, zone } = parts;
  const hour = isAfternoon === undefined ? parts.hour : (parts.hour % 12) + (isAfternoon ? 12 : 0);
  if (hour > 23 || minute > 59 || second > 61) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // JavaScript moves the 30th of February to March.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() + ((hour * 60 + minute - zone) * 60 + second) * 1000 + milliseconds;
}
