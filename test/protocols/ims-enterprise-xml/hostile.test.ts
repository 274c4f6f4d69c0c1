import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { enterprise, pieces, readFeed, recordsOf, sourced, tally } from './reading.ts';

const person = (id: string, inside = '') => `<person>${sourced(id)}${inside}</person>`;

async function* repeated(before: string, piece: string, times: number, after: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(before);
  const bytes = Buffer.from(piece);
  for (let count = 0; count < times; count += 1) yield bytes;
  yield Buffer.from(after);
}

describe('a file that cannot be taken as a whole is refused', () => {
  test.each([
    ['an internal subset', '<!DOCTYPE enterprise [<!ENTITY x "y">]><enterprise/>', 'forbidden-input'],
    ['an external parameter entity', '<!DOCTYPE enterprise [%x;]><enterprise/>', 'forbidden-input'],
    ['a declaration inside', '<enterprise><!ENTITY x "y"><person/></enterprise>', 'forbidden-input'],
    ['a declaration inside a record', '<enterprise><person><!ELEMENT a ANY></person></enterprise>', 'forbidden-input'],
    ['another root element', '<html><body/></html>', 'unreadable-input'],
    ['nothing', '', 'unreadable-input'],
    ['no markup', 'id;name\n1;A\n', 'unreadable-input'],
    ['only unknown elements', '<enterprise><tests/></enterprise>', 'unreadable-input'],
    ['its end missing', `<enterprise>${person('1')}`, 'unreadable-input'],
    ['its end missing in a record', `<enterprise>${person('1')}<person><sourcedid>`, 'unreadable-input'],
    ['its end missing in a tag', `<enterprise>${person('1')}<pers`, 'unreadable-input'],
    ['its end missing in a comment', `<enterprise>${person('1')}<!-- `, 'unreadable-input'],
    [
      'a record that is not closed before the next',
      `<enterprise><person>${sourced('1')}${person('2')}</enterprise>`,
      'unreadable-input',
    ],
    ['a record that is never closed', `<enterprise><person>${sourced('1')}</enterprise>`, 'unreadable-input'],
    [
      'a membership that is not closed',
      `<enterprise><membership>${sourced('g')}${person('1')}</enterprise>`,
      'unreadable-input',
    ],
    ['a stray end tag', `<enterprise>${person('1')}</person></enterprise>`, 'unreadable-input'],
    ['an encoding that is not read', '<?xml version="1.0" encoding="UTF-7"?><enterprise/>', 'unreadable-input'],
  ])('with %s', async (_, file, code) => {
    const { error } = await readFeed(file);
    expect(error?.code).toBe(code);
    expect(error?.message).not.toBe('');
  });

  test('cut off anywhere, it is never taken as complete, and what came before is given', async () => {
    const file = enterprise(`${person('1')}<membership>${sourced('g')}<member>${sourced('1')}</member></membership>`);
    for (let length = 1; length < file.length; length += 1) {
      const { error } = await readFeed(file.slice(0, length));
      expect(error?.code).toBe('unreadable-input');
    }
    const half = await readFeed(file.slice(0, -20));
    expect(recordsOf(half)).toHaveLength(2);
    expect(half.error?.line).toBe(1);
  });

  test('with bytes that are no UTF-8 although it says so, with the place', async () => {
    const bytes = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${enterprise(person('\xe5'))}`, 'latin1');
    const { error } = await readFeed(bytes);
    expect(error).toMatchObject({ code: 'unreadable-input', message: expect.stringMatching(/byte at offset \d+/) });
  });
});

describe('a plain document type declaration is passed over and never fetched', () => {
  test.each([
    '<!DOCTYPE enterprise>',
    '<!DOCTYPE enterprise SYSTEM "http://127.0.0.1:1/ims_epv1p1.dtd">',
    '<!DOCTYPE ENTERPRISE PUBLIC "-//IMS//DTD//EN" \'ims-ep01.dtd\'>',
  ])('%s', async (doctype) => {
    const outcome = await readFeed(`<?xml version="1.0"?>\n${doctype}\n${enterprise(person('1'))}`);
    expect(outcome.error).toBeUndefined();
    expect(recordsOf(outcome)).toHaveLength(1);
  });
});

describe('a record that cannot be used is rejected alone', () => {
  test.each([
    ['without id', '<person><name/></person>', 'rejected.missing-id', undefined],
    [
      'with tags that do not match',
      `<person>${sourced('a')}<name></person>`,
      'rejected.unreadable',
      'person:default:a',
    ],
    [
      'with a stray <',
      `<person>${sourced('a')}<email>1 < 2</email></person>`,
      'rejected.unreadable',
      'person:default:a',
    ],
    [
      'with an attribute twice',
      `<person a="1" a="2">${sourced('a')}</person>`,
      'rejected.unreadable',
      'person:default:a',
    ],
    [
      'of 10,000 nested tags',
      `<person>${sourced('a')}${'<x>'.repeat(10_000)}${'</x>'.repeat(10_000)}</person>`,
      'rejected.too-large',
      'person:default:a',
    ],
    [
      'of 30,000 elements',
      `<person>${sourced('a')}${'<x></x>'.repeat(30_000)}</person>`,
      'rejected.too-large',
      'person:default:a',
    ],
    [
      'of 70 attributes',
      `<person>${sourced('a')}<x ${Array.from({ length: 70 }, (_, n) => `a${n}="1"`).join(' ')}/></person>`,
      'rejected.too-large',
      'person:default:a',
    ],
    [
      'of 2 MB',
      `<person>${sourced('a')}<x>${'y'.repeat(2_000_000)}</x></person>`,
      'rejected.too-large',
      'person:default:a',
    ],
    [
      'of a 2 MB comment',
      `<person>${sourced('a')}<!--${'y'.repeat(2_000_000)}--></person>`,
      'rejected.too-large',
      'person:default:a',
    ],
    [
      'of a 2 MB CDATA section',
      `<person>${sourced('a')}<x><![CDATA[${'y'.repeat(2_000_000)}]]></x></person>`,
      'rejected.too-large',
      'person:default:a',
    ],
  ])('%s', async (_, record, notice, key) => {
    const start = performance.now();
    const outcome = await readFeed(enterprise(person('1') + record + person('2')));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(outcome.error).toBeUndefined();
    expect(recordsOf(outcome).map(({ id }) => id)).toEqual(['1', '2']);
    const rejected = outcome.items.filter((item) => item.kind === 'rejected');
    expect(rejected).toMatchObject([{ type: 'person', notice, line: 1 }]);
    expect(rejected.map((item) => item.key)).toEqual([key]);
  });

  test('a member that cannot be read protects the membership that it means', async () => {
    const outcome = await readFeed(
      enterprise(`<membership>${sourced('g')}<member>${sourced('p&amp;q')}<role></member></membership>`),
    );
    expect(outcome.items).toContainEqual(
      expect.objectContaining({ kind: 'rejected', key: 'ends:person|group:default:g|person:default:p&q' }),
    );
  });

  test('a text of 1 GB, with flat memory', async () => {
    const before = process.memoryUsage().rss;
    const outcome = await readFeed(
      repeated(
        `<enterprise><person>${sourced('a')}<name><fn>`,
        'y'.repeat(1_000_000),
        1000,
        `</fn></name></person>${person('2')}</enterprise>`,
      ),
    );
    expect(tally(outcome)).toMatchObject({ 'rejected.too-large': 1, 'person upsert': 1 });
    expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
  });

  test('a tag of 100 MB ends the file, with flat memory', async () => {
    const { error } = await readFeed(
      repeated('<enterprise><person a="', 'y'.repeat(1_000_000), 100, '"/></enterprise>'),
    );
    expect(error?.code).toBe('too-large');
  });

  test('junk of 100 MB around the root is passed over', async () => {
    const outcome = await readFeed(repeated(enterprise(person('1')), 'junk '.repeat(200_000), 100, ''));
    expect(tally(outcome)).toMatchObject({ 'person upsert': 1, 'repair.trailing-junk': 1 });
  });

  test('names such as __proto__ are plain data', async () => {
    const outcome = await readFeed(
      enterprise(
        `<person __proto__="1">${sourced('__proto__')}<__proto__><constructor toString="2">x</constructor></__proto__><demographics><gender>constructor</gender></demographics></person>`,
      ),
    );
    expect(recordsOf(outcome)).toMatchObject([{ change: { key: 'person:default:__proto__' } }]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('the items of a file', () => {
  const record = fc.constantFrom(
    person('1', '<name><fn>Ola & Kari</fn></name>'),
    person(' 2 ', '<!-- a > b --><email>å€😀@x</email>'),
    person('3', '<x><![CDATA[<person> & </person>]]></x>'),
    '<person>\r\n<sourcedid>\r\n<id>4</id></sourcedid>\r\n<name></person>',
    person('5', '<x a="1 > 2" b=\'"\'/>'),
    `<group recstatus="3">${sourced('g')}</group>`,
    `<p:group xmlns:p="urn:p">${sourced('h')}</p:group>`,
    `<membership>${sourced('g')}\n<type>meta</type><member>${sourced('1')}<idtype idtype="1"/><role/></member><member/></membership>`,
    `<membership><member>${sourced('1')}</member>${sourced('g')}</membership>`,
    '<unknown><person/></unknown>',
    '<?php echo "<person>" ?>',
    '\n\n  text \u0001 & more ',
    `<person>${sourced('6')}<x>${'y'.repeat(1_100_000)}</x></person>`,
  );

  test('do not depend on how its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 8 }),
        fc.constantFrom('', '\n', 'junk '),
        fc.constantFrom('', '\n', ' junk <x', '<enterprise></enterprise>'),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 400 }),
        async (records, before, after, size, pieceLength) => {
          const file = Buffer.from(
            `${before}<?xml version="1.0"?><enterprise>${records.join('')}</enterprise>${after}`,
          );
          const whole = await readFeed(pieces(file, file.length), {}, { pieceLength: 1e9 });
          const slow = file.length > 100_000 ? 5_000 : 1;
          const cut = await readFeed(pieces(file, size * slow), {}, { pieceLength: pieceLength * slow });
          expect(cut.items).toEqual(whole.items);
          expect(cut.error?.message).toBe(whole.error?.message);
          expect(cut.error?.line).toBe(whole.error?.line);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('come in batches of at most 500', async () => {
    const outcome = await readFeed(enterprise(Array.from({ length: 1800 }, (_, n) => person(String(n))).join('')));
    expect(recordsOf(outcome)).toHaveLength(1800);
    expect(Math.max(...outcome.batches)).toBeLessThanOrEqual(500);
  });

  test('never end in anything but items or a refusal, whatever the bytes', async () => {
    const words = [
      '<enterprise>',
      '</enterprise>',
      '<person>',
      '</person>',
      '<membership>',
      '</membership>',
      '<member>',
      '</member>',
      sourced('1'),
      '<',
      '>',
      '&',
      '"',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '<!',
      '/>',
      '\n',
      'x',
      '\u0000',
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 40 }), async (parts) => {
        await readFeed(parts.join(''), {}, { pieceLength: 3 });
      }),
      { numRuns: 1000 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        await readFeed(bytes);
      }),
      { numRuns: 300 },
    );
  });
});
