import { extension } from '../namespaces.ts';
import type { Act, Endpoint, Operation } from '../operations.ts';

/** What an operation does; tenants may be set to refuse where this says that it writes (see the protocol's README). */
const meanings: Readonly<Record<Act, string>> = {
  create: 'Writes what is new.',
  createByProxy: 'Writes what is new under identifiers that the answer gives.',
  update: 'Adds what the request holds and keeps the rest.',
  replace: 'Writes what the request holds and clears the rest.',
  delete: 'Moves to the trash.',
  read: 'Reads by identifier.',
  changeIdentifier: 'Gives a new identifier in place of the old one.',
  readFor: 'Reads what belongs to the named record.',
  readAll: 'Reads a page of all; pages count from 1.',
};

/** Four messages for each operation: its request and answer, and the headers of both. */
export function messages(served: readonly Operation[]): string[] {
  return served.flatMap(({ name, service, namespace, request, answer }) => {
    const prefix = namespace === extension ? 'x' : `${service[0]}m`;
    return [
      [`${name}Request1`, 'parameters', `${prefix}:${request}`],
      [`${name}Request1_Headers`, 'syncRequestHeaderInfo', 'mb:syncRequestHeaderInfo'],
      [`${name}Response1`, 'parameters', `${prefix}:${answer}`],
      [`${name}Response1_Headers`, 'syncResponseHeaderInfo', 'mb:syncResponseHeaderInfo'],
    ].flatMap(([message, part, element]) => [
      `<wsdl:message name="${message}">`,
      `  <wsdl:part name="${part}" element="${element}"/>`,
      '</wsdl:message>',
    ]);
  });
}

/** The port types that some operations belong to. */
export function portTypes(served: readonly Operation[]): string[] {
  return grouped(served).flatMap(([portType, own]) => [
    `<wsdl:portType name="${portType}">`,
    ...own.flatMap(({ name, service, act }) => [
      `  <wsdl:operation name="${name}">`,
      `    <wsdl:documentation>${meanings[act]}</wsdl:documentation>`,
      `    <wsdl:input message="${service}a:${name}Request1"/>`,
      `    <wsdl:output message="${service}a:${name}Response1"/>`,
      '  </wsdl:operation>',
    ]),
    '</wsdl:portType>',
  ]);
}

/** A SOAP 1.1 binding, document and literal, for each port type that some operations belong to. */
export function bindings(served: readonly Operation[]): string[] {
  return grouped(served).flatMap(([portType, own]) => [
    `<wsdl:binding name="BasicHttpBinding_${portType}" type="${own[0]?.service}a:${portType}">`,
    '  <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>',
    ...own.flatMap(({ name, service, action }) => [
      `  <wsdl:operation name="${name}">`,
      `    <soap:operation soapAction="${action}" style="document"/>`,
      ...(['input', 'output'] as const).flatMap((side) => {
        const [message, part] =
          side === 'input'
            ? ['Request1_Headers', 'syncRequestHeaderInfo']
            : ['Response1_Headers', 'syncResponseHeaderInfo'];
        return [
          `    <wsdl:${side}>`,
          `      <soap:header message="${service}a:${name}${message}" part="${part}" use="literal"/>`,
          '      <soap:body use="literal"/>',
          `    </wsdl:${side}>`,
        ];
      }),
      '  </wsdl:operation>',
    ]),
    '</wsdl:binding>',
  ]);
}

/** The service, with a port for each of the endpoint's port types; `prefix` is that of the bindings' namespace. */
export function serviceElement({ name, portTypes }: Endpoint, prefix: string, address: string): string[] {
  return [
    `<wsdl:service name="${name}">`,
    ...portTypes.flatMap((portType) => [
      `  <wsdl:port name="BasicHttpBinding_${portType}" binding="${prefix}:BasicHttpBinding_${portType}">`,
      `    <soap:address location="${address}"/>`,
      '  </wsdl:port>',
    ]),
    '</wsdl:service>',
  ];
}

function grouped(served: readonly Operation[]): [string, Operation[]][] {
  const groups = new Map<string, Operation[]>();
  for (const each of served) groups.set(each.portType, [...(groups.get(each.portType) ?? []), each]);
  return [...groups];
}
