/** The test files below the folders whose text has this part. */
export function testFilesWith(folders: readonly string[], part: string): string[];
