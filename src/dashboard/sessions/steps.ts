/** Arranges the steps of a session for its timeline. */
import type { AnswerOf } from '../../api/answers.js';
import { threadOf } from '../../api/session-thread.js';

export type Step = AnswerOf<'/v1/sessions/:id/timeline'>['timeline'][number];

/** A step and how deep below the main thread it happened. */
export interface Placed {
  step: Step;
  depth: number;
}

/** A prompt and all steps that it led to. */
export interface Prompt {
  prompt: Step;
  /** `Prompt 3`, or what happened outside of any. */
  title: string;
  /** `3`, for charts. */
  short: string;
  steps: Placed[];
}

/** Groups the rows of a timeline by prompt, with each subagent's steps below its run. */
export function promptsOf(timeline: readonly Step[]): Prompt[] {
  const steps = grouped(
    timeline.filter(({ kind }) => kind !== 'prompt'),
    ({ prompt_id: id }) => id,
  );
  let number = 0;
  return timeline
    .filter(({ kind }) => kind === 'prompt')
    .map((prompt) => {
      const isPrompt = prompt.prompt_id !== '';
      if (isPrompt) number += 1;
      return {
        prompt,
        title: isPrompt ? `Prompt ${number}` : 'Outside of any prompt',
        short: isPrompt ? String(number) : '–',
        steps: placed(steps.get(prompt.prompt_id) ?? []),
      };
    });
}

function placed(steps: readonly Step[]): Placed[] {
  const runs = new Map(steps.filter(({ kind }) => kind === 'agent').map((run) => [run.agent_id, run]));
  const children = grouped(steps, (step) => threadOf(step, runs));
  const walk = (thread: string, depth: number): Placed[] =>
    (children.get(thread) ?? []).flatMap((step) => [
      { step, depth },
      ...(step.kind === 'agent' && step.agent_id !== '' ? walk(step.agent_id, depth + 1) : []),
    ]);
  return walk('', 0);
}

function grouped(steps: readonly Step[], keyOf: (step: Step) => string): Map<string, Step[]> {
  const groups = new Map<string, Step[]>();
  for (const step of steps) {
    const key = keyOf(step);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [step]);
    else group.push(step);
  }
  return groups;
}
