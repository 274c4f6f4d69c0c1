import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlBufferInputProvider, XmlDocument, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm';

/** Folder of our WSDL and XSD texts. */
export const wsdlDir = join(import.meta.dirname, '../../../wsdl');

const envelopes = ['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'];

/** A schema over whole answers: an envelope of one version around what our schemas declare. */
function driver(envelope: string, schemas: readonly string[], texts: ReadonlyMap<string, string>): string {
  const imports = schemas.map((name) => {
    const namespace = /targetNamespace="([^"]+)"/.exec(texts.get(name) ?? '')?.[1];
    return `<xs:import namespace="${namespace}" schemaLocation="${name}"/>`;
  });
  const any =
    '<xs:complexType><xs:sequence><xs:any namespace="##other" processContents="strict"/></xs:sequence></xs:complexType>';
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="${envelope}" elementFormDefault="qualified">
    ${imports.join('')}
    <xs:element name="Envelope"><xs:complexType><xs:sequence>
      <xs:element name="Header">${any}</xs:element><xs:element name="Body">${any}</xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema>`;
}

/** Answers why an envelope does not keep to the schemas; an empty list when it does. */
export type Validate = (xml: string) => string[];

/** Compiles our schemas with libxml2. */
export function makeValidator(): Validate {
  const names = readdirSync(wsdlDir).filter((name) => name.endsWith('.xsd'));
  const texts = new Map(names.map((name) => [name, readFileSync(join(wsdlDir, name), 'utf8')]));
  const buffers = Object.fromEntries([...texts].map(([name, text]) => [name, new TextEncoder().encode(text)]));
  xmlRegisterInputProvider(new XmlBufferInputProvider(buffers));
  const validators = envelopes.map((envelope) => {
    const document = XmlDocument.fromString(driver(envelope, names, texts), { url: 'driver.xsd' });
    return XsdValidator.fromDoc(document);
  });
  return (xml) => {
    const validator = validators[envelopes.findIndex((envelope) => xml.includes(envelope))];
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
