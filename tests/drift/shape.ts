/** The shape of JSON values: which keys they have, and of which types. */

/** Key path → the types seen there, sorted and joined by `|`. A path of a list's items ends in `[]`. */
export type Shape = Record<string, string>;

/** A key that names a thing (a model, a file, a tool's own field) instead of a field is written as `*`. */
const FIELD_NAME = /^[A-Za-z_$][\w$]*(\.[A-Za-z_]\w*)*$/;

/** Fields whose keys belong to the user, to a tool or to the API, and not to the client. */
const OPEN_FIELDS = new Set([
  'tool_input',
  'input',
  'env',
  'trackedFileBackups',
  'modelUsage',
  'body',
  'params',
  'by_type',
]);

/**
 * Adds the keys of a JSON value to a shape.
 * @param depth how many levels of keys are looked at; below, only the type is kept
 */
export function addShape(shape: Shape, value: unknown, depth: number, path = ''): void {
  if (path !== '') addType(shape, path, typeOf(value));
  if (depth === 0 || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) addShape(shape, each, depth, `${path}[]`);
    return;
  }
  const last = path.split('.').at(-1) ?? '';
  for (const [key, each] of Object.entries(value)) {
    const name = OPEN_FIELDS.has(last) || !FIELD_NAME.test(key) ? '*' : key;
    addShape(shape, each, depth - 1, path === '' ? name : `${path}.${name}`);
  }
}

/** Adds one type at one path. */
export function addType(shape: Shape, path: string, type: string): void {
  const types = new Set(shape[path]?.split('|'));
  types.add(type);
  shape[path] = [...types].sort().join('|');
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
