/** Compares what a client emitted with a recorded contract. */
import type { Contract } from './contract.js';
import type { Shape } from './shape.js';

/** A path with this ending was missing in some of the recorded rounds: it may be missing again. */
const SOMETIMES = '?';

/**
 * The differences, one line each, sorted: `+` is new, `-` is gone, `~` has another type or price.
 * Empty if the client keeps the contract.
 */
export function differences(recorded: Contract, seen: Contract): string[] {
  const lines = [
    ...namesDiffer('hook events of the Agent SDK', recorded.hook_events, seen.hook_events),
    ...shapesDiffer('hook', recorded.hooks, seen.hooks),
    ...shapesDiffer('transcript', recorded.transcript, seen.transcript),
    ...shapesDiffer('otel', recorded.otel, seen.otel),
    ...shapeDiffers('result', recorded.result, seen.result),
    ...costsDiffer(recorded.costs, seen.costs),
  ];
  if (recorded.status_line !== null && seen.status_line !== null) {
    lines.push(...shapeDiffers('status line', recorded.status_line, seen.status_line));
  }
  return lines;
}

/**
 * One contract of several rounds with the same client. What was not in every round is marked with `?`.
 */
export function merged(rounds: readonly [Contract, ...Contract[]]): Contract {
  const [first] = rounds;
  const statusLines = rounds.map(({ status_line }) => status_line).filter((each) => each !== null);
  return {
    ...first,
    hooks: mergedShapes(rounds.map(({ hooks }) => hooks)),
    transcript: mergedShapes(rounds.map(({ transcript }) => transcript)),
    otel: mergedShapes(rounds.map(({ otel }) => otel)),
    result: mergedShape(rounds.map(({ result }) => result)),
    status_line: statusLines.length === 0 ? null : mergedShape(statusLines),
  };
}

type Shapes = Record<string, Shape>;

function mergedShapes(rounds: readonly Shapes[]): Shapes {
  const kinds = [...new Set(rounds.flatMap((round) => Object.keys(round)))].sort();
  return Object.fromEntries(
    kinds.map((kind) => {
      const present = rounds.map((round) => round[kind]).filter((each) => each !== undefined);
      const name = present.length < rounds.length ? kind + SOMETIMES : kind;
      return [name, mergedShape(present)];
    }),
  );
}

function mergedShape(rounds: readonly Shape[]): Shape {
  const paths = [...new Set(rounds.flatMap((round) => Object.keys(round)))].sort();
  return Object.fromEntries(
    paths.map((path) => {
      const types = rounds.flatMap((round) => round[path] ?? []);
      const all = [...new Set(types.flatMap((each) => each.split('|')))].sort().join('|');
      return [types.length < rounds.length ? path + SOMETIMES : path, all];
    }),
  );
}

function shapesDiffer(what: string, recorded: Shapes, seen: Shapes): string[] {
  const lines: string[] = [];
  for (const kind of kindsOf(recorded, seen)) {
    const before = recorded[kind] ?? recorded[kind + SOMETIMES];
    const now = seen[kind] ?? seen[kind + SOMETIMES];
    if (before === undefined) lines.push(`+ ${what} ${kind}: ${Object.keys(now ?? {}).join(', ')}`);
    else if (now !== undefined) lines.push(...shapeDiffers(`${what} ${kind}`, before, now));
    else if (kind in recorded) lines.push(`- ${what} ${kind}`);
  }
  return lines;
}

function shapeDiffers(what: string, recorded: Shape, seen: Shape): string[] {
  const lines: string[] = [];
  for (const path of kindsOf(recorded, seen)) {
    const before = recorded[path] ?? recorded[path + SOMETIMES];
    const now = seen[path] ?? seen[path + SOMETIMES];
    if (before === undefined) lines.push(`+ ${what}: ${path} (${now})`);
    else if (now === undefined) {
      if (path in recorded) lines.push(`- ${what}: ${path} (${before})`);
    } else {
      const unknown = now.split('|').filter((type) => !before.split('|').includes(type));
      if (unknown.length > 0) lines.push(`~ ${what}: ${path} is ${now}, was ${before}`);
    }
  }
  return lines;
}

function costsDiffer(recorded: Contract['costs'], seen: Contract['costs']): string[] {
  const lines: string[] = [];
  for (const model of kindsOf(recorded, seen)) {
    const before = recorded[model];
    const now = seen[model];
    if (before === undefined || now === undefined) {
      lines.push(`${before === undefined ? '+' : '-'} cost ${model}`);
      continue;
    }
    for (const component of kindsOf(before, now)) {
      const [was, is] = [before[component], now[component]];
      if (was !== is) lines.push(`~ cost ${model} ${component} is ${is} USD, was ${was}`);
    }
  }
  return lines;
}

function namesDiffer(what: string, recorded: string[] | null, seen: string[] | null): string[] {
  if (recorded === null || seen === null) return [];
  return [
    ...seen.filter((name) => !recorded.includes(name)).map((name) => `+ ${what}: ${name}`),
    ...recorded.filter((name) => !seen.includes(name)).map((name) => `- ${what}: ${name}`),
  ];
}

/** The keys of both, without the mark of what is sometimes missing, sorted. */
function kindsOf(a: object, b: object): string[] {
  const plain = (key: string): string => (key.endsWith(SOMETIMES) ? key.slice(0, -1) : key);
  return [...new Set([...Object.keys(a), ...Object.keys(b)].map(plain))].sort();
}
