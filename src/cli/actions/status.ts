/** `atel status`: where telemetry goes, what is waiting, and what is wrong. */
import { isWell } from '../diagnosis/findings.js';
import { readStatus } from '../diagnosis/read-status.js';
import { terminalOf } from '../render/terminal.js';
import { guardOutput } from '../shared/guard-output.js';
import { statusLines } from '../views/status-lines.js';
import type { status } from '../commands/status.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/** Shows where telemetry goes, what is waiting, and what is wrong. Exit code 1 if something is. */
export async function run(
  options: OptionsOf<typeof status.flags>,
  { config, print, complain }: Outside,
): Promise<void> {
  guardOutput(complain);
  const current = await readStatus(config());
  if (options.json === true) print(JSON.stringify(current, null, 2));
  else for (const line of statusLines(current, terminalOf())) print(line);
  if (!isWell(current)) process.exitCode = 1;
}
