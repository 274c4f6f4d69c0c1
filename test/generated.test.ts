import { expect, test } from '@jest/globals';
import { generated, readProject } from '../schemas/generate.ts';

test.each([...generated(readProject)])('%s is what `npm run generate` writes', (path, text) => {
  expect(readProject(path)).toBe(text);
});
