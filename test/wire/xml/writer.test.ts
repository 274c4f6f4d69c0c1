import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  element,
  endTag,
  escapeText,
  parseXml,
  startTag,
  textElement,
  xmlDeclaration,
} from '../../../src/wire/xml/index.ts';

const legal = (text: string) => text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');

describe('the XML writer', () => {
  test('writes elements, attributes and texts', () => {
    expect(element('a', undefined)).toBe('<a/>');
    expect(element('a', { b: 1, c: undefined, d: '"<&\n' }, 'x', '<e/>')).toBe(
      '<a b="1" d="&quot;&lt;&amp;&#10;">x<e/></a>',
    );
    expect(textElement('a', 'x & <y> ]]>')).toBe('<a>x &amp; &lt;y&gt; ]]&gt;</a>');
    expect(textElement('a', undefined)).toBe('');
    expect(startTag('a', { b: 'c' }) + endTag('a')).toBe('<a b="c"></a>');
    expect(xmlDeclaration).toContain('UTF-8');
  });

  test('leaves out what XML 1.0 cannot carry', () => {
    expect(escapeText('a\u0000b\u0001\ud800c\udc00\uffff😀')).toBe('abc😀');
  });

  test('writes any text so that a reader gets it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (content, value) => {
        const result = parseXml(element('a', { v: legal(value) }, escapeText(legal(content))));
        if (!result.ok) throw new Error(result.problem.text);
        expect(result.value.text).toBe(legal(content));
        expect({ ...result.value.attributes }).toEqual({ v: legal(value) });
      }),
      { numRuns: 500 },
    );
  });
});
