import { common, extension, type Service, serviceNamespaces } from '../src/protocols/ims-es/namespaces.ts';
import { type Operation, operations } from '../src/protocols/ims-es/operations.ts';
import { schemaName } from '../src/protocols/ims-es/wsdl/documents.ts';

/** The noun of each service: its name in messages, and in the names of types. */
const nouns: Readonly<Record<Service, readonly [string, string]>> = {
  pms: ['person', 'Person'],
  gms: ['group', 'Group'],
  mms: ['membership', 'Membership'],
};
const services = ['pms', 'gms', 'mms'] as const;

/** A child element: name, type, and what else the declaration says. */
type Child = readonly [name: string, type: string, more?: string];
const optional = ' minOccurs="0"';

/** The schemas of all messages, by file name. They are our own text. */
export function messageSchemas(): ReadonlyMap<string, string> {
  const texts = services.map((service): [string, string] => {
    const { message, data } = serviceNamespaces[service];
    const [noun, type] = nouns[service];
    const prefix = `${service[0]}m`;
    const pair: Child[] = [
      ['sourcedId', 'c:SourcedIdDType'],
      [noun, `${service[0]}d:${type}DType`],
    ];
    const many = ' minOccurs="0" maxOccurs="unbounded"';
    const types = [
      ...typed(`${type}IdPairDType`, pair),
      ...typed(`${type}IdPairSetDType`, [[`${noun}IdPair`, `${prefix}:${type}IdPairDType`, many]]),
      ...typed(`${type}SetDType`, [[noun, `${service[0]}d:${type}DType`, many]]),
    ];
    const own = operations.filter(({ namespace }) => namespace === message);
    return [
      message,
      schema(
        message,
        [
          ['c', common],
          [`${service[0]}d`, data],
        ],
        [...types, ...own.flatMap(elements)],
      ),
    ];
  });
  const ours = operations.filter(({ namespace }) => namespace === extension);
  const imported = (['gms', 'mms'] as const).map((service): [string, string] => [
    `${service[0]}m`,
    serviceNamespaces[service].message,
  ]);
  const all = [...texts, [extension, schema(extension, imported, ours.flatMap(elements))] as const];
  return new Map(all.map(([namespace, text]) => [`${schemaName(namespace)}.xsd`, text]));
}

function elements(operation: Operation): string[] {
  return [
    ...element(operation.request, requestOf(operation)),
    // A failed read answers an empty element, so that everything in an answer may be missing.
    ...element(
      operation.answer,
      answerOf(operation).map(([name, type]) => [name, type, optional]),
    ),
  ];
}

function requestOf({ service, act, many, extended, for: named }: Operation): Child[] {
  const [noun, type] = nouns[service];
  switch (act) {
    case 'create':
    case 'update':
    case 'replace':
      return many
        ? [[`${noun}IdPairSet`, `${service[0]}m:${type}IdPairSetDType`]]
        : [
            ['sourcedId', 'c:SourcedIdDType'],
            [noun, `${service[0]}d:${type}DType`],
          ];
    case 'createByProxy':
      return many ? [[`${noun}Set`, `${service[0]}m:${type}SetDType`]] : [[noun, `${service[0]}d:${type}DType`]];
    case 'delete':
    case 'read':
      return many ? [['sourcedIdSet', 'c:IdentifierSetDType']] : [['sourcedId', 'c:SourcedIdDType']];
    case 'changeIdentifier':
      return many
        ? [['pairSourcedIdSet', 'c:IdentifierPairSetDType']]
        : [
            ['sourcedId', 'c:SourcedIdDType'],
            ['newSourcedId', 'c:SourcedIdDType'],
          ];
    case 'readFor':
      return [[`${named}SourcedId`, 'c:SourcedIdDType']];
    case 'readAll': {
      const nillable = `${optional} nillable="true"`;
      const page: Child[] = [
        ['PageIndex', 'xs:int', nillable],
        ['PageSize', 'xs:int', nillable],
        ['CreatedFrom', 'xs:dateTime', nillable],
      ];
      const flags: Child[] = [
        ['OnlyManuallyCreatedUsers', 'xs:boolean', nillable],
        ['ConvertFromManual', 'xs:boolean', nillable],
      ];
      return extended === 'ours' ? page : [...page, ...flags];
    }
  }
}

function answerOf({ name, service, act, many }: Operation): Child[] {
  const [noun, type] = nouns[service];
  const pairs = `${service[0]}m:${type}IdPairSetDType`;
  const set: Child = [`${noun}Set`, `${service[0]}m:${type}SetDType`];
  switch (act) {
    case 'createByProxy':
      return many ? [['sourcedIdSet', 'c:IdentifierSetDType']] : [['sourcedId', 'c:SourcedIdDType']];
    case 'read':
      return many ? [set] : [[noun, `${service[0]}d:${type}DType`]];
    case 'readFor':
      // The capitals are what clients of itslearning expect; the vendor documents groupSet where symmetry has pairs.
      if (service === 'mms') return [['membershipIDPairSet', pairs]];
      return name === 'readGroupsForPerson' ? [set, [`${noun}IdPairSet`, pairs]] : [[`${noun}IdPairSet`, pairs]];
    case 'readAll':
      return [
        [`${noun}IdPairSet`, pairs],
        ['virtualCount', 'xs:int'],
      ];
    default:
      return [];
  }
}

function element(name: string, children: readonly Child[]): string[] {
  if (children.length === 0) {
    return [`  <xs:element name="${name}">`, '    <xs:complexType/>', '  </xs:element>', ''];
  }
  const inner = typed(undefined, children).slice(0, -1);
  return [`  <xs:element name="${name}">`, ...inner.map((line) => `  ${line}`), '  </xs:element>', ''];
}

function typed(name: string | undefined, children: readonly Child[]): string[] {
  return [
    name === undefined ? '  <xs:complexType>' : `  <xs:complexType name="${name}">`,
    '    <xs:sequence>',
    ...children.map(([child, type, more = '']) => `      <xs:element name="${child}" type="${type}"${more}/>`),
    '    </xs:sequence>',
    '  </xs:complexType>',
    '',
  ];
}

function schema(target: string, imports: readonly (readonly [string, string])[], content: readonly string[]): string {
  const own = target === extension ? 'x' : `${target.split('/')[4]?.[0]}m`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!-- Rostergate: messages of IMS Enterprise Services 1.0, made from the table of operations. Own text, MIT licence. -->',
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"',
    `           xmlns:${own}="${target}"`,
    ...imports.map(([prefix, namespace]) => `           xmlns:${prefix}="${namespace}"`),
    `           targetNamespace="${target}"`,
    '           elementFormDefault="qualified" version="Rostergate 1.0">',
    ...imports.flatMap(([, namespace]) => [
      `  <xs:import namespace="${namespace}"`,
      `             schemaLocation="${schemaName(namespace)}.xsd"/>`,
    ]),
    '',
    ...content.slice(0, -1),
    '</xs:schema>',
    '',
  ].join('\n');
}
