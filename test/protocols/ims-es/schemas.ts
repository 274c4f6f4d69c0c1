import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { XmlBufferInputProvider, XmlDocument, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm';

/** Folder of our WSDL and XSD texts. */
export const wsdlDir = join(import.meta.dirname, '../../../wsdl');

const envelopes = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;
const versions = ['1.1', '1.2'] as const;
type Version = (typeof versions)[number];

/** What a message is. A request may have any headers; an answer has its status there; a fault says why there is none. */
export type Kind = 'request' | 'answer' | 'fault';
const kinds = ['request', 'answer', 'fault'] as const;

const strict = '<xs:sequence><xs:any namespace="##other" processContents="strict"/></xs:sequence>';
const lax =
  '<xs:sequence><xs:any namespace="##any" processContents="lax" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>';

/** SOAP 1.1 section 4.4: the children of a fault have no namespace. SOAP 1.2 part 1 section 5.4: they have. */
const faults: Readonly<Record<Version, string>> = {
  '1.1': `<xs:element name="Fault"><xs:complexType><xs:sequence>
      <xs:element name="faultcode" type="xs:QName" form="unqualified"/>
      <xs:element name="faultstring" type="e:text" form="unqualified"/>
      <xs:element name="faultactor" type="xs:anyURI" minOccurs="0" form="unqualified"/>
      <xs:element name="detail" minOccurs="0" form="unqualified"><xs:complexType>${lax}</xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>`,
  '1.2': `<xs:complexType name="code"><xs:sequence>
      <xs:element name="Value" type="xs:QName"/>
      <xs:element name="Subcode" type="e:code" minOccurs="0"/>
    </xs:sequence></xs:complexType>
    <xs:element name="NotUnderstood">
      <xs:complexType><xs:attribute name="qname" type="xs:QName" use="required"/></xs:complexType>
    </xs:element>
    <xs:element name="Fault"><xs:complexType><xs:sequence>
      <xs:element name="Code" type="e:code"/>
      <xs:element name="Reason"><xs:complexType><xs:sequence>
        <xs:element name="Text" type="e:text" maxOccurs="unbounded"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>`,
};

/** A schema over whole messages: an envelope of one version around what our schemas declare. */
function driver(kind: Kind, version: Version, schemas: ReadonlyMap<string, string>): string {
  const envelope = envelopes[version];
  const imports = [...schemas].map(([location, text]) => {
    const namespace = /targetNamespace="([^"]+)"/.exec(text)?.[1];
    return `<xs:import namespace="${namespace}" schemaLocation="${location}"/>`;
  });
  const body = kind === 'fault' ? '<xs:sequence><xs:element ref="e:Fault"/></xs:sequence>' : strict;
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:e="${envelope}" targetNamespace="${envelope}"
    elementFormDefault="qualified">
    ${imports.join('')}
    <xs:complexType name="text"><xs:simpleContent><xs:extension base="xs:string">
      <xs:anyAttribute namespace="http://www.w3.org/XML/1998/namespace" processContents="skip"/>
    </xs:extension></xs:simpleContent></xs:complexType>
    ${faults[version]}
    <xs:element name="Envelope"><xs:complexType><xs:sequence>
      <xs:element name="Header"${kind === 'answer' ? '' : ' minOccurs="0"'}>
        <xs:complexType>${kind === 'answer' ? strict : lax}</xs:complexType>
      </xs:element>
      <xs:element name="Body"><xs:complexType>${body}</xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema>`;
}

function schemaTexts(): [string, string][] {
  return readdirSync(wsdlDir)
    .filter((name) => name.endsWith('.xsd'))
    .map((name) => [name, readFileSync(join(wsdlDir, name), 'utf8')]);
}

/** Answers why a message does not keep to the schemas; an empty list when it does. */
export type Validate = (xml: string) => string[];

/** Compiles our schemas with libxml2, for whole messages of one kind in either version of SOAP. */
export function makeValidator(kind: Kind = 'answer'): Validate {
  const texts = schemaTexts();
  const buffers = Object.fromEntries(texts.map(([name, text]) => [name, new TextEncoder().encode(text)]));
  xmlRegisterInputProvider(new XmlBufferInputProvider(buffers));
  const validators = new Map(
    versions.map((version) => {
      const document = XmlDocument.fromString(driver(kind, version, new Map(texts)), { url: 'driver.xsd' });
      return [version, XsdValidator.fromDoc(document)] as const;
    }),
  );
  return (xml) => {
    const version = versionOf(xml);
    const validator = version === undefined ? undefined : validators.get(version);
    if (validator === undefined) return ['no SOAP envelope'];
    const document = XmlDocument.fromString(xml);
    try {
      validator.validate(document);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    } finally {
      document.dispose();
    }
  };
}

/** What an answer of ours is, for example `fault-1.2`: the name of the driver that it must keep to. */
export function answerKind(xml: string): string {
  return `${/<s:Body><s:Fault>/.test(xml) ? 'fault' : 'answer'}-${versionOf(xml) ?? 'unknown'}`;
}

/**
 * Writes the drivers to a folder, so that other programs can validate whole messages: `answer-1.1.xsd` and so on.
 * They point to our schemas by `file:` addresses. Answers their names without the suffix.
 */
export function writeDrivers(folder: string): string[] {
  const schemas = new Map(schemaTexts().map(([name, text]) => [pathToFileURL(join(wsdlDir, name)).href, text]));
  return kinds.flatMap((kind) =>
    versions.map((version) => {
      const name = `${kind}-${version}`;
      writeFileSync(join(folder, `${name}.xsd`), driver(kind, version, schemas));
      return name;
    }),
  );
}

function versionOf(xml: string): Version | undefined {
  const root = /<(?:[\w.-]+:)?Envelope\b[^>]*>/.exec(xml)?.[0] ?? '';
  return versions.find((version) => root.includes(envelopes[version]));
}
