/** Reads a shell script into the commands that it calls, and how their exit codes become its own. */
import { DEEPEST, isLineEnd, tokensOf, type Token } from './tokens.js';

/** A command with its words, or a group in parentheses or braces. */
export type Part = { words: string[] } | { group: Script };

/** Commands joined by `|`. */
export interface Pipeline {
  parts: Part[];
  /** Whether `!` turns its exit code around. */
  isNegated: boolean;
}

/** Pipelines joined by `&&` and `||`. */
export interface Chain {
  pipelines: { after: '' | '&&' | '||'; pipeline: Pipeline }[];
  isBackground: boolean;
}

/** Chains, one after the other. */
export interface Script {
  chains: Chain[];
  /** Whether its commands follow one another: no loops, no conditions, no functions. */
  isPlain: boolean;
}

/** Words before a command that make it depend on others. */
const branching = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'for',
  'while',
  'until',
  'do',
  'done',
  'case',
  'esac',
  'select',
  'function',
]);

/** Reads a script; undefined if its quotes, substitutions or here-documents do not end, or its groups nest too deeply. */
export function readScript(text: string): Script | undefined {
  const { tokens, isWhole } = tokensOf(text);
  return isWhole && depthOf(tokens) <= DEEPEST ? new ScriptReader(tokens).script() : undefined;
}

/** How deeply the groups of a script nest at most. */
function depthOf(tokens: readonly Token[]): number {
  let [depth, deepest] = [0, 0];
  for (const token of tokens) {
    const sign = 'word' in token ? token.word : token.operator;
    if (sign === '(' || sign === '{') depth += 1;
    if ((sign === ')' || sign === '}') && depth > 0) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

class ScriptReader {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  /** The script up to a closing sign, or to the end. */
  script(closing = ''): Script {
    const script: Script = { chains: [], isPlain: true };
    let chain: Chain = { pipelines: [], isBackground: false };
    let pipeline: Pipeline = { parts: [], isNegated: false };
    let words: string[] = [];
    let group: Script | undefined;
    let after: '' | '&&' | '||' = '';

    const endPart = () => {
      if (group !== undefined) pipeline.parts.push({ group });
      else if (words.length > 0) pipeline.parts.push({ words });
      words = [];
      group = undefined;
    };
    const endPipeline = () => {
      endPart();
      if (pipeline.parts.length > 0) chain.pipelines.push({ after, pipeline });
      pipeline = { parts: [], isNegated: false };
    };
    const endChain = (isBackground: boolean) => {
      endPipeline();
      if (chain.pipelines.length > 0) script.chains.push({ ...chain, isBackground });
      chain = { pipelines: [], isBackground: false };
      after = '';
    };

    for (let token = this.tokens[this.#at]; token !== undefined; token = this.tokens[this.#at]) {
      this.#at += 1;
      const isStart = words.length === 0 && group === undefined;
      if ('word' in token) {
        const { word } = token;
        if (isStart && word === '{') group = this.script('}');
        else if (isStart && word === '}' && closing === '}') {
          endChain(false);
          return script;
        } else if (isStart && word === '!') pipeline.isNegated = !pipeline.isNegated;
        else if (isStart && branching.has(word)) script.isPlain = false;
        else words.push(word);
        continue;
      }
      const { operator } = token;
      if (operator === '(') {
        if (isStart) group = this.script(')');
        else {
          // The name of a function, or a pattern.
          script.isPlain = false;
          words = [];
        }
      } else if (operator === ')') {
        if (closing === ')') {
          endChain(false);
          return script;
        }
        script.isPlain = false;
      } else if (operator === '|') endPart();
      else if (operator === '&&' || operator === '||') {
        endPipeline();
        after = operator;
      } else if (operator === '&') endChain(true);
      // A line may end after `&&`, `||` and `|`.
      else if (!(isStart && (after !== '' || pipeline.parts.length > 0) && this.#isLineBreakAfterOperator()))
        endChain(false);
    }
    endChain(false);
    if (closing !== '') script.isPlain = false;
    return script;
  }

  /** Whether the token before the current one joins what follows. */
  #isLineBreakAfterOperator(): boolean {
    let before = this.#at - 2;
    while (before >= 0 && isLineEnd(this.tokens[before])) before -= 1;
    const token = this.tokens[before];
    return token !== undefined && 'operator' in token && ['&&', '||', '|'].includes(token.operator);
  }
}
