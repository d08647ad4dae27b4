/** How a session can be started: in the terminal, by `claude -p`, by a program, an editor, the desktop app, a job, or elsewhere. */
export const sessionTypes = ['interactive', 'print', 'sdk', 'editor', 'desktop', 'ci', 'remote'] as const;

export type SessionType = (typeof sessionTypes)[number];
