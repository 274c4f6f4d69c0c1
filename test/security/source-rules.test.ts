import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => relative(root, join(root, 'src', name)));

/** Lines of the source that a pattern finds, comments aside, as `file: line`. */
function linesWith(pattern: RegExp): string[] {
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !/^(?:\/\/|\/?\*)/.test(line) && pattern.test(line))
      .map((line) => `${file}: ${line}`),
  );
}

/** The files of such lines, each once. */
const filesWith = (pattern: RegExp) => [...new Set(linesWith(pattern).map((line) => line.split(':')[0]))];

/** `===` between a value named as a secret and another value; what is no value of a secret is left out. */
const secretName = String.raw`\b(?:\w+\??\.)*\w*(?:secret|token|digest|signature|password|mac)(?:Hash)?\b`;
const compared = new RegExp(`${secretName}\\s*[!=]==|[!=]==\\s*${secretName}`, 'i');
const harmless = /[!=]==\s*(?:undefined|null|true|false|'|"|\d|passwordTypes\.)|typeof/;

test('Secrets are compared by sameSecret only', () => {
  const found = linesWith(compared).filter((line) => !harmless.test(line));
  // Two readings of one header, neither of which is what is kept.
  expect(found).toEqual([
    'src/protocols/oneroster-rest/client-credentials.ts: if (decoded.id === raw.id && decoded.secret === raw.secret) return ok([raw]);',
  ]);
  expect(filesWith(/timingSafeEqual/)).toEqual(['src/base/same-secret.ts']);
  expect(filesWith(/\bisSameSecret\(/).length).toBeGreaterThan(3);
  expect(compared.test('if (row.secretHash === given) return')).toBe(true);
});

test('No regular expression is made of a text that comes from outside, and no text is run', () => {
  // Its text is the name of an element, which the source says.
  expect(filesWith(/\bRegExp\(/)).toEqual(['src/protocols/ims-enterprise-xml/stream/id-in-text.ts']);
  expect(linesWith(/\$(?:regex|where|function|accumulator)\b/)).toEqual([]);
  expect(linesWith(/\beval\(|\bnew Function\b|['"](?:node:)?vm['"]/)).toEqual([]);
});

test('HTML is answered by the pages for people only', () => {
  expect(filesWith(/text\/html|\btype\(['"]html|\.html['"]/)).toEqual([
    'src/notify/subscribers/door.ts',
    'src/protocols/oneroster-rest/index.ts',
  ]);
});

test('Mail is sent by notify/ and by nothing else', () => {
  expect(filesWith(/nodemailer|sendmail/i).filter((path) => !path?.startsWith('src/notify/'))).toEqual([]);
});
