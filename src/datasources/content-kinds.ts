/** The kinds of text in the table contents, in the order in which they come at one moment. */
export const contentKindNames = ['prompt', 'thinking', 'answer', 'tool_input', 'tool_output'] as const;
