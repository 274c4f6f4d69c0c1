import type { SoapVersion } from './namespaces.ts';

/** What a Content-Type header says about a SOAP message. */
export interface SoapMedia {
  readonly version: SoapVersion;
  readonly charset?: string;
  /** SOAP 1.2's `action` parameter (RFC 3902). */
  readonly action?: string;
}

/** Content types of answers, by version (SOAP 1.1 section 6, SOAP 1.2 part 2 section 7). */
export const answerTypes: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
};

/** Reads a Content-Type header; undefined for everything but `text/xml` and `application/soap+xml`. */
export function soapMedia(contentType: string | undefined): SoapMedia | undefined {
  const [essence = '', ...rest] = (contentType ?? '').split(';');
  const version = ({ 'text/xml': '1.1', 'application/soap+xml': '1.2' } as const)[essence.trim().toLowerCase()];
  if (version === undefined) return undefined;
  const parameters = mediaParameters(rest.join(';'));
  const charset = parameters.get('charset');
  const action = parameters.get('action');
  return {
    version,
    ...(charset === undefined ? {} : { charset }),
    ...(action === undefined ? {} : { action }),
  };
}

function mediaParameters(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of text.matchAll(/([^\s;="]+)\s*=\s*(?:"([^"]*)"|([^;"]*))/g)) {
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, quoted ?? plain.trim());
  }
  return found;
}

/** The action of a SOAPAction header or `action` parameter without its quotes; undefined when it names none. */
export function soapAction(value: string | undefined): string | undefined {
  const bare = value?.trim().replace(/^"(.*)"$/, '$1') ?? '';
  return bare === '' ? undefined : bare;
}
