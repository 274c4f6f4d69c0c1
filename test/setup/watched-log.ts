import { afterAll, expect } from '@jest/globals';
import type { Log } from '../../src/base/log.ts';

/**
 * What must never stand in a log, as tests plant it: addresses of persons, passwords and keys that tests use, names of persons
 * and things of other tenants, and the shapes of secrets. Ids are what a log may name.
 */
const canaries: readonly RegExp[] = [
  /[\w.+-]+@[\w-]+\.(?:example|org|com|net|test)\b/,
  /\$argon2/,
  /\b(?:Bearer|Basic) [\w.~+/=-]{8,}/,
  /\brg_[\w-]{20,}/,
  /password-of-|tour-secret|open sesame|top-secret|bootstrap-secret|secret-of-another/,
  /Wellensittich|Mimosa|Lovelace|Hopper|Kovalevskaya/,
  /"(?:givenName|familyName|email|birthDate|password|secret|clientSecret)":/,
];

const found = new Set<string>();

/** What of it must not stand in a line of a log; what people are told in words, as the secrets of a first start, is none. */
export function canaryIn(line: string): RegExp | undefined {
  return line.startsWith('{"level"') ? canaries.find((canary) => canary.test(line)) : undefined;
}

/** Looks at lines of a gateway's log; what is found fails the test file at its end. */
export function watchLines(text: string): void {
  for (const line of text.split('\n')) {
    const canary = canaryIn(line);
    if (canary !== undefined) found.add(`${canary}: ${line.slice(0, 400)}`);
  }
}

const look = (fields: unknown, message: string) => watchLines(`{"level":${JSON.stringify([fields, message])}}`);

/** A log that writes nothing and looks at every line (checklist F: logs hold no personal data and no secrets). */
export const watchedLog: Log = { info: look, warn: look, error: look };

afterAll(() => {
  expect([...found]).toEqual([]);
});
