import { describe, expect, test } from '@jest/globals';
import { isKey, isLegalSourcedId, key, keyParts, spaces } from '../../src/model/index.ts';

describe('1.3, 1.4 Keys are strings of space, namespace and id', () => {
  test.each(spaces)('A key of %s is taken apart again, whatever the id holds', (space) => {
    for (const id of ['a', 'a:b:c', 'a b', 'Ø', '::']) {
      expect(keyParts(key(space, 'default', id))).toEqual({ space, namespace: 'default', id });
      expect(isKey(key(space, 'default', id))).toBe(true);
    }
  });

  test('Outer white space is trimmed, inner kept, case kept', () => {
    expect(key('person', 'n', ' \tA  b\n')).toBe('person:n:A  b');
    expect(key('person', 'n', 'a')).not.toBe(key('person', 'n', 'A'));
  });

  test('A guid is no key', () => {
    expect(isKey('0123456789abcdef0123456789abcdef')).toBe(false);
  });
});

describe('1.5 A sourcedId holds fewer than 256 of 0-9 a-z A-Z . - _ / @', () => {
  test.each(['a', 'A.b-c_d/e@f', '0', 'x'.repeat(255)])('%s is legal', (id) => {
    expect(isLegalSourcedId(id)).toBe(true);
  });
  test.each(['', ' ', 'a b', 'å', 'a:b', 'a+b', 'x'.repeat(256)])('%s is not', (id) => {
    expect(isLegalSourcedId(id)).toBe(false);
  });
});
