import type { PersonName } from '../../../model/index.ts';
import type { Patch } from '../../../roster/index.ts';
import { branch, leaf, list } from './elements.ts';

/** Where each `namePartType` of IMS-ES 1.0 stands in a canonical name; in the order in which names are written. */
const slots = {
  prefix: 'Prefix',
  given: 'First',
  middle: 'Middle',
  family: 'Last',
  suffix: 'Suffix',
  nickname: 'Nick',
} as const;
type Slot = keyof typeof slots;
type Part = NonNullable<PersonName['parts']>[number];

function slotOf(type: string | undefined): Slot | undefined {
  const word = type?.trim().toLowerCase();
  return (Object.keys(slots) as Slot[]).find((slot) => slots[slot].toLowerCase() === word);
}

/** Whether a `namePartType` is that of a prefix. */
export function isPrefix(type: string | undefined): boolean {
  return slotOf(type) === 'prefix';
}

/** A name part as it stands in a message. */
export interface NamePart {
  readonly type?: string;
  readonly value: string;
}

/**
 * Turns name parts into a patch: the first part of a type fills its field, all of type Middle the list, the others go
 * to `parts`; a part without a value clears. `order` tells how the sender wrote the types where that is not how they
 * would be written, else null.
 */
export function nameOfParts(parts: readonly NamePart[]): { name: Patch<PersonName>; order: string[] | null } {
  const single: { [K in Exclude<Slot, 'middle'>]?: string | null } = {};
  const middle: string[] = [];
  const further: Part[] = [];
  let hasMiddle = false;
  for (const part of parts) {
    const slot = slotOf(part.type);
    if (slot === 'middle') {
      hasMiddle = true;
      if (part.value !== '') middle.push(part.value);
    } else if (slot !== undefined && (single[slot] ?? null) === null) {
      single[slot] = part.value === '' ? null : part.value;
    } else if (part.value !== '') {
      further.push(part.type === undefined ? { value: part.value } : { type: part.type, value: part.value });
    }
  }
  const name: Patch<PersonName> = {
    ...single,
    ...(hasMiddle ? { middle: middle.length === 0 ? null : middle } : {}),
    ...(further.length === 0 ? {} : { parts: further }),
  };
  const written = parts.filter(({ value }) => value !== '').map(({ type }) => type ?? '');
  const usual = partsOfName(withoutNulls(name), undefined).map(({ type }) => type ?? '');
  const same = written.length === usual.length && written.every((type, index) => type === usual[index]);
  return { name, order: same ? null : written };
}

function withoutNulls(name: Patch<PersonName>): PersonName {
  return Object.fromEntries(Object.entries(name).filter(([, value]) => value !== null)) as PersonName;
}

/** The parts of a name: in the order and with the words that are kept as the sender's, then what those do not name. */
export function partsOfName(name: PersonName, order: unknown): NamePart[] {
  const waiting: NamePart[] = [];
  for (const slot of Object.keys(slots) as Slot[]) {
    const values = slot === 'middle' ? (name.middle ?? []) : [name[slot]];
    for (const value of values) {
      if (value !== undefined && value !== '') waiting.push({ type: slots[slot], value });
    }
  }
  for (const { type, value } of name.parts ?? []) waiting.push(type === undefined ? { value } : { type, value });

  const placed: NamePart[] = [];
  for (const word of list(order)) {
    if (typeof word !== 'string') continue;
    const slot = slotOf(word);
    const at = waiting.findIndex(({ type }) => (slot === undefined ? (type ?? '') === word : slotOf(type) === slot));
    const [part] = at < 0 ? [] : waiting.splice(at, 1);
    if (part !== undefined) placed.push(word === '' ? { value: part.value } : { type: word, value: part.value });
  }
  return [...placed, ...waiting];
}

/** Writes `name`. */
export function encodeName(name: PersonName | undefined, order: unknown): string {
  if (name === undefined) return '';
  const parts = partsOfName(name, order).map(({ type, value }) => {
    const written = leaf('d:namePartValue', value);
    return written === '' ? '' : branch('d:partName', leaf('d:namePartType', type), written);
  });
  return branch('d:name', leaf('d:nameType', name.type), ...parts);
}
