/** The filters of questions about requests, and the parts by which they can be grouped. */
import { p } from '@tinybirdco/sdk';
import { partOf } from './cost-breakdown.js';
import { groupNames, type GroupName } from './group-names.js';
import { withForksOf } from './forks.js';
import { isOfSessionType, partOfFact, sessionsOf } from './session-facts.js';

/**
 * The family of a model: the first word of its id after `claude-` and any digits, such as `opus` of `claude-opus-4-8` and
 * `sonnet` of `claude-3-5-sonnet-20241022`. A model of another maker has none.
 */
const familyOf = `extract(model, 'claude-(?:[0-9][0-9-]*-)?([a-z]+)')`;

const orUnattributed = (name: string) => `if(${name} = '', 'unattributed', ${name})`;

/** The parts by which requests can be grouped: expressions over `billed_requests`. */
const groups = {
  ...partOf,
  model_family: orUnattributed(familyOf),
  branch: orUnattributed('git_branch'),
  session: orUnattributed('session_id'),
  session_type: partOfFact,
  device: partOfFact,
  user: partOfFact,
} as const satisfies Record<GroupName, string>;

/** The filters besides the window and the project, and what each takes. */
const filtered = {
  model: 'a model, as the model column names it',
  model_family: 'a family of models: opus, sonnet, haiku …; unattributed: models of other makers',
  agent: 'a type of agent; main is the main thread',
  skill: 'a skill; unattributed: requests under none',
  branch: 'a git branch; unattributed: requests on none',
  session: 'a session, by its id; unattributed: requests of none',
  root_session: 'a session and all that was forked from it, also forks of forks, by its id',
  session_type:
    'sessions of this type: interactive, print, sdk, editor, desktop, ci, remote; unknown: of no known type',
  device: 'a machine, by its random id',
  user: 'a user, by the hash that cost_by_user names',
} as const satisfies Partial<Record<GroupName | 'root_session', string>>;

export type FilterName = keyof typeof filtered;

const filterNames = Object.keys(filtered) as FilterName[];

/** Makes one value for each filter, from its name and what it takes. */
export const eachFilter = <Made>(make: (takes: string, name: FilterName) => Made) =>
  Object.fromEntries(filterNames.map((name) => [name, make(filtered[name], name)])) as Record<
    FilterName,
    Made
  >;

/** The filters that were given, for a pipe. */
export const givenFilters = (given: Partial<Record<FilterName, string | undefined>>) =>
  Object.fromEntries(
    filterNames.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as Partial<Record<FilterName, string>>;

/** Parameters of a question whose requests can be filtered. */
export const filterParams = eachFilter((takes) => p.string().optional().describe(`Keeps only ${takes}.`));

const isPart = (name: FilterName & GroupName) => `${groups[name]} = {{ String(${name}) }}`;

/** What each filter keeps of `billed_requests`. */
const passes: Record<FilterName, string> = {
  model: isPart('model'),
  model_family: isPart('model_family'),
  agent: isPart('agent'),
  skill: isPart('skill'),
  branch: isPart('branch'),
  session: isPart('session'),
  root_session: `session_id IN (${withForksOf('{{ String(root_session) }}')}
  )`,
  session_type: isOfSessionType,
  device: `session_id IN (${sessionsOf('device')})`,
  user: `session_id IN (${sessionsOf('user')})`,
};

/** Keeps the requests that the filters name; a condition of `billedRequests`. */
export const passesFilters = filterNames
  .map(
    (name) => `
  {% if defined(${name}) %}
  AND ${passes[name]}
  {% end %}`,
  )
  .join('');

/** SQL of the part that a request belongs to, by the parameter `group_by`; empty without it. It needs {@link joinedFacts}. */
export const askedPart = `
  {% if not defined(group_by) %}
  ''
  ${groupNames
    .map(
      (name) => `{% elif String(group_by) == '${name}' %}
  ${groups[name]}`,
    )
    .join('\n  ')}
  {% else %}
  {{ error('group_by takes ${groupNames.join(', ')}') }}
  {% end %}`;
