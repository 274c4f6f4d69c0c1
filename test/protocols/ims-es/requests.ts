import { nounOf } from '../../../src/protocols/ims-es/items.ts';
import { type Operation, operations } from '../../../src/protocols/ims-es/operations.ts';

/** The standard's nouns. */
export type Noun = 'person' | 'group' | 'membership';

const messagePrefix = { pms: 'pm', gms: 'gm', mms: 'mm' } as const;
const prefixOf = ({ service, extended }: Operation) => (extended === 'ours' ? 'x' : messagePrefix[service]);
/** A common `identifier`. */
export const identifier = (id: string) => `<c:identifier>${id}</c:identifier>`;

/** Content of a noun's element; a membership is of a person and a group that have its identifier too. */
export function contentOf(noun: Noun, id: string): string {
  switch (noun) {
    case 'person':
      return `<pd:formatName>${id}</pd:formatName><c:email>${id}@example.org</c:email>`;
    case 'group':
      return `<gd:groupType><gd:scheme>Test</gd:scheme><gd:typeValue><gd:type>Team</gd:type><gd:level>1</gd:level></gd:typeValue></gd:groupType><gd:description><gd:descShort>${id}</gd:descShort></gd:description>`;
    case 'membership':
      return `<md:groupSourcedId>${identifier(id)}</md:groupSourcedId><md:member><md:memberSourcedId>${identifier(id)}</md:memberSourcedId><md:role><md:roleType>Learner</md:roleType></md:role></md:member>`;
  }
}

/**
 * The request of an operation on some identifiers, shaped as its act and noun say; `write` gives the content of the
 * noun's element.
 */
export function requestOf(
  operation: Operation,
  ids: readonly string[],
  write: (noun: Noun, id: string) => string = contentOf,
): string {
  const prefix = prefixOf(operation);
  const noun = nounOf[operation.service];
  const sourcedId = (id: string, name = 'sourcedId') => `<${prefix}:${name}>${identifier(id)}</${prefix}:${name}>`;
  const record = (id: string) => `<${prefix}:${noun}>${write(noun, id)}</${prefix}:${noun}>`;
  const wrap = (name: string, content: string) => `<${prefix}:${name}>${content}</${prefix}:${name}>`;
  const each = (item: (id: string) => string) => ids.map(item).join('');
  const content = (): string => {
    const { act, many } = operation;
    switch (act) {
      case 'createByProxy':
        return many ? wrap(`${noun}Set`, each(record)) : each(record);
      case 'delete':
      case 'read':
        return many ? wrap('sourcedIdSet', each(identifier)) : each((id) => sourcedId(id));
      case 'changeIdentifier':
        return many
          ? wrap(
              'pairSourcedIdSet',
              each(
                (id) =>
                  `<c:identifierPair><c:firstId>${id}</c:firstId><c:secondId>${id}-new</c:secondId></c:identifierPair>`,
              ),
            )
          : each((id) => sourcedId(id) + sourcedId(`${id}-new`, 'newSourcedId'));
      case 'readFor':
        return each((id) => sourcedId(id, `${operation.for}SourcedId`));
      case 'readAll':
        return '';
      default:
        return many
          ? wrap(
              `${noun}IdPairSet`,
              each((id) => wrap(`${noun}IdPair`, sourcedId(id) + record(id))),
            )
          : each((id) => sourcedId(id) + record(id));
    }
  };
  return `<${prefix}:${operation.request}>${content()}</${prefix}:${operation.request}>`;
}

/** An operation of the table. */
export function operationNamed(name: string): Operation {
  const found = operations.find((operation) => operation.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}
