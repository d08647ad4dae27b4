/** The output of `atel doctor` for a person. */
import { plural } from '../../base/format/counts.js';
import type { Finding } from '../diagnosis/finding.js';
import type { Terminal } from '../render/terminal.js';
import { hanging, whole } from '../render/text.js';

/** Each finding with its explanation and the command that helps, then how many there are. */
export function findingLines(findings: readonly Finding[], { paint, width }: Terminal): string[] {
  const count = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted).length;
  const [problems, hints] = [count('problem'), count('hint')];
  const shown = findings.flatMap(({ severity, what, why, command }) => {
    const colour = severity === 'problem' ? paint.red : paint.yellow;
    return [
      ...hanging(severity === 'problem' ? 'Problem  ' : 'Hint     ', what, width, whole).map(colour),
      ...hanging('         ', why, width, whole),
      ...(command === null ? [] : [`         ${paint.dim('$')} ${command}`]),
      '',
    ];
  });
  const sum =
    problems + hints === 0
      ? 'No problem found.'
      : `${plural(problems, 'problem')}, ${plural(hints, 'hint')}.`;
  return [...shown, sum];
}
