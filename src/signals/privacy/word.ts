/**
 * Defines a harmless word: the shapes that a text must have to be kept at tier 1. None allows blanks, so a word is
 * never a sentence, and none allows an absolute path. Each kind of word has its own set of characters.
 */

/** Maximum length of a value in a hook's payload. */
const LONGEST_WORD = 60;
/** Maximum length of the name of an agent, a skill, a tool, a model or a branch. */
export const LONGEST_NAME = 100;

const word = /^[\w.:[\]+-]+$/;
/** Names of branches and of cloud models contain slashes, hashes and version addresses. */
const name = /^[\w.:@+#[\]-][\w.:@+#/=[\]-]*$/;
const kind = /^[A-Za-z][\w.:/-]*$/;
const unit = /^[\w.:/{}%^*-]+$/;

const shaped = (shape: RegExp, text: string, longest: number) => text.length <= longest && shape.test(text);

/** One short word: a kind, a version, a number. */
export const isWord = (text: string, longest = LONGEST_WORD) => shaped(word, text, longest);

/** An id, or a name that somebody chose. */
export const isName = (text: string, longest = LONGEST_NAME) => shaped(name, text, longest);

/** A member of an enumeration, as clients and APIs write it. */
export const isKind = (text: string) => shaped(kind, text, LONGEST_NAME);

/** A unit, a severity or a schema URL. */
export const isUnit = (text: string) => shaped(unit, text, 120);
