/** Names a limit of the plan for a person. */
const words: Readonly<Record<string, string>> = {
  five_hour: '5 hours',
  seven_day: '7 days',
  spend_limit: 'spend',
};

/** `5 hours`, `7 days`, `7 days opus`, `spend`; any other limit has the client's name. */
export function limitName(limit: string): string {
  const known = Object.hasOwn(words, limit) ? words[limit] : undefined;
  return known ?? limit.replace(/^seven_day_/, '7 days ').replaceAll('_', ' ');
}
