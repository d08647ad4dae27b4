/** Always exits with 0: even wrong usage must not stop a script, nor Claude Code, which a hook's exit code 2 would. */
export function endWell(): never {
  process.exit(0);
}
