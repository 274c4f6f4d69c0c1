import type { PersonName } from '../../model/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { filled, once, orderOf, type Reading } from './reading.ts';
import type { KeptWriter } from './rest.ts';

const nameOrder = orderOf('fn', 'sort', 'nickname', 'n');
const nOrder = orderOf('family', 'given', 'other', 'prefix', 'suffix', 'partname');

/** Reads `name` of a person. */
export function readName(reading: Reading, xml: XmlElement): PersonName | undefined {
  const result: PersonName = {};
  let seen = false;
  reading.attributes(xml, 'name', () => false);
  reading.children(xml, 'name', nameOrder, (name, child) => {
    switch (name) {
      case 'fn':
        return once(result, 'formatted', () => reading.leaf(child, 'name/fn'));
      case 'sort':
      case 'nickname':
        return once(result, name, () => reading.leaf(child, `name/${name}`));
      default:
        if (seen) return false;
        seen = true;
        readN(reading, child, result);
        return true;
    }
  });
  return filled(result);
}

function readN(reading: Reading, xml: XmlElement, result: PersonName): void {
  reading.attributes(xml, 'name/n', () => false);
  reading.children(xml, 'name/n', nOrder, (name, child) => {
    switch (name) {
      case 'other': {
        const others = result.middle ?? [];
        const other = reading.leaf(child, `name/n/other[${others.length}]`);
        if (other !== undefined) result.middle = [...others, other];
        return true;
      }
      case 'partname':
        readPartName(reading, child, result);
        return true;
      default: {
        const field = name as 'family' | 'given' | 'prefix' | 'suffix';
        return once(result, field, () => reading.leaf(child, `name/n/${name}`));
      }
    }
  });
}

function readPartName(reading: Reading, xml: XmlElement, result: PersonName): void {
  const parts = result.parts ?? [];
  const part: NonNullable<PersonName['parts']>[number] = { value: xml.text.trim() };
  const path = `name/n/partname[${parts.length}]`;
  reading.attributes(xml, path, (name, value) => {
    if (name === 'partnametype') part.type = value;
    else if (name === 'lang') part.language = value;
    else return false;
    return true;
  });
  for (const child of xml.children) reading.keep(path, child);
  if (part.value !== '' || part.type !== undefined) result.parts = [...parts, part];
}

/** Writes `name` of a person. */
export function writeName(writer: KeptWriter, name: PersonName | undefined): string {
  const others = name?.middle ?? [];
  return writer.element(
    'name',
    'name',
    undefined,
    writer.leaf('name/fn', name?.formatted),
    writer.leaf('name/sort', name?.sort),
    writer.leaf('name/nickname', name?.nickname),
    writer.element(
      'name/n',
      'n',
      undefined,
      writer.leaf('name/n/family', name?.family),
      writer.leaf('name/n/given', name?.given),
      ...others.map((other, index) => writer.leaf(`name/n/other[${index}]`, other, {}, 'other')),
      writer.leaf('name/n/prefix', name?.prefix),
      writer.leaf('name/n/suffix', name?.suffix),
      ...(name?.parts ?? []).map(({ type, value, language }, index) =>
        writer.leaf(`name/n/partname[${index}]`, value, { partnametype: type, lang: language }, 'partname'),
      ),
    ),
  );
}
