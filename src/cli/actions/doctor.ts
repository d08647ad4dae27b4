/** `atel doctor`: explains what is wrong, and names the command that mends it. */
import type * as z from 'zod/mini';
import { ConfigError } from '../../base/config.js';
import type { doctorSchema } from '../../schemas.js';
import { exitCodeOf, sentence, type Finding } from '../diagnosis/finding.js';
import { findingsOf } from '../diagnosis/findings.js';
import { readStatus } from '../diagnosis/read-status.js';
import { terminalOf } from '../render/terminal.js';
import { guardOutput } from '../shared/guard-output.js';
import { findingLines } from '../views/finding-lines.js';
import type { doctor } from '../commands/doctor.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/** Explains each problem. The exit code is that of the first class of problems. */
export async function run(options: OptionsOf<typeof doctor.flags>, outside: Outside): Promise<void> {
  const { print, complain } = outside;
  guardOutput(complain);
  const findings = await look(outside);
  const exitCode = exitCodeOf(findings);
  const report: z.infer<typeof doctorSchema> = { exit_code: exitCode, findings };
  if (options.json === true) print(JSON.stringify(report, null, 2));
  else for (const line of findingLines(findings, terminalOf())) print(line);
  if (exitCode !== 0) process.exitCode = exitCode;
}

/** Looks at everything; with an invalid setting there is nothing to look at but that. */
async function look({ config }: Outside): Promise<Finding[]> {
  try {
    return findingsOf(await readStatus(config()));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      {
        id: 'setting_invalid',
        class: 'settings',
        severity: 'problem',
        what: sentence(error.message),
        why: 'Without valid settings nothing is recorded, delivered or answered. Correct it in the settings file or in the environment.',
        command: null,
      },
    ];
  }
}
