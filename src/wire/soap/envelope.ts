import { element, type XmlElement, xmlDeclaration } from '../xml/index.ts';
import type { SoapFault } from './fault.ts';
import { envelopeNamespaces, type SoapVersion } from './namespaces.ts';

/** A message that kept the rules of SOAP. */
export interface SoapEnvelope {
  readonly version: SoapVersion;
  /** Header blocks meant for us; none when there is no Header. */
  readonly headers: readonly XmlElement[];
  /** The single child of the Body. */
  readonly body: XmlElement;
}

/** An envelope, or the fault that answers it. */
export type EnvelopeResult =
  | { readonly ok: true; readonly envelope: SoapEnvelope }
  | { readonly ok: false; readonly fault: SoapFault };

/** Which header blocks the caller processes, for `mustUnderstand`. */
export type Understands = (block: XmlElement) => boolean;

/**
 * Checks a message against the rules of SOAP 1.1 section 4 or SOAP 1.2 part 1 section 5: the envelope of the version
 * that the content type named, an optional Header before exactly one Body, exactly one element in the Body, and no
 * unknown header block that must be understood.
 */
export function readEnvelope(root: XmlElement, version: SoapVersion, understands: Understands): EnvelopeResult {
  const namespace = envelopeNamespaces[version];
  if (root.name !== 'Envelope') return refuse('Client', 'The message is not a SOAP envelope.');
  if (root.namespace !== namespace) {
    return refuse('VersionMismatch', `The envelope is not one of SOAP ${version}, which the content type announces.`);
  }
  const parts = root.children;
  const hasHeader = parts[0]?.name === 'Header' && parts[0].namespace === namespace;
  const header = hasHeader ? parts[0] : undefined;
  const body = parts[hasHeader ? 1 : 0];
  if (body?.name !== 'Body' || body.namespace !== namespace || parts.length !== (hasHeader ? 2 : 1)) {
    return refuse('Client', 'The envelope must hold an optional Header and then one Body, and nothing else.');
  }
  if (root.text.trim() !== '' || body.text.trim() !== '') {
    return refuse('Client', 'Text stands in the envelope where only elements may be.');
  }
  const [content, ...others] = body.children;
  if (content === undefined || others.length > 0) {
    return refuse('Client', `The Body must hold exactly one element; it holds ${body.children.length}.`);
  }
  const headers = (header?.children ?? []).filter((block) => isForUs(block, version));
  const unknown = headers.filter((block) => mustUnderstand(block, namespace) && !understands(block));
  if (unknown.length > 0) {
    const notUnderstood = unknown.map(({ namespace: blockNamespace, name }) => ({ namespace: blockNamespace, name }));
    const names = notUnderstood.map(({ name }) => name).join(', ');
    const text = `A header block that must be understood is not known here: ${names}.`;
    return { ok: false, fault: { code: 'MustUnderstand', text, notUnderstood } };
  }
  return { ok: true, envelope: { version, headers, body: content } };
}

function refuse(code: SoapFault['code'], text: string): EnvelopeResult {
  return { ok: false, fault: { code, text } };
}

function mustUnderstand(block: XmlElement, namespace: string): boolean {
  const value = block.attributes[`{${namespace}}mustUnderstand`]?.trim();
  return value === '1' || value === 'true';
}

const next11 = 'http://schemas.xmlsoap.org/soap/actor/next';
const roles12 = ['next', 'ultimateReceiver'].map((role) => `${envelopeNamespaces['1.2']}/role/${role}`);

function isForUs(block: XmlElement, version: SoapVersion): boolean {
  const attribute = version === '1.1' ? 'actor' : 'role';
  const target = block.attributes[`{${envelopeNamespaces[version]}}${attribute}`]?.trim() ?? '';
  return target === '' || (version === '1.1' ? target === next11 : roles12.includes(target));
}

/** Writes an envelope around header and body content that is XML already. */
export function writeEnvelope(version: SoapVersion, header: string, body: string): string {
  return (
    xmlDeclaration +
    element(
      's:Envelope',
      { 'xmlns:s': envelopeNamespaces[version] },
      element('s:Header', undefined, header),
      element('s:Body', undefined, body),
    )
  );
}
