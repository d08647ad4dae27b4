/** The form in which Tinybird takes a project. */

/** A part `data_project://` for each file; its extension says what kind of resource it is. */
export function datafileForm(files: Iterable<{ filename: string; content: string }>): FormData {
  const form = new FormData();
  for (const { filename, content } of files) {
    form.append('data_project://', new File([content], filename, { type: 'text/plain' }));
  }
  return form;
}
