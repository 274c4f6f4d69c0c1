import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of all tests. */
export const testFolder = fileURLToPath(new URL('..', import.meta.url));

/** A test that a page names: a file under `test`, and a title in it. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** Titles of the tests in a file, as they stand there. */
export function titlesIn(text: string): Set<string> {
  const title =
    /(?<![.\w])(?:test\w*|it)(?:\.\w+)*(?:\.each\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\(\s*(['"`])([^\n]*?)\1,/g;
  return new Set([...text.matchAll(title)].map(([, , one = '']) => one));
}

/** Which of the tests are not there. */
export function missingTests(tests: readonly NamedTest[]): NamedTest[] {
  return tests.filter(({ file, title }) => {
    const path = join(testFolder, file);
    return file === '' || !existsSync(path) || !titlesIn(readFileSync(path, 'utf8')).has(title);
  });
}
