/** A finding of `atel doctor`, and the exit code that follows from findings. */
import type * as z from 'zod/mini';
import type { doctorSchema } from '../../schemas.js';

type Report = z.infer<typeof doctorSchema>;

/** Something that is wrong (a problem) or worth knowing (a hint), and the command that helps. */
export type Finding = Report['findings'][number];

type FindingClass = Finding['class'];

/** Exit code of `atel doctor` for problems of each class; with several, the lowest. */
const exitCodes: Readonly<Record<FindingClass, number>> = {
  /** A setting of ours is invalid: nothing else can be looked at. */
  settings: 3,
  /** Nothing is recorded, or not everything. */
  capture: 4,
  /** The store gives no answers. */
  store: 5,
  /** Rows are not delivered. */
  delivery: 6,
  /** Something was lost, or is about to be. */
  loss: 7,
};

/** The exit code for findings: 0 without a problem. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const codes = findings.filter(({ severity }) => severity === 'problem').map((one) => exitCodes[one.class]);
  return codes.length === 0 ? 0 : Math.min(...codes);
}

/** The problems before the hints, each in the order of the exit codes. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const place = ({ severity, class: of }: Finding) => exitCodes[of] + (severity === 'problem' ? 0 : 100);
  return [...findings].sort((a, b) => place(a) - place(b));
}

/** A text as a sentence: messages of errors may have no full stop. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
