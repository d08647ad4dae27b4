/** The words of rules and their states. */
export const alertKinds = ['alert', 'budget'] as const;
export const comparators = ['above', 'below'] as const;
export const severities = ['info', 'warning', 'critical'] as const;
/** The states of a rule, the worst last: an alert is firing or not, a budget is past its soft or its hard limit. */
export const alertStates = ['ok', 'firing', 'soft', 'hard'] as const;

export type AlertState = (typeof alertStates)[number];
