/** Redacts the values of Kubernetes' secrets, whatever their names: in a manifest, every value below `data` is one. */
import { isNothing, marker } from './marker.js';

const KIND = 'secret';

/** Matches every text that may hold such a manifest. */
export const manifestHint = String.raw`\bkind["']?:\s{0,9}["']?Secret\b`;

const kindLine = /^([ \t]*)(?:- )?["']?kind["']?:\s{0,9}["']?Secret["']?\s*$/;
const dataLine = /^[ \t]*(?:- )?["']?(?:data|stringData)["']?:\s*$/;
const valueLine = /^([ \t]*["']?[\w.-]{1,100}["']?:[ \t]+)(\S.*)$/;

/** Redacts the manifests of secrets in a text of YAML. Other documents of the same text stay. */
export function redactManifests(text: string): string {
  return text
    .split(/^(---.*\n)/m)
    .map((part) => (part.split('\n').some((line) => kindLine.test(line)) ? redactData(part) : part))
    .join('');
}

function redactData(document: string): string {
  /** Indentation of the `data` that the lines are below; -1 outside. */
  let depth = -1;
  return document
    .split('\n')
    .map((line) => {
      const indent = line.search(/\S/);
      if (indent === -1) return line;
      if (dataLine.test(line)) {
        depth = indent;
        return line;
      }
      if (depth === -1 || indent <= depth) {
        depth = -1;
        return line;
      }
      const [, name, value] = valueLine.exec(line) ?? [];
      if (value !== undefined && isNothing(value)) return line;
      return name === undefined ? line.slice(0, indent) + marker(KIND) : name + marker(KIND);
    })
    .join('\n');
}

/** Whether an object is such a manifest. */
export function isSecretManifest(value: object): boolean {
  return 'kind' in value && value.kind === 'Secret' && ('data' in value || 'stringData' in value);
}
