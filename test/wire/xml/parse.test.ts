import { describe, expect, test } from '@jest/globals';
import { childNamed, childrenNamed, makeXmlReader, parseXml, XmlError } from '../../../src/wire/xml/index.ts';

function read(text: string) {
  const result = parseXml(text);
  if (!result.ok) throw new Error(result.problem.text);
  return result.value;
}

const problemOf = (text: string) => {
  const result = parseXml(text);
  return result.ok ? undefined : result.problem;
};

function within(milliseconds: number, act: () => void): void {
  const start = performance.now();
  act();
  expect(performance.now() - start).toBeLessThan(milliseconds);
}

describe('a small XML document', () => {
  test('is read with namespaces, whatever the prefixes', () => {
    const root = read(
      '<s:a xmlns:s="urn:s" xmlns="urn:d" s:x="1" y="2">\n <b>t&amp;<![CDATA[<u>]]></b>\n <s:b/>\n</s:a>',
    );
    expect(root).toMatchObject({ name: 'a', namespace: 'urn:s', text: '', line: 1 });
    expect({ ...root.attributes }).toEqual({ '{urn:s}x': '1', y: '2' });
    expect(childNamed(root, 'b', 'urn:d')).toMatchObject({ text: 't&<u>', line: 2 });
    expect(childNamed(root, 'b', 'urn:s')).toMatchObject({ text: '', line: 3 });
    expect(childrenNamed(root, 'b')).toHaveLength(2);
    expect(childNamed(root, 'b', 'urn:none')).toBeUndefined();
  });

  test('keeps the order of text and elements where they are mixed', () => {
    const root = read('<a>one <b>two</b> three <c/></a>');
    expect(root.content).toMatchObject(['one ', { name: 'b' }, ' three ', { name: 'c' }]);
    expect(read('<a>\n<b/>two</a>').content).toMatchObject([{ name: 'b' }, 'two']);
    expect(read('<a> <b/> <c/> </a>').content).toBeUndefined();
  });

  test.each([
    ['<a><b></a>', 'unreadable-input'],
    ['<a>', 'unreadable-input'],
    ['', 'unreadable-input'],
    ['<a/><b/>', 'unreadable-input'],
    ['<a>&nbsp;</a>', 'unreadable-input'],
    ['<a>&#0;</a>', 'unreadable-input'],
    ['<a>\u0001</a>', 'unreadable-input'],
    ['<?xml version="1.1"?><a>&#1;</a>', 'unreadable-input'],
    ['<p:a/>', 'unreadable-input'],
    ['<a x="1" x="2"/>', 'unreadable-input'],
    ['<!DOCTYPE a><a/>', 'forbidden-input'],
    ['<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', 'forbidden-input'],
    ['<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'forbidden-input'],
  ])('%p is refused as %s', (text, code) => {
    expect(problemOf(text)?.code).toBe(code);
  });

  test('names the line of the fault', () => {
    expect(problemOf('<a>\n<b>\n</c></b></a>')?.place).toEqual({ line: 3 });
  });

  test('with an entity bomb is refused at once', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY l0 "lol">${Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')}]><a>&l20;</a>`;
    within(250, () => expect(problemOf(bomb)?.code).toBe('forbidden-input'));
  });

  test.each([65, 10_000, 200_000])('with %d elements inside each other is refused at once', (depth) => {
    within(250, () => expect(problemOf(`${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`)?.code).toBe('too-large'));
  });

  test('with too many attributes, too long names, texts or too many elements is refused', () => {
    const attributes = Array.from({ length: 65 }, (_, n) => `a${n}="1"`).join(' ');
    expect(problemOf(`<a ${attributes}/>`)?.code).toBe('too-large');
    expect(problemOf(`<${'a'.repeat(300)}/>`)?.code).toBe('too-large');
    expect(problemOf(`<a ${'b'.repeat(300)}="1"/>`)?.code).toBe('too-large');
    expect(problemOf(`<a>${'x'.repeat(2_000_000)}</a>`)?.code).toBe('too-large');
    expect(problemOf(`<a b="${'x'.repeat(2_000_000)}"/>`)?.code).toBe('too-large');
    expect(problemOf(`<a><!--${'x'.repeat(2_000_000)}--></a>`)?.code).toBe('too-large');
    expect(problemOf(`<a>${'<b/>'.repeat(200_000)}</a>`)?.code).toBe('too-large');
  });

  test('with names such as __proto__ is plain data', () => {
    const root = read('<__proto__ __proto__="1" constructor="2"><toString>x</toString></__proto__>');
    expect(root.name).toBe('__proto__');
    expect(Object.entries(root.attributes)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
    expect(childNamed(root, 'toString')?.text).toBe('x');
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  test('a million character references are read in linear time', () => {
    within(2_000, () => expect(problemOf(`<a>${'&#65;'.repeat(1_000_000)}</a>`)?.code).toBe('too-large'));
  });

  test('a text without end is refused with constant memory', () => {
    const reader = makeXmlReader({ open() {}, text() {}, close() {} }, { namespaces: true });
    const piece = 'x'.repeat(100_000);
    reader.write('<a>');
    let fed = 0;
    expect(() => {
      for (; fed < 10_000; fed += 1) reader.write(piece);
    }).toThrow(XmlError);
    expect(fed).toBeLessThan(15);
  });
});
