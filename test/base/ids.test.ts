import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { makeGuids } from '../../src/base/ids.ts';

/** The same by the platform's HMAC. */
const byHmac = (key: Uint8Array, text: string) =>
  createHmac('sha256', key).update(text, 'utf8').digest('hex').slice(0, 32);

describe('guids', () => {
  it('are half of the HMAC-SHA-256 of the key, whatever came before', () => {
    const key = randomBytes(32);
    const guidOf = makeGuids(key);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        // What is no text in UTF-8 becomes a replacement character in both.
        expect(guidOf(text)).toBe(byHmac(key, text));
      }),
    );
  });

  it('are the same for texts of any length and keys up to a block', () => {
    for (const key of [new Uint8Array(0), randomBytes(1), randomBytes(64)]) {
      const guidOf = makeGuids(key);
      for (const text of ['', 'a', 'é€😀'.repeat(2000), 'x'.repeat(100_000), 'a']) {
        expect(guidOf(text)).toBe(byHmac(key, text));
      }
    }
    expect(() => makeGuids(randomBytes(65))).toThrow('longer than a block');
  });
});
