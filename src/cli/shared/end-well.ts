/** Not even a wrong use may stop a script, or, as 2 would for a hook, Claude Code. */
export function endWell(): never {
  process.exit(0);
}
