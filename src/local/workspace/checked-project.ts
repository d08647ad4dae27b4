/** Projects that an engine has checked before, so that another server with the same engine need not do it again. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { outputColumns } from './state.js';
import type { SourceFile } from './project.js';

/** What the check of a project found: nothing wrong, and these output columns. */
export const checkedProject = z.object({
  /** Version of the engine that checked it. */
  engine: z.string(),
  /** Hash of its files. */
  files: z.string(),
  columns: outputColumns,
});
export type CheckedProject = z.infer<typeof checkedProject>;

/** Hash of the names and texts of files, in their order. */
export function hashFiles(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const { filename, content } of files) hash.update(JSON.stringify([filename, content]));
  return hash.digest('hex');
}

/** Whether these very files were checked by this very engine. */
export function isCheckedBy(
  checked: CheckedProject,
  engine: { version: string },
  files: readonly SourceFile[],
): boolean {
  return checked.engine === engine.version && checked.files === hashFiles(files);
}
