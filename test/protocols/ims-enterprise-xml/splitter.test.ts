import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeXmlParser } from '../../../src/wire/index.ts';
import { enterprise, fingerprintsOf, pieces, readFeed, recordsOf, sourced } from './reading.ts';

/** XML inside a record: what may look like the end of one, or like the start of another. */
const inside = fc.letrec<{ node: string; nodes: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('text', ' å€😀 ', '&amp;', '&lt;', ' >', ']', '--', '\n', '\r\n'),
    fc.constantFrom('<!-- </person> <person> > -->', '<!---->', '<!-- - > </member> -->'),
    fc.constantFrom('<![CDATA[</person><member>]]>', '<![CDATA[]]]]>', '<![CDATA[&<>]]>'),
    fc.constantFrom(
      '<?p </person> ?>',
      '<x/>',
      '<x a="</person>" b=\'"> \'/>'.replaceAll('<', '&lt;').replace('&lt;x', '<x'),
    ),
    fc.constantFrom('<personal>1</personal>', '<members/>', '<p:x xmlns:p="urn:p">y</p:x>', '<X>z</X>'),
    tie('nodes').map((content) => `<x y="1 > 2">${content}</x>`),
    tie('nodes').map((content) => `<y ><x>${content}</x></y >`),
  ),
  nodes: fc.array(tie('node'), { maxLength: 4 }).map((parts) => parts.join('')),
})).nodes;

/** A record whose name stands in itself too, which is no record of its own there. */
const record = fc.oneof(
  inside.map((content) => ({ kind: 'person', content: `${sourced('1')}${content}` })),
  inside.map((content) => ({
    kind: 'person',
    content: `${sourced('2')}<extension><person>${content}</person></extension>`,
  })),
  inside.map((content) => ({ kind: 'group', content: `${sourced('3')}<extension><group/>${content}</extension>` })),
  inside.map((content) => ({ kind: 'member', content: `${sourced('4')}${content}` })),
);
const between = fc.constantFrom('', '\n', ' \t\r\n', '<!-- <person> -->', '<?x <group> ?>');

const write = (records: readonly { kind: string; content: string; gap: string }[]) =>
  enterprise(
    records
      .map(({ kind, content, gap }) =>
        kind === 'member'
          ? `<membership>${sourced('g')}${gap}<member>${content}</member>${gap}</membership>`
          : `<${kind}>${content}</${kind} >${gap}`,
      )
      .join(''),
  );

describe('Records are cut out of the bytes as a parser of the whole finds them', () => {
  const file = fc
    .array(fc.tuple(record, between), { maxLength: 12 })
    .map((all) => write(all.map(([one, gap]) => ({ ...one, gap }))));

  test('with comments, CDATA, names inside of themselves, and borders of chunks anywhere', async () => {
    const parser = makeXmlParser(false);
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 300 }),
        async (text, size, length) => {
          const found: string[] = [];
          const fingerprints = fingerprintsOf((bytes) => {
            found.push(Buffer.from(bytes, 'latin1').toString('utf8'));
            return false;
          });
          const outcome = await readFeed(pieces(Buffer.from(text), size), { fingerprints }, { pieceLength: length });
          expect(outcome.error).toBeUndefined();
          const wanted = parser
            .parse(text)
            .children.flatMap((child) => (child.name === 'membership' ? child.children : [child]))
            .filter(({ name }) => ['person', 'group', 'member'].includes(name));
          expect(recordsOf(outcome)).toHaveLength(wanted.length);
          // What is looked up without being cut whole is looked up again as a whole.
          const whole = found.flatMap((bytes) => {
            try {
              return [parser.parse(bytes)];
            } catch {
              return [];
            }
          });
          for (const xml of wanted) expect(whole.map(plain)).toContainEqual(plain(xml));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('and those that are known are passed by, the others read as if all were', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 40 }), fc.func(fc.boolean()), async (text, size, choose) => {
        const all = recordsOf(await readFeed(text));
        const known = new Set(all.filter(({ hash }) => choose(hash)).map(({ hash }) => hash));
        const fingerprints = fingerprintsOf((_text, hash) => known.has(hash));
        const rest = await readFeed(pieces(Buffer.from(text), size), { fingerprints }, { pieceLength: size * 3 });
        expect(rest.error).toBeUndefined();
        expect(recordsOf(rest)).toEqual(all.filter(({ hash }) => !known.has(hash)));
      }),
      { numRuns: 200 },
    );
  });
});

interface Plain {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Plain[];
}

/** An element without its place. */
function plain({ name, text, children }: Plain): Plain {
  return { name, text, children: children.map(plain) };
}

describe('Encodings and byte-order marks', () => {
  const text = (encoding: string) =>
    `<?xml version="1.0" encoding="${encoding}"?>\n${enterprise(
      `<person>${sourced('1')}<name><fn>Måne</fn></name></person>\n<person>${sourced('2')}<name><fn>Ægir</fn></name></person>`,
    )}`;
  const wide = (big: boolean) => {
    const bytes = Buffer.from(`\uFEFF${text('UTF-16')}`, 'utf16le');
    return big ? bytes.swap16() : bytes;
  };
  const files: readonly [string, Buffer][] = [
    ['UTF-8', Buffer.from(text('UTF-8'))],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text('UTF-8')}`)],
    ['UTF-16 little-endian', wide(false)],
    ['UTF-16 big-endian', wide(true)],
    ['ISO-8859-1', Buffer.from(text('ISO-8859-1'), 'latin1')],
    ['windows-1252', Buffer.from(text('windows-1252'), 'latin1')],
  ];

  test.each(files)('%s is cut and read alike, a byte at a time and at once', async (_name, bytes) => {
    for (const size of [1, 3, bytes.length]) {
      const outcome = await readFeed(pieces(bytes, size), {}, { pieceLength: size });
      expect(recordsOf(outcome)).toMatchObject([
        { line: 2, change: { data: { name: { formatted: 'Måne' } } } },
        { line: 3, change: { data: { name: { formatted: 'Ægir' } } } },
      ]);
    }
  });

  test('the same bytes in another encoding are another record', async () => {
    const hashes = new Set<string>();
    for (const encoding of ['UTF-8', 'ISO-8859-1', 'windows-1252']) {
      const bytes = Buffer.from(text(encoding));
      for (const { hash } of recordsOf(await readFeed(bytes))) hashes.add(hash);
    }
    expect(hashes.size).toBe(6);
  });
});
