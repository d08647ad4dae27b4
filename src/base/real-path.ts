/** Paths without links, also of what does not exist yet. */
import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** An absolute path whose links are resolved, as far as it exists. */
export function realPathOf(path: string): string {
  const whole = resolve(path);
  for (let here = whole; ; here = dirname(here)) {
    try {
      return join(realpathSync(here), relative(here, whole));
    } catch {
      // It does not exist, or may not be looked into: the folder above decides.
    }
    if (dirname(here) === here) return whole;
  }
}

/** Whether a path is a folder or leads into it, by links too. */
export function leadsInto(path: string, folder: string): boolean {
  const [inner, outer] = [realPathOf(path), realPathOf(folder)];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
