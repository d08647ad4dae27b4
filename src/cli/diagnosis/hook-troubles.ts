/** What is wrong with the hooks in one place, for `atel status` and `atel doctor`. */
import { plural } from '../../base/format/counts.js';
import type { Status } from './state.js';

type Place = Status['capture']['hooks'][number];

const scopes: Record<Place['scope'], string> = {
  user: 'your settings',
  project: "this folder's settings",
  local: "this folder's local settings",
};

/** The place of the hooks, in words. */
export function wherever({ scope, plugin }: Place): string {
  return plugin === null ? `in ${scopes[scope]}` : `plugin ${plugin} in ${scopes[scope]}`;
}

/** What keeps hooks from doing their work, one line each. */
export function hookTroubles(place: Place): string[] {
  const { file, missing_events: events, other_events: changed } = place;
  const { broken_scripts: broken, other_scripts: others } = place;
  const [first = ''] = broken;
  return [
    broken.length === 0
      ? ''
      : `${plural(broken.length, 'script is', 'scripts are')} missing or not executable (${first}): those hooks do nothing`,
    events.length === 0 ? '' : `${file} has no hook for ${events.join(', ')}: another version wrote it`,
    changed.length === 0
      ? ''
      : `${file} has another hook for ${changed.join(', ')} than this version, which may record less`,
    others.length === 0 ? '' : `${plural(others.length, 'script is', 'scripts are')} of another version`,
  ].filter((line) => line !== '');
}

/** The command that writes the hooks of this version into the same place. */
export function initCommand({ scope }: Place): string {
  return scope === 'user' ? 'atel init --user' : 'atel init --project .';
}
