import { describe, expect, test } from '@jest/globals';
import type { WriteChange } from '../../../src/roster/index.ts';
import { enterprise, readFeed, recordsOf, sourced, tally } from './reading.ts';

const dataOf = async (content: string, options = {}) => {
  const [record] = recordsOf(await readFeed(enterprise(content), options));
  return (record?.change as WriteChange | undefined)?.data;
};
const member = (inside: string) => `<membership>${sourced('g')}<member>${sourced('p')}${inside}</member></membership>`;
const role = '<idtype>1</idtype><role roletype="01"><status>1</status></role>';

describe('what exporters bend is repaired and counted', () => {
  test.each([
    [
      'a bare ampersand',
      enterprise(`<person>${sourced('1')}<name><fn>A & B</fn></name></person>`),
      'repair.bare-ampersand',
    ],
    [
      'an entity of HTML',
      enterprise(`<person>${sourced('1')}<name><fn>&aring;</fn></name></person>`),
      'repair.bare-ampersand',
    ],
    ['a blank line before the declaration', `\n<?xml version="1.0"?>${enterprise('')}`, 'repair.leading-junk'],
    ['text before the root', `warning: x\n${enterprise('')}`, 'repair.leading-junk'],
    ['text after the root', `${enterprise('')}\nDone.`, 'repair.trailing-junk'],
    ['the rest of a longer file after the root', `${enterprise('')}<x></person></enterprise>`, 'repair.trailing-junk'],
    ['two files glued', `${enterprise('')}\n<?xml version="1.0"?>\n${enterprise('')}`, 'repair.trailing-junk'],
    ['no properties', `<enterprise><person>${sourced('1')}</person></enterprise>`, 'repair.properties-missing'],
    ['no source', enterprise('<person><sourcedid><id>1</id></sourcedid></person>'), 'repair.source-missing'],
    ['blanks around an id', enterprise(`<person>${sourced(' 1\n')}</person>`), 'repair.trimmed-id'],
    [
      'idtype as an attribute',
      enterprise(member('<idtype idtype="1"/><role roletype="01"/>')),
      'repair.idtype-attribute',
    ],
    ['no idtype', enterprise(member('<role roletype="01"/>')), 'repair.idtype-missing'],
    [
      'roletype as an element',
      enterprise(member('<idtype>1</idtype><role><roletype>02</roletype></role>')),
      'repair.roletype-element',
    ],
    ['no roletype', enterprise(member('<idtype>1</idtype><role/>')), 'repair.roletype-missing'],
    ['no role', enterprise(member('<idtype>1</idtype>')), 'repair.role-missing'],
    [
      '<type>meta</type>',
      enterprise(`<membership>${sourced('g')}<type>meta</type></membership>`),
      'repair.unknown-element',
    ],
    ['an order of its own', enterprise(`<person><name/>${sourced('1')}</person>`), 'repair.element-order'],
    [
      'members before their group',
      enterprise(`<membership><member>${sourced('p')}${role}</member>${sourced('g')}</membership>`),
      'repair.element-order',
    ],
    ['membership before person', enterprise(`${member(role)}<person>${sourced('p')}</person>`), 'repair.element-order'],
    [
      'two extensions',
      enterprise(`<person>${sourced('1')}<extension/><extension/></person>`),
      'repair.duplicate-element',
    ],
    [
      'a date of another form',
      enterprise(`<person>${sourced('1')}<demographics><bday>28/Oct/2005</bday></demographics></person>`),
      'repair.date-format',
    ],
    [
      'a flag as a word',
      enterprise(`<group>${sourced('1')}<enrollcontrol><enrollallowed>false</enrollallowed></enrollcontrol></group>`),
      'repair.boolean-format',
    ],
    [
      'a namespace',
      enterprise('').replace('<enterprise', '<enterprise xmlns="http://www.imsglobal.org/xsd/imsep_rootv1p01"'),
      'repair.namespace-ignored',
    ],
    [
      'a control character',
      enterprise(`<person>${sourced('1')}<email>a\u0007b</email></person>`),
      'repair.control-character',
    ],
    [
      'a reference to a control character',
      enterprise(`<person>${sourced('1')}<email>a&#0;b</email></person>`),
      'repair.control-character',
    ],
  ])('%s', async (_, file, kind) => {
    const outcome = await readFeed(file);
    expect(outcome.error).toBeUndefined();
    expect(tally(outcome)).toMatchObject({ [kind]: 1 });
    expect(tally(outcome)['rejected.unreadable']).toBeUndefined();
  });

  test('names of version 1.0 in capitals', async () => {
    const outcome = await readFeed(
      `<ENTERPRISE><PERSON RECSTATUS="1"><SOURCEDID><SOURCE>S</SOURCE><ID>1</ID></SOURCEDID><NAME><FN>A</FN></NAME></PERSON><MEMBERSHIP><SOURCEDID><SOURCE>S</SOURCE><ID>g</ID></SOURCEDID><MEMBER><SOURCEDID><SOURCE>S</SOURCE><ID>1</ID></SOURCEDID><IDTYPE>1</IDTYPE><ROLE ROLETYPE="02"><STATUS>1</STATUS></ROLE></MEMBER></MEMBERSHIP></ENTERPRISE>`,
    );
    expect(recordsOf(outcome)).toMatchObject([
      { change: { key: 'person:default:1', data: { name: { formatted: 'A' } } } },
      { change: { data: { group: 'group:default:g', roles: [{ type: 'Instructor', status: true }] } } },
    ]);
    expect(tally(outcome)['repair.case-folded']).toBeGreaterThan(0);
  });

  test('prefixes of any namespace', async () => {
    const outcome = await readFeed(
      `<e:enterprise xmlns:e="urn:x" xmlns:webct="urn:w"><e:person><e:sourcedid><e:id>1</e:id></e:sourcedid><e:extension><webct:a b="c">d</webct:a></e:extension></e:person></e:enterprise>`,
    );
    expect(recordsOf(outcome)).toMatchObject([
      {
        change: {
          key: 'person:default:1',
          data: {
            extension: {
              imsXml: {
                kept: [
                  {
                    in: '',
                    node: { name: 'e:extension', children: [{ name: 'webct:a', attributes: [['b', 'c']], text: 'd' }] },
                  },
                ],
              },
            },
          },
        },
      },
    ]);
  });

  test('an empty userid says nothing', async () => {
    expect(await dataOf(`<person>${sourced('1')}<userid/></person>`)).toEqual({});
  });

  test.each([
    ['2012-09-11', '2012-09-11'],
    ['2012-09-11T00:00:00', '2012-09-11'],
    ['2012-09-11   08:30:00AM', '2012-09-11'],
    ['2012-09-11_0830', '2012-09-11'],
    ['20120911', '2012-09-11'],
    ['11/Sep/2012', '2012-09-11'],
    ['11.9.2012', '2012-09-11'],
  ])('the date %s', async (text, day) => {
    const data = await dataOf(
      `<group>${sourced('1')}<timeframe><begin restrict="1">${text}</begin></timeframe></group>`,
    );
    expect(data).toMatchObject({ timeFrame: { start: day, startRestrict: true } });
  });

  test.each(['2012-02-31', 'soon', '09/11/12'])('the date %s is kept as it is, not guessed', async (text) => {
    const data = await dataOf(`<group>${sourced('1')}<timeframe><begin>${text}</begin></timeframe></group>`);
    expect(data).toEqual({
      kind: 'class',
      extension: { imsXml: { kept: [{ in: 'timeframe', node: { name: 'begin', text } }] } },
    });
  });

  test('the last day of a timeframe becomes the first day after (decisions 1.9)', async () => {
    const data = await dataOf(`<group>${sourced('1')}<timeframe><end>2024-02-29</end></timeframe></group>`);
    expect(data).toEqual({ kind: 'class', timeFrame: { end: '2024-03-01' } });
  });

  test('nothing that was sent is dropped: what has no field is kept', async () => {
    const data = await dataOf(
      `<person x="1">${sourced('1')}<name><nick a="b">N</nick></name><email>a@b</email><email>c@d</email><shoe size="9">left<b/>right</shoe></person>`,
    );
    expect(data).toEqual({
      email: 'a@b',
      extension: {
        imsXml: {
          kept: [
            { in: '', attribute: ['x', '1'] },
            { in: 'name', node: { name: 'nick', attributes: [['a', 'b']], text: 'N' } },
            { in: '', node: { name: 'email', text: 'c@d' } },
            { in: '', node: { name: 'shoe', attributes: [['size', '9']], content: ['left', { name: 'b' }, 'right'] } },
          ],
        },
      },
    });
  });

  test('a feature of the encoding: ISO-8859-1, windows-1252, UTF-16 and none declared', async () => {
    const file = (encoding: string) =>
      `<?xml version="1.0" encoding="${encoding}"?>${enterprise(`<person>${sourced('1')}<name><fn>Måne</fn></name></person>`)}`;
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(file('UTF-16'), 'utf16le')]);
    const undeclared = Buffer.from(file('x').slice(file('x').indexOf('<enterprise')), 'latin1');
    for (const bytes of [
      Buffer.from(file('ISO-8859-1'), 'latin1'),
      Buffer.from(file('WINDOWS-1252'), 'latin1'),
      utf16,
      undeclared,
    ]) {
      const outcome = await readFeed(bytes);
      expect(recordsOf(outcome)).toMatchObject([{ change: { data: { name: { formatted: 'Måne' } } } }]);
      expect(tally(outcome)['repair.encoding']).toBe(bytes === undeclared ? 1 : undefined);
    }
  });
});
